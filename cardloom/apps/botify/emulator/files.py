"""An export's file as Botify might pack it, with every oddity that a fault asks for."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, cast

from cardloom.apps.botify.emulator.bql import Query, verbose

SHAPES = (
    *("zip", "plain", "double-gzip", "truncated", "damaged", "sep", "no-header", "verbose"),
    *("full-header", "bom", "crlf", "booleans", "columns", "swapped", "bomb", "too-many-rows"),
    "latin",
)
_LEVEL = 1  # quick rather than small
_MILLION = bytes(1_000_000)


def write_file(
    path: Path, query: Query, size: int, config: dict[str, Any], odd: dict[str, str], kind: str
) -> int:
    """Write an export to `path`. Returns its rows. `odd`: fault → value; `kind`: zip or gzip."""
    counted = [0]
    packing = "plain" if "plain" in odd else "zip" if "zip" in odd else kind
    with _packed(path, packing) as raw:
        if "bomb" in odd:
            for _ in range(int(odd["bomb"] or 1000)):
                raw.write(_MILLION)
        else:
            encoding = "latin-1" if "latin" in odd else "utf-8"
            text = io.TextIOWrapper(cast(Any, raw), encoding, newline="", errors="replace")
            _write_rows(text, query, size, config, odd, counted)
            text.flush()
            text.detach()
    _spoil(path, odd)
    return counted[0]


def _packed(path: Path, packing: str) -> io.BufferedIOBase:
    if packing == "plain":
        return cast(io.BufferedIOBase, path.open("wb"))
    return gzip.open(path, "wb", _LEVEL) if packing == "gzip" else _Zipped(path)


class _Zipped(io.BufferedIOBase):
    """The one file of a zip, open for writing."""

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self._file = self._archive.open("export.csv", "w", force_zip64=True)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._file.write(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
            self._archive.close()
        super().close()


def _write_rows(
    text: io.TextIOBase,
    query: Query,
    size: int,
    config: dict[str, Any],
    odd: dict[str, str],
    counted: list[int],
) -> None:
    delimiter = str(config.get("delimiter") or ",")
    end = "\r\n" if "crlf" in odd else "\n"
    if "bom" in odd:
        text.write("\ufeff")
    if "sep" in odd or config.get("print_delimiter", True):
        text.write(f"sep={delimiter}{end}")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    names = header(query.names, config, odd)
    if config.get("print_header", True) and "no-header" not in odd:
        writer.writerow(_spread(names, odd))
    truth = ("False", "True") if "booleans" in odd else ("false", "true")
    rows: Iterator[list[Any]] = (_cells([*dims, *metrics], truth) for dims, metrics in query.rows())
    if "too-many-rows" in odd:
        first = next(rows)
        rows = chain([first], rows, (first for _ in range(size)))
        size += 1
    writer.writerows(_spread(row, odd) for row in _counting(islice(rows, size), counted))


def header(names: list[str], config: dict[str, Any], odd: dict[str, str]) -> list[str]:
    """The header: for people by default, as the developer pages say."""
    form = str(config.get("header_format") or "verbose")
    form = "verbose" if "verbose" in odd else "collection_slug" if "full-header" in odd else form
    if form == "collection_slug":
        return names
    if form == "slug":
        return [_slug(name) for name in names]
    return [verbose(name) for name in names]


def _slug(name: str) -> str:
    parts = name.split(".")
    return ".".join(parts[2:] if parts[0] in ("crawl", "search_console") else parts)


def _cells(row: list[Any], truth: tuple[str, str]) -> list[Any]:
    return [truth[value] if isinstance(value, bool) else value for value in row]


def _spread(row: list[Any], odd: dict[str, str]) -> list[Any]:
    if "swapped" in odd:
        row = row[::-1]
    return [*row, "one more"] if "columns" in odd else row


def _counting(rows: Iterator[list[Any]], counted: list[int]) -> Iterator[list[Any]]:
    for row in rows:
        counted[0] += 1
        yield row


def _spoil(path: Path, odd: dict[str, str]) -> None:
    if "double-gzip" in odd:
        path.write_bytes(gzip.compress(path.read_bytes(), _LEVEL))
    if "truncated" in odd:
        data = path.read_bytes()
        path.write_bytes(data[: len(data) * 2 // 3])
    if "damaged" in odd:
        whole = path.read_bytes()
        middle = len(whole) // 2
        flipped = bytes(each ^ 0xFF for each in whole[middle : middle + 8])
        path.write_bytes(whole[:middle] + flipped + whole[middle + 8 :])
