"""Reads links.csv fast: blocks of plain rows are cut and numbered whole, without a loop over rows.

A block with a quote, or a line that does not look like the others, goes through the csv module.
What is wrong with a file is for the careful way (`rows`) to say.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cardloom.graph.rows import ADDRESS, Numbering, not_an_address, rows, shown, wrong
from cardloom.graph.streams import LONGEST_LINE, blocks
from cardloom.graph.structure import GraphError

ENDS = ("source", "target")
NOFOLLOW = "nofollow"
_YES = {b"true", b"1", b"yes", b"nofollow"}


@dataclass(frozen=True)
class Links:
    """Addresses with their numbers, the pairs of numbers (m, 2), and which are nofollow, if told."""

    numbers: Numbering
    pairs: NDArray[np.uint32]
    nofollow: NDArray[np.bool_] | None


def read_links(path: Path) -> Links:
    """The links of a CSV with the columns source and target, in the order of its rows.

    A column `nofollow` is read too; others are passed over. Raises GraphError with file and line.
    """
    _, header = next(rows(path), (1, []))
    places = _places(path, header)
    numbers = Numbering()
    pairs, marks = [np.zeros((0, 2), np.uint32)], [np.zeros(0, bool)]
    try:
        for number, fields in enumerate(_fields(path, len(header))):
            skipped = len(header) if number == 0 else 0
            ends = (
                fields[skipped:]
                if len(header) == 2
                else _ends(fields, skipped, len(header), places)
            )
            both = np.fromiter(map(numbers.__getitem__, ends), np.uint32, len(ends)).reshape(-1, 2)
            pairs.append(both[:, ::-1] if places[0] > places[1] else both)
            if len(places) == 3:
                column = fields[skipped + places[2] :: len(header)]
                marks.append(np.array([mark.strip().lower() in _YES for mark in column], bool))
        if not all(map(ADDRESS.fullmatch, map(_text, numbers))):
            raise _Odd
    except (_Odd, UnicodeDecodeError, csv.Error):
        raise _fault(path) from None
    return Links(
        numbers, np.concatenate(pairs), np.concatenate(marks) if len(places) == 3 else None
    )


def _ends(fields: list[bytes], first: int, width: int, places: tuple[int, ...]) -> list[bytes]:
    """The two ends of each link, one after the other, in the order of their columns."""
    ends = [b""] * (2 * ((len(fields) - first) // width))
    ends[0::2], ends[1::2] = (fields[first + place :: width] for place in sorted(places[:2]))
    return ends


class _Odd(Exception):
    """There is something wrong somewhere in the block."""


def _places(path: Path, header: list[str]) -> tuple[int, ...]:
    """Where in a row the two ends stand, and the mark of nofollow, if there is one."""
    if any(header.count(name) != 1 for name in ENDS):
        raise wrong(path, 1, f"the header should be source,target but is {shown(header)}")
    names = (*ENDS, NOFOLLOW) if header.count(NOFOLLOW) == 1 else ENDS
    return tuple(header.index(name) for name in names)


def _fields(path: Path, width: int) -> Iterator[list[bytes]]:
    """The fields of all rows, block by block, one after the other, the header's among them."""
    pattern = np.full(width, ord(","), np.uint8)
    pattern[-1] = ord("\n")
    open_block = b""
    for part in blocks(path):
        block = open_block + part if open_block else part
        quotes = block.count(b'"')
        open_block = block if quotes % 2 else b""
        if open_block:  # a quoted field goes on in the next block
            if len(open_block) > LONGEST_LINE:
                raise _Odd
            continue
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n")
        if not block.endswith(b"\n"):
            block += b"\n"
        if quotes or b"\r" in block or not _regular(block, pattern):
            yield _parsed(block, width)
        else:
            fields = block.replace(b"\n", b",").split(b",")
            fields.pop()
            yield fields
    if open_block:
        raise _Odd


def _regular(block: bytes, pattern: NDArray[np.uint8]) -> bool:
    """Whether every line has as many commas as the first."""
    every = np.frombuffer(block, np.uint8)
    marks = every[(every == ord(",")) | (every == ord("\n"))]
    if len(marks) % len(pattern):
        return False
    return bool((marks.reshape(-1, len(pattern)) == pattern).all())


def _parsed(block: bytes, width: int) -> list[bytes]:
    text = io.StringIO(block.decode("utf-8"), newline="")
    fields: list[bytes] = []
    for row in csv.reader(text, strict=True):
        if len(row) == width:
            fields += [field.encode() for field in row]
        elif row:
            raise _Odd
    return fields


def _text(url: str | bytes) -> str:
    return url if isinstance(url, str) else url.decode("utf-8")


def _fault(path: Path) -> GraphError:
    """The first thing that is wrong in a file, found row by row."""
    header: list[str] = []
    try:
        for line, row in rows(path):
            if not header:
                header = row
                continue
            if len(row) != len(header):
                what = f"a link has {len(header)} fields, this row has {len(row)}"
                return wrong(path, line, what)
            for name in ENDS:
                url = row[header.index(name)]
                if not ADDRESS.fullmatch(url):
                    return not_an_address(path, line, url)
    except GraphError as error:
        return error
    return wrong(path, 1, "a quote is opened somewhere and never closed")
