"""What one run tells of its cards, to be counted with others: times, answers, why a card ran again.

    tell(workflow, events) → Told           of one run; it may be kept while its journal is the same
    usual([Told, …], card) → the most frequent answers

Pure: journals come in as lists of events. What was repeated from another run (a fork) happened
there, and is not counted here again. `reports.insights` tells of all runs together.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cardloom.engine.plan import Step, next_card
from cardloom.engine.state import State, fold
from cardloom.engine.status import CardStatus
from cardloom.engine.validate import sound
from cardloom.engine.workflow import Card, Workflow
from cardloom.types import Event, Json

WHOLE = ""  # the field's name of an answer that is no form's
LONGEST = 2_000  # characters of an answer's JSON beyond which it is no habit, but a text

# Those who answered by looking. A default that nobody looked at must not become its own reason.
LOOKED = frozenset({"person", "cli", "notebook", "api", "llm", "kept"})


@dataclass
class CardTold:
    """What one run tells of one card. `inputs` and `value` are hashes, '' where there are none."""

    seconds: list[float] = field(default_factory=list)
    done: bool = False
    starts: int = 0
    failed: int = 0
    cancelled: int = 0
    retried: int = 0
    again: Counter[str] = field(default_factory=Counter)
    inputs: str = ""
    value: str = ""
    answers: dict[str, str] = field(default_factory=dict)  # by field, as JSON with sorted keys


@dataclass(frozen=True)
class Told:
    """What one run tells: its cards, and where it stops (card and time), '' when it does not."""

    cards: Mapping[str, CardTold]
    stops_at: str = ""
    since: str = ""


# -- one run -------------------------------------------------------------------------------------


def tell(workflow: Workflow, events: Sequence[Event]) -> Told:
    """What the run with these events tells."""
    state = fold(events)
    events = [event for event in events if sound(event)]
    cards: dict[str, CardTold] = {}
    for event in events:
        name = event.get("card")
        if name is not None and name in workflow and "from" not in event:
            told = cards.setdefault(name, CardTold())
            if count := _COUNTED.get(event.get("type", "")):
                count(told, event)
    _tell_again(cards, events, state)
    for name, told in cards.items():
        _tell_value(told, workflow.card(name), state, name)
    upcoming = next_card(workflow, state)
    if upcoming is None or upcoming.step not in (Step.WAIT, Step.STOPPED):
        return Told(cards)
    return Told(cards, upcoming.card.name, state.at)


def _started(told: CardTold, event: Event) -> None:
    told.starts += 1
    told.retried += event.get("attempt", 1) != 1


def _finished(told: CardTold, event: Event) -> None:
    seconds = event.get("seconds")
    if isinstance(seconds, (int, float)) and math.isfinite(seconds) and seconds >= 0:
        told.seconds.append(seconds)


def _failed(told: CardTold, event: Event) -> None:
    told.failed += 1


def _cancelled(told: CardTold, event: Event) -> None:
    told.cancelled += 1


_COUNTED = {
    "started": _started,
    "finished": _finished,
    "failed": _failed,
    "cancelled": _cancelled,
}


def _tell_again(cards: Mapping[str, CardTold], events: Sequence[Event], state: State) -> None:
    """Why each card that had been done, or tried, was started once more."""
    last: dict[str, Event] = {}
    ended: dict[str, str] = {}
    for event in events:
        name, kind = str(event.get("card")), event.get("type")
        if name not in cards or "from" in event:
            continue
        if kind == "started":
            if name in last:
                cards[name].again[_cause(last[name], event, ended.get(name, ""), state)] += 1
            last[name] = event
        elif kind in ("failed", "interrupted", "finished", "asked", "cancelled"):
            ended[name] = str(kind)


def _cause(before: Event, now: Event, ended: str, state: State) -> str:
    old, new = _inputs(before), _inputs(now)
    moved = [k for k in new if old.get(k) != new[k] and _moved(state, old.get(k), new[k])]
    if moved:
        return ", ".join(moved)
    if ended in ("failed", "interrupted"):
        return "a failure" if ended == "failed" else "an interruption"
    return "its code" if before.get("code") != now.get("code") else "by hand"


def _inputs(event: Event) -> dict[str, Json]:
    found = event.get("inputs")
    return found if isinstance(found, dict) else {}


def _moved(state: State, one: Any, other: Any) -> bool:
    try:
        return bool(state.values.get(one) != state.values.get(other))
    except TypeError:  # a journal from elsewhere: an input that is no number
        return True


def _tell_value(told: CardTold, card: Card, state: State, name: str) -> None:
    now = state.card(name)
    told.done = now.status == CardStatus.DONE
    if not told.done:
        return
    told.value = _hash(now.value)
    told.inputs = _hash([state.values.get(now.inputs.get(p, 0)) for p in card.params])
    if card.asks and now.by in LOOKED and not now.source:
        told.answers = dict(_answers(now.value if now.typed is None else now.typed))


def _answers(value: Json) -> Iterable[tuple[str, str]]:
    """(field, answer as JSON) of a stored answer; files are of their own run, and are left out."""
    fields = value.items() if isinstance(value, dict) and "$" not in value else [(WHOLE, value)]
    for name, answer in fields:
        text = json.dumps(answer, sort_keys=True)
        if len(text) <= LONGEST and not _is_file(answer):
            yield str(name), text


def _is_file(answer: Json) -> bool:
    return isinstance(answer, dict) and answer.get("$") in ("file", "stored", "table")


def _hash(value: Json) -> str:
    text = json.dumps(value, sort_keys=True).encode()
    return hashlib.blake2b(text, digest_size=8).hexdigest()


def usual(runs: Iterable[Told], card: str) -> dict[str, tuple[Json, int, int]]:
    """By field: the most frequent answer, in how many runs, of how many. Of equals, the newest."""
    counted: dict[str, Counter[str]] = {}
    for run in runs:
        for name, answer in run.cards[card].answers.items() if card in run.cards else ():
            counted.setdefault(name, Counter())[answer] += 1
    return {
        name: (
            json.loads(answers.most_common(1)[0][0]),
            answers.most_common(1)[0][1],
            answers.total(),
        )
        for name, answers in counted.items()
    }
