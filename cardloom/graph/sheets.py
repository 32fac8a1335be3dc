"""Tables that other tools export: how a file begins, which tool made it, which column is what.

    theirs.csv ── look_at_links, look_at_pages ──▶ Sheet

A tool is known by its header. What is not known is for a person to say.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardloom.graph.rows import clean_text
from cardloom.graph.streams import LONGEST_LINE, chunks
from cardloom.graph.structure import GraphError

LINK_ROLES = ("source", "target", "nofollow")
PAGE_ROLES = ("id", "title", "status", "depth", "pagetype", "visits", "redirect_to")
DELIMITERS = ",;\t|"
SAMPLE = 5  # rows that are shown
MOST_COLUMNS = 500


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


def look_at_links(path: Path) -> Sheet:
    """How a file of links begins. Raises GraphError where it is no table at all; OSError."""
    return _look(path, LINK_TOOLS, LINK_ROLES)


def look_at_pages(path: Path) -> Sheet:
    """How a file about pages begins. Raises GraphError where it is no table at all; OSError."""
    return _look(path, PAGE_TOOLS, PAGE_ROLES)


def _look(path: Path, tools: Sequence[Tool], roles: Sequence[str]) -> Sheet:
    encoding = _encoding(path)
    lines = lines_of(path, encoding)
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


def lines_of(path: Path, encoding: str) -> Iterator[str]:
    """The lines of a file, packed or not. Raises GraphError where they are no text."""
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
