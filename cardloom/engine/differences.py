"""Where two stored values differ: a path for each place, as far as a person can read them.

    {"pages": 50, "tags": ["a"]}   {"pages": 80, "tags": ["a", "b"]}
    pages    50 → 80          tags[1]    nothing there → "b"

Lists are lined up before they are compared, so that one new first row is one difference.
"""

import json
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice
from typing import Any

from cardloom.brief import brief
from cardloom.engine.values import same
from cardloom.types import Json

Change = tuple[str, Json, Json]  # path, first value, other value

DEEPEST = 12  # levels of nesting looked into; deeper values are told as one
MOST_CHANGES = 200
MOST_ITEMS = 1_000  # of a list that is lined up; a longer one is compared place by place
MOST_PAIRS = 60_000  # pairs of equal items that lining up may look at


class Absent:
    """There is no value at this place."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()
_LISTS = ("tuple", "set", "frozenset")


def differences(one: Json, other: Json) -> list[Change]:
    """The places where `other` differs from `one`, at most MOST_CHANGES."""
    return list(islice(_walk(one, other, "", 0), MOST_CHANGES))


def _walk(one: Json, other: Json, place: str, deep: int) -> Iterator[Change]:
    if one is not ABSENT and other is not ABSENT and same(one, other):
        return
    kind, mine = _shape(one)
    kind_there, theirs = _shape(other)
    if kind and kind == kind_there and deep < DEEPEST:
        walk = _walk_names if isinstance(mine, dict) else _walk_items
        yield from walk(mine, theirs, place, deep)
    else:
        yield place, one, other


def _shape(stored: Json) -> tuple[str, Any]:
    """(kind, dict or list) of a value that has parts; ("", None) for one that is told whole."""
    match stored:
        case {"$": "dataclass", "type": str(name), "v": dict(inner)}:
            return f"dataclass {name}", inner
        case {"$": "dict", "v": list(pairs)} if all(
            isinstance(p, list) and len(p) == 2 for p in pairs
        ):
            return "dict", {brief(key): value for key, value in pairs}
        case {"$": str(kind), "v": list(items)} if kind in _LISTS:
            return kind, items
        case dict() if "$" not in stored:
            return "dict", stored
        case list():
            return "list", stored
    return "", None


def _walk_names(
    one: dict[str, Json], other: dict[str, Json], place: str, deep: int
) -> Iterator[Change]:
    for name in dict.fromkeys([*one, *other]):
        inner = f"{place}.{name}" if place else str(name)
        yield from _walk(one.get(name, ABSENT), other.get(name, ABSENT), inner, deep + 1)


def _walk_items(one: list[Json], other: list[Json], place: str, deep: int) -> Iterator[Change]:
    for i, j, k, m in _lined_up(one, other):
        for at in range(max(j - i, m - k)):
            mine = one[i + at] if i + at < j else ABSENT
            theirs = other[k + at] if k + at < m else ABSENT
            number = f"[{i + at}]" if mine is not ABSENT else f"[{k + at}] (new)"
            yield from _walk(mine, theirs, f"{place}{number}", deep + 1)


def _lined_up(one: Sequence[Json], other: Sequence[Json]) -> list[tuple[int, int, int, int]]:
    """The stretches (from, to in one; from, to in other) that are not equal."""
    if max(len(one), len(other)) > MOST_ITEMS:
        return [(0, len(one), 0, len(other))]
    left, right = [_fingerprint(item) for item in one], [_fingerprint(item) for item in other]
    if sum(right.count(item) for item in left) > MOST_PAIRS:
        return [(0, len(one), 0, len(other))]
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return [(i, j, k, m) for kind, i, j, k, m in matcher.get_opcodes() if kind != "equal"]


def _fingerprint(item: Json) -> str:
    return json.dumps(item, sort_keys=True)
