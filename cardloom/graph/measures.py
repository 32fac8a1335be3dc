"""Columns as the viewer loads them: the smallest type that holds the numbers, ranges, counts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cardloom.graph.files import Entry, Writing, plain_name
from cardloom.graph.structure import Column

MOST_CATEGORIES = 1_000
OTHER, NONE = "other", "none"
UNITS = {"bytes": "bytes", "ms": "ms", "pagerank": "share"}
_WHOLE = (
    ("u8", 0, 254),
    ("u16", 0, 65_534),
    ("u32", 0, 2**32 - 2),
    ("i32", -(2**31) + 1, 2**31 - 1),
)


class Measures:
    """The columns written so far."""

    def __init__(self, writing: Writing) -> None:
        self.entries = list[Entry]()
        self._writing, self._names, self._files = writing, set[str](), set[str]()

    def add(self, column: Column) -> None:
        """A column of meta.csv under its own name, with a label made of it."""
        label = column.name.replace("_", " ")
        label = label[:1].upper() + label[1:]
        if column.name in self._names:
            return
        if column.kind == "number":
            self.number(column.name, label, column.values, column.known)
        elif column.kind == "date":
            self._date(column, label)
        elif column.kind == "category":
            labels = [*column.labels, NONE]
            self.category(column.name, label, column.values.astype(np.int64), labels)
        else:
            self._text(column, label)

    def number(
        self,
        name: str,
        label: str,
        values: NDArray[Any],
        known: NDArray[np.bool_],
        kind: str | None = None,
        missing: int | None = None,
    ) -> None:
        """Numbers; `kind` and `missing` where they are promised, else the smallest that fits."""
        some = values[known]
        whole = bool((some == np.floor(some)).all())
        if kind is None:
            kind, missing = _smallest(some, whole, bool(known.all()))
        none = "nan" if kind[0] == "f" and not known.all() else missing
        filled = np.where(known, values, np.nan if kind[0] == "f" else missing or 0)
        self._entry(name, label, "number", kind, filled, known)
        self.entries[-1] |= {"missing": none, "whole": whole, "unit": UNITS.get(name)}
        self._range(some)

    def category(
        self, name: str, label: str, codes: NDArray[np.int64], labels: Sequence[str]
    ) -> None:
        """Codes into `labels`, -1 for none: the most frequent first, the rare as one."""
        known = codes >= 0
        counts = np.bincount(codes[known], minlength=len(labels))
        order = sorted(np.flatnonzero(counts).tolist(), key=lambda n: (-counts[n], labels[n]))
        kept, rare = order[:MOST_CATEGORIES], order[MOST_CATEGORIES:]
        shown = [labels[n] for n in kept]
        place = np.full(len(labels) + 1, -1, np.int64)
        place[kept] = np.arange(len(kept))
        if rare:
            place[rare] = len(shown)
            shown.append(OTHER)
        missing = None
        if not known.all() or not len(shown):
            missing, place[-1] = len(shown), len(shown)
            shown.append(NONE)
        numbers = place[codes]
        self._entry(name, label, "category", "u8" if len(shown) <= 256 else "u16", numbers, known)
        self.entries[-1] |= {
            "missing": missing,
            "categories": shown,
            "counts": np.bincount(numbers, minlength=len(shown)).tolist(),
        }

    def _date(self, column: Column, label: str) -> None:
        some = column.values[column.known]
        self._entry(column.name, label, "date", "f64", column.values, column.known)
        self.entries[-1] |= {"missing": "nan", "day": bool((some % 86_400 == 0).all())}
        self._range(some)

    def _text(self, column: Column, label: str) -> None:
        lines = [*column.labels, ""]
        file = f"text-{plain_name(column.name, self._files)}"
        text = self._writing.lines(file, [lines[code] for code in column.values.tolist()])
        self._names.add(column.name)
        self.entries.append(
            {"name": column.name, "label": label, "kind": "text", "known": int(column.known.sum())}
            | text
        )

    def _entry(
        self, name: str, label: str, sort: str, kind: str, values: NDArray[Any], known: Any
    ) -> Entry:
        file = f"column-{plain_name(name, self._files)}"
        self._names.add(name)
        entry = {"name": name, "label": label, "kind": sort, "known": int(known.sum())}
        self.entries.append(entry | self._writing.numbers(file, kind, values))
        return self.entries[-1]

    def _range(self, some: NDArray[Any]) -> None:
        least, most = (some.min(), some.max()) if len(some) else (None, None)
        self.entries[-1] |= {
            "min": None if least is None else least.item(),
            "max": None if most is None else most.item(),
        }


def _smallest(some: NDArray[Any], whole: bool, full: bool) -> tuple[str, int | None]:
    """A type for these numbers, and the value that stands for none in it."""
    if whole and len(some):
        for kind, low, high in _WHOLE:
            if low <= some.min() and some.max() <= high:
                none = {"u8": 255, "u16": 65_535, "u32": 2**32 - 1, "i32": -(2**31)}[kind]
                return kind, None if full else none
    # An f32 tells whole numbers apart up to 2^24; beyond it the number shown would be another.
    large = len(some) and float(np.abs(some).max()) >= 2**24
    return ("f64" if large else "f32"), None


def coded(values: Sequence[str]) -> tuple[NDArray[np.int64], list[str]]:
    """Values as codes, -1 where empty, and their labels."""
    labels = sorted(set(values) - {""})
    place = {label: number for number, label in enumerate(labels)}
    return np.array([place.get(value, -1) for value in values], np.int64), labels


def unique_names(names: Sequence[str], urls: Sequence[str]) -> list[str]:
    """Names with the address added where two are the same."""
    seen = Counter(names)
    return [
        f"{name} ({url})" if seen[name] > 1 else name for name, url in zip(names, urls, strict=True)
    ]
