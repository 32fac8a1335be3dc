"""Rows of plain text read one by one, each with its line: the careful way, for damaged files.

A cell that is opened by a quote must be closed by one before a delimiter or a line's end. Where it
is not, its line is a fault and reading goes on with the next line, so one stray quote costs one row.
"""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cardloom.tables.contents import LONGEST_LINE
from cardloom.tables.errors import Fault, TableError

MOST_LINES = 500  # lines that one cell goes on for
_MOST_CHARS = 1_000_000

Row = tuple[int, list[str]]
Line = tuple[int, str]
Fits = Callable[[list[str]], bool]

QUOTE = "a quote that is opened and not closed"
STRAY = "a quote in the middle of a cell"
BYTES = "not UTF-8"


@dataclass(frozen=True)
class Manner:
    """How cells are parted: the delimiter, and the quote around them, "" for none."""

    delimiter: str
    quote: str = '"'


def rows(path: Path, manner: Manner, fits: Fits = lambda cells: True) -> Iterator[Row | Fault]:
    """Every row with the line it begins on, or the fault that its line has; empty lines are passed over.

    A row of several lines that does not fit is taken for a quote that is not closed.
    `path` holds UTF-8. Raises TableError for a line without end, OSError as `open` does.
    """
    # The limit belongs to the whole process, so it is only ever raised, never put back.
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))
    with path.open("rb") as file:
        lines = _Ahead(_lines(file))
        while (line := lines.next()) is not None:
            if isinstance(line, Fault):
                yield line
            elif line[1].strip("\r\n"):
                yield _row(line, lines, manner, fits)


class _Ahead:
    """Lines, of which some can be looked at and put back."""

    def __init__(self, lines: Iterator[Line | Fault]) -> None:
        self._lines, self._kept = lines, deque[Line | Fault]()

    def next(self) -> Line | Fault | None:
        return self._kept.popleft() if self._kept else next(self._lines, None)

    def back(self, lines: list[Line | Fault]) -> None:
        self._kept.extendleft(reversed(lines))


def _lines(file: IO[bytes]) -> Iterator[Line | Fault]:
    number = 0
    while data := file.readline(LONGEST_LINE):
        if len(data) == LONGEST_LINE and not data.endswith(b"\n"):
            raise TableError(f"{Path(file.name).name} has a line of more than 16 MB.")
        if number == 0:
            data = data.removeprefix(b"\xef\xbb\xbf")
        # A return alone ends a line too, as spreadsheets of old wrote it.
        for part in data.splitlines(True) if b"\r" in data else [data]:
            number += 1
            try:
                yield number, part.decode("utf-8")
            except UnicodeDecodeError:
                yield Fault(number, BYTES, "not UTF-8")


def _row(line: Line, lines: _Ahead, manner: Manner, fits: Fits) -> Row | Fault:
    number, text = line
    quote = manner.quote
    if not quote or quote not in text:
        return number, text.rstrip("\r\n").split(manner.delimiter)
    more: list[Line | Fault] = []
    size = len(text)
    whole = [text]
    cells, why = _cells(text, manner)
    while cells is None and why == QUOTE and len(more) < MOST_LINES and size < _MOST_CHARS:
        following = lines.next()
        if following is None:
            break
        more.append(following)
        if isinstance(following, Fault):
            break
        whole.append(following[1])
        size += len(following[1])
        if quote in following[1]:
            cells, why = _cells("".join(whole), manner)
    whole_row = cells is not None and (not more or fits(cells))
    if cells is not None and whole_row and not _swallowed(more, len(cells), manner):
        return number, cells
    lines.back(more)
    # What the first line lacks is the reason, whatever broke the lines behind it.
    reason = QUOTE if more or cells is not None else why
    what = f"a quote is opened in line {number} and never closed" if reason == QUOTE else reason
    return Fault(number, reason, what)


def _swallowed(more: list[Line | Fault], width: int, manner: Manner) -> bool:
    """Whether a cell holds lines that look like rows: then two stray quotes have met."""
    inner = [each[1] for each in more[:-1] if not isinstance(each, Fault)]
    marks = width - 1
    return (
        bool(inner)
        and marks > 0
        and all(t.count(manner.delimiter) == marks and manner.quote not in t for t in inner)
    )


def _cells(text: str, manner: Manner) -> tuple[list[str] | None, str]:
    """The cells of a row, or why it is none."""
    # Not splitlines: to it a line separator in a cell is the end of a line.
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=manner.delimiter, quotechar=manner.quote, strict=True)
    try:
        cells = next(reader)
        return (cells, "") if next(reader, None) is None else (None, STRAY)
    except csv.Error as error:
        return None, QUOTE if "unexpected end" in str(error) else STRAY
