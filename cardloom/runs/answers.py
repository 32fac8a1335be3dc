"""The one intake for answers, whoever gives them: page, terminal, inbox, notebook, fork, sweep.

It knows which question a card asks now, with its author's `parse`; what a file in an answer becomes;
the key of a run that is given none; and how an answer is checked and written.
"""

import functools
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardloom.engine import (
    BadAnswer,
    Card,
    Question,
    Skip,
    State,
    Upload,
    Workflow,
    Wrong,
    moves,
    same,
)
from cardloom.errors import CardloomError, Missing
from cardloom.runs.run import Run
from cardloom.types import Json

# Calls the function of an asking card again: that is a job, and so belongs to a room above.
WorkOut = Callable[[Card, State], Awaitable[Question | Skip]]
# Gives an answer to its author's `parse` where that can hold up nobody.
TryParse = Callable[[str, Question, Any], Awaitable[None]]

ONLY_RUN = "run"  # the key of a workflow that asks nothing, as long as it is given no other


def default_key(workflow: Workflow, answers: Mapping[str, Any]) -> str:
    """The key of a run that is given none: its first answer; empty where there is no answer."""
    if not any(card.asks for card in workflow.cards):
        return ONLY_RUN
    return str(next(iter(answers.values()), ""))


def shown_question(card: Card, state: State) -> Question | None:
    """The question as a page shows it, without `parse`; None where the journal has none to show."""
    try:
        return moves.question_of(card, state)
    except (CardloomError, ValueError, KeyError, TypeError):
        return None  # not worked out yet, or a journal from elsewhere


def check_ahead(workflow: Workflow, answers: Mapping[str, Any]) -> None:
    """Raise Missing for an answer that is wrong, as far as that is known before the run goes on."""
    for name, raw in answers.items():
        card = workflow.card(name)
        if not card.asks:
            raise Missing(f"{name} is worked out by Python and takes no answer.")
        if card.question is not None:
            card.question.kept(raw, functools.partial(_is_there, name))
            with naming_card():
                Given(card, card.question.ahead(), raw).value()


@contextmanager
def naming_card() -> Iterator[None]:
    """Where no form shows it, an answer that is not accepted is Missing, and names its card."""
    try:
        yield
    except BadAnswer as bad:
        raise Missing(f"{bad.card}: {bad}") from bad


@dataclass(frozen=True)
class Given:
    """What is given to a card, its files kept in the run, and the question as the card asks it."""

    card: Card
    question: Question
    raw: Any

    def value(self) -> Json:
        """The answer as it is stored; BadAnswer where it is not accepted."""
        return moves.check(self.card, self.question, self.raw)


async def _no_hurry(name: str, question: Question, raw: Any) -> None:
    """A command has nobody to hold up: `parse` runs where the answer is checked."""


@dataclass(frozen=True)
class Intake:
    """The intake of one run."""

    run: Run
    work_out: WorkOut
    try_parse: TryParse = _no_hurry

    async def question(self, name: str, state: State | None = None) -> Question:
        """What card `name` asks in `state` (None: now), with `parse`; Refused where it asks nothing."""
        card, state = self.run.loaded().card(name), state or self.run.state()
        asked = moves.question_of(card, state)
        if card.static or not _parses(state.card(name).question or {}):
            return asked.remembering()
        # `parse` is code and not in the journal: the function is called for it alone.
        again = await self.work_out(card, state)
        return asked if isinstance(again, Skip) else asked.with_parse(again).remembering()

    async def questions(
        self, names: Iterable[str], state: State | None = None
    ) -> dict[str, Question]:
        """What these cards ask in `state`; without those whose question is still to be worked out."""
        flow, state = self.run.loaded(), state or self.run.state()
        known = [name for name in names if has_question(flow.card(name), state)]
        return {name: await self.question(name, state) for name in known}

    def take(self, name: str, raw: Any, question: Question) -> Given:
        """What is given to card `name`, not checked yet; each file in it is now one of the run's."""
        try:
            kept = question.kept(raw, functools.partial(_kept, self.run, name))
        except Wrong as wrong:
            raise BadAnswer(str(wrong), name, wrong.field) from wrong
        return Given(self.run.loaded().card(name), question, kept)

    async def check(self, given: Given) -> None:
        """Give the answer to its author's `parse`, away from the loop; what follows recalls the outcome.

        BadAnswer where that takes too long; any other refusal comes from the answer itself.
        """
        await self.try_parse(given.card.name, given.question, given.raw)

    def answer(self, given: Given, **signed: Any) -> None:
        """Write the answer, `signed` as `moves.answer` takes it; BadAnswer, Refused."""
        flow, name = self.run.loaded(), given.card.name
        self.run.move(moves.answering(flow, name, given.raw, question=given.question, **signed))

    def settle(self, given: Given, **signed: Any) -> bool:
        """Write the answer, or change the one that is there; False where they are equal."""
        now = self.run.state().card(given.card.name)
        if differs := not (now.settled and same(given.value(), now.value)):
            self.answer(given, change=now.settled, **signed)
        return differs


def has_question(card: Card, state: State) -> bool:
    """Whether it is known what the card asks."""
    return card.static or bool(state.card(card.name).question)


def _parses(told: Mapping[str, Any]) -> bool:
    inner = told.get("fields") or {}
    return bool(told.get("parse")) or any(_parses(each) for each in inner.values())


def _kept(run: Run, card: str, question: Upload, raw: Any) -> Any:
    """A path, or an upload of the page (`filename` and `file`), as a file of the run's own."""
    if hasattr(raw, "filename"):
        question.check_name(raw.filename)
        return run.files.take(raw.filename, raw.file.read, card, question.max_bytes)
    if (path := _is_there(card, question, raw)) is None:
        return raw
    question.check_name(path.name)
    with path.open("rb") as file:
        return run.files.take(path.name, file.read, card, question.max_bytes)


def _is_there(card: str, question: Upload, raw: Any) -> Path | None:
    """The file whose path is given; None where something else is, Missing where there is no file."""
    if not isinstance(raw, (str, Path)) or raw == "":
        return None
    path = Path(raw).expanduser()
    if not path.is_file():
        raise Missing(f"{card}: there is no file {raw}.")
    return path
