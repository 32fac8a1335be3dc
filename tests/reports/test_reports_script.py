"""The script that repeats a run: every kind of value as a literal, and the script itself, run."""

import math
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardloom.engine import encode
from cardloom.reports.literal import IMPORTS, Spelling


@dataclass
class Point:
    x: int
    y: object


ZONE = ZoneInfo("Europe/Berlin")
VALUES = [
    None,
    True,
    False,
    0,
    -1,
    1 << 60,
    -(1 << 200),
    0.1,
    -0.0,
    1e300,
    math.inf,
    -math.inf,
    "",
    "plain",
    "quotes ' \" \\ \n \x00 \u2028 {x} é 🙂",
    "half a \ud83d",
    b"",
    b"\x00\xff'\"",
    [],
    [1, [2, [3]]],
    (),
    (1,),
    (1, (2, 3)),
    {},
    {"a": 1, "b c": {"$x": [None]}},
    {"$": "file"},
    {1: "one", (1, 2): "pair", None: 0},
    set(),
    {1, 2, 3},
    frozenset({"a", ("b", 1)}),
    date(2026, 11, 21),
    datetime(2026, 11, 21, 8, 0, 0, 123456),
    datetime(2026, 11, 21, tzinfo=UTC),
    datetime(2026, 11, 21, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    datetime(2026, 10, 25, 2, 30, tzinfo=ZONE),
    datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZONE),
    Decimal("1.50"),
    Decimal("NaN"),
    Decimal("1E+30"),
    Path("/srv/data/x y"),
    Point(1, [Decimal("2"), {"a": (1,)}]),
]


def again(stored, read=lambda stored: stored):
    """The value that Python makes of the literal, run as a script would."""
    spelling = Spelling(read)
    source = spelling.spell(stored)
    space = {"types": {"Point": Point}, "FILES": Path("/files")}
    for name in sorted(spelling.names):
        exec(IMPORTS[name], space)
    if spelling.files:
        exec(IMPORTS["Path"], space)
    # Through a file's encoding, as a script goes.
    return eval(source.encode("utf-8").decode("utf-8"), space)


def alike(one, other):
    return type(one) is type(other) and repr(one) == repr(other)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_every_kind_of_value_comes_back_from_its_literal(value):
    found = again(encode(value))

    assert type(found) is type(value)
    if isinstance(value, (set, frozenset)):
        assert found == value
    else:
        assert alike(found, value)
    if isinstance(value, datetime):
        assert (found.fold, found.tzinfo) == (value.fold, value.tzinfo)


def test_not_a_number_stays_none():
    assert math.isnan(again(encode(math.nan)))


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters())
    | st.binary()
    | st.dates()
    | st.datetimes()
    | st.decimals(allow_nan=False),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(values)
def test_any_value_comes_back_from_its_literal(value):
    assert alike(again(encode(value)), value)


def test_files_and_tables_are_read_from_the_run_s_files():
    file = {"$": "file", "path": "paper-ab/it's.csv", "size": 1, "sha256": "0" * 64}
    spelling = Spelling(lambda stored: stored)

    assert again(file) == Path("/files/paper-ab/it's.csv")
    table = {"$": "table", "library": "polars", "file": {**file, "path": "t-1/table-1.parquet"}}
    assert spelling.spell(table) == "polars.read_parquet(FILES / 't-1/table-1.parquet')"
    assert spelling.names == {"polars"} and spelling.files


def test_a_large_value_is_read_out_of_its_file():
    assert again({"$": "stored", "file": {}}, read=lambda stored: [1, {"$": "tuple", "v": []}]) == [
        1,
        (),
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        {"$": "dataclass", "type": "x'](__import__('os').abort())", "v": {}},
        {"$": "dataclass", "type": "Point", "v": {"x=1, y=__import__('os').abort()": 1}},
        {"$": "decimal", "v": "1') or __import__('os').abort() or ('"},
        {"$": "path", "v": "') or __import__('os').abort() or ('"},
        {"$": "datetime", "v": "') or __import__('os').abort() or ('", "zone": "') or 1 or ('"},
        {"$": "float", "v": "__import__('os').abort()"},
        {"$": "int", "v": "__import__('os').abort()"},
        {"$": "file", "path": "' / __import__('os').abort() / '", "size": 1, "sha256": ""},
        {"$": "table", "library": "os", "file": {"path": "'+__import__('os').abort()+'"}},
        {"$": "set", "v": ["') or __import__('os').abort() or ('"]},
        {"$": "__import__('os').abort()", "v": 1},
    ],
    ids=lambda stored: stored["$"],
)
def test_a_hostile_value_becomes_text_or_is_refused(hostile):
    """Run, it raises or gives a value; it never reaches the call that it spells."""
    try:
        again(hostile)
    except (ValueError, KeyError, TypeError, ArithmeticError, OSError, ImportError):
        pass


# -- the script itself ----------------------------------------------------------------------------

EVERY = r'''
"""Answers of every kind."""
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from cardloom import Choice, Confirm, Form, Number, Text, Upload, Workflow

flow = Workflow("Every kind")
KINDS = [
    ("t", 1), frozenset({1, 2}), b"\x00", Decimal("1.50"), date(2026, 11, 21),
    datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")), 1 << 80, 0.5, None,
    "it's \"text\" {x}",
]


@dataclass
class Size:
    width: int
    height: Decimal


SIZES = {"small": Size(1, Decimal("2.5"))}
flow.ask(
    text=Text("Text", lines=4),
    some=Choice("Some", [(kind, repr(kind)) for kind in KINDS if kind is not None], multiple=True),
    exact=Number("Exact", exact=True),
    whole=Number("Whole", whole=True),
    sure=Confirm("Sure?"),
    paper=Upload("Paper"),
    form=Form("Form", a=Text("A"), b=Number("B", optional=True), scan=Upload("Scan", optional=True)),
)


@flow.ask
def pick(text):
    """Pick"""
    return Choice("Pick", [text, Decimal("7")])


@flow.do
def told(text, some, exact, whole, sure, paper, form, pick):
    """Told"""
    return [repr(v) for v in (text, sorted(map(repr, some)), exact, whole, sure)] + [
        paper.read_text(), form["a"], repr(form["b"]), form["scan"].read_text(), repr(pick)
    ]
'''


def test_the_script_repeats_a_run_with_every_kind_of_answer(workspace, cardloom, events, tmp_path):
    (workspace / "every.py").write_text(EVERY, encoding="utf-8")
    (tmp_path / "paper.txt").write_text("on paper")
    first = tmp_path / "first.py"
    first.write_text(
        "from cardloom.catalog import Catalog\n"
        "from pathlib import Path\nfrom decimal import Decimal\n"
        f"flow = Catalog(Path({str(workspace)!r})).workflow('every')\n"
        "kinds = [kind for kind in flow.module['KINDS'] if kind is not None]\n"
        f"paper = Path({str(tmp_path / 'paper.txt')!r})\n"
        "flow.run('one', text='a\\nb', some=kinds, exact='1.50', whole=3, sure=False, paper=paper,\n"
        "         form={'a': 'x', 'b': None, 'scan': paper}, pick=Decimal('7'))\n"
    )
    done = subprocess.run([sys.executable, str(first)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert cardloom("export", "every/one", "--to", "py", "--out", "again.py").returncode == 0

    script = [sys.executable, "again.py"]
    taken = subprocess.run(script, cwd=workspace, capture_output=True, text=True)
    done = subprocess.run([*script, "two"], cwd=workspace, capture_output=True, text=True)

    assert taken.returncode == 1 and "called 'one' already" in taken.stderr
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("every/two\n")
    told = [
        [(e.get("card"), e["value"]) for e in events(run) if e["type"] in ("answered", "finished")]
        for run in ("every/one", "every/two")
    ]
    assert told[0] == told[1] and len(told[0]) == 9


WANTING = r"""
flow = Workflow("Its \"title\" \"\"\" \\ {x}")
flow.ask(a=Text("A"))


@flow.do(once=True)
def pay(a):
    return a


@flow.ask
def b(pay):
    return Text("B")
"""


def test_the_script_says_what_it_wants_and_what_has_an_effect(write_flow, cardloom):
    write_flow("flow", WANTING)
    assert cardloom("run", "flow", "k", "a=1").returncode == 2

    source = cardloom("export", "flow/k", "--to", "py", "--out", "-").stdout

    compile(source, "script", "exec")
    assert "Careful: these cards have an effect, and have it again: ['pay']" in source
    assert "so wanting here: ['b']" in source
