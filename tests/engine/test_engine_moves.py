"""Every rule of who may do what, when: refused with one sentence, or written as one move."""

import pytest

from cardloom import Choice, Confirm, Form, Number, Option, Skip, Text, Workflow
from cardloom.engine import BadAnswer, Late, encode, moves
from cardloom.errors import NotFound, Refused


def flow():
    made = Workflow("Moves")
    made.ask(
        name=Text("What is your name?"),
        color=Choice("Colour?", ["red", Option("gold", "Gold", disabled="it is sold out.")]),
    )

    @made.do
    def slow(color):
        return color

    @made.ask
    def size(slow):
        return Choice("Size?", ["s", "m"])

    return made


@pytest.fixture
def told(story):
    return story(flow())


@pytest.fixture
def working(told):
    """The run at work on `slow`."""
    told.answer("name", "Ada")
    told.answer("color", "red")
    told.start("slow")
    return told


def refused(told, sentence, act, *words, kind=Refused, **facts):
    """The act is refused with the sentence, and nothing was written."""
    before = len(told.events)
    with pytest.raises(kind, match=sentence) as error:
        act(*words, **facts)
    assert len(told.events) == before
    assert str(error.value).endswith((".", "?"))
    return error.value


def test_answers_are_refused_out_of_turn(told):
    refused(
        told, "no card called 'nam'. Did you mean 'name'?", told.answer, "nam", 1, kind=NotFound
    )
    refused(told, "color.* is not asked yet. The run is at name", told.answer, "color", "red")
    refused(told, "slow is worked out by Python and takes no answer", told.answer, "slow", 1)
    refused(told, "size.* is not asked yet. The run is at name", told.answer, "size", "s")


def test_answers_are_refused_for_what_they_say(told):
    wrong = refused(told, "write something", told.answer, "name", "", kind=BadAnswer)
    assert wrong.card == "name"
    told.answer("name", "Ada")
    offered = "'blue' was not offered. Choose one of: red."
    refused(told, offered, told.answer, "color", "blue", kind=BadAnswer)
    refused(
        told, "Gold can't be chosen: it is sold out", told.answer, "color", "gold", kind=BadAnswer
    )


def test_a_second_answer_needs_the_word_change(told):
    told.answer("name", "Ada")
    refused(
        told, "not asking any more. To change its answer, choose Change", told.answer, "name", "B"
    )
    [reopened, answered] = told.answer("name", "Bob", change=True)
    assert (reopened["type"], answered["value"]) == ("reopened", "Bob")


def test_of_two_tabs_the_first_wins(told):
    seen = told.state.card("name").changed
    told.answer("name", "first", seen=seen)
    kept = "answered elsewhere in the meantime. That answer is kept"
    refused(told, kept, told.answer, "name", "second", seen=seen)
    refused(told, kept, told.answer, "name", "second", seen=seen, change=True)
    told.answer("name", "third", seen=told.state.card("name").changed, change=True)
    assert told.state.card("name").value == "third"


def test_a_finalized_run_is_locked_in_the_engine(working):
    refused(working, "A card is running. Cancel it", working.do, moves.finalize)
    working.finish("slow", "red")
    refused(working, "not finalized", working.do, moves.unfinalize)
    working.do(moves.finalize)
    locked = "This run is finalized. Unfinalize it"
    refused(working, locked, working.answer, "name", "Bob", change=True)
    refused(working, locked, working.start, "size")
    refused(working, locked, working.do, moves.reopen, "slow")
    refused(working, "finalized already", working.do, moves.finalize)
    working.do(moves.unfinalize)
    working.answer("name", "Bob", change=True)


def test_a_card_starts_only_when_it_is_due(told):
    refused(told, "slow is not due", told.start, "slow")
    refused(told, "name is not due", told.start, "name")
    told.answer("name", "Ada")
    told.answer("color", "red")
    told.start("slow")
    refused(told, "slow is not due", told.start, "slow")


def test_only_what_runs_is_cancelled_and_only_what_is_done_is_done_again(working):
    refused(working, "name is not running", working.do, moves.cancel, "name")
    refused(working, "slow.* is running. Cancel it first", working.do, moves.reopen, "slow")
    refused(working, "size.* has not been done yet", working.do, moves.reopen, "size")
    working.do(moves.cancel, "slow", why="too slow")
    assert (working.status("slow"), working.next) == ("cancelled", ("STOPPED", "slow"))
    refused(working, "slow is not running any more", working.do, moves.cancel, "slow")
    working.do(moves.reopen, "slow")
    assert working.next == ("WORK", "slow")


def test_a_change_cancels_the_job_that_depends_on_it_first(story):
    made = Workflow("Change")
    made.ask(name=Text("Name?"))

    @made.do
    def slow(name):
        return name

    told = story(made)
    told.answer("name", "Ada")
    told.start("slow")
    kinds = [e["type"] for e in told.answer("name", "Bob", change=True, why="a slip")]
    assert kinds == ["cancelled", "reopened", "answered"]
    assert (told.events[-3]["why"], told.next) == ("name changed", ("WORK", "slow"))


def test_a_change_to_an_equal_value_leaves_the_job_at_work(working):
    kinds = [e["type"] for e in working.answer("color", "red", change=True)]
    assert kinds == ["reopened", "answered"]
    working.finish("slow", "red")
    assert working.next == ("WORK", "size")


def test_a_change_elsewhere_leaves_the_job_alone(working):
    kinds = [e["type"] for e in working.answer("name", "Bob", change=True)]
    assert kinds == ["reopened", "answered"]
    assert working.status("slow") == "running"


@pytest.mark.parametrize("end", ["cancelled", "interrupted", "started again", "input moved"])
def test_a_late_result_is_not_taken(working, end):
    started = working.state.card("slow").started_n
    if end == "cancelled":
        working.do(moves.cancel, "slow")
    elif end == "interrupted":
        working.add(moves.interrupt(working.state))
    elif end == "started again":
        working.add(moves.interrupt(working.state))
        working.start("slow")
    else:  # another program's line, which knew of no job
        working.add([{"type": "answered", "card": "color", "value": "blue", "by": "api"}])
    state = working.state
    for late in (
        lambda: moves.finish(state, "slow", started, 1, [], 0.1),
        lambda: moves.skip(state, "slow", started, Skip("x")),
        lambda: moves.ask(working.workflow, state, "slow", started, Text("x")),
        lambda: moves.report(state, "slow", started, {"type": "failed", "error": "x"}),
        lambda: moves.report(state, "slow", started, {"type": "remembered", "key": 1, "value": 1}),
    ):
        with pytest.raises(Late, match="slow was stopped or its inputs moved"):
            late()


def test_finished_tells_what_it_took(working):
    working.finish("slow", "red", seconds=1.23456)
    event = working.events[-1]
    assert event["inputs"] == {"color": 3}
    assert event["code"] == working.workflow.card("slow").code
    assert (event["started"], event["seconds"], event["value"]) == (4, 1.235, "red")


# -- questions that depend on earlier cards ------------------------------------------------------


def at_size(told):
    told.answer("name", "Ada")
    told.answer("color", "red")
    told.finish("slow", "red")
    return told


def test_a_question_of_earlier_cards_is_asked_from_the_journal(told):
    at_size(told)
    [asked] = told.ask("size", Choice("Size of red?", {"s": "Small", "m": "Medium"}, help="h"))
    assert asked["inputs"] == {"slow": 5}
    question = moves.question_of(told.workflow.card("size"), told.state)
    assert question == Choice("Size of red?", {"s": "Small", "m": "Medium"}, help="h")
    refused(told, "'l' was not offered", told.answer, "size", "l", kind=BadAnswer)
    told.answer("size", "m")
    assert told.next is None


def moved(told, again):
    """Answer size with m, move its input, ask it `again`."""
    at_size(told)
    told.ask("size", Choice("Size?", ["s", "m"]))
    told.answer("size", "m")
    told.do(moves.reopen, "slow")
    told.finish("slow", "blue")
    assert told.next == ("WORK", "size")
    return told.ask("size", again)


def test_an_answer_that_is_still_allowed_is_kept(told):
    [asked, kept] = moved(told, Choice("Size now?", ["m", "xl"]))
    assert (asked["type"], kept["type"]) == ("asked", "answered")
    assert (kept["value"], kept["by"], kept["inputs"]) == ("m", "kept", asked["inputs"])
    assert told.next is None


@pytest.mark.parametrize(
    "again",
    [
        Choice("Size now?", ["s", "xl"]),
        Choice("Size now?", ["s", Option("m", "M", disabled="gone")]),
        Number("How many?"),
        Confirm("Sure?"),
        Form(a=Text("a")),
        Text("Size now?", parse=lambda text: int(text)),
    ],
    ids=["gone", "disabled", "number", "confirm", "form", "parse refuses"],
)
def test_an_answer_that_is_not_allowed_any_more_is_asked_again(told, again):
    [asked] = moved(told, again)
    assert asked["type"] == "asked"
    assert told.next == ("WAIT", "size")


def test_a_skipped_card_has_no_answer_to_keep(told):
    at_size(told)
    started = told.start("size")
    [skipped] = told.add(moves.skip(told.state, "size", started, Skip("only one size")))
    assert (told.status("size"), skipped["why"]) == ("skipped", "only one size")
    assert (told.state.card("size").value, told.next) == (None, None)
    told.do(moves.reopen, "slow")
    told.finish("slow", "blue")
    [_asked] = told.ask("size", Text("Size?", optional=True))
    assert told.next == ("WAIT", "size")


def test_a_substep_is_recalled_while_the_inputs_are_the_same_and_only_then(working):
    def remember():
        started = working.state.card("slow").started_n
        said = {"type": "remembered", "key": "k", "value": encode((1,))}
        working.add(moves.report(working.state, "slow", started, said))
        working.add(moves.interrupt(working.state))

    remember()
    working.start("slow")
    assert working.state.card("slow").remembered == {"k": {"$": "tuple", "v": [1]}}
    working.add(moves.interrupt(working.state))
    working.add([{"type": "answered", "card": "color", "value": "gold", "by": "api"}])
    working.start("slow")
    assert working.state.card("slow").remembered == {}


def test_a_substep_is_forgotten_when_an_input_changes_only_its_type(story):
    made = Workflow("Types")

    @made.do
    def one():
        return 1

    @made.do
    def two(one):
        return one

    told = story(made)
    told.finish("one", 1)
    started = told.start("two")
    said = {"type": "remembered", "key": "k", "value": 1}
    told.add(moves.report(told.state, "two", started, said))
    told.add(moves.interrupt(told.state))
    told.do(moves.reopen, "one")
    told.finish("one", True)
    told.start("two")
    assert told.state.card("two").remembered == {}
