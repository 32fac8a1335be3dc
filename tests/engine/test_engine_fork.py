"""Forks, rewinds, undo and redo, as moves on events."""

import pytest

from cardloom import Choice, Number, Text, Workflow
from cardloom.engine import fold, fork, moves, redo_target, undo_target
from cardloom.engine.moves import BadAnswer
from cardloom.errors import NotFound, Refused
from cardloom.reports.plan import plan_line


def numbered(drafts):
    return [{"at": "2026-11-22T08:00:00.000000Z", **e, "n": n} for n, e in enumerate(drafts, 1)]


def flow_of():
    flow = Workflow("Story")
    flow.ask(name=Text("Name?"), size=Number("Size?", whole=True, default=3))

    @flow.ask
    def color(name):
        return Choice("Colour?", ["red", "blue"])

    @flow.do
    def upper(name):
        return name.upper()

    @flow.do(once=True)
    def export(color):
        return color

    @flow.do
    def verdict(upper, size):
        return upper * size

    return flow


@pytest.fixture
def done(story):
    told = story(flow_of())
    told.answer("name", "ada")
    told.answer("size", 2)
    told.ask("color", Choice("Colour?", ["red", "blue"]))
    told.answer("color", "red")
    told.finish("upper", "ADA")
    told.finish("export", "red")
    told.finish("verdict", "ADAADA")
    return told


def made(story, at=None, **said):
    at = len(story.events) if at is None else at
    words = {"origin": "story/ada", "key": "bob", "by": "person", **said}
    forked = fork(story.workflow, story.events, at, **words)
    return forked, fold(numbered(forked.events))


def picture(state):
    return {
        name: (card.status, card.value, card.question, card.at, card.by)
        for name, card in state.cards.items()
    }


def test_a_fork_with_no_change_is_the_same_state_under_another_key(done):
    forked, state = made(done)
    assert picture(state) == picture(done.state)
    assert (state.key, state.source) == ("bob", f"story/ada#{len(done.events)}")
    assert forked.events[1]["from"] == "story/ada#2"
    assert [e["type"] for e in forked.events] == [e["type"] for e in done.events]


def test_a_fork_of_a_fork_is_the_same_state(done):
    forked, state = made(done)
    again = fork(
        done.workflow,
        numbered(forked.events),
        len(forked.events),
        origin="story/bob",
        key="eve",
        by="person",
    )
    assert picture(fold(numbered(again.events))) == picture(state)


def test_only_what_depends_on_a_change_is_stale(done):
    forked, state = made(done, changes={"size": "5"}, why="bigger")
    assert state.card("size").value == 5
    assert (state.card("size").by, state.card("size").why) == ("person", "bigger")
    assert plan_line(forked.plan) == "4 cards kept · 1 will run: verdict (last time: 0.5 s)"
    upcoming = moves.next_card(done.workflow, state)
    assert upcoming.card.name == "verdict"


def test_events_that_were_rewound_over_are_not_repeated(done):
    at = len(done.events)
    done.answer("size", 9, change=True)
    done.finish("verdict", "ADA" * 9)
    done.do(moves.rewind, at)
    forked, state = made(done)
    assert state.card("verdict").value == "ADAADA"
    assert 9 not in [e.get("value") for e in forked.events]
    assert state.card("verdict").inputs["upper"] == state.card("upper").value_n


def test_files_lie_in_folders_of_the_forks_own_numbers(done):
    file = {"$": "file", "path": "export-99/x.csv", "size": 1, "sha256": "aa"}
    done.do(moves.reopen, "verdict")
    started = done.start("verdict")
    value = {**file, "path": f"verdict-{started}/x.csv"}
    done.add(moves.finish(done.state, "verdict", started, value, [value], 1.0))
    done.answer("size", 9, change=True)  # drops nothing, but the verdict is stale now
    done.do(moves.rewind, len(done.events) - 2)
    forked, state = made(done)
    folder = state.card("verdict").value["path"].partition("/")[0]
    assert forked.folders[f"verdict-{started}"] == folder
    assert folder == f"verdict-{state.card('verdict').started_n}"
    assert state.card("verdict").files[0]["path"] == f"{folder}/x.csv"


def test_at_nought_a_fork_brings_the_answers_and_no_results(done):
    forked, state = made(done, 0, changes={"size": 4})
    assert (state.card("name").value, state.card("name").by) == ("ada", "fork")
    assert state.card("size").value == 4
    assert state.card("upper").status == "pending"
    # The question that must be worked out first is answered as soon as it is asked.
    events = numbered(forked.events)
    events += numbered([*forked.events, *moves.start(done.workflow, state, "color")])[len(events) :]
    state = fold(events)
    asked = moves.ask(
        done.workflow, state, "color", len(events), Choice("Colour?", ["red", "blue"])
    )
    assert [(e["type"], e.get("by")) for e in asked] == [("asked", None), ("answered", "fork")]
    refused = moves.ask(done.workflow, state, "color", len(events), Choice("Colour?", ["blue"]))
    assert [e["type"] for e in refused] == ["asked"]


def test_an_effect_that_was_begun_elsewhere_waits_for_a_word(done):
    before_export = next(e["n"] for e in done.events if e.get("card") == "export") - 1
    forked, state = made(done, before_export)
    assert forked.events[0]["held"] == ["export"]
    upcoming = moves.next_card(done.workflow, state)
    assert (upcoming.step.name, upcoming.card.name) == ("STOPPED", "export")
    events = numbered([*forked.events, *moves.reopen(done.workflow, state, "export", by="person")])
    upcoming = moves.next_card(done.workflow, fold(events))
    assert (upcoming.step.name, upcoming.card.name) == ("WORK", "export")
    again = fork(
        done.workflow, numbered(forked.events), 1, origin="story/bob", key="eve", by="person"
    )
    assert again.events[0]["held"] == ["export"]


def test_a_running_card_is_not_repeated(story):
    told = story(flow_of())
    told.answer("name", "ada")
    told.answer("size", 2)
    told.start("color")
    _, state = made(told)
    assert state.card("color").status == "pending"


@pytest.mark.parametrize(
    ("at", "changes", "error", "words"),
    [
        (99, {}, Refused, "there is no event 99"),
        (-1, {}, Refused, "there is no event -1"),
        (None, {"size": "many"}, BadAnswer, "'many' is not a number"),
        (None, {"sise": 1}, NotFound, "Did you mean 'size'?"),
        (None, {"upper": 1}, Refused, "takes no answer"),
    ],
)
def test_a_fork_is_refused_with_a_sentence(done, at, changes, error, words):
    with pytest.raises(error, match=words.replace("?", r"\?")):
        made(done, at, changes=changes)


# -- rewind, undo, redo --------------------------------------------------------------------------


def test_a_rewind_and_the_way_back_are_the_identity(done):
    n = len(done.events)
    before = picture(done.state)
    for to in range(1, n):
        done.do(moves.rewind, to)
        assert picture(done.state) == picture(fold(done.events[:to]))
        done.do(moves.rewind, n)
        assert picture(done.state) == before


def test_undo_takes_back_the_last_act_and_redo_gives_it_again(done):
    size = [e["n"] for e in done.events if e.get("card") == "size"][-1]
    done.answer("size", 9, change=True)
    done.finish("verdict", "ADA" * 9)
    assert done.state.card("size").value == 9
    done.do(moves.rewind, undo_target(done.events), kind="undo")
    assert (done.state.card("size").value, done.state.card("verdict").value) == (2, "ADAADA")
    done.do(moves.rewind, undo_target(done.events), kind="undo")
    assert done.status("color") == "asking"
    done.do(moves.rewind, undo_target(done.events), kind="undo")
    assert done.state.card("size").value_n == 0
    for expected in ("ADAADA", "ADA" * 9):
        target = redo_target(done.events)
        while target is not None:
            done.do(moves.rewind, target, kind="redo")
            if done.state.card("verdict").value == expected:
                break
            target = redo_target(done.events)
        assert done.state.card("verdict").value == expected
    assert redo_target(done.events) is None
    assert size < len(done.events)


def test_something_new_ends_redo_and_a_new_run_has_no_undo(done, story):
    done.do(moves.rewind, undo_target(done.events), kind="undo")
    assert redo_target(done.events)
    done.answer("color", "blue")
    assert redo_target(done.events) is None
    assert undo_target(story(flow_of()).events) is None


def test_a_rewind_stops_a_running_card_and_is_refused_where_it_may_not_be(done):
    done.do(moves.reopen, "verdict")
    done.start("verdict")
    done.do(moves.rewind, 3)
    assert [e["type"] for e in done.events[-2:]] == ["cancelled", "rewound"]
    for to in (0, len(done.events), 999, -1):
        with pytest.raises(Refused, match="There is no event"):
            done.do(moves.rewind, to)
    done.do(moves.finalize)
    with pytest.raises(Refused, match="finalized"):
        done.do(moves.rewind, 2)


def test_an_answer_that_parse_made_into_something_else_is_kept_as_it_was_given(story):
    flow = Workflow("Parsed")
    flow.ask(name=Text("Name?"))

    @flow.ask
    def when(name):
        return Text("When?", parse=int)

    told = story(flow)
    told.answer("name", "ada")
    question = Text("When?", parse=int)
    told.ask("when", question)
    told.answer("when", "12", question=question)
    assert told.events[-1]["value"] == 12
    assert told.events[-1]["typed"] == "12"
    told.answer("name", "bob", change=True)
    kept = told.ask("when", question)
    assert [(e["type"], e.get("value"), e.get("by")) for e in kept][1] == ("answered", 12, "kept")
