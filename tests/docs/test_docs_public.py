"""Every public name is documented, with each of its parameters, fields and members."""

import dataclasses
import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from documents import DOCS, blocks, sections

import cardloom
from cardloom.jobs.context import AsyncContext, ThreadContext

AUTHORING, DOORS = DOCS / "authoring.md", DOCS / "doors.md"
PAGES = {  # others: DOORS
    "cardloom": AUTHORING,
    "cardloom.apps": DOCS / "apps.md",
    "cardloom.botify": DOCS / "botify-door.md",
}
DOOR_NAMES = ("apps", "botify", "crawl", "graph", "journal")


def _public() -> Iterator[tuple[str, str]]:
    for name in cardloom.__all__:
        yield "cardloom", name
    for door in DOOR_NAMES:
        module = f"cardloom.{door}"
        for name in importlib.import_module(module).__all__:
            yield module, name


def _value(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


def _parameters(value: Any) -> list[str]:
    """What one writes between the parentheses; an exception takes its sentence, which is no name."""
    if not callable(value) or (inspect.isclass(value) and issubclass(value, BaseException)):
        return []
    if value is dict or getattr(value, "__origin__", None) is dict:
        return []
    return [name for name in inspect.signature(value).parameters if name not in ("args", "kwargs")]


def _members(value: Any) -> list[str]:
    """Public methods and properties of a class that is not only data."""
    if not inspect.isclass(value) or issubclass(value, BaseException) or value is dict:
        return []
    fields = (
        {f.name for f in dataclasses.fields(value)} if dataclasses.is_dataclass(value) else set()
    )
    own = {n for n, v in vars(value).items() if not n.startswith("_") and _is_member(v)}
    return sorted(own | fields)


def _is_member(value: Any) -> bool:
    return inspect.isfunction(value) or isinstance(value, property)


def _is_ours(value: Any) -> bool:
    """Not another library's, which documents its own."""
    return (getattr(value, "__module__", None) or "cardloom").startswith("cardloom")


# What the house calls and an author has no use for: the shape of a question, of an option.
INNER = {
    "add",
    "file_of",
    "check",
    "check_name",
    "default",
    "ahead",
    "kept",
    "describe",
    "with_parse",
    "parts",
    "uploads",
    "id",
    "cards",
    "card",
    "types",
    "outline",
    "kind",
    "parse",
    "remembering",
}


@pytest.mark.parametrize(("module", "name"), list(_public()))
def test_a_public_name_has_its_section_with_every_parameter(module: str, name: str) -> None:
    page = PAGES.get(module, DOORS)
    found = sections(page)
    assert f"`{name}`" in found, f"{page.name} has no section on {module}.{name}"
    text = found[f"`{name}`"]
    value = _value(module, name)
    if not _is_ours(value):
        return
    for wanted in _parameters(value):
        assert re.search(rf"\b{wanted}\b", text), f"{page.name} does not tell of {name}({wanted}=…)"
    for wanted in set(_members(value)) - INNER:
        assert re.search(rf"\b{wanted}\b", text), f"{page.name} does not tell of {name}.{wanted}"


def test_no_section_stands_for_a_name_that_is_gone() -> None:
    known = {name for _, name in _public()} | {f"cardloom.{door}" for door in DOOR_NAMES}
    for page in (*PAGES.values(), DOORS):
        headed = {h.strip("`") for h in sections(page) if h.startswith("`") and h.endswith("`")}
        assert headed <= known, f"{page.name} tells of {headed - known}"


def test_the_run_object_is_documented_whole() -> None:
    text = AUTHORING.read_text(encoding="utf-8")
    members = {n for kind in (AsyncContext, ThreadContext) for n in dir(kind) if n[0] != "_"} | {
        "http"
    }
    told = set(re.findall(r"^\| `run\.(\w+)", text, re.M))
    assert told == members


def test_every_option_of_do_is_documented() -> None:
    text = AUTHORING.read_text(encoding="utf-8")
    options = list(inspect.signature(cardloom.Workflow._add_do).parameters)[2:]
    assert options
    for option in options:
        assert f"| `{option}` |" in text


@pytest.mark.parametrize(
    "call",
    [
        name
        for name in re.findall(r"^    (\w+)\(", AUTHORING.read_text(encoding="utf-8"), re.M)
        if name in cardloom.__all__
    ],
)
def test_a_signature_in_the_docs_has_the_code_s_defaults(call: str) -> None:
    """`Name(a, b=1)`: each default that is printed is the one in the code."""
    printed = re.search(rf"^    {call}\((.*)\)$", AUTHORING.read_text(encoding="utf-8"), re.M)
    assert printed
    actual = inspect.signature(getattr(cardloom, call)).parameters
    for name, default in re.findall(r"(\w+)=([^,()]+|\(\))", printed[1]):
        # `options` is empty in the code so that it may follow defaults; no one leaves it out.
        shown = eval(default, {})
        assert actual[name].default == shown, f"{call}({name}=…) is {actual[name].default!r}"


def test_the_checker_printed_on_the_journal_page_works(tmp_path: Any) -> None:
    [code] = [b.text for b in blocks(DOCS / "journal.md") if b.language == "python"]
    printed: dict[str, Any] = {}
    exec(code, printed)
    journal = cardloom.journal.Journal(tmp_path)  # type: ignore[attr-defined]
    journal.append([{"type": "noted", "text": text} for text in ("a", "ü\ud800", "c")])
    assert printed["check"](journal.path) == "all hold"
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole.replace(b'"c"', b'"d"'))
    assert printed["check"](journal.path) == "line 3 does not hold"
