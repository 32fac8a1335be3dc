"""A fork: a new run that repeats what another had done up to an event, and goes on by itself.

    other run   created  answered  answered  started  finished  …
                            │         │         │         │          up to the event it is forked at
    fork        created  answered  answered  started  finished  answered′ …
                 from      from      from      from      from

The fork's journal is whole in itself: it names where each event was taken from, and needs nothing
of the other run to be read. What the other run left unfinished is not repeated; an effect that it
began, and that must not happen twice, waits in the fork for a person's word.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cardloom.engine import moves
from cardloom.engine.copies import NOT_REPEATED, copy_event
from cardloom.engine.plan import Plan, Step, next_card, plan_change
from cardloom.engine.questions import Question
from cardloom.engine.state import State, fold, path
from cardloom.engine.status import CardStatus
from cardloom.engine.validate import sound
from cardloom.engine.values import encode
from cardloom.engine.workflow import Workflow
from cardloom.errors import NoEvent
from cardloom.types import Event, Json

# The states of cards whose events a fork repeats.
REPEATED = (CardStatus.DONE, CardStatus.SKIPPED, CardStatus.ASKING)


@dataclass(frozen=True)
class Fork:
    """The events of a new run, and the folders of files it brings along: old name → new name."""

    events: list[Event]
    folders: Mapping[str, str]
    plan: Plan


def fork(
    workflow: Workflow,
    events: Sequence[Event],
    at: int,
    *,
    origin: str,
    key: str,
    by: str,
    why: str = "",
    changes: Mapping[str, Json] | None = None,
    questions: Mapping[str, Question] | None = None,
) -> Fork:
    """The run of `workflow` called `key` that goes on from event `at` of `origin` (`workflow/run`).

    `at=0` is a new beginning with the answers of the other run. `changes` are answers as a person
    gives them, by card; `questions` stand in for the journal's, with their authors' `parse`.
    Raises NoEvent for an event that is not there, BadAnswer for an answer that is not accepted.
    """
    if not 0 <= at <= len(events):
        raise NoEvent(origin, len(events), at)
    changes, questions = dict(changes or {}), dict(questions or {})
    for name, raw in changes.items():
        if asked := questions.get(name) or workflow.card(name).question:
            moves.check(workflow.card(name), asked, raw)
    then = fold(events[:at])
    repeated, folders = _repeat(path(events, at), then, origin)
    brought = _answers(workflow, fold(events)) if at == 0 else {}
    later = {name: encode(raw) for name, raw in changes.items() if not then.card(name).settled}
    created = {
        **moves.create(workflow, key, by)[0],
        "from": f"{origin}#{at}",
        **({"why": why} if why else {}),
        **_named("answers", {**brought, **later}),
        **_named("held", sorted(_held(workflow, events, then))),
    }
    made = [created, *repeated]
    settled = [c.name for c in workflow.cards if c.name in changes and c.name not in later]
    plan = plan_change(workflow, _folded(made), *settled)
    for name in settled:
        made += moves.answer(
            workflow,
            _folded(made),
            name,
            changes[name],
            by=by,
            why=why,
            change=True,
            question=questions.get(name),
        )
    # The answers that can be given at once: those up to the first card that must be worked out.
    while upcoming := _waiting(workflow, _folded(made)):
        given = moves.answer_as_before(workflow, _folded(made), upcoming)
        if not given:
            break
        made += given
    return Fork(made, folders, plan)


def _waiting(workflow: Workflow, state: State) -> str:
    upcoming = next_card(workflow, state)
    return upcoming.card.name if upcoming and upcoming.step is Step.WAIT else ""


_BEFORE = "0001-01-01T00:00:00Z"  # of events that are not written yet


def _folded(made: Sequence[Event]) -> State:
    return fold([{"at": _BEFORE, **event, "n": n} for n, event in enumerate(made, 1)])


def _named(name: str, value: Any) -> dict[str, Json]:
    return {name: value} if value else {}


def _answers(workflow: Workflow, state: State) -> dict[str, Json]:
    """The answers of a run, as its person gave them."""
    settled = {card.name: state.card(card.name) for card in workflow.cards if card.asks}
    return {
        name: card.value if card.typed is None else card.typed
        for name, card in settled.items()
        if card.status == CardStatus.DONE
    }


def _held(workflow: Workflow, events: Sequence[Event], then: State) -> Iterable[str]:
    """Cards whose effect the other run began, now or later, and which the fork has not done."""
    begun = {
        event.get("card")
        for event in events
        if sound(event)
        and (
            event.get("type") == "remembered"
            or (event.get("type") == "started" and _once(workflow, event.get("card")))
        )
    }
    known = fold(events[:1]).held if events else frozenset()
    return {
        card.name
        for card in workflow.cards
        if (card.name in begun or card.name in known) and not then.card(card.name).settled
    }


def _once(workflow: Workflow, name: Any) -> bool:
    return name in workflow and workflow.card(name).once


def _repeat(
    counted: Sequence[Event], then: State, origin: str
) -> tuple[list[Event], dict[str, str]]:
    """The events as the fork writes them, and its folders of files by their old names."""
    kept = [
        event
        for event in counted
        if sound(event)
        and event.get("type") not in NOT_REPEATED
        and (event.get("card") is None or then.card(event["card"]).status in REPEATED)
    ]
    numbers = {event["n"]: n for n, event in enumerate(kept, 2)}
    folders = {
        f"{event['card']}-{event['n']}": f"{event['card']}-{numbers[event['n']]}"
        for event in kept
        if event.get("type") == "started" and event.get("card")
    }
    return [copy_event(event, numbers, folders, origin) for event in kept], folders
