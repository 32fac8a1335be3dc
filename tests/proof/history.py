"""The checker of a history: what many clients did and were told, held against the journals.

An act has a word of its own, a token, that its events carry. What has none (undo, redo, cancel, run
again) is done by one client only, so its acts have an order, and are laid along the journal.

    sent ─────────── its event's place in the journal ─────────── told
         an act that was told before another was sent stands before it (linearizable)

`check` gives sentences, one for each promise that was not kept; it starts and reads nothing.
"""

import bisect
import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]
Journals = Mapping[str, Sequence[Event]]

TOKEN = re.compile(r"\b[a-z]+-\d{6}\b")
EFFECT = re.compile(r"/runs/(\w+/[^/]+)/files/export-(\d+)\.part")
UNNAMED = ("undo", "redo", "cancel", "again")


@dataclass(frozen=True)
class Act:
    """One request and what came of it; `sent` and `told` are one clock's nanoseconds.

    `outcome` is ok, refused, or silent: then `told` is when the connection broke, and with it the
    server, so that an event of it cannot come later. `saw` is the last event that an answer showed.
    """

    client: str
    kind: str
    run: str
    token: str
    sent: int
    told: int
    outcome: str
    saw: int | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.token} of {self.run} by {self.client} ({self.outcome})"


@dataclass
class Record:
    """All acts of all clients, and what none of them should have seen."""

    acts: list[Act] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _lock: Any = field(default_factory=threading.Lock)

    def add(self, act: Act) -> None:
        with self._lock:
            self.acts.append(act)

    def fault(self, sentence: str) -> None:
        with self._lock:
            self.faults.append(sentence)


def clock() -> int:
    return time.monotonic_ns()


def check(acts: Sequence[Act], journals: Journals) -> list[str]:
    """What of the promises does not hold."""
    places = _places(journals)
    wrong = list(_presence(acts, journals, places))
    for run in sorted({act.run for act in acts}):
        wrong += _order(run, [a for a in acts if a.run == run], journals, places)
    for run, events in journals.items():
        wrong += _repeats(run, events, journals)
    return wrong


def told_of(event: Event) -> str:
    """The token of an event that a person's act has written; empty for all others."""
    if "from" in event and event["type"] != "created":
        return ""
    if event["type"] == "answered" and event.get("by") in ("person", "cli"):
        value = event["value"]
        if isinstance(value, dict):  # an uploaded file is called after its token
            value = value.get("path", "")
    elif event["type"] == "rewound" and not event.get("as"):
        value = event.get("why", "")
    elif event["type"] == "created":
        value = event.get("key", "")
    else:
        return ""
    found = TOKEN.search(str(value))
    return found[0] if found else ""


def _places(journals: Journals) -> dict[str, list[tuple[str, str, int]]]:
    """By token: where it was written, as (run, type, place)."""
    found: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for run, events in journals.items():
        for place, event in enumerate(events, 1):
            if token := told_of(event):
                found[token].append((run, event["type"], place))
    return found


# -- there once, or nowhere ------------------------------------------------------------------------

WRITES = {"answer": "answered", "rewind": "rewound", "fork": "created", "begin": "created"}


def _presence(
    acts: Sequence[Act], journals: Journals, places: Mapping[str, list[tuple[str, str, int]]]
) -> Iterator[str]:
    anywhere = {t for e in journals.values() for t in TOKEN.findall(json.dumps(list(e)))}
    named = {act.token: act for act in acts if act.token}
    for act in named.values():
        if act.kind not in WRITES:
            continue
        home = f"{act.run.partition('/')[0]}/{act.token}" if act.kind == "fork" else act.run
        found = [run for run, kind, _ in places.get(act.token, ()) if kind == WRITES[act.kind]]
        if act.outcome == "refused" and act.token in anywhere:
            yield f"{act} was refused and is there."
        elif act.outcome == "ok" and found != [home]:
            yield f"{act} was acknowledged and is there {len(found)} times: {found}."
        elif act.outcome == "silent" and found not in ([], [home]):
            yield f"{act} had no answer and is there {len(found)} times: {found}."
    for token in places.keys() - named.keys():
        yield f"{token} is in {places[token]} and nobody sent it."


# -- in order --------------------------------------------------------------------------------------


def _order(
    run: str,
    acts: Sequence[Act],
    journals: Journals,
    places: Mapping[str, list[tuple[str, str, int]]],
) -> list[str]:
    placed: list[tuple[Act, float]] = []
    for act in acts:
        here = [p for r, kind, p in places.get(act.token, ()) if r == run and kind != "created"]
        if act.kind in ("answer", "rewind") and here:
            placed.append((act, min(here)))
        elif act.saw is not None:
            placed.append((act, act.saw + 0.5))  # what it saw stands before, what it lacks after
    wrong, unnamed = _lay(run, acts, journals.get(run, ()), placed)
    return wrong + list(_real_time(placed + unnamed))


def _real_time(placed: Iterable[tuple[Act, float]]) -> Iterator[str]:
    """An act that was told before another was sent stands before it."""
    placed = list(placed)
    by_told = sorted(placed, key=lambda p: p[0].told)
    done, last = 0, (None, 0.0)
    for act, place in sorted(placed, key=lambda p: p[0].sent):
        while done < len(by_told) and by_told[done][0].told < act.sent:
            last = max(last, by_told[done], key=lambda p: p[1])
            done += 1
        if last[1] > place:
            yield (
                f"{act}, at {place:g}, was sent after {last[0]}, at {last[1]:g}, was told: reordered."
            )


def _unnamed(event: Event) -> str:
    if event.get("by") != "person" or "from" in event:
        return ""
    if event["type"] == "rewound":
        return str(event.get("as", ""))
    if event.get("why"):
        return ""
    return {"cancelled": "cancel", "reopened": "again"}.get(event["type"], "")


def _lay(
    run: str, acts: Sequence[Act], events: Sequence[Event], placed: Sequence[tuple[Act, float]]
) -> tuple[list[str], list[tuple[Act, float]]]:
    """The acts without a token, laid along the events without one: each ok is there, each silent may be."""
    found = [(kind, place) for place, e in enumerate(events, 1) if (kind := _unnamed(e))]
    mine = sorted((a for a in acts if a.kind in UNNAMED), key=lambda a: a.sent)
    between = _bounds(placed)
    # How many events are taken → the way there, as a chain (act, place, before).
    ways: dict[int, Any] = {0: None}
    for act in mine:
        low, high = between(act)
        after: dict[int, Any] = {}
        for taken, way in ways.items():
            if act.outcome != "ok":
                after.setdefault(taken, way)
            if act.outcome != "refused" and taken < len(found):
                kind, place = found[taken]
                if kind == act.kind and low < place < high:
                    after.setdefault(taken + 1, (act, place, way))
        if not after:
            return [f"{act} was acknowledged and is not where it can have happened."], []
        ways = after
    if len(found) not in ways:
        extra = found[max(ways)] if max(ways) < len(found) else found[-1]
        return [f"{run} has at {extra[1]} a {extra[0]} that nobody sent, or has it twice."], []
    laid, way = [], ways[len(found)]
    while way:
        laid.append((way[0], float(way[1])))
        way = way[2]
    return [], laid[::-1]


def _bounds(placed: Sequence[tuple[Act, float]]) -> Any:
    """`between(act)`: the places of what was told before it was sent, and sent after it was told."""
    told = sorted((a.told, p) for a, p in placed)
    sent = sorted((a.sent, p) for a, p in placed)
    lows, highs = [0.0], [float("inf")]
    for _, place in told:
        lows.append(max(lows[-1], place))
    for _, place in reversed(sent):
        highs.append(min(highs[-1], place))

    def between(act: Act) -> tuple[float, float]:
        before = bisect.bisect_left(told, (act.sent, 0.0))
        after = len(sent) - bisect.bisect_right(sent, (act.told, float("inf")))
        return lows[before], highs[after]

    return between


# -- forks, and effects that must not be repeated --------------------------------------------------


def _repeats(run: str, events: Sequence[Event], journals: Journals) -> Iterator[str]:
    """What a fork repeats is what its parent's journal holds."""
    origin = str(events[0].get("from", "")) if events else ""
    if not origin:
        return
    parent, _, at = origin.rpartition("#")
    last = 0
    for event in events[1:]:
        if "from" not in event:
            continue
        name, _, number = event["from"].rpartition("#")
        n = int(number)
        theirs = journals[name][n - 1] if n <= len(journals.get(name, ())) else {}
        if name != parent or not last < n <= int(at):
            yield f"{run} repeats {event['from']}, out of order or beyond {origin}."
        last = n
        for part in ("type", "card", "at", "by"):
            if event.get(part) != theirs.get(part):
                yield f"{run} repeats {event['from']} with another {part}."
        if isinstance(event.get("value"), str) and event["value"] != theirs.get("value"):
            yield f"{run} repeats {event['from']} with another value."


def check_effects(effects: Iterable[str], journals: Journals, card: str = "export") -> list[str]:
    """`effects` are the paths that each doing of the card wrote down: once a start, and no second
    start without a person's word in between."""
    wrong, seen = [], set()
    for line in effects:
        found = EFFECT.search(line)
        which = (found[1], int(found[2])) if found else ("?", 0)
        events = journals.get(which[0], ())
        event = events[which[1] - 1] if 0 < which[1] <= len(events) else {}
        if which in seen:
            wrong.append(f"{card} was done twice for event {which[1]} of {which[0]}.")
        if (event.get("type"), event.get("card")) != ("started", card):
            wrong.append(
                f"{card} was done for event {which[1]} of {which[0]}, which did not start it."
            )
        seen.add(which)
    for run, events in journals.items():
        begun = bool(events) and card in events[0].get("held", ())
        worded = False
        for event in events:
            if event["type"] == "rewound" or (event["type"], event.get("card")) == (
                "reopened",
                card,
            ):
                worded = worded or event.get("by") == "person"
            elif (event["type"], event.get("card")) == ("started", card):
                if begun and not worded:
                    wrong.append(
                        f"{run} began {card} again at {event['n']} without a person's word."
                    )
                begun, worded = True, False
    return wrong
