"""The intake of a run's answers, for commands."""

from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from cardloom.engine import Card, Question, Skip, State
from cardloom.runs import Intake, Run, check_ahead, naming_card
from cardloom.workspace import RunStore, Secrets

T = TypeVar("T")


def intake_of(store: RunStore, opened: Run) -> Intake:
    """The intake of the run. Its coroutines never wait, so `finished` takes them to their end."""

    async def work_out(card: Card, state: State) -> Question | Skip:
        # Only a question made by a function needs a machine to run it, and who waits for an open
        # page to follow should not wait for the machine's libraries.
        import asyncio

        from cardloom.jobs import Driver, Http

        async def call() -> Question | Skip:
            http = Http()
            try:
                return await Driver(opened, Secrets(store.workspace), http).work_out(card, state)
            finally:
                await http.close()

        return asyncio.run(call())

    return Intake(opened, work_out)


def finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine of the intake returns."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise AssertionError("The intake of a command has waited.")


def changes_of(
    store: RunStore, opened: Run, answers: Mapping[str, Any], at: int | None = None
) -> dict[str, Any]:
    """The answers that a fork at event `at` changes, and their questions: `fork_run` takes both.

    Raises Missing for an answer that is not accepted.
    """
    check_ahead(opened.loaded(), answers)
    intake = intake_of(store, opened)
    state = opened.state_at(at) if at else opened.state()
    questions = finished(intake.questions(answers, state))
    with naming_card():
        given = {name: intake.take(name, answers[name], q) for name, q in questions.items()}
        for each in given.values():
            each.value()
    kept = {name: each.raw for name, each in given.items()}
    return {"changes": {**answers, **kept}, "questions": questions}
