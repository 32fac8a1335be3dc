"""Values come back from JSON as they went in, type and all, or are refused by name."""

import dataclasses
import json
import threading
from collections import OrderedDict, namedtuple
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardloom.engine import File, Unstorable, decode, encode, same
from cardloom.journal import dumps


@dataclasses.dataclass
class Page:
    url: str
    links: tuple = ()
    parent: "Page | None" = None


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: float = 0.0


TYPES = {"Page": Page, "Point": Point}


def there_and_back(value):
    return decode(json.loads(dumps(encode(value))), TYPES)


def alike(one, other):
    """Equal with the same types all the way down; NaN is NaN, -0.0 is not 0.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return repr(one) == repr(other)
    if isinstance(one, Decimal):
        return one.as_tuple() == other.as_tuple()
    if isinstance(one, dict):
        return len(one) == len(other) and all(
            alike(a, b) and alike(one[a], other[b]) for a, b in zip(one, other, strict=True)
        )
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, (set, frozenset)):
        return len(one) == len(other) and all(any(alike(a, b) for b in other) for a in one)
    if dataclasses.is_dataclass(one):
        return alike(vars(one), vars(other))
    if isinstance(one, datetime):
        return one.isoformat() == other.isoformat() and one.fold == other.fold
    return one == other


texts = st.text(st.characters(codec=None), max_size=20)
zones = st.sampled_from([UTC, timezone(timedelta(hours=-3, minutes=-30, seconds=7)), None])
hashable_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**400), max_value=10**400),
    st.floats(),
    texts,
    st.binary(max_size=20),
    st.datetimes(timezones=zones, allow_imaginary=True),
    st.dates(),
    st.decimals().filter(lambda number: not number.is_snan()),
    st.builds(Path, st.sampled_from(["/a/b.csv", "x", ".", "ü/ \udc80"])),
    st.builds(Point, st.integers(), st.floats()),
)
hashable = st.recursive(
    hashable_scalars,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
values = st.recursive(
    hashable,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(texts | st.just("$"), inner, max_size=4),
        st.dictionaries(hashable, inner, max_size=4),
        st.sets(hashable, max_size=4),
        st.builds(Page, texts, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=12,
)


@given(values)
def test_every_value_comes_back_as_it_went_in(value):
    assert alike(there_and_back(value), value)


@pytest.mark.parametrize(
    "value",
    [
        True,
        1,
        1.0,
        -0.0,
        float("nan"),
        float("-inf"),
        2**53,
        2**53 + 1,
        -(2**64),
        "",
        "half \ud800",
        b"\x00\xff",
        (),
        (1,),
        [(1, [2, (3,)]), {"a": (1,)}],
        {"$": "tuple", "v": [1]},
        {"$": 1},
        {1: "a", "1": "b", (1,): "c", None: "d"},
        {frozenset({1, 2}): {3}},
        set(),
        frozenset({("a", 1)}),
        {1, "1", 1.5, None},
        date(1, 1, 1),
        datetime(2026, 11, 21, 8, 0, 0, 1),
        datetime(2026, 11, 21, 8, tzinfo=UTC),
        datetime(2026, 10, 25, 2, 30, fold=1),
        Decimal("1.50"),
        Decimal("-0"),
        Decimal("NaN"),
        Decimal("sNaN12"),
        Decimal("1E+400"),
        Path("a/../b"),
        Page("/", (1, 2), Page("/up")),
        File("links-3/links.csv", 12, "ab"),
    ],
    ids=lambda value: "a set" if isinstance(value, set) else repr(value),
)
def test_the_awkward_ones_by_name(value):
    assert alike(there_and_back(value), value)


def test_a_named_time_zone_stays_that_zone():
    """An offset is not a zone: a month later Paris has another one."""
    for fold in (0, 1):
        moment = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"), fold=fold)
        back = there_and_back(moment)
        assert back.tzinfo is moment.tzinfo
        assert back.isoformat() == moment.isoformat()
        later, due = back + timedelta(days=200), moment + timedelta(days=200)
        assert later.utcoffset() == due.utcoffset()


def test_a_set_is_the_same_line_whatever_its_order():
    assert encode({"b", "a", "c"}) == encode({"c", "b", "a"}) == {"$": "set", "v": ["a", "b", "c"]}


class Colour(Enum):
    RED = 1


class Word(StrEnum):
    RED = "red"


class Money(Decimal):
    pass


class Mine:
    pass


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (Mine(), "Mine"),
        (Colour.RED, "Colour"),
        (Word.RED, "Word"),
        (namedtuple("Pair", "a b")(1, 2), "Pair"),
        (OrderedDict(a=1), "collections.OrderedDict"),
        (Money("1"), "Money"),
        (Fraction(1, 3), "fractions.Fraction"),
        (timedelta(1), "datetime.timedelta"),
        (time(1), "datetime.time"),
        (1j, "builtins.complex"),
        (range(3), "builtins.range"),
        (bytearray(b"x"), "builtins.bytearray"),
        (threading.Lock(), "_thread.lock"),
        (print, "builtins.builtin_function_or_method"),
        (Page, "builtins.type"),
        ((i for i in ()), "builtins.generator"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_cannot_be_kept_is_refused_by_its_type_wherever_it_stands(value, named):
    for holder in (value, [value], {"a": (1, value)}, {1: value}, Page("x", (value,))):
        with pytest.raises(Unstorable, match=named) as refused:
            encode(holder)
        assert "run.file(name)" in str(refused.value)


def test_what_is_too_deep_or_turns_in_a_circle_is_refused():
    circle = []
    circle.append(circle)
    with pytest.raises(Unstorable, match="more than 100 levels deep"):
        encode(circle)


def test_a_dataclass_that_is_gone_is_said_by_name():
    with pytest.raises(ValueError, match="'Page', and this workflow has no dataclass of that name"):
        decode(encode(Page("/")), {})


@pytest.mark.parametrize("stored", [{"$": "pickle", "v": "x"}, {"$": "object"}, {"$": None}])
def test_a_kind_from_elsewhere_is_refused(stored):
    with pytest.raises(ValueError, match="not known here"):
        decode(stored)


def test_equal_means_equal_to_a_card():
    assert same(encode({"a": [1, (2,)]}), encode({"a": [1, (2,)]}))
    for one, other in [(1, True), (1, 1.0), ("1", 1), ([1], (1,)), (None, ""), ({}, [])]:
        assert not same(encode(one), encode(other))


def test_files_are_equal_by_content_and_name_wherever_they_lie():
    one = File("crawl-4/links.csv", 10, "aa")
    assert same(encode([one]), encode([File("crawl-9/links.csv", 10, "aa")]))
    assert not same(encode([one]), encode([File("crawl-9/links.csv", 10, "bb")]))


@pytest.mark.parametrize(
    "stored",
    [
        {"$": "int", "v": None},
        {"$": "int", "v": 5},
        {"$": "float", "v": []},
        {"$": "date", "v": 5},
        {"$": "decimal", "v": "x"},
        {"$": "datetime"},
        {"$": "bytes", "v": 1},
        {"$": "tuple", "v": 3},
        {"$": "dict", "v": [1]},
        {"$": "dict", "v": [[{}, 1]]},
        {"$": "file", "path": "a"},
        {"$": "dataclass", "type": []},
        {"$": {}},
        {"$": None},
    ],
)
def test_what_is_no_value_of_its_kind_is_a_value_error(stored):
    """Journals come from anywhere: their readers catch one kind of error."""
    with pytest.raises(ValueError, match=r"The journal holds|can't be read"):
        decode([stored])
