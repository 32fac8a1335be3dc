"""Ours made of another tool's table: links.csv or meta.csv, row by row.

    Sheet ── take_links ──▶ links.csv
    Sheet ── take_pages ──▶ meta.csv

Rows are read one at a time; one that is no link is left out and counted, never guessed at.
"""

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cardloom.graph.rows import ADDRESS, clean_text
from cardloom.graph.sheets import PAGE_ROLES, Sheet, lines_of
from cardloom.graph.structure import GraphError

_WHOLE = ("status", "depth")
_YES = {"true", "1", "yes", "nofollow"}

Report = Callable[[int, None, str], object]


@dataclass(frozen=True)
class Taken:
    """What was written, and what was not: rows by the reason for which they were left out."""

    rows: int
    left_out: Mapping[str, int]


def take_links(
    sheet: Sheet, columns: Mapping[str, str], target: Path, report: Report | None = None
) -> Taken:
    """Write links.csv from the rows of `sheet`. `columns` names its columns for source, target and,
    if there is one, nofollow; the rows written and those left out.

    `report(rows, None, note)` is told now and then how far it is. Raises GraphError.
    """
    source, end = (_place(sheet, columns, role) for role in ("source", "target"))
    nofollow = sheet.header.index(columns["nofollow"]) if columns.get("nofollow") else -1
    follows = sheet.header.index(sheet.follows) if sheet.follows and nofollow < 0 else -1
    marked = nofollow >= 0 or follows >= 0
    kind, wanted = sheet.only
    place = sheet.header.index(kind) if kind else -1
    left_out: Counter[str] = Counter()

    def links() -> Iterator[list[str]]:
        for row in _rows(sheet, left_out):
            if kind and row[place].strip().lower() != wanted:
                left_out[f"{kind} is not {wanted.capitalize()}"] += 1
                continue
            ends = [_address(row[source]), _address(row[end])]
            if "" in ends:
                left_out["not an http or https address"] += 1
                continue
            if marked:
                said = row[nofollow if nofollow >= 0 else follows].strip().lower() in _YES
                ends.append("true" if said == (nofollow >= 0) else "false")
            yield ends

    names = ["source", "target", *(["nofollow"] if marked else [])]
    return Taken(_write(target, names, links(), report), dict(left_out))


def take_pages(
    sheet: Sheet, columns: Mapping[str, str], target: Path, report: Report | None = None
) -> Taken:
    """Write meta.csv from the rows of `sheet`: the columns named in `columns` by their roles, `id`
    among them, the others by their own names. Raises GraphError.
    """
    roles = {role: _place(sheet, columns, role) for role in PAGE_ROLES if columns.get(role)}
    ours = _place(sheet, columns, "id")
    rest = [n for n in range(len(sheet.header)) if n not in roles.values()]
    names = [*roles, *(_own_name(sheet.header[n]) for n in rest)]
    left_out: Counter[str] = Counter()

    def pages() -> Iterator[list[str]]:
        seen: set[str] = set()
        for row in _rows(sheet, left_out):
            url = _address(row[ours])
            if not url or url in seen:
                reason = "the same page again" if url else "not an http or https address"
                left_out[reason] += 1
                continue
            seen.add(url)
            cells = {role: clean_text(row[n]) for role, n in roles.items()}
            cells |= {role: _whole(cells[role]) for role in _WHOLE if role in cells}
            yield [*(cells | {"id": url}).values(), *(clean_text(row[n]) for n in rest)]

    return Taken(_write(target, names, pages(), report), dict(left_out))


def _rows(sheet: Sheet, left_out: Counter[str]) -> Iterator[list[str]]:
    """The rows below the header that have as many cells as it."""
    lines = lines_of(sheet.path, sheet.encoding)
    for _ in range(sheet.before):
        next(lines, "")
    reader = csv.reader(lines, delimiter=sheet.delimiter)
    next(reader, None)
    width = len(sheet.header)
    try:
        for row in reader:
            if len(row) == width:
                yield row
            elif any(row):
                left_out["another number of columns"] += 1
    except csv.Error as error:
        where = f"{sheet.path.name}, line {reader.line_num + sheet.before}"
        raise GraphError(f"{where}: this is no CSV ({error}).") from None


def _place(sheet: Sheet, columns: Mapping[str, str], role: str) -> int:
    name = columns.get(role, "")
    if name not in sheet.header:
        raise GraphError(f"{sheet.path.name} has no column {name!r} for {role}.")
    return sheet.header.index(name)


def _address(cell: str) -> str:
    """The address in a cell without its fragment, or "" where there is none."""
    url = cell.strip().partition("#")[0]
    return url if ADDRESS.fullmatch(url) else ""


def _whole(text: str) -> str:
    try:
        return str(int(float(text)))
    except (ValueError, OverflowError):
        return ""


def _own_name(name: str) -> str:
    """The name under which a column goes on that has no role: never one of the roles' names."""
    return f"{name} (theirs)" if name in PAGE_ROLES else name


def _write(
    target: Path, names: Sequence[str], rows: Iterator[list[str]], report: Report | None
) -> int:
    count = 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in rows:
            writer.writerow(row)
            count += 1
            if report and count % 50_000 == 0:
                report(count, None, f"Reading {target.stem}")
    return count
