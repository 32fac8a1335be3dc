"""What may happen next: each move takes a workflow, a state and a wish, and gives events or refuses.

Pure: a move has no clock, disk or network; what it returns is appended by the caller, in one write.
Every rule of the house about who may do what, when, stands here and nowhere else.
"""

from collections.abc import Callable, Mapping
from typing import Any

from cardloom.engine.plan import Step, dependents, fresh, needs_confirmation, next_card
from cardloom.engine.questions import Question, Skip, Wrong, revive
from cardloom.engine.state import CardState, State
from cardloom.engine.status import CardStatus
from cardloom.engine.values import decode, encode, same
from cardloom.engine.workflow import Card, Workflow
from cardloom.errors import Missing, Refused
from cardloom.types import Event, Json

MOST_RECOVERIES = 2  # times that a card is taken up by itself after a process died with it


class BadAnswer(Missing):
    """The answer is not accepted; `card` and `field` say where it was given."""

    def __init__(self, sentence: str, card: str, field: str = "") -> None:
        super().__init__(sentence)
        self.card = card
        self.field = field


class Late(Refused):
    """A result came for inputs that have moved, or for a job that was stopped: it is not taken."""


def _signed(event: Event, by: str, why: str = "") -> Event:
    signed = {**event, "by": by}
    return {**signed, "why": why} if why else signed


def _open(state: State) -> None:
    if state.finalized:
        raise Refused("This run is finalized. Unfinalize it to change anything.")


def create(workflow: Workflow, key: str, by: str, why: str = "") -> list[Event]:
    """The first event of a run."""
    return [
        _signed(
            {
                "type": "created",
                "workflow": workflow.name,
                "key": key,
                "title": workflow.title,
                "format": 1,
                "cards": workflow.outline(),
            },
            by,
            why,
        )
    ]


def question_of(card: Card, state: State) -> Question:
    """The question that the card asks now; Refused when it has not been worked out yet."""
    if card.question is not None:
        return card.question
    if not card.asks:
        raise Refused(f"{card.name} is worked out by Python and takes no answer.")
    told = state.card(card.name).question
    if told is None:
        raise Refused(f"{card.name} is not asked yet.")
    return revive(told, decode)


def answer(
    workflow: Workflow,
    state: State,
    name: str,
    raw: Any,
    *,
    by: str,
    why: str = "",
    change: bool = False,
    seen: int | None = None,
    question: Question | None = None,
) -> list[Event]:
    """Answer card `name`, or change its answer when `change` is set.

    `seen` is the n of the card as the person saw it: an answer that came in between wins.
    `question` stands in for the journal's, with its author's `parse`.
    """
    _open(state)
    card = workflow.card(name)
    now = state.card(name)
    if not card.asks:
        raise Refused(f"{name} is worked out by Python and takes no answer.")
    if seen is not None and now.changed > seen:
        raise Refused(f"{_told(card)} was answered elsewhere in the meantime. That answer is kept.")
    if now.settled and not change:
        raise Refused(f"{_told(card)} is not asking any more. To change its answer, choose Change.")
    if not now.settled:
        _is_asked(workflow, state, card)
    asked = question or question_of(card, state)
    value = check(card, asked, raw)
    reopened = [_signed({"type": "reopened", "card": name}, by, why)] if now.settled else []
    answered = {
        "type": "answered",
        "card": name,
        "value": value,
        **_typed(asked, raw, value),
        "inputs": now.inputs,
        "code": card.code,
    }
    # A job that took an equal value goes on with it.
    moving = not (now.settled and same(value, now.value))
    stopped = _stop_dependents(workflow, state, name, by) if moving else []
    return [*stopped, *reopened, _signed(answered, by, why)]


def _typed(question: Question, raw: Any, value: Json) -> dict[str, Json]:
    """What was given, where `parse` may not take its own value for an answer a second time."""
    if not question.parses:
        return {}
    try:
        given = encode(raw)
    except TypeError:
        return {}
    return {} if same(given, value) else {"typed": given}


def answering(workflow: Workflow, name: str, raw: Any, **said: Any) -> "Move":
    """`answer` as a move that waits for its state."""
    return lambda state: answer(workflow, state, name, raw, **said)


def _told(card: Card) -> str:
    return f"“{card.label}” ({card.name})" if card.label != card.name else card.name


def _is_asked(workflow: Workflow, state: State, card: Card) -> None:
    upcoming = next_card(workflow, state)
    if upcoming is None or upcoming.card.name != card.name or upcoming.step is not Step.WAIT:
        at = f" The run is at {upcoming.card.name}." if upcoming else ""
        raise Refused(f"{_told(card)} is not asked yet.{at}")


def check(card: Card, question: Question, raw: Any) -> Json:
    """The stored form of a checked answer, or BadAnswer."""
    try:
        return encode(question.check(raw))
    except Wrong as wrong:
        raise BadAnswer(str(wrong), card.name, wrong.field) from wrong
    except TypeError as error:
        raise BadAnswer(str(error), card.name) from error


def _stop_dependents(workflow: Workflow, state: State, name: str, by: str) -> list[Event]:
    """A job that works with a value which is about to change is cancelled first."""
    return [
        _signed(
            {"type": "cancelled", "card": card.name, "started": state.card(card.name).started_n},
            by,
            f"{name} changed",
        )
        for card in dependents(workflow, name)
        if state.card(card.name).status == CardStatus.RUNNING
    ]


def _inputs(card: Card, state: State) -> dict[str, int]:
    return {param: state.card(param).value_n for param in card.params}


def start(workflow: Workflow, state: State, name: str) -> list[Event]:
    """A card's function begins, a question's function too."""
    _open(state)
    card = workflow.card(name)
    upcoming = next_card(workflow, state)
    if upcoming is None or upcoming.card.name != name or upcoming.step is not Step.WORK:
        raise Refused(f"{name} is not due.")
    event = {"type": "started", "card": name, "inputs": _inputs(card, state), "code": card.code}
    return [{**event, "attempt": state.card(name).attempt + 1}]


def _running(state: State, name: str, started: int) -> None:
    now = state.card(name)
    if now.status != CardStatus.RUNNING or now.started_n != started or not fresh(state, now):
        raise Late(f"{name} was stopped or its inputs moved; its late result is not taken.")


def report(state: State, name: str, started: int, event: Mapping[str, Json]) -> list[Event]:
    """Something a running card says of itself: progressed, wrote, remembered, noted, failed …"""
    _running(state, name, started)
    return [{"type": event["type"], "card": name, "started": started, **event}]


def finish(
    state: State, name: str, started: int, value: Json, files: list[Json], seconds: float
) -> list[Event]:
    """A card's function returned `value` (already encoded)."""
    _running(state, name, started)
    now = state.card(name)
    event = {
        "type": "finished",
        "card": name,
        "value": value,
        "inputs": now.inputs,
        "code": now.code,
        "started": started,
        "seconds": round(seconds, 3),
    }
    return [{**event, "files": files} if files else event]


def skip(state: State, name: str, started: int, skipped: Skip) -> list[Event]:
    """A card said that it is not needed; its value is None."""
    _running(state, name, started)
    now = state.card(name)
    return [
        {
            "type": "skipped",
            "card": name,
            "inputs": now.inputs,
            "code": now.code,
            "started": started,
            "why": skipped.why,
        }
    ]


def ask(
    workflow: Workflow, state: State, name: str, started: int, question: Question
) -> list[Event]:
    """A question was worked out: ask it, or keep the earlier answer where it is still allowed."""
    _running(state, name, started)
    card, now = workflow.card(name), state.card(name)
    told = question.describe(encode)
    asked = {
        "type": "asked",
        "card": name,
        "question": told,
        "inputs": now.inputs,
        "code": card.code,
        "started": started,
    }
    if now.value_n and now.value is not None:
        given, by = (now.typed if now.typed is not None else now.value), "kept"
    elif name in state.answers:
        given, by = state.answers[name], "fork"
    else:
        return [asked]
    try:
        raw = decode(given, workflow.types)
        value = encode(question.check(raw))
    except (Wrong, ValueError, TypeError, KeyError):
        return [asked]
    answered = {
        "type": "answered",
        "card": name,
        "value": value,
        **_typed(question, raw, value),
        "inputs": now.inputs,
        "code": card.code,
        "by": by,
    }
    return [asked, answered]


def answer_as_before(
    workflow: Workflow, state: State, name: str, question: Question | None = None
) -> list[Event]:
    """Give the answer that a fork brought along; nothing where there is none, or it is refused."""
    if name not in state.answers or state.card(name).value_n:
        return []
    try:
        raw = decode(state.answers[name], workflow.types)
        return answer(workflow, state, name, raw, by="fork", question=question)
    except (BadAnswer, ValueError, KeyError):
        return []


def reopen(workflow: Workflow, state: State, name: str, *, by: str, why: str = "") -> list[Event]:
    """Put a settled or stopped card back: it runs, or is asked, again."""
    _open(state)
    card = workflow.card(name)
    now = state.card(name)
    if now.status in (CardStatus.PENDING, CardStatus.ASKING) and not needs_confirmation(
        card, state
    ):
        raise Refused(f"{_told(card)} has not been done yet; there is nothing to do again.")
    if now.status == CardStatus.RUNNING:
        raise Refused(f"{_told(card)} is running. Cancel it first.")
    return [
        *_stop_dependents(workflow, state, name, by),
        _signed({"type": "reopened", "card": name}, by, why),
    ]


def cancel(state: State, name: str, *, by: str, why: str = "") -> list[Event]:
    """Stop a running card."""
    now = state.card(name)
    if now.status != CardStatus.RUNNING:
        raise Refused(f"{name} is not running any more.")
    return [_signed({"type": "cancelled", "card": name, "started": now.started_n}, by, why)]


def rewind(state: State, to: int, *, by: str, why: str = "", kind: str = "") -> list[Event]:
    """Make the state that of event `to` again. Nothing is deleted: a later event is a rewind away.

    `kind` is "undo" or "redo" where the person asked for that.
    """
    _open(state)
    if not 1 <= to < state.n:
        raise Refused(f"There is no event {to} to rewind to: choose one from 1 to {state.n - 1}.")
    stopped = [
        _signed({"type": "cancelled", "card": name, "started": card.started_n}, by, "rewound")
        for name, card in state.cards.items()
        if card.status == CardStatus.RUNNING
    ]
    event = {"type": "rewound", "to": to, **({"as": kind} if kind else {})}
    return [*stopped, _signed(event, by, why)]


def interrupt(state: State) -> list[Event]:
    """The process that works on the run ends: every card at work is cut."""
    return [_cut(name, card) for name, card in _at_work(state)]


def recover(workflow: Workflow, state: State) -> list[Event]:
    """The process that worked on the run is gone: its cards are cut, to be taken up again.

    A card that was at work each time a process died may be what ended it, and is not taken up by
    itself any more. One in a process of its own can't have been.
    """
    return [
        _set_aside(name, card)
        if card.crashes >= MOST_RECOVERIES
        and not (name in workflow and workflow.card(name).process)
        else {**_cut(name, card), "crashed": True}
        for name, card in _at_work(state)
    ]


def _at_work(state: State) -> list[tuple[str, CardState]]:
    return [(name, card) for name, card in state.cards.items() if card.status == "running"]


def _cut(name: str, card: CardState) -> Event:
    return {"type": "interrupted", "card": name, "started": card.started_n}


def _set_aside(name: str, card: CardState) -> Event:
    error = (
        f"Cardloom itself ended each of the last {MOST_RECOVERIES + 1} times that {name} was at work, "
        "so it is not taken up by itself again. Look at what it does, or run it with process=True, "
        "where it can end nothing but itself. Then try it again."
    )
    return {"type": "failed", "card": name, "started": card.started_n, "error": error, "trace": ""}


def finalize(state: State, *, by: str, why: str = "") -> list[Event]:
    """Lock the run."""
    if state.finalized:
        raise Refused("This run is finalized already.")
    if any(card.status == CardStatus.RUNNING for card in state.cards.values()):
        raise Refused("A card is running. Cancel it, or wait for it, before you finalize the run.")
    return [_signed({"type": "finalized"}, by, why)]


def unfinalize(state: State, *, by: str, why: str = "") -> list[Event]:
    """Open a locked run."""
    if not state.finalized:
        raise Refused("This run is not finalized.")
    return [_signed({"type": "unfinalized"}, by, why)]


Move = Callable[[State], list[Event]]
