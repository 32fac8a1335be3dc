"""A table a page at a time: its first rows, or any rows of it in an order and by a filter."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cardloom.tables.contents import PARQUET
from cardloom.tables.table import Table, begin_of, open_table


@dataclass(frozen=True)
class Page:
    """Rows of a table with the names of its columns; `total` counts the rows that match."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int


def page_of(
    table: Table,
    offset: int = 0,
    limit: int = 50,
    order: str = "",
    descending: bool = False,
    filters: Mapping[str, str] | None = None,
) -> Page:
    """The rows from `offset` on, at most `limit`, of those that match.

    `order` names a column: numbers are put in order as numbers, before the texts; without it the
    order is the file's. `filters` gives by column what its cells must contain, in any case.
    Raises TableError for a column that there is not.
    """
    tests = [f"contains(lower({table.column(name)}), lower(?))" for name in filters or {}]
    values = list((filters or {}).values())
    where = f"WHERE {' AND '.join(tests)}" if tests else ""
    by = f"{table.name}.rowid"
    if order:
        column, way = table.column(order), "DESC" if descending else "ASC"
        number = f"try_cast({column} AS DOUBLE)"
        by = f"{number} {way} NULLS LAST, {column} {way} NULLS LAST, {by}"
    cells = ", ".join(f"coalesce(c{n}, '')" for n in range(len(table.names)))
    rows = table.db.connection.execute(
        f"SELECT {cells} FROM {table.name} {where} ORDER BY {by} LIMIT ? OFFSET ?",  # noqa: S608
        [*values, limit, offset],
    ).fetchall()
    total = table.db.count(f"SELECT count(*) FROM {table.name} {where}", values)  # noqa: S608
    return Page(table.names, tuple(rows), total)


def first_rows(path: Path, count: int) -> Page:
    """The first rows of a file, of which no more than its begin is read. Raises TableError, OSError.

    `total` is the number of rows seen, at most some hundred.
    """
    found, dialect = begin_of(path)
    if found.kind != PARQUET:
        own = len(dialect.names)
        rows = tuple(tuple(row[:own]) + ("",) * (own - len(row)) for row in dialect.sample[:count])
        return Page(dialect.names, rows, len(dialect.sample))
    with open_table(path) as table:
        return page_of(table, limit=count)
