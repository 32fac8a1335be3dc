"""What an address is, in Python and as SQL: absolute, http or https, without blanks and controls."""

from pathlib import Path

from cardloom.graph.structure import GraphError
from cardloom.tables.cells import trimmed
from cardloom.tables.database import literal
from cardloom.tables.table import Table
from cardloom.tables.text import shown

_ADDRESS = r"(?i)https?://[^\x00-\x20\x7f-\x{9f}\x{2028}\x{2029}]+"

_PLAIN = r"https?://[!\x22$-~]+"


def is_address(column: str) -> str:
    """Whether a column's cell is an address and nothing else, as SQL."""
    return f"coalesce(regexp_full_match({column}, {literal(_ADDRESS)}), false)"


def address(column: str) -> str:
    """The address in a column's cell without its fragment, as SQL; what is none, too."""
    # Nearly every cell is an address of plain signs, for which one look is enough.
    plain = f"regexp_full_match({column}, {literal(_PLAIN)})"
    return f"(CASE WHEN {plain} THEN {column} ELSE split_part({trimmed(column)}, '#', 1) END)"


def wrong(path: Path, line: int, what: str) -> GraphError:
    """The error for a line, as a sentence."""
    return GraphError(f"{path.name}, line {line}: {what}.")


def check_addresses(table: Table, names: tuple[str, ...]) -> None:
    """Raises GraphError for the first row in which one of these columns is no address."""
    columns = [table.column(name) for name in names]
    bad = " OR ".join(f"NOT {is_address(column)}" for column in columns)
    query = (
        f"SELECT rowid, {', '.join(columns)} FROM {table.name} WHERE {bad} ORDER BY rowid LIMIT 1"  # noqa: S608
    )
    row = table.db.connection.execute(query).fetchone()
    if row is None:
        return
    cell = next(cell for cell in row[1:] if not _is_address(table, cell))
    what = f"{shown(cell or '')} is not an absolute http or https URL"
    raise wrong(table.path, table.lines([row[0]])[row[0]], what)


def _is_address(table: Table, cell: str | None) -> bool:
    return table.db.one(f"SELECT {is_address('?::VARCHAR')}", [cell])[0] is True
