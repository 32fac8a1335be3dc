"""Lists of links and of pages that other tools export: which column is what, and ours made of them.

    theirs.csv ── look_at_links ──▶ Sheet ── take_links ──▶ links.csv
    theirs.csv ── look_at_pages ──▶ Sheet ── take_pages ──▶ meta.csv

A tool is known by its header. What is not known is for a person to say. Rows are read one at a
time; one that is no link is left out and counted, never guessed at.
"""

import codecs
import csv
import io
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardloom.graph.rows import ADDRESS, clean_text
from cardloom.graph.streams import LONGEST_LINE, chunks
from cardloom.graph.structure import GraphError

LINK_ROLES = ("source", "target", "nofollow")
PAGE_ROLES = ("id", "title", "status", "depth", "pagetype", "visits", "redirect_to")
DELIMITERS = ",;\t|"
SAMPLE = 5  # rows that are shown
MOST_COLUMNS = 500
_WHOLE = ("status", "depth")
_YES = {"true", "1", "yes", "nofollow"}

Report = Callable[[int, None, str], object]


@dataclass(frozen=True)
class Tool:
    """A tool's export: by which columns it is known, and which of them is what, all in small letters.

    `follows` is a column that says the contrary of nofollow; `only` a column and the one value that
    makes a row a link.
    """

    name: str
    known_by: frozenset[str]
    columns: Mapping[str, str]
    follows: str = ""
    only: tuple[str, str] = ("", "")


def _tool(name: str, known_by: str, follows: str = "", only: str = "", **columns: str) -> Tool:
    column, _, value = only.partition("=")
    return Tool(name, frozenset(known_by.split(", ")), columns, follows, (column, value))


LINK_TOOLS = (
    _tool("a link graph", "source, target", source="source", target="target", nofollow="nofollow"),
    _tool(
        "Screaming Frog",
        "type, source, destination",
        source="source",
        target="destination",
        follows="follow",
        only="type=hyperlink",
    ),
    _tool(
        "Screaming Frog",
        "source, destination",
        source="source",
        target="destination",
        follows="follow",
    ),
    _tool(
        "Ahrefs",
        "referring page url, target url",
        source="referring page url",
        target="target url",
        nofollow="nofollow",
    ),
    _tool("Ahrefs", "source url, target url", source="source url", target="target url"),
)
PAGE_TOOLS = (
    _tool("a link graph", "id", **{role: role for role in PAGE_ROLES}),
    _tool(
        "Screaming Frog",
        "address, status code",
        id="address",
        title="title 1",
        status="status code",
        depth="crawl depth",
        redirect_to="redirect url",
    ),
    _tool(
        "Ahrefs",
        "url, http status code",
        id="url",
        title="title",
        status="http status code",
        depth="depth",
        visits="organic traffic",
    ),
)
# Words by which a column is offered first, where no tool is known.
_GUESSES = {
    "source": ("source", "from", "referring", "start"),
    "target": ("target", "destination", "to", "link"),
    "nofollow": ("nofollow",),
    "id": ("url", "address", "page", "id"),
    "title": ("title",),
    "status": ("status", "code"),
    "depth": ("depth", "level"),
    "pagetype": ("type", "segment", "template"),
    "visits": ("visits", "clicks", "traffic", "sessions"),
    "redirect_to": ("redirect",),
}


@dataclass(frozen=True)
class Sheet:
    """A file as it begins. `columns` says which column is what; `tool` is "" where it is a guess."""

    path: Path
    encoding: str
    delimiter: str
    before: int  # lines before the header
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    tool: str
    columns: Mapping[str, str]
    follows: str = ""
    only: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Taken:
    """What was written, and what was not: rows by the reason for which they were left out."""

    rows: int
    left_out: Mapping[str, int]


def look_at_links(path: Path) -> Sheet:
    """How a file of links begins. Raises GraphError where it is no table at all; OSError."""
    return _look(path, LINK_TOOLS, LINK_ROLES)


def look_at_pages(path: Path) -> Sheet:
    """How a file about pages begins. Raises GraphError where it is no table at all; OSError."""
    return _look(path, PAGE_TOOLS, PAGE_ROLES)


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


# -- how a file begins -----------------------------------------------------------------------------


def _look(path: Path, tools: Sequence[Tool], roles: Sequence[str]) -> Sheet:
    encoding = _encoding(path)
    lines = _lines(path, encoding)
    first = next(lines, "")
    said = first.strip().lower()
    before = 1 if said.startswith("sep=") and len(said) == 5 else 0
    if before:
        delimiter, first = first.strip()[4], next(lines, "")
    else:
        delimiter = max(DELIMITERS, key=lambda sign: len(_split(first, sign)))
    header = _header(_split(first, delimiter))
    if len(header) < 2 and "source" in roles:
        raise GraphError(
            f"{path.name} is no table of links: its first line has one column. A comma, semicolon, "
            "tab or | between the columns is understood."
        )
    if len(header) > MOST_COLUMNS:
        raise GraphError(f"{path.name} has {len(header):,} columns; {MOST_COLUMNS} are understood.")
    sample = []
    for row in csv.reader(lines, delimiter=delimiter):
        if any(cell.strip() for cell in row):
            sample.append(tuple(clean_text(cell) for cell in row[: len(header)]))
        if len(sample) == SAMPLE:
            break
    small = {name.lower(): name for name in reversed(header)}
    for tool in tools:
        if tool.known_by <= set(small):
            columns = {role: small[name] for role, name in tool.columns.items() if name in small}
            only = (small[tool.only[0]], tool.only[1]) if tool.only[0] else ("", "")
            follows = small.get(tool.follows, "")
            return Sheet(
                *(path, encoding, delimiter, before, header, tuple(sample), tool.name),
                *(columns, follows, only),
            )
    return Sheet(
        path, encoding, delimiter, before, header, tuple(sample), "", _guess(header, roles)
    )


def _encoding(path: Path) -> str:
    begin = next(chunks(path), b"")
    if not begin.strip():
        raise GraphError(f"{path.name} is empty.")
    if begin.startswith(b"PK\x03\x04"):
        raise GraphError(f"{path.name} is a zip file. Unpack it, and give the CSV file in it.")
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in begin[:1000]:
        raise GraphError(f"{path.name} is no text. Export the table as CSV in UTF-8.")
    return "utf-8-sig"


def _split(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    """A name for each column, none of them twice."""
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = clean_text(cell).strip("\ufeff") or f"column {number}"
        while name in names:
            name += "'"
        names.append(name)
    return tuple(names)


def _guess(header: Sequence[str], roles: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for role in roles:
        for word in _GUESSES[role]:
            free = [name for name in header if name not in found.values()]
            if match := next((name for name in free if word in name.lower()), ""):
                found[role] = match
                break
    return found


# -- rows ------------------------------------------------------------------------------------------


class _Bytes(io.RawIOBase):
    """The unpacked content of a file, as something that a decoder can read."""

    def __init__(self, path: Path) -> None:
        self._chunks = chunks(path)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            self._left = next(self._chunks, None) or b""
            if not self._left:
                return 0
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count


def _lines(path: Path, encoding: str) -> Iterator[str]:
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))
    with io.TextIOWrapper(io.BufferedReader(_Bytes(path)), encoding, newline="") as text:
        number = 1
        try:
            while line := text.readline(LONGEST_LINE):
                if len(line) == LONGEST_LINE:
                    raise GraphError(f"{path.name} has a line of more than 16 MB.")
                yield line
                number += 1
        except UnicodeError:
            said = "UTF-8" if encoding.startswith("utf-8") else "UTF-16"
            raise GraphError(
                f"{path.name}, about line {number}: this is not {said}. Save the table as CSV in "
                "UTF-8, and give it again."
            ) from None


def _rows(sheet: Sheet, left_out: Counter[str]) -> Iterator[list[str]]:
    """The rows below the header that have as many cells as it."""
    lines = _lines(sheet.path, sheet.encoding)
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
