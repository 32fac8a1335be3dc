"""State is the fold of the events and of nothing else."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardloom import Choice, Text, Workflow
from cardloom.engine import EVENTS, fold, moves
from cardloom.engine.events import PEOPLE


def flow():
    made = Workflow("Fold")
    made.ask(name=Text("Name?"))

    @made.ask
    def color(name):
        return Choice("Colour?", ["red", "blue"])

    @made.do
    def verdict(name, color):
        return name + color

    return made


CARDS = ("name", "color", "verdict")


@st.composite
def journals(draw):
    """Any events in any order, sensible or not: a journal of a later release may hold anything."""
    events = []
    kinds = [*EVENTS, "of a later release"]
    for n in range(1, draw(st.integers(1, 25)) + 1):
        kind = draw(st.sampled_from(kinds))
        event = {"n": n, "at": f"t{n}", "type": kind}
        if kind == "rewound":
            event["to"] = draw(st.integers(0, n - 1))
        if draw(st.booleans()):
            event["card"] = draw(st.sampled_from(CARDS))
        if draw(st.booleans()):
            event |= {"value": draw(st.integers(0, 3)), "inputs": {"name": draw(st.integers(1, n))}}
        if kind == "remembered":
            event |= {"key": draw(st.sampled_from("ab"))}
        events.append(event)
    return events


@given(journals())
def test_the_same_events_are_the_same_state_and_stay_untouched(events):
    before = copy.deepcopy(events)
    assert fold(events) == fold(copy.deepcopy(events))
    assert events == before


@given(journals(), st.data())
def test_a_fold_taken_up_anywhere_is_the_whole_fold(events, data):
    cut = data.draw(st.integers(0, len(events)))
    assert fold(events, fold(events[:cut])) == fold(events)


@given(journals())
def test_a_fold_one_event_at_a_time_is_the_whole_fold(events):
    state = None
    for n in range(1, len(events) + 1):
        state = fold(events[:n], state)
    assert state == fold(events)


@given(journals(), st.data())
def test_rewound_gives_the_state_of_then_and_goes_on_from_there(events, data):
    to = data.draw(st.integers(0, len(events)))
    n = len(events) + 1
    rewound = [*events, {"n": n, "at": "2026-11-23T00:00:00Z", "type": "rewound", "to": to}]
    now, then = fold(rewound), fold(events[:to])
    assert (now.n, now.at) == (n, "2026-11-23T00:00:00Z")
    assert now.cards.keys() == then.cards.keys()
    for name, card in now.cards.items():
        # The page must notice that every card may have changed.
        assert card.changed == n
        card.changed = then.card(name).changed
    now.n, now.at = then.n, then.at
    # What was rewound over has happened all the same: its effects are not forgotten.
    now.begun, now.held = then.begun, then.held
    assert now == then


def test_undo_of_an_undo_is_a_redo(story):
    told = story(flow())
    told.answer("name", "Ada")
    told.add([{"type": "rewound", "to": 1}])
    assert told.next == ("WAIT", "name")
    told.add([{"type": "rewound", "to": 2}])
    assert told.state.card("name").value == "Ada"
    told.add([{"type": "rewound", "to": 0}])
    assert told.state.cards == {}


def test_a_whole_run_as_the_fold_tells_it(story):
    told = story(flow())
    told.answer("name", "Ada", why="her name")
    told.ask("color", Choice("Colour?", ["red", "blue"]))
    told.answer("color", "blue")
    told.start("verdict")
    started = len(told.events)
    for said in (
        {"type": "progressed", "done": 1, "total": 2, "note": "half"},
        {"type": "wrote", "text": "one "},
        {"type": "wrote", "text": "two"},
        {"type": "noted", "text": "remark"},
        {"type": "remembered", "key": "k", "value": 7},
    ):
        told.add(moves.report(told.state, "verdict", started, said))
    at_work = told.state.card("verdict")
    assert (at_work.done, at_work.total, at_work.note) == (1, 2, "half")
    assert at_work.output == ["one ", "two"]
    assert at_work.notes == ["remark"]
    assert at_work.remembered == {"k": 7}
    told.finish("verdict", "Adablue", seconds=1.25)
    state = told.state
    assert (state.workflow, state.key, state.title) == (flow().name, "ada", "Fold")
    assert [card["name"] for card in state.outline] == list(CARDS)
    assert (state.card("name").by, state.card("name").why) == ("person", "her name")
    done = state.card("verdict")
    assert (done.status, done.value, done.seconds, done.inputs) == (
        "done",
        "Adablue",
        1.25,
        {"name": 2, "color": 5},
    )
    assert done.remembered == {}
    assert told.next is None


def test_every_move_speaks_the_vocabulary(story):
    told = story(flow())
    told.answer("name", "Ada", why="her name", by="cli")
    told.ask("color", Choice("Colour?", ["red", "blue"]))
    told.answer("color", "red")
    started = told.start("verdict")
    told.add(
        moves.report(told.state, "verdict", started, {"type": "failed", "error": "x", "trace": ""})
    )
    told.do(moves.reopen, "verdict")
    told.start("verdict")
    told.do(moves.cancel, "verdict")
    told.do(moves.reopen, "verdict")
    told.start("verdict")
    told.add(moves.interrupt(told.state))
    told.finish("verdict", 1)
    told.do(moves.finalize)
    told.do(moves.unfinalize)
    common = {"n", "at", "type", "by", "why"}
    for event in told.events:
        assert event.keys() <= common | EVENTS[event["type"]].fields.keys(), event["type"]
        assert event.get("by", "person") in PEOPLE


@pytest.mark.parametrize("kind", EVENTS)
def test_every_type_is_said_to_a_reader(kind):
    told = EVENTS[kind]
    assert told.meaning.endswith(".")
    assert all(one.meaning and one.type.words for one in told.fields.values())
