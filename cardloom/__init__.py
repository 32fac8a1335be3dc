"""Cardloom: a workflow is an ordered list of cards; a card asks or does.

The names below are the whole promise to authors of workflows. Beside them stand the doors
`cardloom.crawl` and `cardloom.graph`; nothing deeper is promised.
"""

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
