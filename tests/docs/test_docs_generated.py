"""The generated parts of the docs are what the code says now; `make docs` writes them again."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
from documents import DOCS, sections

from cardloom import Failed
from cardloom.catalog import load_file
from cardloom.engine import EVENTS, events


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "docs_generate", Path(__file__).parent / "generate.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = _generator()
COMMANDS = dict(GENERATOR.each_command())


@pytest.mark.parametrize("name", GENERATOR.PARTS)
def test_a_generated_part_is_as_the_code_says(name: str) -> None:
    page, make = GENERATOR.PARTS[name]
    text = (DOCS / page).read_text(encoding="utf-8")
    assert GENERATOR.filled(text, name, make()) == text, f"docs/{page} is stale: run make docs"


def test_a_part_that_differs_is_noticed() -> None:
    text = "a\n[//]: # (begin x)\n\nold\n\n[//]: # (end x)\nb\n"
    assert GENERATOR.filled(text, "x", "new") == text.replace("old", "new")
    with pytest.raises(ValueError, match="marks"):
        GENERATOR.filled("no marks here", "x", "new")


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_and_field_stands_in_the_journal_page(name: str) -> None:
    found = sections(DOCS / "journal.md")
    assert f"`{name}`" in found, f"journal.md has no section on {name}"
    for field in EVENTS[name].fields:
        assert f"| `{field}` |" in found[f"`{name}`"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_stands_in_the_commands_page(name: str) -> None:
    section = sections(DOCS / "commands.md")[f"`cardloom {name}`"]
    for parameter in COMMANDS[name].params:
        for spelled in (*parameter.opts, *parameter.secondary_opts):
            if spelled.startswith("-"):
                assert spelled in section, f"commands.md lacks {spelled} of {name}"


EVERYWHERE = {"n", "at", "type", "by", "why", "sum"}  # fields that the page tells of by themselves

KINDS_OF_CARDS = """
from cardloom import Choice, Skip, Text, Workflow

flow = Workflow("All kinds")
flow.ask(name=Text("Name?"))


@flow.ask
def color(name):
    return Choice("Colour?", ["red", name])


@flow.do
def quiet(name):
    return Skip("nothing to say")


@flow.do
def work(color, *, run):
    run.progress(1, 2, "half")
    run.write("text")
    run.note("remark")
    run.once("key", lambda: 1)
    run.file("a.txt").write_text("a")
    return color


@flow.do
def broken(work):
    raise ValueError("no")
"""


def test_what_is_written_has_no_field_that_is_not_documented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kinds.py").write_text(KINDS_OF_CARDS, encoding="utf-8")
    monkeypatch.setenv("CARDLOOM_WORKSPACE", str(tmp_path))
    flow = load_file(tmp_path / "kinds.py")
    for name in ("ada", "bob"):  # the second time the first question changes
        with pytest.raises(Failed):
            flow.run("k", name=name, color="red")
    [journal] = (tmp_path / "runs").glob("*/*/journal.jsonl")
    events = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    seen = {event["type"] for event in events}
    assert seen >= {"created", "asked", "answered", "reopened", "started", "progressed", "wrote"}
    assert seen >= {"remembered", "noted", "finished", "failed", "skipped"}
    for event in events:
        undocumented = event.keys() - EVENTS[event["type"]].fields.keys() - EVERYWHERE
        assert not undocumented, f"{event['type']} has {undocumented}"


def test_the_bounds_of_an_import_are_those_of_the_table():
    text = (DOCS / "journal.md").read_text(encoding="utf-8")
    for bound, noun in (
        (events.MOST_CARDS, "cards"),
        (events.MOST_OPTIONS, "options of one question"),
        (2 * events.MOST_OPTIONS, "in the whole run"),
        (events.LONGEST_NAME, "characters of a name"),
        (events.LONGEST_LABEL, "of a label, title or reason"),
        (events.LONGEST_KEY, "of a key"),
    ):
        assert f"{bound:,} {noun}" in text
