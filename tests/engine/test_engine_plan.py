"""What is next, what is stale, and what a change would cost."""

import pytest

from cardloom import Choice, Text, Workflow
from cardloom.engine import moves, plan_change, views_of
from cardloom.reports.plan import plan_line


def flow():
    """name, color (asked of name) → upper(name) → verdict(upper, color) → export(verdict), once."""
    made = Workflow("Plan")
    made.ask(name=Text("Name?"), other=Text("Other?"))

    @made.ask
    def color(name):
        return Choice("Colour?", ["red", "blue"])

    @made.do
    def upper(name):
        return name.upper()

    @made.do
    def verdict(upper, color):
        return upper + color

    @made.do(once=True)
    def export(verdict):
        return len(verdict)

    return made


@pytest.fixture
def done(story):
    """The run with every card done."""
    told = story(flow())
    told.answer("name", "Ada")
    told.answer("other", "-")
    told.ask("color", Choice("Colour?", ["red", "blue"]))
    told.answer("color", "blue")
    told.finish("upper", "ADA", seconds=2)
    told.finish("verdict", "ADAblue", seconds=3)
    told.finish("export", 7)
    return told


def marks(told):
    return {view.name: view.status for view in views_of(told.workflow, told.state)}


def test_cards_come_in_file_order_one_at_a_time(story):
    told = story(flow())
    seen = [told.next]
    told.answer("name", "Ada")
    seen.append(told.next)
    told.answer("other", "-")
    seen.append(told.next)
    started = told.start("color")
    seen.append(told.next)
    question = Choice("Colour?", ["red", "blue"])
    told.add(moves.ask(told.workflow, told.state, "color", started, question))
    seen.append(told.next)
    told.answer("color", "red")
    seen.append(told.next)
    assert seen == [
        ("WAIT", "name"),
        ("WAIT", "other"),
        ("WORK", "color"),
        ("BUSY", "color"),
        ("WAIT", "color"),
        ("WORK", "upper"),
    ]
    assert marks(told) == {
        "name": "done",
        "other": "done",
        "color": "done",
        "upper": "pending",
        "verdict": "pending",
        "export": "pending",
    }


def test_done_is_done_until_an_input_moves(done):
    assert done.next is None
    done.answer("other", "changed", change=True)
    assert done.next is None  # nothing depends on it
    done.answer("name", "Bob", change=True)
    assert done.next == ("WORK", "color")
    assert marks(done)["upper"] == marks(done)["color"] == "stale"
    assert marks(done)["verdict"] == "done"  # its own inputs have not moved yet


def test_an_equal_value_stops_the_change_there(done):
    """Early cutoff: `upper` runs again, gives what it gave, and nothing after it does."""
    done.answer("name", "ada", change=True)
    done.ask("color", Choice("Colour?", ["red", "blue"]))
    assert done.next == ("WORK", "upper")
    done.finish("upper", "ADA")
    assert done.next is None
    assert set(marks(done).values()) == {"done"}


@pytest.mark.parametrize(("before", "after"), [(1, True), (1, 1.0), ((1,), [1]), ("1", 1)])
def test_an_equal_value_of_another_type_is_another_value(story, before, after):
    made = Workflow("Types")

    @made.do
    def one():
        return before

    @made.do
    def two(one):
        return one

    told = story(made)
    told.finish("one", before)
    told.finish("two", before)
    told.do(moves.reopen, "one")
    told.finish("one", after)
    assert told.next == ("WORK", "two")


def test_a_change_and_back_again_runs_nothing_that_did_not_run_between(done):
    done.answer("name", "Bob", change=True)
    done.answer("name", "Ada", change=True)
    assert done.next is None


def test_an_effect_that_must_not_be_repeated_waits_for_a_person(done):
    done.answer("color", "red", change=True)
    done.finish("verdict", "ADAred")
    assert done.next == ("STOPPED", "export")
    done.do(moves.reopen, "export")
    assert done.next == ("WORK", "export")


@pytest.mark.parametrize("end", ["failed", "cancelled", "interrupted"])
def test_an_effect_cut_in_the_middle_is_never_repeated_by_the_machine(done, end):
    """Not even when a later change moves its inputs: what it did, it may have done."""
    done.do(moves.reopen, "export")
    started = done.start("export")
    if end == "failed":
        said = {"type": "failed", "error": "x", "trace": ""}
        done.add(moves.report(done.state, "export", started, said))
    elif end == "cancelled":
        done.do(moves.cancel, "export")
    else:
        done.add(moves.interrupt(done.state))
    assert done.next == ("STOPPED", "export")
    done.answer("color", "red", change=True)
    done.finish("verdict", "ADAred")
    assert done.next == ("STOPPED", "export")
    done.do(moves.reopen, "export")
    assert done.next == ("WORK", "export")


@pytest.mark.parametrize(
    ("end", "step"), [("failed", "STOPPED"), ("cancelled", "STOPPED"), ("interrupted", "WORK")]
)
def test_an_ordinary_card_that_was_cut(story, end, step):
    told = story(flow())
    told.answer("name", "Ada")
    told.answer("other", "-")
    started = told.start("color")
    if end == "failed":
        told.add(moves.report(told.state, "color", started, {"type": "failed", "error": "x"}))
    elif end == "cancelled":
        told.do(moves.cancel, "color")
    else:
        told.add(moves.interrupt(told.state))
    assert told.next == (step, "color")
    told.answer("name", "Bob", change=True)  # its input has moved: what went wrong may not now
    assert told.next == ("WORK", "color")


def test_a_finalized_run_has_no_next_card(story):
    told = story(flow())
    told.do(moves.finalize)
    assert told.next is None
    told.do(moves.unfinalize)
    assert told.next == ("WAIT", "name")


def test_a_change_of_the_code_is_said_and_runs_nothing(done):
    """The function differs from the one that gave the value: the page says so, no more."""
    again = flow()
    changed = Workflow("Plan")
    changed.ask(name=Text("Name?"), other=Text("Another label?"))
    for card in again.cards[2:]:
        if card.name == "upper":

            @changed.do
            def upper(name):
                return name.upper() + "!"
        else:
            (changed.ask if card.asks else changed.do)(card.function)
    done.workflow = again
    assert not any(view.code_changed for view in views_of(again, done.state))
    done.workflow = changed
    told = {view.name: view.code_changed for view in views_of(changed, done.state)}
    assert [name for name, new in told.items() if new] == ["other", "upper"]
    assert done.next is None


def test_a_comment_or_a_blank_line_is_no_change_of_the_code():
    def one():
        def card(name):
            return name

        return card

    def two():
        def card(name):
            # said differently

            return name

        return card

    from cardloom.engine.workflow import source_hash

    assert source_hash(one()) == source_hash(two())


def test_a_plan_says_what_a_change_would_do(done):
    plan = plan_change(done.workflow, done.state, "name")
    assert plan_line(plan) == (
        "1 card kept · 1 answer asked again if its options changed: color · "
        "2 will run: upper, verdict (last time: 5 s) · export waits for your word, as it must not be repeated"
    )
    assert (plan.kept, plan.asked, plan.runs, plan.once) == (
        ("other",),
        ("color",),
        ("upper", "verdict"),
        ("export",),
    )
    assert (
        plan_line(plan_change(done.workflow, done.state, "other"))
        == "5 cards kept · nothing runs again"
    )


def test_a_plan_names_the_job_that_would_be_stopped(done):
    done.answer("color", "red", change=True)
    done.start("verdict")
    assert "verdict is running and will be stopped" in plan_line(
        plan_change(done.workflow, done.state, "name")
    )


def test_a_plan_changes_nothing(done):
    before = list(done.events)
    plan_change(done.workflow, done.state, "name")
    assert done.events == before


def test_a_run_whose_workflow_is_gone_still_shows_its_cards(done):
    views = views_of(None, done.state)
    assert [(v.name, v.label, v.status) for v in views][:2] == [
        ("name", "Name?", "done"),
        ("other", "Other?", "done"),
    ]
    assert views[0].question["label"] == "Name?"
    assert [v.index for v in views] == [1, 2, 3, 4, 5, 6]
