"""Write the generated parts of the docs again: `make docs`.

The suite fails where a page has something else than this gives.

A part stands between two lines that Markdown does not show: `[//]: # (begin NAME)` and `(end NAME)`.
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from cardloom.cli import main as command
from cardloom.engine import EVENTS
from cardloom.engine.events import Field
from cardloom.web.seam.hooks import Hooks
from cardloom.web.seam.seam import NAMES

DOCS = Path(__file__).parent.parent.parent / "docs"
WIDTH = 88  # characters of a line of a command's help


def events() -> str:
    """A heading, a sentence and a table of fields for each type of event."""
    parts = []
    for name, kind in EVENTS.items():
        lines = [f"### `{name}`", "", _said(kind.meaning, kind.synced)]
        if kind.fields:
            lines += ["", *_table(("field", "holds", "meaning"), map(_field, kind.fields.items()))]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _said(meaning: str, synced: bool) -> str:
    return meaning if synced else f"{meaning} Written without a sync: a power cut may take it back."


def _field(named: tuple[str, Field]) -> tuple[str, str, str]:
    """One row of the table of fields."""
    name, field = named
    holds = f"{field.type.words}, needed" if field.required else field.type.words
    return f"`{name}`", holds, field.meaning


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    cells = [header, ("---",) * len(header), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]


def commands() -> str:
    """The help of the command and of each of its commands, as the terminal shows it."""
    parts = [_help(command, "cardloom")]
    for name, one in each_command():
        parts.append(f"## `cardloom {name}`\n\n" + _help(one, f"cardloom {name}"))
    return "\n\n".join(parts)


def each_command() -> Iterable[tuple[str, click.Command]]:
    """Every command by its name; asking for one loads its module."""
    assert isinstance(command, click.Group)
    context = click.Context(command)
    for name in command.list_commands(context):
        one = command.get_command(context, name)
        assert one is not None
        yield name, one


def _help(one: click.Command, name: str) -> str:
    context = click.Context(
        one, info_name=name, terminal_width=WIDTH, help_option_names=["-h", "--help"]
    )
    return f"```text\n{one.get_help(context)}\n```"


def hooks() -> str:
    """A table of the hooks: what each takes and what it is for."""
    return "\n".join(_table(("hook", "takes", "for"), (_hook(name) for name in NAMES)))


def _hook(name: str) -> tuple[str, str, str]:
    function = getattr(Hooks, name)
    takes = list(inspect.signature(function).parameters)[1:]
    meaning = " ".join((inspect.getdoc(function) or "").split())
    return f"`{name}`", ", ".join(f"`{one}`" for one in takes), meaning


PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "events": ("journal.md", events),
    "commands": ("commands.md", commands),
    "hooks": ("apps.md", hooks),
}


def filled(text: str, name: str, part: str) -> str:
    """`text` with what stands between the marks of part `name` put anew; ValueError without marks."""
    begin, end = f"[//]: # (begin {name})", f"[//]: # (end {name})"
    pattern = re.compile(re.escape(begin) + r"\n.*?" + re.escape(end), re.S)
    if len(pattern.findall(text)) != 1:
        raise ValueError(f"The marks of the part {name!r} do not stand once in the page.")
    return pattern.sub(lambda _: f"{begin}\n\n{part}\n\n{end}", text)


def main() -> int:
    """Fill every part of every page; say what changed."""
    for name, (page, make) in PARTS.items():
        path = DOCS / page
        before = path.read_text(encoding="utf-8")
        after = filled(before, name, make())
        if after != before:
            path.write_text(after, encoding="utf-8")
        print(f"docs/{page}: {'written' if after != before else 'as it should be'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
