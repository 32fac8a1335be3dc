"""The two tables that a card's map was made of: links.csv, and meta.csv where it was taken."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cardloom.engine import State
from cardloom.errors import NotFound
from cardloom.runs import Run
from cardloom.runs.files import Files

TABLES = ("links.csv", "meta.csv")
DOWNLOADS = "downloads"  # of the workspace: what several runs may use lies there
_DEEP = 6  # how far down in a value a file is looked for
Json = Any


def tables_of(run: Run, state: State, card: str) -> dict[str, Path]:
    """links.csv and meta.csv, where the card has made a map and took them for it; else nothing."""
    told = state.card(card)
    made = [file.get("path") for file in told.files if isinstance(file, dict)]
    if told.status != "done" or not any(str(path).endswith("/graph.json") for path in made):
        return {}
    taken = [
        path for n in told.inputs.values() for path in _files_in(run, state.values.get(n), _DEEP)
    ]
    found = {name: path for name in TABLES if (path := _named(name, taken))}
    return found if "links.csv" in found else {}


def _named(name: str, paths: list[Path]) -> Path | None:
    return next((p for p in paths if p.name == name or p.name.endswith(f"_{name}")), None)


def _files_in(run: Run, value: Json, deep: int) -> Iterator[Path]:
    """The files that a stored value names: the run's own, and those among the downloads."""
    if deep == 0:
        return
    match value:
        case {"$": "file", "path": str(shown)}:
            yield from _here(run.files, shown)
        case {"path": str(shown)} if shown.startswith(f"{DOWNLOADS}/"):
            root = run.folder.parents[2] / DOWNLOADS
            yield from _here(Files(root), shown.removeprefix(f"{DOWNLOADS}/"))
        case dict():
            for inner in value.values():
                yield from _files_in(run, inner, deep - 1)
        case list():
            for inner in value:
                yield from _files_in(run, inner, deep - 1)


def _here(files: Files, shown: str) -> Iterator[Path]:
    try:
        yield files.find(shown)
    except NotFound:  # taken away; or a journal from elsewhere names what is no file of ours
        return
