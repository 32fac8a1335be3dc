"""Cardloom: a workflow is an ordered list of cards; a card asks or does.

The names below are the whole promise to authors of workflows. Beside them stand the doors
`cardloom.crawl` and `cardloom.graph`; nothing deeper is promised.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cardloom.catalog import composed
from cardloom.engine import (
    Bars,
    Choice,
    Code,
    Confirm,
    Facts,
    File,
    Files,
    Form,
    GraphMap,
    Markdown,
    Number,
    Option,
    Skip,
    Table,
    Text,
    Upload,
    Workflow,
)

if TYPE_CHECKING:
    from cardloom.headless import Failed, Result

__version__ = "0.1.0"

__all__ = [
    "Bars",
    "Choice",
    "Code",
    "Confirm",
    "Facts",
    "Failed",
    "File",
    "Files",
    "Form",
    "GraphMap",
    "Markdown",
    "Number",
    "Option",
    "Result",
    "Skip",
    "Table",
    "Text",
    "Upload",
    "Workflow",
    "composed",
]


def _run(workflow: Workflow, key: str | None, answers: dict[str, Any]) -> "Result":
    return _later("run")(workflow, key, answers)  # type: ignore[no-any-return]


def _later(name: str) -> Any:
    # Loaded when first used: it brings the machine that runs cards, and with it asyncio, which is
    # a quarter of the time that a command takes to start.
    return getattr(import_module("cardloom.headless"), name)


def __getattr__(name: str) -> Any:
    if name not in ("Failed", "Result"):
        raise AttributeError(f"module 'cardloom' has no attribute {name!r}")
    return _later(name)


Workflow.headless = staticmethod(_run)
