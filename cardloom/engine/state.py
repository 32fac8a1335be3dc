"""State: the fold of a journal's events. Never stored as truth; read again, it is the same.

    fold(events) → State(cards: {name: CardState}, …)

`fold(events, state)` takes up an earlier fold where it stopped. A State belongs to its folder:
readers look, and never change it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cardloom.engine.status import SETTLED, CardStatus
from cardloom.engine.validate import sound
from cardloom.engine.values import same
from cardloom.types import Event, Json


@dataclass
class CardState:
    """What the journal says of one card. `n`s are event numbers, times are as journaled (UTC)."""

    status: CardStatus = CardStatus.PENDING
    changed: int = 0  # n of the last event that concerned the card
    value: Json = None
    value_n: int = 0  # n of the event that gave the value
    typed: Json = None  # what was given, where `parse` made another value of it
    source: str = ""  # of a value that a fork repeats: the run and event it was taken from
    inputs: dict[str, int] = field(default_factory=dict)
    code: str = ""
    by: str = ""
    at: str = ""
    why: str = ""
    question: dict[str, Json] | None = None
    asked_n: int = 0
    started_n: int = 0
    started_at: str = ""
    attempt: int = 0
    crashes: int = 0  # in a row, with nothing remembered in between
    seconds: float | None = None
    error: str = ""
    trace: str = ""
    done: float = 0
    total: float | None = None
    note: str = ""
    output: list[str] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    remembered: dict[str, Json] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def settled(self) -> bool:
        return self.status in SETTLED


@dataclass
class State:
    """What the journal says of a run, up to event `n`."""

    n: int = 0
    workflow: str = ""
    key: str = ""
    title: str = ""
    outline: list[dict[str, Json]] = field(default_factory=list)
    created_at: str = ""
    at: str = ""
    finalized: bool = False
    cards: dict[str, CardState] = field(default_factory=dict)
    values: dict[int, Json] = field(default_factory=dict)  # by n of the event that gave it
    notes: list[str] = field(default_factory=list)
    source: str = ""  # of a fork: `workflow/run#n`
    answers: dict[str, Json] = field(default_factory=dict)  # to give as soon as they are asked
    held: frozenset[str] = frozenset()  # cards whose effect was begun elsewhere, or rewound over
    begun: frozenset[str] = frozenset()  # cards that had begun when the run was rewound to before
    runs: tuple[str, ...] = ()  # of a composed run: what it is made of

    def card(self, name: str) -> CardState:
        """What is known of the card; a blank one where nothing is."""
        return self.cards.get(name) or CardState()


def fold(events: Sequence[Event], state: State | None = None) -> State:
    """The state after `events`, which number from 1; `state` may hold the first of them already."""
    state = state or State()
    # The last rewind makes the state anew from what counts then; those before it would be undone.
    for n in range(len(events), state.n, -1):
        if events[n - 1].get("type") == "rewound" and sound(events[n - 1]):
            state = _rewound(events, events[n - 1])
            break
    for event in events[state.n :] if state.n else events:
        _apply(state, event)
    return state


def path(events: Sequence[Event], n: int) -> list[Event]:
    """The events that count at event `n`, in order: what was rewound over is left out."""
    counted: list[Event] = []
    while n > 0:
        event = events[n - 1]
        if event.get("type") == "rewound" and sound(event):
            n = max(0, min(int(event.get("to", 0)), n - 1))
            continue
        counted.append(event)
        n -= 1
    return counted[::-1]


def _rewound(events: Sequence[Event], event: Event) -> State:
    state = State()
    for earlier in path(events, event["n"]):
        _apply(state, earlier)
    state.n, state.at = event["n"], event["at"]
    state.answers = {}  # who rewinds to a question wants to be asked it
    _hold(state, events[: event["n"]])
    for card in state.cards.values():
        card.changed = event["n"]
    return state


def _hold(state: State, events: Sequence[Event]) -> None:
    """What was rewound over has happened all the same: its effects wait for a person's word."""
    happened = [e for e in events if sound(e) and e.get("card")]
    happened = [e for e in happened if not state.card(e["card"]).settled]
    begun = {e["card"] for e in happened if e["type"] == "started"}
    steps = {e["card"] for e in happened if e["type"] == "remembered"}
    going_on = {name for name in steps if state.card(name).remembered}
    state.begun = frozenset(begun)
    state.held |= steps - going_on


def _apply(state: State, event: Event) -> None:
    state.n = event["n"]
    if not sound(event):
        return
    if event["at"] > state.at:  # what a fork repeats is older than the fork
        state.at = event["at"]
    name, kind = event.get("card"), event["type"]
    # A type that is in neither table belongs to a later release, or has no effect on state.
    if name is None:
        if of_run := _RUN.get(kind):
            of_run(state, event)
    elif of_card := _CARD.get(kind):
        card = state.cards.get(name)
        if card is None:
            card = state.cards[name] = CardState()
        card.changed = state.n
        of_card(state, card, event)


def _set_value(state: State, card: CardState, event: Event, status: CardStatus) -> None:
    get = event.get
    card.status = status
    card.value = state.values[state.n] = get("value")
    card.value_n = state.n
    card.inputs = get("inputs") or {}
    card.code = get("code", "")
    card.by, card.at, card.why = get("by", ""), event["at"], get("why", "")
    card.typed, card.source = get("typed"), get("from", "")
    card.error = card.trace = ""
    card.attempt = card.crashes = 0
    card.files = get("files") or []


def _asked(state: State, card: CardState, event: Event) -> None:
    card.status = CardStatus.ASKING
    card.question, card.asked_n = event.get("question"), event["n"]
    card.inputs, card.code = event.get("inputs") or {}, event.get("code", "")


def _answered(state: State, card: CardState, event: Event) -> None:
    _set_value(state, card, event, CardStatus.DONE)


def _reopened(state: State, card: CardState, event: Event) -> None:
    # A dynamic question stays as it was asked; a doing card waits to run.
    state.held -= {event["card"]}
    state.begun -= {event["card"]}
    card.status = CardStatus.ASKING if card.asked_n else CardStatus.PENDING
    card.error = card.trace = ""
    card.crashes = 0
    card.why = event.get("why", "")


def _started(state: State, card: CardState, event: Event) -> None:
    inputs = event.get("inputs") or {}
    if not equal_inputs(state, inputs, card.inputs):
        card.remembered = {}
    card.status = CardStatus.RUNNING
    card.question, card.asked_n = None, 0  # it is being worked out anew
    card.inputs, card.code = inputs, event.get("code", "")
    card.started_n, card.started_at = event["n"], event["at"]
    card.attempt = event.get("attempt", 1)
    card.done, card.total, card.note = 0, None, ""
    card.output, card.error, card.trace = [], "", ""


def equal_inputs(state: State, one: dict[str, int], other: dict[str, int]) -> bool:
    """Whether the same parameters took equal values, whichever events gave them."""
    return one.keys() == other.keys() and all(
        one[k] == other[k] or same(state.values.get(one[k]), state.values.get(other[k]))
        for k in one
    )


def _progressed(state: State, card: CardState, event: Event) -> None:
    card.done, card.total = event.get("done", 0), event.get("total")
    card.note = event.get("note", "")


def _wrote(state: State, card: CardState, event: Event) -> None:
    card.output.append(str(event.get("text", "")))


def _remembered(state: State, card: CardState, event: Event) -> None:
    card.remembered[str(event.get("key"))] = event.get("value")
    card.crashes = 0


def _finished(state: State, card: CardState, event: Event) -> None:
    _set_value(state, card, event, CardStatus.DONE)
    card.seconds = event.get("seconds")
    card.remembered = {}


def _failed(state: State, card: CardState, event: Event) -> None:
    card.status, card.crashes = CardStatus.FAILED, 0
    card.error, card.trace = event.get("error", ""), event.get("trace", "")
    card.at = event["at"]


def _cancelled(state: State, card: CardState, event: Event) -> None:
    card.status, card.at, card.why = CardStatus.CANCELLED, event["at"], event.get("why", "")
    card.crashes = 0


def _interrupted(state: State, card: CardState, event: Event) -> None:
    card.status, card.at = CardStatus.INTERRUPTED, event["at"]
    card.crashes = card.crashes + 1 if event.get("crashed") is True else 0


def _skipped(state: State, card: CardState, event: Event) -> None:
    _set_value(state, card, event, CardStatus.SKIPPED)


def _card_noted(state: State, card: CardState, event: Event) -> None:
    card.notes.append(event.get("text", ""))


def _created(state: State, event: Event) -> None:
    state.workflow, state.key = event.get("workflow", ""), event.get("key", "")
    state.title, state.outline = event.get("title", ""), event.get("cards") or []
    state.created_at = event["at"]
    state.source = str(event.get("from", ""))
    answers, held, runs = event.get("answers"), event.get("held"), event.get("runs")
    state.answers = answers if isinstance(answers, dict) else {}
    state.held = frozenset(map(str, held)) if isinstance(held, list) else frozenset()
    state.runs = tuple(map(str, runs)) if isinstance(runs, list) else ()


def _finalized(state: State, event: Event) -> None:
    state.finalized = True


def _unfinalized(state: State, event: Event) -> None:
    state.finalized = False


def _noted(state: State, event: Event) -> None:
    state.notes.append(event.get("text", ""))


_RUN: dict[str, Callable[[State, Event], None]] = {
    "created": _created,
    "finalized": _finalized,
    "unfinalized": _unfinalized,
    "noted": _noted,
}
_CARD: dict[str, Callable[[State, CardState, Event], None]] = {
    "asked": _asked,
    "answered": _answered,
    "reopened": _reopened,
    "started": _started,
    "progressed": _progressed,
    "wrote": _wrote,
    "remembered": _remembered,
    "finished": _finished,
    "failed": _failed,
    "cancelled": _cancelled,
    "interrupted": _interrupted,
    "skipped": _skipped,
    "noted": _card_noted,
}
