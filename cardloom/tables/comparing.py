"""Two tables row by row: which rows were added, removed, or changed under the same key.

The key is guessed: `id`, `url`, the first column whose values are all different, then the first two
such columns (the pair of a links.csv), else the whole row.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

from cardloom.tables.changes import MOST_CELL, MOST_SHOWN, Changed, Row, Rows
from cardloom.tables.errors import TableError
from cardloom.tables.table import Table, open_tables

MOST_COLUMNS = 300
KNOWN_KEYS = ("id", "url")
PAIRED = 6  # first columns that are tried as pairs


def compare_rows(one: Path, other: Path) -> Rows:
    """The rows that differ. Raises TableError where a file is no table; OSError as `open` does.

    Rows that can't be read are left out of both, and counted by their reasons in `unread`.
    """
    with open_tables(one, other) as (mine, theirs):
        for table in (mine, theirs):
            if len(table.names) > MOST_COLUMNS:
                raise TableError(f"{table.path.name} has more than {MOST_COLUMNS} columns.")
        shared = tuple(name for name in mine.names if name in theirs.names)
        if not shared:
            raise TableError(f"{one.name}: the two tables have no column in common.")
        return _compared(mine, theirs, shared, _key(mine, theirs, shared))


def _key(mine: Table, theirs: Table, shared: Sequence[str]) -> tuple[str, ...]:
    return next(
        (key for key in _candidates(shared) if _is_key(mine, key) and _is_key(theirs, key)), ()
    )


def _candidates(shared: Sequence[str]) -> Iterator[tuple[str, ...]]:
    known = [name for word in KNOWN_KEYS for name in shared if name.lower() == word]
    yield from ((name,) for name in dict.fromkeys([*known, *shared]))
    yield from combinations(shared[:PAIRED], 2)


def _is_key(table: Table, key: Sequence[str]) -> bool:
    """Whether no two rows have the same cells there."""
    cells = ", ".join(table.column(name) for name in key)
    # A few rows tell of most columns that they are none.
    for rows in (f"(FROM {table.name} LIMIT 5000) AS {table.name}", table.name):
        again = f"SELECT 1 FROM {rows} GROUP BY {cells} HAVING count(*) > 1 LIMIT 1"  # noqa: S608
        if table.db.connection.execute(again).fetchone() is not None:
            return False
    return True


def _compared(mine: Table, theirs: Table, shared: tuple[str, ...], key: tuple[str, ...]) -> Rows:
    _fill(mine, "one", shared, key)
    _fill(theirs, "other", shared, key)
    removed, total_removed = _only_in(mine, "one", "other", len(shared))
    added, total_added = _only_in(theirs, "other", "one", len(shared))
    changed, total_changed = _moved(mine, shared) if key else ((), 0)
    return Rows(
        columns=shared,
        key=key,
        gone=tuple(name for name in mine.names if name not in shared),
        new=tuple(name for name in theirs.names if name not in shared),
        counts=(mine.count(), theirs.count()),
        added=added,
        removed=removed,
        changed=changed,
        total_added=total_added,
        total_removed=total_removed,
        total_changed=total_changed,
        unread=tuple(
            (table.path.name, each.reason, each.count, each.lines)
            for table in (mine, theirs)
            for each in table.rejected
        ),
    )


def _fill(table: Table, name: str, shared: Sequence[str], key: Sequence[str]) -> None:
    """A table of the shared cells s0, s1, … with the key k, a number in order, and how many are equal."""
    cells = [f"coalesce({table.column(column)}, '')" for column in shared]
    named = ", ".join(f"any_value({cell}) AS s{n}" for n, cell in enumerate(cells))
    parts = [cells[shared.index(column)] for column in key] or cells
    table.db.connection.execute(
        f"CREATE TEMP TABLE {name} AS SELECT [{', '.join(parts)}] AS k, {named}, "  # noqa: S608
        f"min(rowid) AS n, count(*) AS count FROM {table.name} GROUP BY 1"
    )


def _only_in(table: Table, here: str, there: str, width: int) -> tuple[tuple[Row, ...], int]:
    """The first rows that only `here` has, and how many there are."""
    left = f"{here}.count - coalesce({there}.count, 0)"
    joined = f"FROM {here} LEFT JOIN {there} ON {here}.k = {there}.k WHERE {left} > 0"
    cells = ", ".join(f"{here}.s{n}" for n in range(width))
    rows = table.db.connection.execute(
        f"SELECT {cells} {joined} ORDER BY {here}.n LIMIT {MOST_SHOWN}"
    ).fetchall()
    total = table.db.count(f"SELECT coalesce(sum({left}), 0)::BIGINT {joined}")
    return tuple(_cut(row) for row in rows), total


def _moved(table: Table, shared: Sequence[str]) -> tuple[tuple[Changed, ...], int]:
    """The first rows that changed under their key, and how many did."""
    width = range(len(shared))
    differ = " OR ".join(f"one.s{n} <> other.s{n}" for n in width)
    joined = f"FROM one JOIN other ON one.k = other.k WHERE {differ}"
    cells = ", ".join([*(f"one.s{n}" for n in width), *(f"other.s{n}" for n in width)])
    rows = table.db.connection.execute(
        f"SELECT {cells} {joined} ORDER BY one.n LIMIT {MOST_SHOWN}"
    ).fetchall()
    pairs = [(row[: len(shared)], row[len(shared) :]) for row in rows]
    return (
        tuple(_changed(one, other, shared) for one, other in pairs),
        table.db.count(f"SELECT count(*) {joined}"),
    )


def _changed(one: Row, other: Row, shared: Sequence[str]) -> Changed:
    columns = zip(shared, one, other, strict=True)
    moved = tuple(name for name, mine, theirs in columns if mine != theirs)
    return Changed(_cut(one), _cut(other), moved)


def _cut(row: Row) -> Row:
    return tuple(c if len(c) <= MOST_CELL else c[: MOST_CELL - 1] + "…" for c in row)
