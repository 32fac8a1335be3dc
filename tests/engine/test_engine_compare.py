"""Two states side by side: what differs, where, and in which words."""

import pytest

from cardloom import Choice, Number, Text, Workflow
from cardloom.engine import compare, encode
from cardloom.engine.compare import delta, side_of, tell
from cardloom.engine.differences import ABSENT, differences
from cardloom.engine.textdiff import mark_words


def flow_of(name="story"):
    flow = Workflow(name)
    flow.ask(name=Text("Name?"), size=Number("Size?", whole=True))

    @flow.do
    def told(name, size):
        return name * size

    return flow


def side(story, name):
    return side_of(name, story.workflow, story.state)


@pytest.fixture
def pair(story):
    one, other = story(flow_of()), story(flow_of())
    for told, size in ((one, 50), (other, 80)):
        told.answer("name", "ada")
        told.answer("size", size)
        told.finish("told", {"pages": size, "tags": ["a"], "text": f"all {size} of them"})
    return one, other


def test_what_differs_comes_first_and_numbers_tell_their_change(pair):
    found = compare([side(pair[0], "story/a"), side(pair[1], "story/b")])
    assert [row.name for row in found.differing] == ["size", "told"]
    assert [row.name for row in found.equal] == ["name"]
    [size] = found.rows[0].differences
    assert (size.path, size.values, size.deltas[1]) == ("", (50, 80), "+30 (+60.0 %)")
    places = {each.path: each for each in found.rows[1].differences}
    assert set(places) == {"pages", "text"}
    assert ("gone", "50") in places["text"].marks[1]
    assert ("new", "80") in places["text"].marks[1]


def test_a_side_keeps_what_it_saw(pair):
    story = pair[0]
    before = side(story, "before")
    story.answer("name", "eve", change=True)
    rows = {row.name: row for row in compare([before, side(story, "after")]).rows}
    assert [cell.value for cell in rows["name"].cells] == ["ada", "eve"]
    assert [cell.status for cell in rows["told"].cells] == ["done", "stale"]


def test_cards_are_matched_by_name_across_workflows_and_a_missing_one_differs(story, pair):
    flow = Workflow("Other")
    flow.ask(name=Text("Name?"), color=Choice("Colour?", ["red", "blue"]))
    other = story(flow)
    other.answer("name", "ada")
    found = compare([side(pair[0], "story/a"), side(other, "other/a")])
    rows = {row.name: row for row in found.rows}
    assert not rows["name"].differs
    assert rows["told"].cells[1] is None and rows["told"].differs
    assert rows["color"].cells[0] is None


def test_a_gone_workflow_is_compared_from_the_journals_own_outline(pair):
    orphan = side_of("story/a", None, pair[0].state)
    found = compare([orphan, side(pair[1], "story/b")])
    assert [row.name for row in found.differing] == ["size", "told"]
    assert found.rows[0].label == "Size?"


def test_three_runs_each_against_the_first(story):
    told = []
    for size in (1, 2, 1):
        told.append(story(flow_of()))
        told[-1].answer("name", "ada")
        told[-1].answer("size", size)
    found = compare([side(each, f"story/{i}") for i, each in enumerate(told)])
    [difference] = next(row for row in found.rows if row.name == "size").differences
    assert difference.values == (1, 2, 1) and difference.deltas == ("", "+1 (+100.0 %)", "")


def test_who_answered_and_why_make_no_difference(story):
    one, other = story(flow_of()), story(flow_of())
    one.answer("name", "ada")
    other.answer("name", "ada", by="cli", why="because")
    found = compare([side(one, "a"), side(other, "b")])
    assert found.differing == ()
    assert [cell.by for cell in found.rows[0].cells] == ["person", "cli"]


@pytest.mark.parametrize(
    ("one", "other", "changes"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, [("b", ABSENT, 2)]),
        ([1, 2, 3], [0, 1, 2, 3], [("[0] (new)", ABSENT, 0)]),
        ([{"u": 1, "v": 2}], [{"u": 1, "v": 3}], [("[0].v", 2, 3)]),
        (1, True, [("", 1, True)]),
        (1, 1.0, [("", 1, 1.0)]),
        ({"$": "x"}, [], [("", {"$": "x"}, [])]),
    ],
)
def test_the_places_of_a_difference(one, other, changes):
    assert differences(one, other) == changes
    assert differences(one, one) == []


def test_dicts_with_other_keys_and_tuples_are_looked_into():
    one, other = encode({1: ("a", "b")}), encode({1: ("a", "c")})
    assert differences(one, other) == [("1[1]", "b", "c")]


def test_a_hostile_value_is_told_and_breaks_nothing():
    deep = here = {}
    for _ in range(60):
        here["a"] = here = {}
    assert len(differences(deep, {"a": 1})) == 1
    half = {"$": "file", "path": 7}
    assert differences(half, {"$": "file"}) == [("", half, {"$": "file"})]
    assert delta({"$": "decimal", "v": "1E+999999999"}, 1) == ""


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (3.0, 4.0, "+1 (+33.3 %)"),
        (0, 1_234, "+1,234"),
        (200, 100, "-100 (-50.0 %)"),
        (0.1, 0.3, "+0.2 (+200.0 %)"),
        (-2, 2, "+4 (+200.0 %)"),
        (1, 123_456_789_012_346, "+123,456,789,012,345"),
        (0, 10**30, "+1.00000e+30"),
        ({"$": "decimal", "v": "1.10"}, {"$": "decimal", "v": "1.1"}, ""),
    ],
)
def test_a_change_is_told_as_a_person_would_write_it(one, other, told):
    assert delta(one, other) == told


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a b " * 40_000, "b a " * 40_000),
        ("a " * 99_000, "a " * 98_999),
        ("x" * 150_000, "y" * 150_000),
        ("\n".join(f"{i % 7}" for i in range(9_000)), "\n".join(f"{i % 5}" for i in range(9_000))),
        ("Right, Ada.", "Right, Bob."),
        ("", "new"),
        ("ada ", "ada"),
    ],
)
def test_marks_spell_both_texts(one, other):
    marks = mark_words(one, other)
    assert "".join(text for kind, text in marks if kind != "new") == one
    assert "".join(text for kind, text in marks if kind != "gone") == other


def test_one_word_is_marked_and_not_the_text():
    assert mark_words("Right, Ada. Off you go.", "Right, Bob. Off you go.") == [
        ("same", "Right, "),
        ("gone", "Ada"),
        ("new", "Bob"),
        ("same", ". Off you go."),
    ]


def test_the_comparison_as_json_names_what_is_not_there(pair):
    told = tell(compare([side(pair[0], "a"), side(pair[1], "b")]))
    assert told["equal"] is False and told["runs"] == ["a", "b"]
    assert told["cards"][0]["differences"] == [
        {"path": "", "values": [50, 80], "changes": ["", "+30 (+60.0 %)"]}
    ]
