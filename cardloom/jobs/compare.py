"""Two values of one card, the recorded and the new: whether they are the same, else what differs.

Files are equal by name and sha256, tables by their content: two libraries, or two releases of one,
may write the same rows in other bytes.
"""

import difflib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cardloom.brief import brief, file_size
from cardloom.engine import CardState, Skip, same
from cardloom.engine.status import CardStatus
from cardloom.runs import CardFiles, Files
from cardloom.types import Json

Find = Callable[[str], Path]

MOST_LINES = 12  # of a difference that is shown
MOST_TEXT = 200_000  # bytes of a file whose lines are compared


def compare(
    now: CardState, value: Json, written: list[Json], recorded: Files, made: CardFiles
) -> list[str]:
    """What differs, as lines for a person; none where the same came out."""
    if isinstance(value, Skip) or now.status == CardStatus.SKIPPED:
        if isinstance(value, Skip) and now.status == CardStatus.SKIPPED:
            return []
        return [_skipped(now), f"+ {'skipped' if isinstance(value, Skip) else brief(value)}"]

    def old(shown: str) -> Path:
        return recorded.root / shown

    def new(shown: str) -> Path:
        inside = made.part / shown.removeprefix(f"{made.final.name}/")
        return inside if inside.exists() else recorded.root / shown

    lines = [] if equal(now.value, value, old, new) else _differ(now.value, value, old, new)
    tables = {path for stored in (now.value, value) for path in _tables(stored)}
    lines += _differ_files(now.files, written, tables, old, new)
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"… and {len(lines) - MOST_LINES:,} more lines"]
    return lines


def _skipped(now: CardState) -> str:
    return "- skipped" if now.status == CardStatus.SKIPPED else f"- {brief(now.value)}"


def equal(one: Json, other: Json, old: Find, new: Find) -> bool:
    """Whether two stored values are equal, large values and tables by what is in them."""
    if isinstance(one, dict) and isinstance(other, dict):
        kinds = (one.get("$"), other.get("$"))
        if kinds == ("table", "table"):
            return _equal_tables(one, other, old, new)
        if kinds == ("stored", "stored"):
            return equal(_large(one, old), _large(other, new), old, new)
        if kinds == ("file", "file"):
            return same(one, other)
        return one.keys() == other.keys() and all(
            equal(one[key], other[key], old, new) for key in one
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            equal(left, right, old, new) for left, right in zip(one, other, strict=True)
        )
    return same(one, other)


def _large(stored: Json, find: Find) -> Json:
    return json.loads(find(stored["file"]["path"]).read_text(encoding="utf-8"))


def _equal_tables(one: Json, other: Json, old: Find, new: Find) -> bool:
    if one.get("library") != other.get("library"):
        return False
    if one["file"]["sha256"] == other["file"]["sha256"]:
        return True
    left = _frame(one["library"], old(one["file"]["path"]))
    return bool(left.equals(_frame(other["library"], new(other["file"]["path"]))))


def _frame(library: str, path: Path) -> Any:
    # The author's own library: the card has just made such a table with it.
    reader = __import__("polars" if library == "polars" else "pandas")
    return reader.read_csv(path) if path.suffix == ".csv" else reader.read_parquet(path)


def _tables(stored: Json) -> Iterator[str]:
    """The names of the files that hold tables or large values: these are compared by content."""
    if isinstance(stored, list):
        for item in stored:
            yield from _tables(item)
    elif isinstance(stored, dict):
        if stored.get("$") in ("table", "stored"):
            yield _name(stored["file"])
        for item in stored.values():
            yield from _tables(item)


def _name(file: Json) -> str:
    """A file's name within its card's folder, whichever attempt wrote it."""
    return str(file["path"]).partition("/")[2]


def _differ(one: Json, other: Json, old: Find, new: Find) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        if one.get("$") == other.get("$") == "file":
            return _differ_file(one, other, old, new)
        if one.get("$") == other.get("$") == "table":
            return [f"~ the table {_name(one['file'])} holds other rows"]
        if one.get("$") == other.get("$") == "stored":
            one, other = _large(one, old), _large(other, new)
    return _unified(_spell(one), _spell(other))


def _spell(stored: Json) -> list[str]:
    if isinstance(stored, str):
        return stored.splitlines() or [""]
    return json.dumps(stored, ensure_ascii=False, indent=1).splitlines()


def _unified(one: list[str], other: list[str]) -> list[str]:
    found = list(difflib.unified_diff(one, other, n=0, lineterm=""))[2:]  # after the two names
    changed = [line[:200] for line in found if line[0] in "+-"]
    return [f"{line[0]} {line[1:]}" for line in changed] or ["~ the values are of other types"]


def _differ_files(
    one: list[Json], other: list[Json], tables: set[str], old: Find, new: Find
) -> list[str]:
    before, after = (
        {_name(f): f for f in files if _name(f) not in tables} for files in (one, other)
    )
    lines = [f"- file {name}" for name in before if name not in after]
    lines += [f"+ file {name}" for name in after if name not in before]
    for name in before.keys() & after.keys():
        if before[name]["sha256"] != after[name]["sha256"]:
            lines += _differ_file(before[name], after[name], old, new)
    return lines


def _differ_file(one: Json, other: Json, old: Find, new: Find) -> list[str]:
    head = (
        f"~ file {_name(one)}: {file_size(one['size'])}, sha256 {one['sha256'][:12]}… is now "
        f"{file_size(other['size'])}, {other['sha256'][:12]}…"
    )
    texts = [_text(old(one["path"])), _text(new(other["path"]))]
    if texts[0] is None or texts[1] is None:
        return [head]
    return [head, *_unified(texts[0], texts[1])]


def _text(path: Path) -> list[str] | None:
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST_TEXT else None
        return data.decode("utf-8").splitlines() if data is not None else None
    except (OSError, ValueError):
        return None
