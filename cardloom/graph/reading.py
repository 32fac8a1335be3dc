"""Reads links.csv and meta.csv, row by row, into a Graph.

Everything in these files may be hostile: an address that is not http(s), a field of megabytes, a
NUL, half a quote. Such a row is an error that names its line, and is never guessed at; titles
are cut and cleaned, since they are only ever shown.
"""

import csv
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cardloom.graph.structure import UNKNOWN_DEPTH, UNKNOWN_STATUS, Graph, GraphError
from cardloom.graph.walking import depths_from, likely_home

LINKS_HEADER = ["source", "target"]
TITLE_LENGTH = 300
FIELD_LIMIT = 16 * 1024 * 1024
# Line and paragraph separators, controls, and the marks that turn the direction of the text
# around them: one title would break a line-based file, or rewrite the look of its neighbours.
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\s]+")
_ADDRESS = re.compile(r"https?://[^\x00-\x20\x7f-\x9f\u2028\u2029]+", re.IGNORECASE)


@dataclass(frozen=True)
class _Row:
    """What meta.csv says of one page."""

    line: int
    status: int = UNKNOWN_STATUS
    depth: int = UNKNOWN_DEPTH
    title: str = ""
    pagetype: str = ""


@dataclass(frozen=True)
class _Meta:
    columns: frozenset[str] = frozenset()
    rows: dict[str, _Row] = field(default_factory=dict)


def read_graph(links: str | PathLike[str], meta: str | PathLike[str] | None = None) -> Graph:
    """The graph of a links.csv (`source,target`) and, beside it, a meta.csv (`id`, and more).

    Both are UTF-8 and RFC 4180 with a header. Of meta.csv the columns status, depth, title and
    pagetype are used where they are there, in any order; other columns are passed over. Pages
    that only meta.csv knows are nodes without links. A status that is no HTTP status (such as
    Botify's negative ones) is read as "none". Without a depth column, depth is counted in clicks
    from the home page; without a pagetype column it is the first folder of the URL's path. The
    home page is the first of depth 0, else the page with links whose URL is shortest.

    The same files give the same graph, whatever the order of their rows.

    Raises GraphError, with the file, the line and what is wrong there; OSError as `open` does.
    """
    numbers, sources, targets = _read_links(Path(links))
    known = _read_meta(Path(meta)) if meta is not None else _Meta()
    for url in known.rows:
        numbers.setdefault(url, len(numbers))
    urls = sorted(numbers)
    pairs = _sorted_pairs(numbers, urls, sources, targets)
    rows = [known.rows.get(url, _Row(0)) for url in urls]
    status = np.fromiter((row.status for row in rows), np.uint16, len(urls))
    depth = np.fromiter((row.depth for row in rows), np.uint16, len(urls))
    home = likely_home(urls, pairs, depth)
    if "depth" not in known.columns:
        depth = depths_from(home, pairs, len(urls))
    if "pagetype" in known.columns:
        pagetypes = tuple(row.pagetype for row in rows)
    else:
        pagetypes = tuple(_first_folder(url) for url in urls)
    titles = tuple(row.title for row in rows)
    return Graph(tuple(urls), pairs, titles, pagetypes, status, depth, home)


def clean_text(text: str) -> str:
    """The text on one line, cut to 300 characters, without what could not be shown."""
    # Cut before cleaning too: a title of megabytes should not be searched to its end.
    return _UNSHOWABLE.sub(" ", text[: TITLE_LENGTH * 4]).strip()[:TITLE_LENGTH]


def _read_links(path: Path) -> tuple[dict[str, int], "array[int]", "array[int]"]:
    numbers: dict[str, int] = {}
    sources, targets = array("I"), array("I")
    rows = _rows(path)
    line, header = next(rows, (1, []))
    if header != LINKS_HEADER:
        raise _wrong(path, line, f"the header should be source,target but is {_shown(header)}")
    for line, row in rows:
        if len(row) != 2:
            raise _wrong(path, line, f"a link has 2 fields, this row has {len(row)}")
        for url, ends in zip(row, (sources, targets), strict=True):
            number = numbers.get(url)
            if number is None:
                number = numbers[_address(path, line, url)] = len(numbers)
            ends.append(number)
    return numbers, sources, targets


def _read_meta(path: Path) -> _Meta:
    rows = _rows(path)
    line, header = next(rows, (1, []))
    if "id" not in header or len(set(header)) != len(header):
        raise _wrong(
            path, line, f"the header should name id, and each column once: {_shown(header)}"
        )
    pages: dict[str, _Row] = {}
    for line, row in rows:
        if len(row) != len(header):
            raise _wrong(path, line, f"this row has {len(row)} fields, the header {len(header)}")
        fields = dict(zip(header, row, strict=True))
        url = _address(path, line, fields["id"])
        if url in pages:
            raise _wrong(path, line, f"{_shown(url)} stood in line {pages[url].line} already")
        pages[url] = _Row(
            line=line,
            status=_whole(path, line, "status", fields.get("status", ""), UNKNOWN_STATUS),
            depth=_whole(path, line, "depth", fields.get("depth", ""), UNKNOWN_DEPTH),
            title=clean_text(fields.get("title", "")),
            pagetype=clean_text(fields.get("pagetype", "")),
        )
    return _Meta(frozenset(header), pages)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows with the line each ends on, the header first; empty lines are passed over."""
    # The limit belongs to the whole process, so it is only ever raised, never put back.
    csv.field_size_limit(max(csv.field_size_limit(), FIELD_LIMIT))
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row
        except csv.Error as error:
            raise _wrong(path, reader.line_num, f"not RFC 4180 ({error})") from None
        except UnicodeDecodeError:
            raise _wrong(path, _first_line_not_utf8(path), "not UTF-8") from None


def _first_line_not_utf8(path: Path) -> int:
    """Reading ahead hides where a decoder stopped, so the line is looked up in the bytes."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1


def _sorted_pairs(
    numbers: dict[str, int], urls: list[str], sources: "array[int]", targets: "array[int]"
) -> NDArray[np.uint32]:
    """The links in the numbering of the sorted URLs, sorted, each once."""
    place = np.empty(len(urls), np.uint64)
    place[np.fromiter((numbers[url] for url in urls), np.int64, len(urls))] = np.arange(len(urls))
    both = place[np.array(sources, np.int64)] << np.uint64(32) | place[np.array(targets, np.int64)]
    both = np.unique(both)
    return np.column_stack((both >> np.uint64(32), both & np.uint64(0xFFFFFFFF))).astype(np.uint32)


def _address(path: Path, line: int, url: str) -> str:
    if _ADDRESS.fullmatch(url):
        return url
    raise _wrong(path, line, f"{_shown(url)} is not an absolute http or https URL")


def _whole(path: Path, line: int, column: str, text: str, unknown: int) -> int:
    if not text.strip():
        return unknown
    try:
        number = int(float(text))
    except (ValueError, OverflowError):
        raise _wrong(path, line, f"{column} should be a number but is {_shown(text)}") from None
    return number if 0 <= number < UNKNOWN_DEPTH else unknown


def _first_folder(url: str) -> str:
    """`docs` of https://example.org/docs/a.html, "" of a page at the root."""
    folders = url.split("?", 1)[0].split("/")[3:-1]
    return clean_text(folders[0]) if folders else ""


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 120 else text[:117] + "…"


def _wrong(path: Path, line: int, what: str) -> GraphError:
    return GraphError(f"{path.name}, line {line}: {what}.")
