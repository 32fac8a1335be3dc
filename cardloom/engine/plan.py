"""What a state means for a workflow: which card is next, what is stale, what a change would cost.

A card is fresh while each input still has the event whose value it took, or an equal value. That
one rule gives resume, change, and "why did this run again?".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cardloom.engine.state import CardState, State
from cardloom.engine.status import SETTLED, STOPPED, CardStatus
from cardloom.engine.values import encode, same
from cardloom.engine.workflow import Card, Workflow
from cardloom.types import Json


class Step(Enum):
    """What a run needs to go on."""

    WAIT = "a person's answer"
    WORK = "a function to run"
    BUSY = "the running function to end"
    STOPPED = "a person's decision: it failed, was cancelled, or must not be repeated"


@dataclass(frozen=True)
class Next:
    """The card that is next, and what it needs."""

    step: Step
    card: Card


def fresh(state: State, card: CardState) -> bool:
    """Whether each input still has the value that the card took."""
    return not moved_inputs(state, card)


def moved_inputs(state: State, card: CardState) -> list[str]:
    """The names of the inputs whose value is another one now: why the card would run again."""
    return [name for name, n in card.inputs.items() if _moved(state, name, n)]


def _moved(state: State, name: str, n: int) -> bool:
    now = state.card(name)
    if not now.settled:
        return True
    return now.value_n != n and not same(state.values.get(n), now.value)


def next_card(workflow: Workflow, state: State) -> Next | None:
    """The first card, in file order, that is not settled and fresh; None when all are."""
    if state.finalized:
        return None
    for card in workflow.cards:
        step = _step(card, state, state.card(card.name))
        if step is not None:
            return Next(step, card)
    return None


def _step(card: Card, state: State, now: CardState) -> Step | None:
    if card.static:
        return None if now.settled else Step.WAIT
    if now.status == CardStatus.PENDING:
        return Step.STOPPED if needs_confirmation(card, state) else Step.WORK
    if not fresh(state, now):
        # An effect that must not be repeated is never repeated by the machine, and one that was cut
        # in the middle may have happened.
        return Step.STOPPED if card.once else Step.WORK
    if now.settled:
        return None
    if now.status == CardStatus.ASKING:
        return Step.WAIT
    if now.status == CardStatus.RUNNING:
        return Step.BUSY
    if now.status == CardStatus.INTERRUPTED:
        return Step.STOPPED if card.once else Step.WORK
    return Step.STOPPED


def needs_confirmation(card: Card, state: State) -> bool:
    """Whether the card has an effect that was begun before, in this run or the one it came from."""
    pending = state.card(card.name).status == CardStatus.PENDING
    begun = card.name in state.held or (card.once and card.name in state.begun)
    return pending and begun


def dependents(workflow: Workflow, name: str) -> list[Card]:
    """The cards that depend on card `name`, directly or through others, in file order."""
    reached = {name}
    found = []
    for card in workflow.cards:
        if card.name != name and reached & set(card.params):
            reached.add(card.name)
            found.append(card)
    return found


@dataclass(frozen=True)
class Plan:
    """What changing a card would mean: settled cards kept, asked again, run again.

    `seconds` is how long those that run took last time; `running` is a job that would be stopped.
    """

    card: str
    kept: tuple[str, ...]
    asked: tuple[str, ...]
    runs: tuple[str, ...]
    once: tuple[str, ...]
    running: str
    seconds: float


def plan_change(workflow: Workflow, state: State, *names: str) -> Plan:
    """What new values for these cards would set in motion, before anything happens."""
    # A card that stopped at the old value is tried with the new one.
    touched = SETTLED | STOPPED
    reached = {card.name for name in names for card in dependents(workflow, name)} - set(names)
    following = [card for card in workflow.cards if card.name in reached]
    after = [card for card in following if state.card(card.name).status in touched]
    moving = {card.name for card in after} | set(names)
    settled = [
        c.name for c in workflow.cards if state.card(c.name).settled and c.name not in moving
    ]
    runs = [card.name for card in after if not card.asks and not card.once]
    running = next(
        (c.name for c in following if state.card(c.name).status == CardStatus.RUNNING), ""
    )
    return Plan(
        ", ".join(names),
        tuple(settled),
        tuple(card.name for card in after if card.asks),
        tuple(runs),
        tuple(card.name for card in after if card.once),
        running,
        sum(state.card(run).seconds or 0 for run in runs),
    )


@dataclass(frozen=True)
class View:
    """One card as a page or a terminal shows it: what it is, and what the journal says of it.

    `status` is pending, asking, preparing, running, done, skipped, failed, cancelled, interrupted,
    or stale; `current` says that the run waits at it.
    """

    name: str
    index: int
    asks: bool
    label: str
    help: str
    status: CardStatus
    current: bool
    state: CardState
    question: dict[str, Json] | None = None
    stale_because: tuple[str, ...] = ()
    code_changed: bool = False
    once: bool = False
    card: Card | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal keys mean an equal picture, streamed text and progress apart."""
        return (
            self.name,
            self.status,
            self.current,
            self.state.value_n,
            self.state.asked_n,
            self.state.started_n,
            self.stale_because,
            self.code_changed,
            self.state.error,
            len(self.state.notes),
            self.state.attempt,
        )


def views_of(workflow: Workflow | None, state: State) -> list[View]:
    """Every card of the run in file order; from the journal's own outline without a workflow."""
    if workflow is None:
        return [_outlined(i, told, state) for i, told in enumerate(state.outline, 1)]
    upcoming = next_card(workflow, state)
    return [_view(i, card, state, upcoming) for i, card in enumerate(workflow.cards, 1)]


def _view(index: int, card: Card, state: State, upcoming: Next | None) -> View:
    now = state.card(card.name)
    current = upcoming is not None and upcoming.card.name == card.name
    moved = tuple(moved_inputs(state, now)) if now.settled else ()
    question = card.question.describe(encode) if card.question else now.question
    return View(
        card.name,
        index,
        card.asks,
        card.label,
        card.help,
        _status(card, now, current, moved, needs_confirmation(card, state)),
        current,
        now,
        question,
        moved,
        now.settled and bool(now.code) and now.code != card.code,
        card.once,
        card,
    )


def _status(
    card: Card, now: CardState, current: bool, moved: Sequence[str], held: bool = False
) -> CardStatus:
    if now.settled:
        return CardStatus.STALE if moved else now.status
    if card.static:
        return CardStatus.ASKING if current else CardStatus.PENDING
    if now.status == CardStatus.PENDING and current and held:
        return CardStatus.HELD
    if now.status == CardStatus.ASKING and not current:
        return CardStatus.PENDING
    if now.status == CardStatus.PENDING and current and card.asks:
        return CardStatus.PREPARING
    return now.status


def _outlined(index: int, told: dict[str, Json], state: State) -> View:
    now = state.card(str(told.get("name")))
    question = now.question or told.get("question")
    return View(
        str(told.get("name")),
        index,
        bool(told.get("asks")),
        str(told.get("label")),
        "",
        now.status,
        False,
        now,
        question,
    )
