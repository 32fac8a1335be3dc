"""Two or more states side by side, card by card: what differs from the first of them, and where.

    compare([Side("bridge/ada", views), Side("bridge/ada-fork", views)]) → Comparison

Cards are matched by name, so runs of different workflows can be compared. A card differs where its
value, its status or its error does; who answered, why, and the time taken are told and do not count.
"""

import math
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from cardloom.engine.differences import ABSENT, MOST_CHANGES, differences
from cardloom.engine.plan import View, views_of
from cardloom.engine.state import State
from cardloom.engine.status import CardStatus
from cardloom.engine.textdiff import Mark, mark_words
from cardloom.engine.values import File, files, is_file, same
from cardloom.engine.workflow import Workflow
from cardloom.types import Json

LONGEST_PATH = 200  # characters of a place's path


@dataclass(frozen=True)
class Side:
    """One run at a moment: its name, its cards, and values that lie in files of their own by card."""

    name: str
    views: Sequence[View]
    large: Mapping[str, Json]


@dataclass(frozen=True)
class Cell:
    """A card of one run. `how` says where its value comes from; `value` is as stored."""

    status: CardStatus
    value: Json
    by: str
    how: str
    why: str
    at: str
    seconds: float | None
    error: str


@dataclass(frozen=True)
class Difference:
    """One place of a value, in each run. ABSENT stands where a run has no such place.

    `marks` are word marks against the row's base for those whose text differs, `deltas` the change of
    a number in words; both are empty where they do not apply.
    """

    path: str
    values: tuple[Json, ...]
    marks: tuple[tuple[Mark, ...], ...]
    deltas: tuple[str, ...]


@dataclass(frozen=True)
class FileRow:
    """A file of a card by its name, in each run; None where a run has no such file."""

    name: str
    files: tuple[File | None, ...]

    @property
    def base(self) -> int:
        """The number of the first run that has the file."""
        return next(i for i, file in enumerate(self.files) if file is not None)

    @property
    def differs(self) -> bool:
        return len({file and file.sha256 for file in self.files}) > 1


@dataclass(frozen=True)
class Row:
    """One card in each run; a cell is None where a run has no such card.

    `base` is the number of the run that the others' values are compared with: the first that has one.
    """

    name: str
    label: str
    asks: bool
    cells: tuple[Cell | None, ...]
    differs: bool
    base: int
    differences: tuple[Difference, ...]
    more: bool  # there are more differences than are told
    files: tuple[FileRow, ...]


@dataclass(frozen=True)
class Comparison:
    """The cards that differ, then those that are equal, each in the order of the runs."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def differing(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.differs)

    @property
    def equal(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if not row.differs)


def side_of(
    name: str, workflow: Workflow | None, state: State, large: Mapping[str, Json] | None = None
) -> Side:
    """The run `name` in `state`: the workflow's cards, and those that only its journal knows."""
    views = views_of(workflow, state)
    known = {view.name for view in views}
    old = [card for card in state.outline if str(card.get("name")) not in known]
    gone = views_of(None, replace(state, outline=old))
    there = [*views, *(view for view in gone if view.state.changed)]
    # A state belongs to its fold, which goes on: a side keeps its cards as they are now.
    return Side(name, [replace(view, state=copy(view.state)) for view in there], large or {})


def compare(sides: Sequence[Side]) -> Comparison:
    """What differs between the sides, each against the first."""
    by_name = [{view.name: view for view in side.views} for side in sides]
    rows = [
        _row(name, [views.get(name) for views in by_name], [side.large for side in sides])
        for name in _order([list(views) for views in by_name])
    ]
    return Comparison(
        tuple(side.name for side in sides),
        (*(row for row in rows if row.differs), *(row for row in rows if not row.differs)),
    )


def _order(lists: Sequence[Sequence[str]]) -> list[str]:
    """Every name once: in the first run's order, another's own cards after the one they follow."""
    order: list[str] = []
    for names in lists:
        at = 0
        for name in names:
            if name in order:
                at = order.index(name) + 1
            else:
                order.insert(at, name)
                at += 1
    return order


def _row(name: str, views: Sequence[View | None], large: Sequence[Mapping[str, Json]]) -> Row:
    known = next(view for view in views if view is not None)
    cells = tuple(_cell(view, large[i]) if view else None for i, view in enumerate(views))
    # A run without the card, and one that has not come to it, have no value to differ in.
    values = [
        cell.value if cell and view and view.state.value_n else ABSENT
        for cell, view in zip(cells, views, strict=True)
    ]
    base = next((i for i, value in enumerate(values) if value is not ABSENT), 0)
    told = _differences(values, base)
    listed = _files(views)
    differs = any(_unlike(cells[0], cell) for cell in cells[1:]) or any(f.differs for f in listed)
    return Row(
        name,
        known.label,
        known.asks,
        cells,
        differs,
        base,
        tuple(told[:MOST_CHANGES]),
        len(told) >= MOST_CHANGES,
        listed,
    )


def _cell(view: View, large: Mapping[str, Json]) -> Cell:
    now = view.state
    return Cell(
        view.status,
        large.get(view.name, now.value),
        now.by,
        _how(view),
        now.why,
        now.at,
        now.seconds,
        now.error,
    )


def _how(view: View) -> str:
    now = view.state
    if not now.settled:
        return ""
    if now.source:
        return f"taken over from {now.source}"
    if now.by == "kept":
        return "asked again, answer kept"
    if now.status == CardStatus.SKIPPED:
        return "not needed"
    return "answered" if view.asks else "ran"


def _unlike(one: Cell | None, other: Cell | None) -> bool:
    if one is None or other is None:
        return one is not other
    return (one.status, one.error) != (other.status, other.error) or not same(
        one.value, other.value
    )


def _differences(values: Sequence[Json], base: int) -> list[Difference]:
    """The places where a value differs from that of number `base`, with what each has there."""
    found: dict[str, list[Json]] = {}
    for number, value in enumerate(values):
        for path, mine, theirs in [] if value is ABSENT else differences(values[base], value):
            here = [ABSENT if each is ABSENT else mine for each in values]
            found.setdefault(path, here)[number] = theirs
    return [
        Difference(
            path if len(path) <= LONGEST_PATH else path[: LONGEST_PATH - 1] + "…",
            tuple(each),
            tuple(_marked(each[base], other) for other in each),
            tuple(delta(each[base], other) for other in each),
        )
        for path, each in found.items()
        if not all(value is ABSENT or is_file(value) for value in each)  # told as files
    ]


def _marked(one: Json, other: Json) -> tuple[Mark, ...]:
    if isinstance(one, str) and isinstance(other, str) and one != other:
        return tuple(mark_words(one, other))
    return ()


def delta(one: Json, other: Json) -> str:
    """The change from one stored number to another in words: '+12 (+3.4 %)'; '' for no numbers."""
    mine, theirs = _number(one), _number(other)
    if mine is None or theirs is None or mine == theirs:
        return ""
    change = theirs - mine
    if abs(change) >= 10**15:
        told = f"{change:+.6g}"
    else:
        told = f"{int(change):+,}" if change == int(change) else f"{float(change):+,.12g}"
    if mine == 0:
        return told
    part = change / abs(mine) * 100
    return f"{told} ({part:+,.1f} %)" if abs(part) < 10**6 else told


def _number(stored: Json) -> Decimal | None:
    match stored:
        case bool():
            return None
        case int():
            return Decimal(stored)
        case float() if math.isfinite(stored):
            return Decimal(repr(stored))
        case {"$": "decimal", "v": str(text)} if len(text) < 100:
            try:
                found = Decimal(text)
            except InvalidOperation:
                return None
            return found if found.is_finite() and abs(found.adjusted()) < 300 else None
    return None


def _files(views: Sequence[View | None]) -> tuple[FileRow, ...]:
    """The files that the card's value names or that it published, by their names."""
    each = [
        {f.path.partition("/")[2]: f for f in files([view.state.value, view.state.files])}
        if view
        else {}
        for view in views
    ]
    names = dict.fromkeys(name for found in each for name in found)
    return tuple(FileRow(name, tuple(found.get(name) for found in each)) for name in names)


def tell(comparison: Comparison) -> dict[str, Json]:
    """The comparison as JSON, for a program to read. A place that is not there is {"absent": true}."""
    return {
        "runs": list(comparison.names),
        "equal": not comparison.differing,
        "cards": [
            {
                "name": row.name,
                "label": row.label,
                "differs": row.differs,
                "runs": [cell and vars(cell) for cell in row.cells],
                "differences": [
                    {
                        "path": each.path,
                        "values": [{"absent": True} if v is ABSENT else v for v in each.values],
                        "changes": list(each.deltas),
                    }
                    for each in row.differences
                ],
                "files": [
                    {"name": file.name, "files": [f and vars(f) for f in file.files]}
                    for file in row.files
                ],
            }
            for row in comparison.rows
        ],
    }
