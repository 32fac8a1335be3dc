"""Values as pictures: short for a folded card, whole for an open one, and always as text."""

from pathlib import Path

import pytest
from fasthtml.components import to_xml
from hypothesis import given
from hypothesis import strategies as st

from cardloom.brief import brief, file_size
from cardloom.engine import Bars, Code, Facts, Files, GraphMap, Markdown, Table
from cardloom.ui import values

X = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'>"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


def html(part):
    return str(to_xml(part, indent=False))


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (None, "nothing"),
        (True, "yes"),
        (False, "no"),
        (3, "3"),
        ("two\n lines", "two lines"),
        ([], "nothing"),
        (["a", "b"], "a, b"),
        (["x"] * 9, "9 items"),
        ({"a": 1, "b": "c"}, "a: 1 · b: c"),
        ({"$": "file", "path": "card-3/data.csv", "size": 1500}, "data.csv (1.5 kB)"),
        ({"$": "set", "v": [1, 2]}, "1, 2"),
    ],
)
def test_a_value_is_one_short_line(stored, said):
    assert brief(stored) == said


@given(json_values)
def test_any_value_is_a_line_and_a_picture(stored):
    line = brief(stored)
    assert "\n" not in line
    assert len(line) < 400
    assert html(values.whole(stored, str))


@given(st.sampled_from([X, [X], {X: X}, {"a": [X, {X: [X]}]}, [{X: X}, {X: X}], {"$": X, "v": X}]))
def test_a_hostile_value_goes_out_as_text(stored):
    assert "<img" not in html(values.whole(stored, str))
    assert "<script" not in html(values.whole(stored, str))


def test_a_page_bears_no_more_than_it_can():
    assert len(html(values.whole("x" * 1_000_000, str))) < 60_000
    assert html(values.whole(list(range(100_000)), str)).count("<li>") == values.MOST_ROWS
    deep = []
    for _ in range(200):
        deep = [deep]
    assert html(values.whole(deep, str))
    table = Table(["n"], [[n] for n in range(100_000)])
    assert "more rows" in html(values.view(table, str, Path("/")))


@pytest.mark.parametrize(
    "shown",
    [
        X,
        Markdown(f"{X}\n\n![p](http://evil.example/p.png) [l](javascript:alert(1)) <b>raw</b>"),
        Table([X], [[X]], X, X),
        Facts({X: X}),
        Bars({X: 1.0}, X),
        GraphMap(Path("/files/map"), X),
        Path(f"/elsewhere/{X}"),
        [X, [X]],
        object(),
    ],
)
def test_what_a_card_shows_is_inert(shown):
    drawn = html(values.view(shown, lambda path: f"/files/{path}", Path("/files")))
    for wrong in ("<img", "<script", "<b>", "onerror=alert(1)>", 'href="javascript'):
        assert wrong not in drawn


def test_a_picture_is_shown_and_a_file_is_given_to_be_saved(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x" * 2000)
    drawn = html(
        values.view(Files([tmp_path / "a.png", tmp_path / "b.csv"]), lambda p: f"/f/{p}", tmp_path)
    )
    assert '<img src="/f/a.png"' in drawn
    assert 'alt="a.png"' in drawn
    assert "2.0 kB" in drawn
    assert 'href="/f/b.csv"' in drawn


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (25_400_000, "25 MB"),
        (10**13, "10,000 GB"),
    ],
)
def test_a_size_is_said_for_people(size, said):
    assert file_size(size) == said


def test_code_is_folded_under_its_title_as_it_stands():
    drawn = html(values.view(Code(f"a  b\n{X}", f"Title {X}"), str, Path()))
    assert "<details" in drawn and "a  b\n&lt;img" in drawn and X not in drawn
