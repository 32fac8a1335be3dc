"""How the rows of a text file are written: what parts the cells, where the header is, what it names.

It looks at the first rows only. A line `sep=;` is obeyed; lines above the header, a header that is
missing, and a delimiter at each row's end are found by the width that most rows have.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cardloom.tables.errors import Fault, TableError
from cardloom.tables.records import Manner, rows
from cardloom.tables.text import clean_text

DELIMITERS = ",;\t|"
MOST_COLUMNS = 500
_LOOKED_AT = 200  # rows
_SEP = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_SINGLE = re.compile(r"'[^']*'(.'[^']*')+")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_DATUM = re.compile(r"[+-]?[\d.,]*\d\s?%?|\d{4}-\d\d-\d\d.*")

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Dialect:
    """`names` are the columns' own, each once; `first` is the line on which data begin.

    `before` counts the lines above the header, `width` the cells of a row: `names`, and behind
    them those that a delimiter at the row's end opens. `sample` are the first rows as they are.
    """

    manner: Manner
    names: tuple[str, ...]
    before: int
    first: int
    width: int
    headed: bool
    header: tuple[str, ...]  # as it is in the file
    sample: tuple[tuple[str, ...], ...]

    def fits(self, cells: Sequence[str]) -> bool:
        """Whether a row is one of this table: as many cells as names, and nothing behind them."""
        own = len(self.names)
        return len(cells) == own or (len(cells) == self.width and not any(cells[own:]))


def dialect_of(plain: Path, name: str) -> Dialect:
    """The dialect of a UTF-8 text. Raises TableError where it is no table."""
    manner, skipped, found = _manner(plain)
    if not found:
        raise TableError(f"{name} is empty.")
    width = _width(found)
    at = _top(found, width)
    top = found[at][1]
    data_like = _is_data(top)
    headed = not data_like
    if at and (data_like or _open_ended(found[at:], width)) and _heads(found, at, width):
        at, headed = at - 1, True
    elif at and data_like and len(found[0][1]) > 1:
        # Rows of another width before data are no lines above a header: the first row is one.
        at, width, headed = 0, len(found[0][1]), not _is_data(found[0][1])
    top = found[at][1]
    if width > MOST_COLUMNS:
        raise TableError(f"{name} has {width:,} columns; {MOST_COLUMNS} are understood.")
    body = found[at + headed :]
    own = [*top, *[""] * (width - len(top))] if headed else [""] * width
    kept = _kept(own, body, width) if headed else width
    return Dialect(
        manner,
        named(own[:kept]),
        (found[at][0] - 1) if at or skipped else 0,
        found[at][0] + headed * (1 + sum(cell.count("\n") for cell in top)),
        width,
        headed,
        tuple(top),
        tuple(tuple(row) for _, row in body),
    )


def _manner(plain: Path) -> tuple[Manner, int, list[Row]]:
    with plain.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = file.readline(65_536)
    if found := _SEP.fullmatch(first.strip()):
        manner = Manner(found[1])
        return manner, 1, [row for row in _some(plain, manner) if row[0] > 1]
    quote = "'" if _SINGLE.fullmatch(first.strip()) else '"'
    tried = [(manner, _some(plain, manner)) for manner in _manners(DELIMITERS, quote)]
    best = max(tried, key=lambda each: _agreement(each[1]))
    if _agreement(best[1])[1] < 2:
        # A colon is part of every address, so it comes last.
        signs = sorted(set(filter(_is_sign, first.strip())), key=lambda sign: (sign == ":", sign))
        others = [(manner, _some(plain, manner)) for manner in _manners(signs, quote)]
        best = next((each for each in others if _all_agree(each[1])), best)
    return best[0], 0, best[1]


def _manners(signs: Iterable[str], quote: str) -> list[Manner]:
    return [Manner(sign, quote) for sign in signs]


def _some(plain: Path, manner: Manner) -> list[Row]:
    every = islice(rows(plain, manner), _LOOKED_AT)
    return [row for row in every if not isinstance(row, Fault)]


def _agreement(found: Sequence[Row]) -> tuple[int, int]:
    """How many rows have the width that most have, if that is more than one cell; and that width."""
    width = _width(found) if found else 0
    if width < 2:
        return 0, width
    return sum(len(row) == width for _, row in found), width


def _all_agree(found: Sequence[Row]) -> bool:
    count, width = _agreement(found)
    return width > 1 and count == len(found) > 1


def _is_sign(sign: str) -> bool:
    return not sign.isalnum() and sign not in DELIMITERS + "\"'._-/\r\n\0\ufeff"


def _width(found: Sequence[Row]) -> int:
    """The number of cells that most rows have; in doubt, what the first row has."""
    counts = Counter(len(row) for _, row in found)
    first = len(found[0][1])
    width = max(counts, key=lambda width: (counts[width], width == first, width))
    return width if width > 1 else first


def _top(found: Sequence[Row], width: int) -> int:
    """The first row of that width."""
    return next(at for at, (_, row) in enumerate(found) if len(row) == width)


def _is_data(row: Sequence[str]) -> bool:
    """Whether a row is no header: it has an address, or numbers only."""
    some = [cell.strip() for cell in row if cell.strip()]
    if any(map(_ADDRESS.fullmatch, some)):
        return True
    return bool(some) and all(map(_DATUM.fullmatch, some))


def _open_ended(found: Sequence[Row], width: int) -> bool:
    """Whether every row ends in a delimiter with nothing behind it."""
    return all(not row[-1].strip() for _, row in found if len(row) == width)


def _heads(found: Sequence[Row], at: int, width: int) -> bool:
    """Whether the row above is a header that names fewer columns than the rows have."""
    above = found[at - 1][1]
    fewer = len(above) > 1 or _open_ended(found[at:], width)
    return len(above) < width and fewer and not _is_data(above)


def _kept(names: Sequence[str], body: Sequence[Row], width: int) -> int:
    """The columns but for those at the end that have no name and nothing in them."""
    kept = width
    while kept > 1 and not names[kept - 1].strip() and _open_ended_at(body, kept - 1):
        kept -= 1
    return kept


def _open_ended_at(body: Sequence[Row], column: int) -> bool:
    """Whether most rows have nothing there: a cell or two that do are no column."""
    full = sum(len(row) > column and bool(row[column].strip()) for _, row in body)
    return 2 * full < len(body)


def named(cells: Iterable[str]) -> tuple[str, ...]:
    """A name for each column on one line, none of them twice."""
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = clean_text(cell) or f"column {number}"
        while name in names:
            name += "'"
        names.append(name)
    return tuple(names)
