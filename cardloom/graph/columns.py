"""What a column of text holds: numbers, dates, categories or just text; found out, not told.

A value counts once here however many pages have it, so a column of a million cells is judged by
its distinct values. Nothing is thrown away: a column with one odd cell among numbers is text.
"""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from cardloom.graph.rows import clean_text
from cardloom.graph.structure import Column

MOST_CATEGORIES = 1_000
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_CODE = re.compile(r"[+-]?0\d")  # a number by its digits, a code by its zero: 0815
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")


def typed_column(name: str, texts: Sequence[str], codes: NDArray[np.int64]) -> Column | None:
    """The column whose cell i is `texts[codes[i]]`, none where the code is -1 or the text empty.

    None where no page has a value. Numbers are decimal, dates ISO 8601; a time without a zone is
    UTC. Few values, or values that many pages share, are categories.
    """
    cells = [text.strip() for text in texts]
    full = np.fromiter(map(bool, cells), bool, len(cells))
    known = np.append(full, False)[codes]
    if not known.any():
        return None
    some = [cell for cell in cells if cell]
    if all(map(_is_number, some)):
        return Column(name, "number", _numbers(cells, codes))
    if all(map(_DATE.fullmatch, some)):
        moments = list(map(_seconds, cells))
        if None not in moments:
            return Column(name, "date", np.array([*moments, np.nan], float)[codes])
    return _labelled(name, cells, np.where(known, codes, -1), int(known.sum()))


def _is_number(cell: str) -> bool:
    plain = _NUMBER.fullmatch(cell) and not _CODE.match(cell)
    return bool(plain) and math.isfinite(float(cell))


def _numbers(cells: Sequence[str], codes: NDArray[np.int64]) -> NDArray[np.float64]:
    numbers = [float(cell) if cell else np.nan for cell in cells]
    return np.array([*numbers, np.nan])[codes]


def _seconds(cell: str) -> float | None:
    """None for a day that no calendar has."""
    if not cell:
        return math.nan
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _labelled(name: str, cells: list[str], codes: NDArray[np.int64], known: int) -> Column:
    clean = [clean_text(cell) for cell in cells]
    labels = sorted(set(clean) - {""})
    place = {label: number for number, label in enumerate(labels)}
    numbers = np.array([*(place.get(cell, -1) for cell in clean), -1], np.int64)[codes]
    shared = len(labels) <= MOST_CATEGORIES and len(labels) <= max(20, known / 4)
    return Column(name, "category" if shared else "text", numbers, tuple(labels))
