"""Runs compared where they lie: large values are read from their files, tables row by row."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cardloom.engine import File, FileRow, Side, State
from cardloom.engine.compare import side_of
from cardloom.errors import Missing, NotFound
from cardloom.runs.moment import Moment
from cardloom.runs.run import Run
from cardloom.tables.changes import Rows
from cardloom.tables.errors import TableError
from cardloom.types import Json

MOST = 6  # runs beside each other that a person can still take in
LARGEST_VALUE = 4_000_000  # bytes of a value in a file of its own that is looked into

TABLES = (".csv", ".tsv", ".csv.gz", ".parquet", ".xlsx")  # files that are compared by rows


@dataclass(frozen=True)
class FileRows:
    """A table of one run against the first run's: the rows that differ, or why it can't be told."""

    rows: Rows | None
    trouble: str = ""


def sides_of(moments: Sequence[Moment]) -> list[Side]:
    """The runs at their moments, to be compared; Missing for less than two or too many."""
    if not 2 <= len(moments) <= MOST:
        raise Missing(f"Name two to {MOST} runs to compare, like bridge/ada bridge/ada-fork.")
    sides = []
    for moment in moments:
        run, state = moment.run, moment.state()
        sides.append(side_of(moment.name, run.workflow, state, _large(run, state)))
    return sides


def _large(run: Run, state: State) -> dict[str, Json]:
    """By card, the values that lie in files of their own and are not too large to look into."""
    found = {}
    for name, card in state.cards.items():
        match card.value:
            case {"$": "stored", "file": {"path": str(shown), "size": int(size)}}:
                if size <= LARGEST_VALUE:
                    try:
                        found[name] = json.loads(run.files.find(shown).read_text(encoding="utf-8"))
                    except (OSError, ValueError, NotFound, RecursionError):
                        continue  # not there, or not ours: its hash and size are told
    return found


def is_table(row: FileRow) -> bool:
    """Whether the file can be compared by rows: a table that two runs have, and that differs."""
    there = [file for file in row.files if file is not None]
    return row.differs and len(there) > 1 and row.name.lower().endswith(TABLES)


def rows_of(moments: Sequence[Moment], row: FileRow) -> list[FileRows | None]:
    """For each run, its rows against the first run that has the file; None where nothing differs."""
    base = row.base
    first = row.files[base]
    assert first is not None
    found: list[FileRows | None] = []
    for moment, file in zip(moments, row.files, strict=True):
        if file is None or file.sha256 == first.sha256:
            found.append(None)
            continue
        found.append(_compared(moments[base].run, first, moment.run, file))
    return found


def _compared(one: Run, first: File, other: Run, file: File) -> FileRows:
    try:
        here, there = one.files.find(first.path), other.files.find(file.path)
        return FileRows(_rows(here, first.sha256, there, file.sha256))
    except (Missing, NotFound, TableError) as error:
        return FileRows(None, str(error))


# A published file is never written again: its hash says which it is, for ever.
@lru_cache(maxsize=32)
def _rows(one: Path, sum_one: str, other: Path, sum_other: str) -> Rows:
    # DuckDB takes a tenth of a second and 30 MB to load, which a start without it need not pay.
    from cardloom.tables.comparing import compare_rows

    return compare_rows(one, other)
