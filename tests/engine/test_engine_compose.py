"""Runs composed into one, and workflows made of others."""

import asyncio
import inspect

import pytest

from cardloom import Text, Workflow
from cardloom.engine import Part, compose, fold, outline_of, views_of
from cardloom.engine.composed import join
from cardloom.errors import WorkflowError


def flow_of(title="Story"):
    flow = Workflow(title)
    flow.ask(name=Text("Name?"))

    @flow.do
    def told(name):
        return name

    return flow


def part(story, run):
    return Part(run, story.events, outline_of(story.workflow, story.state))


def made(*parts, **said):
    words = {"workflow": "composed", "key": "day", "title": "Day", "by": "person", **said}
    composed = compose(parts, **words)
    numbered = [
        {"at": "2026-11-22T00:00:00Z", **e, "n": n} for n, e in enumerate(composed.events, 1)
    ]
    return composed, numbered, fold(numbered)


@pytest.fixture
def two(story):
    one, other = story(flow_of()), story(flow_of())
    one.answer("name", "ada")
    one.finish("told", "ada")
    other.answer("name", "bob", why="her friend")
    return one, other


def test_events_stand_in_the_order_of_time_and_say_where_they_are_from(two):
    _, events, state = made(part(two[0], "a/x"), part(two[1], "b/x"))
    assert [(e["type"], e.get("from")) for e in events] == [
        ("created", None),
        ("answered", "a/x#2"),
        ("answered", "b/x#2"),
        ("started", "a/x#3"),
        ("finished", "a/x#4"),
    ]
    assert events[1]["at"] == two[0].events[1]["at"]
    assert events[2]["why"] == "her friend" and events[2]["by"] == "person"
    assert state.runs == ("a/x", "b/x")
    assert state.card("a_x__told").value == "ada"
    assert state.card("a_x__told").inputs == {"a_x__name": 2}
    assert state.card("b_x__name").value == "bob"


def test_the_outline_reads_without_a_workflow(two):
    _, _, state = made(part(two[0], "a/x"), part(two[1], "b/x"))
    views = views_of(None, state)
    assert [(v.name, v.label, v.status) for v in views] == [
        ("a_x__name", "Name? · a/x", "done"),
        ("a_x__told", "Told · a/x", "done"),
        ("b_x__name", "Name? · b/x", "done"),
        ("b_x__told", "Told · b/x", "pending"),
    ]


def test_what_was_rewound_over_or_is_half_done_is_left_out(story, two):
    one, other = two
    one.add([{"type": "rewound", "to": 1, "by": "person"}])
    one.answer("name", "eve")
    other.start("told")
    _, events, state = made(part(one, "a/x"), part(other, "b/x"))
    assert [e["value"] for e in events if e["type"] == "answered"] == ["bob", "eve"]
    assert not any(e["type"] in ("started", "rewound") for e in events)
    assert state.card("b_x__told").status == "pending"


def test_names_that_would_meet_get_a_number(two):
    _, _, state = made(part(two[0], "a/b_c"), part(two[1], "a_b/c"))
    assert list(state.cards) == ["a_b_c__name", "a_b_c_2__name", "a_b_c__told"]


def test_a_composed_run_can_be_composed_again(two):
    _, events, state = made(part(two[0], "a/x"), part(two[1], "b/x"))
    again = Part("composed/day", events, outline_of(None, state))
    _, events, state = made(again, part(two[1], "b/y"))
    assert state.card("composed_day__a_x__told").value == "ada"
    assert state.card("b_y__name").value == "bob"
    assert events[1]["from"] == "composed/day#2"


def test_files_lie_in_folders_named_after_the_new_cards(story):
    told = story(flow_of())
    told.answer("name", "ada")
    started = told.start("told")
    file = {"$": "file", "path": f"told-{started}/a.txt", "size": 1, "sha256": "0" * 64}
    upload = {"$": "file", "path": "name-0123456789ab/b.txt", "size": 1, "sha256": "1" * 64}
    finished = {"type": "finished", "card": "told", "started": started, "files": [file]}
    told.add([{**finished, "value": {"mine": file, "given": upload}}])
    composed, _, state = made(part(told, "a/x"), part(story(flow_of()), "b/x"))
    value = state.card("a_x__told").value
    assert value["mine"]["path"] == "a_x__told-3/a.txt"
    assert value["given"]["path"] == "a_x__told-0123456789ab/b.txt"
    assert composed.folders["a/x"] == {
        f"told-{started}": "a_x__told-3",
        "name-0123456789ab": "a_x__told-0123456789ab",
    }


# -- workflows made of others ----------------------------------------------------------------------


def poem():
    flow = Workflow("Poem")
    flow.ask(name=Text("For whom?"), rhyme=Text("Rhyme?"))

    @flow.do
    async def told(name, rhyme):
        return f"{name}, {rhyme}"

    @flow.do
    def loud(told):
        return told.upper()

    return flow


def test_the_first_ones_answer_feeds_the_second_and_a_clash_takes_its_workflows_name():
    second = poem()
    second.name = "poem"
    day = join(Workflow("Day"), [flow_of(), second])
    assert [card.name for card in day.cards] == ["name", "told", "rhyme", "poem_told", "loud"]
    assert day.card("poem_told").params == ("name", "rhyme")
    assert day.card("loud").params == ("poem_told",)
    day.check()
    assert inspect.iscoroutinefunction(day.card("poem_told").function)
    assert asyncio.run(day.card("poem_told").function(name="Ada", rhyme="sun")) == "Ada, sun"
    assert day.card("loud").function(poem_told="soft") == "SOFT"


def test_a_later_card_may_name_an_earlier_workflows():
    flow = Workflow("Second")

    @flow.do
    def again(told):
        return told * 2

    with pytest.raises(WorkflowError, match="'told'"):
        flow.check()
    join(Workflow("Day"), [flow_of(), flow]).check()


def test_two_dataclasses_of_one_name_are_refused():
    one, other = flow_of("One"), flow_of("Other")
    one.module = {"Point": _dataclass()}
    other.module = {"Point": _dataclass()}
    with pytest.raises(WorkflowError, match="Point"):
        join(Workflow("Day"), [one, other])


def _dataclass():
    from dataclasses import make_dataclass

    return make_dataclass("Point", ["x"])
