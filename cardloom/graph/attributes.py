"""Reads meta.csv: any columns beside `id`, each value kept once however many pages have it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cardloom.graph.columns import typed_column
from cardloom.graph.rows import ADDRESS, Numbering, clean_text, not_an_address, rows, shown, wrong
from cardloom.graph.structure import Column

PORTION = 20_000  # rows that are turned into columns at a time
HIGHEST = 65_535
# The graph has its own of these, as arrays of their own or counted from the links.
OWN = {"id", "status", "depth", "title", "pagetype", "inlinks", "outlinks", "pagerank", "community"}


@dataclass(frozen=True)
class Attributes:
    """The pages of meta.csv and its columns as codes: cell i of `name` is texts[name][codes[name][i]]."""

    path: Path = Path()
    urls: tuple[str, ...] = ()
    texts: dict[str, list[str]] = field(default_factory=dict)
    codes: dict[str, NDArray[np.int64]] = field(default_factory=dict)

    def numbers(self, name: str, unknown: int, places: NDArray[np.int64]) -> NDArray[np.uint16]:
        """A column of whole numbers for pages that stand in these rows (-1: in none)."""
        if name not in self.codes:
            return np.full(len(places), unknown, np.uint16)
        found = [_whole(text, unknown) for text in self.texts[name]]
        if None in found:
            raise self._fault(name, found.index(None))
        return np.array([*found, unknown], np.uint16)[self._at(name, places)]

    def words(self, name: str, places: NDArray[np.int64]) -> tuple[str, ...]:
        """A column of clean text, "" for pages in no row."""
        if name not in self.codes:
            return ("",) * len(places)
        clean = [*map(clean_text, self.texts[name]), ""]
        return tuple([clean[code] for code in self._at(name, places).tolist()])

    def others(self, places: NDArray[np.int64]) -> tuple[Column, ...]:
        """The columns that the graph has no name for, each with its type, empty ones left out."""
        made = (
            typed_column(name, self.texts[name], self._at(name, places))
            for name in self.codes
            if name and name not in OWN
        )
        return tuple(column for column in made if column is not None)

    def _at(self, name: str, places: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.append(self.codes[name], -1)[places]

    def _fault(self, name: str, code: int) -> Exception:
        row = int(np.flatnonzero(self.codes[name] == code)[0])
        line, _ = next(islice(rows(self.path), row + 1, None))
        what = f"{name} should be a number but is {shown(self.texts[name][code])}"
        return wrong(self.path, line, what)


def read_attributes(path: Path) -> Attributes:
    """The rows of meta.csv. Raises GraphError with file and line."""
    reader = rows(path)
    line, header = next(reader, (1, []))
    if "id" not in header or len(set(header)) != len(header):
        what = f"the header should name id, and each column once: {shown(header)}"
        raise wrong(path, line, what)
    pages: dict[str, int] = {}
    numberings = {name: Numbering() for name in header if name != "id"}
    codes: dict[str, list[NDArray[np.int64]]] = {name: [] for name in numberings}
    checked = _checked(path, reader, header, pages)
    while portion := list(islice(checked, PORTION)):
        for name, cells in zip(header, zip(*portion, strict=True), strict=True):
            if name != "id":
                number: Callable[[str], int] = numberings[name].__getitem__
                codes[name].append(np.fromiter(map(number, cells), np.int64, len(cells)))
    return Attributes(
        path,
        tuple(pages),
        {name: [str(text) for text in texts] for name, texts in numberings.items()},
        {
            name: np.concatenate(parts) if parts else np.zeros(0, np.int64)
            for name, parts in codes.items()
        },
    )


def _checked(
    path: Path, reader: Iterator[tuple[int, list[str]]], header: list[str], pages: dict[str, int]
) -> Iterator[list[str]]:
    width, at = len(header), header.index("id")
    for line, row in reader:
        if len(row) != width:
            raise wrong(path, line, f"this row has {len(row)} fields, the header {width}")
        url = row[at]
        if not ADDRESS.fullmatch(url):
            raise not_an_address(path, line, url)
        if url in pages:
            raise wrong(path, line, f"{shown(url)} stood in line {pages[url]} already")
        pages[url] = line
        yield row


def _whole(text: str, unknown: int) -> int | None:
    if not text.strip():
        return unknown
    try:
        number = int(float(text))
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < HIGHEST else unknown
