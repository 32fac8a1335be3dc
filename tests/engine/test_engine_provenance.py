"""Where a value came from: told from the events, on stories with changes, failures, rewinds and forks."""

import pytest

from cardloom import Choice, Form, Number, Skip, Text, Workflow
from cardloom.engine import fork, moves
from cardloom.engine.provenance import trace
from cardloom.errors import NotFound
from cardloom.reports.provenance import At, Elsewhere, explain, plain

COLOURS = Choice("Colour?", ["red", ("blue", "Blue"), "green"])


def flow_of():
    flow = Workflow("Story")
    flow.ask(name=Text("Name?"), size=Number("Size?", whole=True))

    @flow.ask
    def color(name):
        return COLOURS

    @flow.do
    def upper(name):
        return name.upper()

    @flow.do
    def verdict(upper, size):
        return upper * size

    return flow


def numbered(drafts):
    return [{"at": "2026-11-22T08:00:00.000000Z", **e, "n": n} for n, e in enumerate(drafts, 1)]


def told(story, card, n=None, events=None, workflow=True):
    """{heading: lines} of where the card's value came from."""
    flow = story.workflow if workflow else None
    found = explain(trace(flow, events or story.events, card, n))
    return {heading: [plain(line) for line in lines] for heading, lines in found}


@pytest.fixture
def done(story):
    made = story(flow_of())
    made.answer("name", "ada")
    made.answer("size", 2, why="a first idea")
    made.ask("color", COLOURS)
    made.answer("color", "blue")
    made.finish("upper", "ADA")
    made.finish("verdict", "ADAADA")
    return made


def test_an_answer_tells_its_question_the_options_of_then_who_and_why(done):
    size = told(done, "size")
    assert size["The answer"] == [
        "2",
        "event 3, by you, 2026-11-21 08:00 UTC: “a first idea”",
    ]
    assert size["The question"] == ["Size?"]
    color = told(done, "color")
    assert color["The question"] == ["Colour?", "○ red", "● Blue (chosen)", "○ green"]
    assert color["Why"] == ["It was asked as soon as it had what it needs."]
    assert color["What it was made from"] == ["name was ada, from event 2."]


def test_a_worked_out_value_tells_its_inputs_its_time_and_its_code(done):
    verdict = told(done, "verdict")
    assert verdict["The value"][0] == "ADAADA"
    assert verdict["What it was made from"] == [
        "upper was ADA, from event 8.",
        "size was 2, from event 3.",
    ]
    code = done.workflow.card("verdict").code
    assert verdict["How"] == [
        "It began in event 9, and took 0.5 s.",
        f"Its code was {code}, the same as today.",
    ]
    assert "Before that" not in verdict


def test_it_ran_again_because_an_input_moved(done):
    done.answer("size", 5, change=True, why="more is more")
    stale = told(done, "verdict")
    assert stale["What it was made from"][1] == (
        "size was 2, from event 3. It is 5 since event 12, so this is out of date."
    )
    done.finish("verdict", "ADA" * 5)
    verdict = told(done, "verdict")
    assert verdict["Why"] == [
        "It ran again because of this:",
        "size went from 2 (event 3) to 5 (event 12).",
    ]
    assert verdict["Before that"] == ["ADAADA · event 10, 2026-11-21 08:00 UTC"]
    size = told(done, "size")
    assert size["Why"] == ["It was changed from 2 (event 3)."]
    assert size["Before that"][0].endswith("by you, 2026-11-21 08:00 UTC: “a first idea”")


def test_it_ran_again_because_the_person_asked(done):
    done.do(moves.reopen, "verdict", why="to be sure")
    done.finish("verdict", "ADAADA")
    assert told(done, "verdict")["Why"] == [
        "It ran again, as was asked for in event 11, by you, 2026-11-21 08:00 UTC: “to be sure”."
    ]


def stop(story, kind):
    started = story.start("verdict")
    if kind == "failed":
        story.add(
            moves.report(story.state, "verdict", started, {"type": kind, "error": "It broke"})
        )
    elif kind == "cancelled":
        story.do(moves.cancel, "verdict", why="too slow")
    else:
        story.add(moves.interrupt(story.state))


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("failed", "It had failed in event 13: It broke"),
        ("cancelled", "It had been stopped in event 13: too slow."),
    ],
)
def test_it_ran_again_because_it_had_failed_or_was_stopped(done, kind, sentence):
    done.do(moves.reopen, "verdict")
    stop(done, kind)
    assert "event 13" in sentence and done.events[-1]["n"] == 13
    done.do(moves.reopen, "verdict", why="once more")
    done.finish("verdict", "ADAADA")
    verdict = told(done, "verdict")
    assert verdict["Why"][0] == sentence
    assert verdict["Why"][1].startswith("It ran again, as was asked for in event 14, by you")
    assert verdict["How"][0] == "It began in event 15, attempt 2, and took 0.5 s."


def test_it_ran_again_because_the_app_ended(done):
    done.do(moves.reopen, "verdict")
    stop(done, "interrupted")
    done.finish("verdict", "ADAADA")
    assert told(done, "verdict")["Why"] == [
        "The app ended while it was at work (event 13). It ran again."
    ]


def test_a_job_that_was_stopped_by_a_change_tells_both(done):
    done.do(moves.reopen, "verdict")
    done.start("verdict")
    done.answer("size", 7, change=True)
    done.finish("verdict", "ADA" * 7)
    assert told(done, "verdict")["Why"] == [
        "It had been stopped in event 13: size changed.",
        "It ran again because of this:",
        "size went from 2 (event 3) to 7 (event 15).",
    ]


def test_an_answer_that_was_kept_says_why_the_question_was_put_again(done):
    done.answer("name", "bob", change=True, by="cli")
    done.ask("color", COLOURS)
    color = told(done, "color")
    assert color["The answer"] == ["blue", "event 15, kept as it was, 2026-11-21 08:00 UTC"]
    assert color["Why"] == [
        "It was asked again because of this:",
        "name went from ada (event 2) to bob (event 12).",
        "The earlier answer is still allowed, so it was kept and you were not asked.",
    ]
    assert color["Before that"] == ["blue · event 6, by you, 2026-11-21 08:00 UTC"]


def test_the_options_are_those_of_the_time_of_the_answer(done):
    done.answer("name", "bob", change=True)
    done.ask("color", Choice("Colour?", ["black"]))
    assert told(done, "color")["The answer"] == ["It waits for an answer."]
    assert told(done, "color")["The question"] == ["Colour?", "○ black"]
    assert "● Blue (chosen)" in told(done, "color", 10)["The question"]


def test_what_was_rewound_over_does_not_count(done):
    at = len(done.events)
    done.answer("size", 9, change=True, why="a slip")
    done.finish("verdict", "ADA" * 9)
    done.do(moves.rewind, at)
    assert told(done, "verdict") == told(done, "verdict", at)
    assert "a slip" not in str(told(done, "size"))
    # A look back before the rewind still knows it.
    assert "“a slip”" in told(done, "size", len(done.events) - 1)["The answer"][1]


def test_after_a_rewind_the_next_work_is_told_from_where_it_went_on(done):
    done.answer("size", 9, change=True)
    done.finish("verdict", "ADA" * 9)
    done.do(moves.rewind, 10)
    done.answer("size", 3, change=True)
    done.finish("verdict", "ADA" * 3)
    verdict = told(done, "verdict")
    assert verdict["Why"][1].startswith("size went from 2 (event 3) to 3 (event ")
    assert verdict["Before that"] == ["ADAADA · event 10, 2026-11-21 08:00 UTC"]


def test_a_fork_tells_what_it_repeats_and_from_where(done):
    made = fork(
        done.workflow,
        done.events,
        len(done.events),
        origin="story/ada",
        key="bob",
        by="person",
        changes={"size": 5},
        why="bigger",
    )
    events = numbered(made.events)
    upper = told(done, "upper", events=events)
    assert upper["The value"][2] == "Repeated from story/ada, event 8."
    assert told(done, "size", events=events)["Why"] == ["It was changed from 2 (event 3)."]
    assert "Repeated" not in str(told(done, "size", events=events)["The answer"])
    place = [p for line in explain(trace(done.workflow, events, "upper"))[0][1] for p in line]
    [other] = [p for p in place if isinstance(p, Elsewhere)]
    assert (other.run, other.n) == ("story/ada", 8)


def test_a_fork_from_the_beginning_says_who_brought_the_answers(done):
    made = fork(done.workflow, done.events, 0, origin="story/ada", key="bob", by="person")
    name = told(done, "name", events=numbered(made.events))
    assert name["The answer"][1].startswith("event 2, from a fork, ")


def test_without_the_workflow_the_journals_own_outline_is_enough(done):
    verdict = told(done, "verdict", workflow=False)
    assert verdict["What it was made from"] == [
        "upper was ADA, from event 8.",
        "size was 2, from event 3.",
    ]
    assert "can't be compared" in verdict["How"][1]
    assert told(done, "size", workflow=False)["The question"] == ["Size?"]


def test_another_code_is_told(done):
    other = flow_of()
    done.events = [
        {**e, "code": "0123456789abcdef"} if e.get("card") == "upper" else e for e in done.events
    ]
    done.workflow = other
    assert told(done, "upper")["How"][1] == (
        f"Its code was 0123456789abcdef. Today it is another: {other.card('upper').code}."
    )


def test_a_question_that_was_changed_since_the_beginning_is_not_passed_off_as_the_one_asked(done):
    done.events[2]["code"] = "another question"
    assert "changed before it was answered" in told(done, "size")["The question"][-1]


def test_files_forms_and_skips(story):
    flow = Workflow("Kinds")
    flow.ask(both=Form("Both", a=Text("A?"), b=Number("B?")))

    @flow.do
    def paper(both):
        return "x"

    @flow.do
    def never(paper):
        return Skip("nothing to do")

    made = story(flow)
    made.answer("both", {"a": "x", "b": 1})
    assert told(made, "both")["The question"] == ["Both", "a: A?", "b: B?"]
    started = made.start("paper")
    file = {"$": "file", "path": f"paper-{started}/p.csv", "size": 1500, "sha256": "aa"}
    made.add(moves.finish(made.state, "paper", started, file, [file], 1.5))
    assert told(made, "paper")["Files"] == [f"paper-{started}/p.csv (1.5 kB)"]
    started = made.start("never")
    made.add(moves.skip(made.state, "never", started, Skip("nothing to do")))
    assert told(made, "never")["The value"][0] == "Not needed: nothing to do"


def test_cards_with_no_value_say_how_they_stand(done):
    fresh = type(done)(done.workflow)
    assert told(fresh, "verdict") == {"The value": ["It has no value yet."]}
    done.do(moves.reopen, "verdict")
    stop(done, "failed")
    assert told(done, "verdict")["The value"] == ["It failed: It broke"]
    assert told(done, "verdict", 12)["The value"] == ["It is at work since event 12."]


def test_a_card_that_is_not_there_is_refused_with_the_nearest_name(done):
    with pytest.raises(NotFound, match="verdict"):
        trace(done.workflow, done.events, "verdit")


def test_events_are_numbers_that_a_page_can_link_to(done):
    lines = dict(explain(trace(done.workflow, done.events, "verdict")))["What it was made from"]
    assert [p.n for line in lines for p in line if isinstance(p, At)] == [8, 3]


def test_a_journal_that_holds_nonsense_is_told_and_not_tripped_over(done):
    for event in done.events[1:]:
        event.update(inputs=None, code=None, files=[1, {"path": 3}], why=7, seconds="long")
    for name in ("name", "size", "color", "upper", "verdict"):
        assert told(done, name)
