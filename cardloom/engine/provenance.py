"""Where a card's value came from, read from the events that count at a moment.

    trace(workflow, events, "verdict", n)  →  the question or the inputs, and why it came to be

Pure, and made when someone asks: nothing of it is stored, and no other page pays for it. It tells
what the journal says and guesses nothing; `engine.reasons` puts it into words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cardloom.engine.plan import View, views_of
from cardloom.engine.state import CardState, State, fold, path
from cardloom.engine.validate import sound
from cardloom.engine.values import encode, same
from cardloom.engine.workflow import Workflow, nearest
from cardloom.errors import NotFound
from cardloom.types import Event, Json

VALUES = ("answered", "finished", "skipped")  # events that give a value
STOPS = ("failed", "cancelled", "interrupted")
# What a card can stand at when it begins anew.
BEFORE = (*VALUES, *STOPS, "reopened", "asked", "started")


@dataclass(frozen=True)
class Input:
    """One parameter: the value it took, from which event, and what it is now (`now_n` 0: not there)."""

    name: str
    n: int
    value: Json
    now_n: int
    now: Json
    moved: bool


@dataclass(frozen=True)
class Moved:
    """A parameter that took another value than the last time, with the events that gave them."""

    name: str
    before_n: int
    before: Json
    after_n: int
    after: Json


@dataclass(frozen=True)
class Cause:
    """Why a card's turn began: `kind` is first, moved, reopened, failed, cancelled, interrupted, again.

    `turn` is the event with which it began (`started`, or `answered` where nothing had to run),
    `event` the one that it followed, `stopped` the failure, stop or cut that went before.
    """

    kind: str
    turn: Event
    event: Event | None = None
    stopped: Event | None = None
    moved: tuple[Moved, ...] = ()


@dataclass(frozen=True)
class Provenance:
    """All that the journal says about how the card `view` came to stand where it stands at event `n`.

    `gave` is the event of its value, `began` its `started`, `question` what was asked, with the
    options of that time; `earlier` are the events of the values that it had before, oldest first.
    `code_now` is the hash of the function or question as it is today; empty without the workflow.
    """

    n: int
    key: str
    view: View
    gave: Event | None
    began: Event | None
    asked: Event | None
    question: Mapping[str, Json] | None
    question_known: bool
    cause: Cause | None
    inputs: tuple[Input, ...]
    code_now: str
    earlier: tuple[Event, ...]

    @property
    def state(self) -> CardState:
        return self.view.state


def trace(
    workflow: Workflow | None, events: Sequence[Event], name: str, n: int | None = None
) -> Provenance:
    """The provenance of card `name` as at event `n` (None: now); NotFound without such a card."""
    at = len(events) if n is None else n
    state = fold(events[:at])
    view = _view(workflow, state, name)
    own = [e for e in path(events, at) if e.get("card") == name and sound(e)]
    now = view.state
    gave = _numbered(own, now.value_n) if now.settled else None
    asked = _asked(own, gave) if view.asks else None
    began = _began(own, gave, asked)
    start = _start(own, gave, asked, began)
    question, known = _question(workflow, state, view, gave, asked)
    return Provenance(
        at,
        state.key,
        view,
        gave,
        began,
        asked,
        question,
        known,
        _cause(own, start, state) if start else None,
        _inputs(state, gave or start),
        view.card.code if view.card else "",
        tuple(e for e in own if e.get("type") in VALUES and e is not gave),
    )


def _view(workflow: Workflow | None, state: State, name: str) -> View:
    views = {view.name: view for view in views_of(workflow, state)}
    if name not in views:
        raise NotFound(
            f"{state.title or 'The run'} has no card called {name[:80]!r}.{nearest(name, views)}"
        )
    return views[name]


def _numbered(own: Iterable[Event], n: Json) -> Event | None:
    return next((event for event in own if event.get("n") == n), None)


def _before(own: Sequence[Event], event: Event) -> list[Event]:
    return [e for e in own if e["n"] < event["n"] and e.get("type") in BEFORE]


def _asked(own: Sequence[Event], gave: Event | None) -> Event | None:
    """The `asked` whose question was answered last, or stands open; None for a question known before."""
    until = gave["n"] if gave else None
    asked = [e for e in own if e.get("type") == "asked" and (until is None or e["n"] < until)]
    return asked[-1] if asked else None


def _began(own: Sequence[Event], gave: Event | None, asked: Event | None) -> Event | None:
    """The `started` of the function that made the value, or the question."""
    of = asked or gave
    if of is not None:
        return _numbered(own, of.get("started"))
    return next((e for e in reversed(own) if e.get("type") == "started"), None)


def _start(
    own: Sequence[Event], gave: Event | None, asked: Event | None, began: Event | None
) -> Event | None:
    """The event with which the card's last turn began: that of which one asks why."""
    if gave is not None and asked is not None:
        turns = _before(own, gave)
        # An answer that was changed is a turn of its own; else the question's being put was.
        return gave if turns and turns[-1].get("type") == "reopened" else began or asked
    return began or gave or asked


def _question(
    workflow: Workflow | None,
    state: State,
    view: View,
    gave: Event | None,
    asked: Event | None,
) -> tuple[Mapping[str, Json] | None, bool]:
    """(the question as it was put, whether that is certain)."""
    if not view.asks:
        return None, True
    if asked is not None:
        return _mapping(asked.get("question")), True
    first = next((c for c in state.outline if c.get("name") == view.name), {})
    told, code = _mapping(first.get("question")), (gave or {}).get("code", "")
    if told is not None and code in ("", first.get("code")):
        return told, True
    card = workflow.card(view.name) if workflow and view.name in workflow else None
    if card is not None and card.question is not None and code in ("", card.code):
        return card.question.describe(encode), True
    return told, False


def _mapping(value: Json) -> Mapping[str, Json] | None:
    return value if isinstance(value, dict) else None


def _inputs(state: State, of: Event | None) -> tuple[Input, ...]:
    return tuple(_input(state, name, n) for name, n in _taken(of).items())


def _input(state: State, name: str, n: int) -> Input:
    now = state.card(name)
    value = state.values.get(n)
    here = now.settled
    moved = not here or (now.value_n != n and not same(value, now.value))
    return Input(name, n, value, now.value_n if here else 0, now.value if here else None, moved)


def _taken(event: Event | None) -> dict[str, int]:
    taken = (event or {}).get("inputs")
    return dict(taken) if isinstance(taken, dict) else {}


def _cause(own: Sequence[Event], start: Event, state: State) -> Cause:
    turns = _before(own, start)
    if not turns:
        return Cause("first", start)
    last = turns[-1]
    prior = next((e for e in reversed(turns) if "inputs" in e), None)
    moved = _moved(_taken(prior), _taken(start), state) if prior else ()
    kind = str(last.get("type"))
    if kind == "reopened":
        earlier = turns[-2] if len(turns) > 1 else None
        stopped = earlier if earlier is not None and earlier.get("type") in STOPS else None
        return Cause("reopened", start, last, stopped, moved)
    if moved:
        return Cause("moved", start, last, last if kind in STOPS else None, moved)
    return Cause(kind if kind in STOPS else "again", start, last)


def _moved(before: Mapping[str, int], after: Mapping[str, int], state: State) -> tuple[Moved, ...]:
    old, new = ({k: state.values.get(v) for k, v in took.items()} for took in (before, after))
    return tuple(
        Moved(name, before.get(name, 0), old.get(name), after[name], new[name])
        for name in after
        if before.get(name) != after[name] and not same(old.get(name), new[name])
    )
