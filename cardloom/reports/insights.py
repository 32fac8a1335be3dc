"""What the runs of a workflow tell together: how long cards take, what people answer, where they stop.

    gather(workflow, [Told, …]) → Insights

Times stay as journaled; "how long ago" is for who has a clock.
"""

import json
import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cardloom.engine.insights import CardTold, Told
from cardloom.engine.workflow import Card, Workflow
from cardloom.types import Json

MOST_ANSWERS = 8  # answers told of each question
ENOUGH = 3  # runs from which "never changed" means something


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
