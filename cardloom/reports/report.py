"""What a report says of a run: every card, its value, who gave it and why, and what it was made from.

    report(events, workflow, …) → Report(cards: (Entry, …), …)

Pure, and without a format: the writers beside it make Markdown, HTML, JSON and scripts of it.
It says what happened, also what was changed or rewound on the way; it judges nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cardloom.engine.plan import View, views_of
from cardloom.engine.state import fold, path
from cardloom.engine.status import CardStatus
from cardloom.engine.values import File, files, same
from cardloom.engine.workflow import Workflow
from cardloom.types import Event, Json

_GAVE = ("answered", "finished", "skipped")  # the events that give a card its value


@dataclass(frozen=True)
class Input:
    """One value that a card took: the earlier card's name, its label, and the event it came from."""

    name: str
    label: str
    n: int


@dataclass(frozen=True)
class Earlier:
    """A value that the card had before: event, time, by whom, why; `rewound` where it was undone."""

    n: int
    at: str
    by: str
    why: str
    value: Json
    rewound: bool


@dataclass(frozen=True)
class Entry:
    """One card as a report tells it. `value` is the stored form; `settled` says that there is one.

    `shown` is what the card's own `show` made of the value (views of the engine), None without one;
    `typed` what was given where the workflow's `parse` made another value of it; `started` the n of
    the event with which the work on the value began, 0 where there was none.
    """

    name: str
    label: str
    asks: bool
    status: CardStatus
    settled: bool
    value: Json = None
    value_n: int = 0
    typed: Json = None
    source: str = ""  # of a fork: the run and event that the value was taken from
    by: str = ""
    why: str = ""
    at: str = ""
    question: Mapping[str, Json] | None = None
    inputs: tuple[Input, ...] = ()
    started: int = 0
    seconds: float | None = None
    code: str = ""
    code_changed: bool = False
    once: bool = False
    notes: tuple[str, ...] = ()
    output: str = ""
    error: str = ""
    trace: str = ""
    files: tuple[File, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    shown: Any = None


@dataclass(frozen=True)
class Turn:
    """A turn of the whole run: it was rewound to event `to`, finalized or opened again."""

    n: int
    at: str
    kind: str
    by: str
    why: str
    to: int = 0


@dataclass(frozen=True)
class Report:
    """A run up to event `n`. `sum` is the seal of that event; `last` the run's last event of all."""

    run: str
    workflow: str
    key: str
    title: str
    status: str
    created_at: str
    at: str
    n: int
    last: int
    sum: str
    source: str
    cards: tuple[Entry, ...]
    turns: tuple[Turn, ...]
    notes: tuple[str, ...]
    damage: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[File, ...]:
        """Every file that the cards' present values and lists name, each once, by path."""
        named = {file.path: file for card in self.cards for file in card.files}
        return tuple(named[path] for path in sorted(named))


def report(
    events: Sequence[Event],
    workflow: Workflow | None,
    *,
    run: str,
    status: str,
    at: int | None = None,
    shown: Mapping[str, Json] | None = None,
    damage: Sequence[str] = (),
) -> Report:
    """The report of the journal's `events`, as it was at event `at` (the last one, if None).

    `run` and `status` are how the run is called and how it stands; `shown` holds what the cards'
    own `show` made of their values, by card.
    """
    last = len(events)
    events = events[: last if at is None else at]
    state = fold(events)
    counted = {event["n"] for event in path(events, len(events))}
    given, views = _given(events), views_of(workflow, state)
    labels = {view.name: view.label for view in views}
    entries = [
        _entry(
            view,
            events,
            given.get(view.name, ()),
            counted,
            labels,
            (shown or {}).get(view.name),
        )
        for view in views
    ]
    return Report(
        run=run,
        workflow=state.workflow,
        key=state.key,
        title=state.title,
        status=status,
        created_at=state.created_at,
        at=state.at,
        n=state.n,
        last=last,
        sum=str(events[-1].get("sum", "")) if events else "",
        source=_source(events),
        cards=tuple(entries),
        turns=_turns(events),
        notes=tuple(state.notes),
        damage=tuple(damage),
    )


def _source(events: Sequence[Event]) -> str:
    return str(events[0].get("from", "")) if events else ""


def _entry(
    view: View,
    events: Sequence[Event],
    given: Sequence[Event],
    counted: set[int],
    labels: Mapping[str, str],
    shown: Any,
) -> Entry:
    now = view.state
    gave: Event = events[now.value_n - 1] if now.settled and now.value_n else {}
    inputs = sorted(now.inputs.items(), key=lambda pair: pair[1])
    return Entry(
        name=view.name,
        label=view.label,
        asks=view.asks,
        status=view.status,
        settled=now.settled,
        value=now.value if now.settled else None,
        value_n=now.value_n if now.settled else 0,
        typed=gave.get("typed"),
        source=str(gave.get("from", "")),
        by=now.by,
        why=now.why,
        at=now.at,
        question=view.question,
        inputs=tuple(Input(name, labels.get(name, name), n) for name, n in inputs),
        started=int(gave.get("started") or 0),
        seconds=now.seconds if now.settled else None,
        code=now.code,
        code_changed=view.code_changed,
        once=view.once,
        notes=tuple(now.notes),
        output="".join(now.output),
        error=now.error,
        trace=now.trace,
        files=_files(now.value if now.settled else None, now.files),
        earlier=_earlier(given, now.value_n if now.settled else 0, counted),
        shown=shown,
    )


def _files(value: Json, published: Json) -> tuple[File, ...]:
    named = {file.path: file for file in (*files(value), *files(published))}
    return tuple(named[path] for path in sorted(named))


def _given(events: Sequence[Event]) -> dict[str, list[Event]]:
    """The events that gave a card a value, by card, in order."""
    given: dict[str, list[Event]] = {}
    for event in events:
        if event.get("type") in _GAVE:
            given.setdefault(str(event.get("card")), []).append(event)
    return given


def _earlier(given: Sequence[Event], value_n: int, counted: set[int]) -> tuple[Earlier, ...]:
    """The values that the card had before its present one, where they were others."""
    present = [event for event in given if event["n"] == value_n]
    before = [event for event in given if event["n"] != value_n]
    told: list[Earlier] = []
    for at, event in enumerate(before, 1):
        after = [*before[at : at + 1], *present][:1]
        alike = bool(after) and same(event.get("value"), after[0].get("value"))
        if alike and event["n"] in counted:
            continue  # run or answered again with the same outcome: nothing changed
        told.append(
            Earlier(
                event["n"],
                event["at"],
                event.get("by", ""),
                event.get("why", ""),
                event.get("value"),
                event["n"] not in counted,
            )
        )
    return tuple(told)


def _turns(events: Sequence[Event]) -> tuple[Turn, ...]:
    return tuple(
        Turn(
            event["n"],
            event["at"],
            event["type"],
            event.get("by", ""),
            event.get("why", ""),
            int(event.get("to", 0)),
        )
        for event in events
        if event.get("type") in ("rewound", "finalized", "unfinalized")
    )
