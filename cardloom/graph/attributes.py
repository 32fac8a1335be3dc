"""The rows of meta.csv in the order of the nodes: numbers, words, and columns with a type found.

What a column holds is found, not told: numbers, dates, categories or just text. Nothing is thrown
away: a column with one odd cell among numbers is text.
"""

from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from cardloom.graph.addresses import wrong
from cardloom.graph.structure import Column
from cardloom.tables.cells import trimmed
from cardloom.tables.database import literal
from cardloom.tables.numbers import PLAIN_NUMBER
from cardloom.tables.table import Table
from cardloom.tables.text import clean_text, shown

HIGHEST = 65_535
MOST_CATEGORIES = 1_000
# The graph has its own of these, as arrays of their own or counted from the links.
OWN = {"id", "status", "depth", "title", "pagetype", "inlinks", "outlinks", "pagerank", "community"}
_CODE = r"[+-]?0\d.*"  # a number by its digits, a code by its zero: 0815
_DATE = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?"


class Attributes:
    """The columns of meta.csv, if there is one, with one row a node once they are put in order."""

    def __init__(self, table: Table | None) -> None:
        self.table = table
        if table is not None:
            _check_header(table)

    def has(self, name: str) -> bool:
        """Whether there is a column of this name."""
        return self.table is not None and name in self.table.names

    def put_in_order(self) -> None:
        """Make the table `ordered` of the rows, a row a node. There must be a table `nodes`.

        Raises GraphError for a page that stands in two rows.
        """
        if self.table is None:
            return
        _check_pages(self.table)
        execute = self.table.db.connection.execute
        rows, key = self.table.name, self.table.column("id")
        execute(
            f"CREATE TEMP TABLE ordered AS SELECT {rows}.*, {rows}.rowid AS place FROM nodes "  # noqa: S608
            f"LEFT JOIN {rows} ON {key} = nodes.url ORDER BY nodes.node"
        )
        execute(f"DROP TABLE {rows}")

    def numbers(self, name: str, unknown: int, count: int) -> NDArray[np.uint16]:
        """A column of whole numbers. Raises GraphError for a cell that is none."""
        if not self.has(name):
            return np.full(count, unknown, np.uint16)
        cell = trimmed(self._column(name))
        value = f"try_cast({cell} AS DOUBLE)"
        bad = f"{cell} <> '' AND NOT coalesce(isfinite({value}), false)"
        self._refuse(name, bad)
        whole = f"trunc({value})"
        known = f"{whole} >= 0 AND {whole} < {HIGHEST}"
        query = f"SELECT CASE WHEN {known} THEN {whole}::USMALLINT ELSE {unknown} END AS v"
        return self._fetched(query).astype(np.uint16)

    def words(self, name: str, count: int) -> tuple[str, ...]:
        """A column of clean text, "" for pages in no row."""
        if not self.has(name):
            return ("",) * count
        return tuple(map(clean_text, self._texts(self._column(name)).tolist()))

    def others(self) -> tuple[Column, ...]:
        """The columns that the graph has no name for, each with its type, empty ones left out."""
        if self.table is None:
            return ()
        both = zip(self.table.dialect.header, self.table.names, strict=False)
        made = (self._typed(name) for told, name in both if told and name not in OWN)
        return tuple(column for column in made if column is not None)

    def _typed(self, name: str) -> Column | None:
        """Numbers are decimal, dates ISO 8601, a time without a zone UTC. Few values, or values
        that many pages share, are categories."""
        cell = trimmed(self._column(name))
        full, numbers, dates = self._kinds(cell)
        if not full:
            return None
        if numbers:
            value = f"coalesce(try_cast({cell} AS DOUBLE), 'nan')"
            return Column(name, "number", self._fetched(f"SELECT {value} AS v").astype(float))
        labels, codes = _coded(self._texts(cell))
        if dates:
            moments = list(map(_seconds, labels))
            if None not in moments:
                return Column(name, "date", np.array([*moments, np.nan], float)[codes])
        return _labelled(name, labels, codes)

    def _kinds(self, cell: str) -> tuple[int, bool, bool]:
        """How many cells hold something, and whether all of those are numbers, or dates."""
        assert self.table is not None
        number = (
            f"regexp_full_match(cell, {literal(PLAIN_NUMBER)}) "
            f"AND isfinite(try_cast(cell AS DOUBLE)) "
            f"AND NOT regexp_full_match(cell, {literal(_CODE)})"
        )
        date = f"regexp_full_match(cell, {literal(_DATE)})"
        full, numbers, dates = self.table.db.one(
            f"SELECT count(*), bool_and({number}), bool_and({date}) "  # noqa: S608
            f"FROM (SELECT {cell} AS cell FROM ordered) WHERE cell <> ''"
        )
        return cast(int, full), bool(numbers), bool(dates)

    def _column(self, name: str) -> str:
        assert self.table is not None
        return f"c{self.table.names.index(name)}"

    def _texts(self, column: str) -> NDArray[np.object_]:
        return self._fetched(f"SELECT coalesce({column}, '') AS v")

    def _fetched(self, select: str) -> NDArray[Any]:
        assert self.table is not None
        found = self.table.db.connection.execute(f"{select} FROM ordered").fetchnumpy()["v"]
        return np.ma.getdata(found)

    def _refuse(self, name: str, bad: str) -> None:
        assert self.table is not None
        row = self.table.db.connection.execute(
            f"SELECT place, {self._column(name)} FROM ordered WHERE {bad} ORDER BY place LIMIT 1"  # noqa: S608
        ).fetchone()
        if row is not None:
            what = f"{name} should be a number but is {shown(row[1])}"
            raise wrong(self.table.path, self.table.lines([row[0]])[row[0]], what)


def _check_header(table: Table) -> None:
    header = table.dialect.header
    if "id" not in header or len(set(header)) != len(header) or not table.dialect.headed:
        found = shown(list(header))
        raise wrong(table.path, 1, f"the header should name id, and each column once: {found}")


def _check_pages(table: Table) -> None:
    """Raises GraphError for the first page that has a row already."""
    key = table.column("id")
    row = table.db.connection.execute(
        f"SELECT n, first, url FROM (SELECT rowid AS n, {key} AS url, min(rowid) OVER "  # noqa: S608
        f"(PARTITION BY {key}) AS first FROM {table.name}) WHERE n > first ORDER BY n LIMIT 1"
    ).fetchone()
    if row is not None:
        lines = table.lines([row[0], row[1]])
        what = f"{shown(row[2])} stood in line {lines[row[1]]} already"
        raise wrong(table.path, lines[row[0]], what)


def _coded(texts: NDArray[np.object_]) -> tuple[list[str], NDArray[np.int64]]:
    """The distinct texts but "", and of each cell which it is, -1 for ""."""
    places: dict[str, int] = {"": -1}
    codes = np.fromiter(
        (places.setdefault(text, len(places) - 1) for text in texts.tolist()), np.int64, len(texts)
    )
    del places[""]
    return list(places), codes


def _seconds(cell: str) -> float | None:
    """None for a day that no calendar has."""
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _labelled(name: str, cells: list[str], codes: NDArray[np.int64]) -> Column:
    clean = [clean_text(cell) for cell in cells]
    labels = sorted(set(clean) - {""})
    place = {label: number for number, label in enumerate(labels)}
    numbers = np.array([*(place.get(cell, -1) for cell in clean), -1], np.int64)[codes]
    known = int((codes >= 0).sum())
    shared = len(labels) <= MOST_CATEGORIES and len(labels) <= max(20, known / 4)
    return Column(name, "category" if shared else "text", numbers, tuple(labels))
