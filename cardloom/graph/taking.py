"""Ours made of another tool's table: links.csv or meta.csv.

    Sheet ── take_links ──▶ links.csv
    Sheet ── take_pages ──▶ meta.csv

A row that is no link is left out and counted, with its first line numbers; nothing is guessed.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cardloom.graph.addresses import address, is_address
from cardloom.graph.sheets import PAGE_ROLES, Sheet
from cardloom.graph.structure import GraphError
from cardloom.tables.cells import cleaned, trimmed
from cardloom.tables.database import identifier, literal
from cardloom.tables.errors import MOST_LINES
from cardloom.tables.numbers import Spelling, number, spellings
from cardloom.tables.table import Table, open_table
from cardloom.tables.text import shown
from cardloom.tables.writing import write_csv

_YES = "('true', '1', 'yes', 'nofollow')"
_WHOLE = ("status", "depth")
_WORDS = ("id", "title", "pagetype", "redirect_to")
_NO_ADDRESS = "not an http or https address"
_AGAIN = "the same page again"
# A status as servers and tools write it: 200, 200.0, 200 OK, HTTP/1.1 200 OK.
_STATUS = r"^(?:HTTP/[0-9.]+\s+)?([1-5][0-9][0-9])(?:\s|$)"

Report = Callable[[int, None, str], object]


@dataclass(frozen=True)
class Taken:
    """What was written, and what was not: rows by the reason for which they were left out.

    `lines` are the first line numbers of each reason; `notes` are sentences on what was read in
    another way than it was written, or not at all.
    """

    rows: int
    left_out: Mapping[str, int]
    lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def take_links(
    sheet: Sheet, columns: Mapping[str, str], target: Path, report: Report | None = None
) -> Taken:
    """Write links.csv from the rows of `sheet`. `columns` names its columns for source, target and,
    if there are any, nofollow and weight; the rows written and those left out.

    `report(rows, None, note)` is told how far it is. Raises GraphError.
    """
    with _opened(sheet, target, report) as table:
        found = {role: address(_column(table, columns, role)) for role in ("source", "target")}
        reasons = {_NO_ADDRESS: f"NOT ({is_address('found0')} AND {is_address('found1')})"}
        kind, wanted = sheet.only
        if kind:
            same = f"lower({trimmed(table.column(kind))}) = {literal(wanted)}"
            other = {f"{kind} is not {wanted.capitalize()}": f"NOT coalesce({same}, false)"}
            reasons = other | reasons
        picked = _nofollow(table, sheet, columns)
        notes: list[str] = []
        if name := columns.get("weight"):
            picked["weight"], notes = _weight(table, name)
        return _write(table, found, picked, reasons, target, notes)


def take_pages(
    sheet: Sheet, columns: Mapping[str, str], target: Path, report: Report | None = None
) -> Taken:
    """Write meta.csv from the rows of `sheet`: the columns named in `columns` by their roles, `id`
    among them, the others by their own names. Numbers are written in plain spelling. Raises GraphError.
    """
    with _opened(sheet, target, report) as table:
        roles = {role: columns[role] for role in PAGE_ROLES if columns.get(role)}
        found = {"id": address(_column(table, columns, "id"))}
        reasons = {
            _NO_ADDRESS: f"NOT {is_address('found0')}",
            _AGAIN: "row_number() OVER (PARTITION BY found0 ORDER BY number) > 1",
        }
        for role in roles:
            _column(table, columns, role)
        rest = {_own_name(name): name for name in table.names if name not in roles.values()}
        del roles["id"]
        picked, notes = _cells(table, roles | rest)
        return _write(table, found, picked, reasons, target, notes)


@contextmanager
def _opened(sheet: Sheet, target: Path, report: Report | None) -> Iterator[Table]:
    tell = report or (lambda rows, total, note: None)
    tell(0, None, f"Reading {target.stem}")
    with open_table(sheet.path) as table:
        tell(table.count(), None, f"Reading {target.stem}")
        yield table


def _column(table: Table, columns: Mapping[str, str], role: str) -> str:
    name = columns.get(role, "")
    if name not in table.names:
        raise GraphError(f"{table.path.name} has no column {name!r} for {role}.")
    return table.column(name)


def _own_name(name: str) -> str:
    """The name under which a column goes on that has no role: never one of the roles' names."""
    return f"{name} (theirs)" if name in PAGE_ROLES else name


def _nofollow(table: Table, sheet: Sheet, columns: Mapping[str, str]) -> dict[str, str]:
    told = columns.get("nofollow")
    name = told or sheet.follows
    if not name:
        return {}
    said = f"coalesce(lower({trimmed(table.column(name))}) IN {_YES}, false)"
    return {"nofollow": f"({said} = {'true' if told else 'false'})::VARCHAR"}


def _weight(table: Table, name: str) -> tuple[str, list[str]]:
    spelling = spellings(table, [name]).get(name, "plain")
    column = table.column(name)
    cell = f"try_cast({number(column, spelling)} AS DOUBLE)"
    notes = _unread(table, name, f"{cell} IS NULL", "is no number")
    kept = f"The weights in {name} are kept in links.csv; the map counts each link once."
    plain = f"CASE WHEN {cell} IS NOT NULL THEN {number(column, spelling)} END"
    return plain, [kept, *_spelled(table, name, spelling), *notes]


def _cells(table: Table, picked: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What is written for each of these columns, and what is to be said of it."""
    told = {name for role, name in picked.items() if role not in _WORDS}
    spelled = spellings(table, [name for name in table.names if name in told])
    cells, notes = {}, []
    for role, name in picked.items():
        column = table.column(name)
        if role in _WHOLE:
            cells[role] = _whole(column, role)
            notes += _unread(table, name, f"{cells[role]} IS NULL", f"is no {role}")
        elif spelled.get(name) in ("german", "english"):
            cells[role] = number(column, spelled[name])
        else:
            cells[role] = cleaned(column)
        if role not in _WHOLE and name in spelled:
            notes += _spelled(table, name, spelled[name])
    return cells, notes


def _whole(column: str, role: str) -> str:
    cell = trimmed(column)
    whole = f"try_cast(trunc(try_cast({cell} AS DOUBLE)) AS BIGINT)::VARCHAR"
    if role != "status":
        return whole
    return f"coalesce({whole}, nullif(regexp_extract({cell}, {literal(_STATUS)}, 1), ''))"


def _spelled(table: Table, name: str, spelling: Spelling) -> list[str]:
    """What is to be said of the spelling of numbers that can be read in two ways."""
    column = table.column(name)
    row = table.db.connection.execute(
        f"SELECT {trimmed(column)}, {number(column, spelling)} FROM {table.name} "  # noqa: S608
        f"WHERE regexp_matches({column}, '[.,]') ORDER BY length({column}) DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return []
    if spelling == "unclear":
        return [f"{name}: {row[0]} may be a thousand or a fraction. It stays as it is."]
    return [f"{name}: {row[0]} is read as {row[1]}."] if row[0] != row[1] else []


def _unread(table: Table, name: str, bad: str, what: str) -> list[str]:
    """What is to be said of cells that hold something and can't be read."""
    column = table.column(name)
    count, first = table.db.one(
        f"SELECT count(*), min(rowid) FROM {table.name} WHERE {trimmed(column)} <> '' AND ({bad})"  # noqa: S608
    )
    if not isinstance(count, int) or not isinstance(first, int):
        return []
    cell = table.db.one(f"SELECT {column} FROM {table.name} WHERE rowid = ?", [first])[0]  # noqa: S608
    where = f"line {table.lines([first])[first]}: {shown(cell)} {what}"
    cells = "1 cell stays" if count == 1 else f"{count:,} cells stay"
    return [f"{name}: {cells} empty, {'the first in ' if count > 1 else 'in '}{where}."]


def _write(
    table: Table,
    found: Mapping[str, str],
    picked: Mapping[str, str],
    reasons: Mapping[str, str],
    target: Path,
    notes: list[str],
) -> Taken:
    """Write the rows for which no reason holds: what is found, and what is picked, by their names.

    A reason is a test of `found0`, `found1` … and of the row's number.
    """
    execute = table.db.connection.execute
    cases = " ".join(f"WHEN {test} THEN {literal(reason)}" for reason, test in reasons.items())
    aliases = [f"{cell} AS found{n}" for n, cell in enumerate(found.values())]
    rows = f"(SELECT *, rowid AS number, {', '.join(aliases)} FROM {table.name}) AS {table.name}"  # noqa: S608
    cells = [f"found{n}" for n in range(len(found))] + list(picked.values())
    columns = ", ".join(f"nullif({cell}, '') AS p{n}" for n, cell in enumerate(cells))
    order = "ORDER BY number" if " OVER " in cases else ""  # only a window leaves the file's order
    execute(
        f"CREATE TEMP TABLE judged AS SELECT number, CASE {cases} END AS reason, {columns} "  # noqa: S608
        f"FROM {rows} {order}"
    )
    out = execute(
        f"SELECT reason, count(*), min(number, {MOST_LINES}) FROM judged "  # noqa: S608
        "WHERE reason IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    lines = table.lines([n for _, _, some in out for n in some])
    left_out = {each.reason: each.count for each in table.rejected}
    left_out |= {reason: count for reason, count, _ in out}
    told = {each.reason: each.lines for each in table.rejected}
    told |= {reason: tuple(lines[n] for n in some) for reason, _, some in out}
    names = [*found, *picked]
    cells = [f"p{n} AS {identifier(name)}" for n, name in enumerate(names)]
    query = f"SELECT {', '.join(cells)} FROM judged WHERE reason IS NULL"  # noqa: S608
    return Taken(write_csv(table.db, query, target), left_out, told, tuple(notes))
