"""From what Botify sends to the CSV that is kept: UTF-8, CRLF, one header, columns as asked.

It bears a BOM, a `sep=` line, a header in any dress or none. It refuses what is no table, a row of
another width, a line without end, and more rows than were asked for; so a bomb ends early.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from cardloom.botify.errors import WrongFile
from cardloom.botify.exports import Export
from cardloom.tables.errors import TableError

if TYPE_CHECKING:
    from _csv import Reader

LINE = 4_000_000  # characters of one line at most
_SEP = re.compile(r'"?sep=(.)"?', re.I)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{1,20}://", re.I)
_GROUP = 20_000  # rows between two looks at the reporter


@dataclass(frozen=True, slots=True)
class Written:
    """rows written; received: rows in Botify's file; incomplete: rows left out, lacking an address."""

    rows: int
    received: int
    incomplete: int


def write_table(
    pieces: Iterable[bytes],
    export: Export,
    path: Path,
    report: Callable[[int], object] | None = None,
) -> Written:
    """Write the columns of an export to `path` from the plain bytes of Botify's CSV.

    The file appears whole or not at all. Links without a target (a page that links nowhere) and
    pages without an address are left out and counted. Raises WrongFile with the line at fault.
    """
    unfinished = path.with_name(path.name + ".new")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(export.columns)
            rows = _Rows(export, pieces, report)
            writer.writerows(rows)
        unfinished.replace(path)
    except TableError as error:  # of a body that can't be unpacked
        raise WrongFile(str(error).rstrip(".").partition(". ")[0]) from None
    finally:
        unfinished.unlink(missing_ok=True)
    return Written(rows.received - rows.incomplete, rows.received, rows.incomplete)


class _Rows:
    """The rows of Botify's file as they are written, checked and counted on the way."""

    def __init__(
        self, export: Export, pieces: Iterable[bytes], report: Callable[[int], object] | None
    ) -> None:
        self._export, self._pieces, self._report = export, pieces, report
        self.received = self.incomplete = 0

    def __iter__(self) -> Iterator[Sequence[str]]:
        width, size = len(self._export.sent()), self._export.size
        needed = 2 if self._export.kind == "links" else 1
        ordered = self._in_order(width)
        received = incomplete = 0
        reader, first = self._opened()
        try:
            for row in first:
                received += 1
                if len(row) != width or received > size:
                    raise self._refusal(row, received, reader.line_num)
                if not row[0] or (needed == 2 and not row[1]):
                    incomplete += 1
                    continue
                yield ordered(row)
                if self._report is not None and not received % _GROUP:
                    self._report(received)
        except csv.Error as error:
            raise WrongFile(f"Line {reader.line_num} is no CSV ({error})") from None
        finally:
            self.received, self.incomplete = received, incomplete

    def _in_order(self, width: int) -> Callable[[list[str]], Sequence[str]]:
        order = self._export.order
        if order == tuple(range(width)):
            return lambda row: row
        return itemgetter(*order)

    def _opened(self) -> tuple[Reader, Iterator[list[str]]]:
        lines = _lines(self._pieces)
        delimiter, first = ",", next(lines, "")
        if found := _SEP.fullmatch(first.strip()):
            delimiter, first = found[1], next(lines, "")
        if not first:
            return csv.reader(()), iter(())
        if first.lstrip()[:1] in ("<", "{"):
            raise WrongFile("The file is a page or a message, not a table")
        reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
        return reader, self._headless(reader)

    def _headless(self, reader: Reader) -> Iterator[list[str]]:
        rows = filter(None, reader)
        first = next(rows, None)
        if first is None:
            return rows
        if _ADDRESS.match(first[0]):
            return chain([first], rows)
        self._check_header(first)
        return rows

    def _check_header(self, row: list[str]) -> None:
        """A header of names that we know must have them in our order; others are only counted."""
        sent = self._export.sent()
        if len(row) != len(sent):
            raise WrongFile(f"The header has {len(row)} columns where {len(sent)} were asked for")
        told = [_bare(name) for name in row]
        wanted = [_bare(name) for name in sent]
        if told != wanted and sorted(told) == sorted(wanted):
            raise WrongFile(f"The columns come in another order: {', '.join(row)[:200]}")

    def _refusal(self, row: list[str], received: int, line: int) -> WrongFile:
        if received > self._export.size:
            return WrongFile(f"The file has more than the {self._export.size:,} rows asked for")
        width = len(self._export.sent())
        return WrongFile(f"Line {line} has {len(row)} columns where {width} were asked for")


def _bare(name: str) -> str:
    """A field's name without its collection and period, as the header format `slug` has it."""
    name = re.sub(r"^crawl\.[\d-]+\.", "", name.strip().lower())
    return re.sub(r"^(search_console\.)?(period_\d+\.)?", "", name)


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    return chain.from_iterable(_groups_of_lines(pieces))


def _groups_of_lines(pieces: Iterable[bytes]) -> Iterator[Iterable[str]]:
    """Lines with their ends, a piece at a time, of UTF-8 with or without a BOM."""
    decode = codecs.getincrementaldecoder("utf-8-sig")().decode
    kept, number = "", 1
    try:
        for piece in pieces:
            whole, newline, kept = (kept + decode(piece)).rpartition("\n")
            if len(kept) > LINE:
                raise WrongFile(f"A line from {number} on does not end")
            if newline:
                number += whole.count("\n") + 1
                # newline="\n": only that ends a line, and it stays; cells may hold the others.
                yield io.StringIO(whole + newline, newline="\n")
        kept += decode(b"", True)
    except UnicodeDecodeError:
        raise WrongFile(f"The file is not UTF-8 near line {number}") from None
    if kept:
        yield (kept,)
