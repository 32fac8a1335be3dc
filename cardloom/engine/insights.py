"""What the runs of a workflow tell together: how long cards take, what people answer, where they stop.

    tell(workflow, events) → Told           of one run; it may be kept while its journal is the same
    gather(workflow, [Told, …]) → Insights

Pure: journals come in as lists of events. Times stay as journaled; "how long ago" is for who has a
clock. What was repeated from another run (a fork) happened there, and is not counted here again.
"""

import hashlib
import json
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cardloom.engine.plan import Step, next_card
from cardloom.engine.state import State, fold
from cardloom.engine.status import CardStatus
from cardloom.engine.validate import sound
from cardloom.engine.workflow import Card, Workflow

Event = dict[str, Any]
Json = Any

WHOLE = ""  # the field's name of an answer that is no form's
LONGEST = 2_000  # characters of an answer's JSON beyond which it is no habit, but a text
MOST_ANSWERS = 8  # answers told of each question
ENOUGH = 3  # runs from which "never changed" means something

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


@dataclass(frozen=True)
class CardInsight:
    """A card over all runs. Times in seconds, None where it never finished; rates are of `starts`.

    `again` tells how often it was done once more, by cause: the input that moved, else `by hand`,
    `its code` or `a failure`. `same` says that inputs and value never changed, `outside` that the
    value did although the inputs did not. `answers` is, by field, [(answer, runs), …].
    """

    name: str
    label: str
    asks: bool
    runs: int
    times: int
    median: float | None
    p95: float | None
    starts: int
    failed: int
    cancelled: int
    retried: int
    again: tuple[tuple[str, int], ...]
    same: bool
    outside: bool
    answers: Mapping[str, Sequence[tuple[Json, int]]]
    answered: Mapping[str, int]


@dataclass(frozen=True)
class Stop:
    """Where open runs wait: the card, how many, and since when the oldest and the newest do."""

    card: str
    label: str
    runs: int
    oldest: str
    newest: str


@dataclass(frozen=True)
class Insights:
    """All of it. `path` is the chain of dependent cards that takes longest, `seconds` its medians."""

    runs: int
    finished: int
    cards: tuple[CardInsight, ...]
    stops: tuple[Stop, ...]
    path: tuple[str, ...]
    seconds: float


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


def _inputs(event: Event) -> dict[str, Any]:
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


# -- all runs ------------------------------------------------------------------------------------


def gather(workflow: Workflow, runs: Sequence[Told]) -> Insights:
    """What these runs of the workflow tell together."""
    cards = tuple(
        _insight(card, [r.cards[card.name] for r in runs if card.name in r.cards])
        for card in workflow.cards
    )
    path, seconds = _slowest(workflow, {card.name: card.median or 0.0 for card in cards})
    last = workflow.cards[-1].name if workflow.cards else ""
    finished = sum(1 for run in runs if not run.stops_at and run.cards.get(last, CardTold()).done)
    return Insights(len(runs), finished, cards, _stops(workflow, runs), path, seconds)


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


def _insight(card: Card, told: list[CardTold]) -> CardInsight:
    seconds = sorted(second for one in told for second in one.seconds)
    done = [one for one in told if one.done]
    again: Counter[str] = Counter()
    counted: dict[str, Counter[str]] = {}
    for one in told:
        again.update(one.again)
        for name, answer in one.answers.items():
            counted.setdefault(name, Counter())[answer] += 1
    steady = not card.asks and len(done) >= ENOUGH and len({one.inputs for one in done}) == 1
    values = len({one.value for one in done})
    return CardInsight(
        name=card.name,
        label=card.label,
        asks=card.asks,
        runs=len(done),
        times=len(seconds),
        median=statistics.median(seconds) if seconds else None,
        p95=seconds[math.ceil(0.95 * len(seconds)) - 1] if seconds else None,
        starts=sum(one.starts for one in told),
        failed=sum(one.failed for one in told),
        cancelled=sum(one.cancelled for one in told),
        retried=sum(one.retried for one in told),
        again=tuple(again.most_common()),
        same=steady and values == 1,
        outside=steady and values > 1,
        answers={
            name: [(json.loads(text), count) for text, count in answers.most_common(MOST_ANSWERS)]
            for name, answers in counted.items()
        },
        answered={name: answers.total() for name, answers in counted.items()},
    )


def _stops(workflow: Workflow, runs: Sequence[Told]) -> tuple[Stop, ...]:
    found = []
    for card in workflow.cards:
        since = sorted(run.since for run in runs if run.stops_at == card.name)
        if since:
            found.append(Stop(card.name, card.label, len(since), since[0], since[-1]))
    return tuple(sorted(found, key=lambda stop: -stop.runs))


def _slowest(workflow: Workflow, medians: Mapping[str, float]) -> tuple[tuple[str, ...], float]:
    """The chain of dependent cards with the largest sum of medians; cards that take none are left out."""
    best: dict[str, tuple[float, tuple[str, ...]]] = {}
    for card in workflow.cards:  # in file order, which is an order of dependence
        before = max((best[p] for p in card.params if p in best), default=(0.0, ()))
        own = medians.get(card.name, 0.0)
        best[card.name] = (before[0] + own, (*before[1], card.name) if own else before[1])
    seconds, path = max(best.values(), default=(0.0, ()))
    return path, seconds
