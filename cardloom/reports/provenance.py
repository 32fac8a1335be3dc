"""Where a value came from, in words: the same for a page, a terminal and a report.

    explain(trace(…))  →  [("Why it ran again", [("size moved from 3 (", At(3), ") to 5 (", …)]), …]

A line is text with numbers of events, times and names of other runs between, which a page makes
links of. Nothing here is HTML.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cardloom.brief import brief, file_size, shorten
from cardloom.engine.provenance import Cause, Input, Provenance
from cardloom.engine.values import same
from cardloom.reports.sentences import who
from cardloom.types import Event, Json

MOST_OPTIONS = 60
MOST_EARLIER = 50


@dataclass(frozen=True)
class At:
    """An event of this run, by its number."""

    n: int

    def __str__(self) -> str:
        return f"event {self.n}"


@dataclass(frozen=True)
class When:
    """A time as journaled, in UTC."""

    at: str

    def __str__(self) -> str:
        return f"{self.at[:16].replace('T', ' ')} UTC"


@dataclass(frozen=True)
class Elsewhere:
    """An event of another run: `workflow/run#n`."""

    place: str

    def __str__(self) -> str:
        run, _, n = self.place.rpartition("#")
        return f"{run}, event {n}" if run else self.place

    @property
    def run(self) -> str:
        """`workflow/run`, empty where the journal says no such thing."""
        run = self.place.rpartition("#")[0]
        return run if run.count("/") == 1 else ""

    @property
    def n(self) -> int:
        n = self.place.rpartition("#")[2]
        return int(n) if n.isascii() and n.isdigit() and len(n) < 16 else 0


Line = tuple[str | At | When | Elsewhere, ...]
Part = tuple[str, list[Line]]  # a heading, and lines below it


def plain(line: Line) -> str:
    """A line as text."""
    return "".join(map(str, line))


def explain(found: Provenance) -> list[Part]:
    """The parts that there is something to say in, in the order in which a person asks."""
    parts: list[Part] = [
        (_value_heading(found), _value(found)),
        ("Why", _why(found)),
        ("The question", _question(found)),
        ("What it was made from", [_input(item) for item in found.inputs]),
        ("How", _work(found)),
        ("Files", [(f"{f['path']} ({file_size(f['size'])})",) for f in _files(found)]),
        ("Before that", _earlier(found)),
    ]
    return [(heading, lines) for heading, lines in parts if lines]


def _value_heading(found: Provenance) -> str:
    return "The answer" if found.view.asks else "The value"


def _value(found: Provenance) -> list[Line]:
    gave = found.gave
    if gave is None:
        return [_stands(found)]
    said = (
        f"Not needed: {shorten(str(gave.get('why', '')))}"
        if gave.get("type") == "skipped"
        else brief(gave.get("value"))
    )
    lines: list[Line] = [(said,), _signed(gave)]
    if gave.get("typed") is not None:
        lines.append((f"It was given as {brief(gave['typed'])}.",))
    if gave.get("from"):
        lines.append(("Repeated from ", Elsewhere(str(gave["from"])), "."))
    return lines


def _stands(found: Provenance) -> Line:
    state = found.state
    match found.view.status:
        case "failed":
            return (f"It failed: {shorten(state.error)}",)
        case "running" | "preparing" if state.started_n:
            return ("It is at work since ", At(state.started_n), ".")
        case "cancelled":
            return ("It was stopped in ", At(state.changed), ".")
        case "interrupted":
            return ("It was cut by the app's end in ", At(state.changed), ".")
        case "asking":
            return ("It waits for an answer.",)
        case "held":
            return ("It waits for your word: the run it was forked from has done it or begun it.",)
    return ("It has no value yet.",)


def _signed(event: Event) -> Line:
    """An event, who, when, and the person's own why."""
    by, why = who(event), event.get("why") if event.get("type") != "skipped" else ""
    return (
        At(event["n"]),
        f", {by}, " if by else ", ",
        When(str(event.get("at", ""))),
        f": “{shorten(str(why))}”" if why else "",
    )


# -- why -----------------------------------------------------------------------------------------


def _why(found: Provenance) -> list[Line]:
    if found.cause is None:
        return []
    if found.cause.kind == "reopened" and found.cause.turn is found.gave and found.earlier:
        before = found.earlier[-1]
        return [(f"It was changed from {brief(before.get('value'))} (", At(before["n"]), ").")]
    lines = _caused(found.cause, _did(found, found.cause))
    if found.gave is not None and found.gave.get("by") == "kept":
        lines.append(
            ("The earlier answer is still allowed, so it was kept and you were not asked.",)
        )
    return lines


def _did(found: Provenance, cause: Cause) -> str:
    if not found.view.asks:
        return "It ran"
    return "It was answered" if cause.turn.get("type") == "answered" else "It was asked"


def _caused(cause: Cause, did: str) -> list[Line]:
    at = At(cause.event["n"]) if cause.event else ""
    match cause.kind:
        case "first":
            told = {
                "It ran": "It ran as soon as it had what it needs.",
                "It was asked": "It was asked as soon as it had what it needs.",
            }
            return [(told[did],)] if did in told else []
        case "reopened":
            return [*_stopped(cause), _reopened(cause, did), *_moves(cause)]
        case "moved":
            return [*_stopped(cause), (f"{did} again because of this:",), *_moves(cause)]
        case "interrupted":
            return [("The app ended while it was at work (", at, f"). {did} again.")]
        case "failed" | "cancelled":
            return [*_stopped(cause), (f"{did} again.",)]
    return [(f"{did} again after ", at, ".")]


def _reopened(cause: Cause, did: str) -> Line:
    assert cause.event is not None
    return (f"{did} again, as was asked for in ", *_signed(cause.event), ".")


def _stopped(cause: Cause) -> list[Line]:
    event = cause.stopped
    if event is None:
        return []
    match event.get("type"):
        case "failed":
            return [
                ("It had failed in ", At(event["n"]), f": {shorten(str(event.get('error', '')))}")
            ]
        case "cancelled":
            why = f": {shorten(str(event['why']))}" if event.get("why") else ""
            return [("It had been stopped in ", At(event["n"]), f"{why}.")]
    return [("It had been cut by the app's end in ", At(event["n"]), ".")]


def _moves(cause: Cause) -> list[Line]:
    return [
        (
            f"{move.name} went from {brief(move.before)} (",
            At(move.before_n),
            f") to {brief(move.after)} (",
            At(move.after_n),
            ").",
        )
        for move in cause.moved
    ]


# -- what it was made from -----------------------------------------------------------------------


def _input(item: Input) -> Line:
    line: Line = (f"{item.name} was {brief(item.value)}, from ", At(item.n))
    if not item.moved:
        return (*line, ".")
    if not item.now_n:
        return (*line, ". It has no value now, so this is out of date.")
    return (*line, f". It is {brief(item.now)} since ", At(item.now_n), ", so this is out of date.")


def _work(found: Provenance) -> list[Line]:
    lines: list[Line] = []
    if found.began is not None:
        attempt = found.began.get("attempt", 1)
        seconds = (found.gave or {}).get("seconds")
        took = f", and took {seconds:.3g} s" if isinstance(seconds, (int, float)) else ""
        tried = f", attempt {attempt}" if attempt != 1 else ""
        lines.append(("It began in ", At(found.began["n"]), f"{tried}{took}."))
    code = str((found.gave or found.began or {}).get("code") or "")
    if code:
        lines.append((_code(found, code),))
    return lines


def _code(found: Provenance, code: str) -> str:
    if not found.code_now:
        return (
            f"Its code was {code}. The workflow is missing, so it can't be compared with today's."
        )
    if found.code_now == code:
        return f"Its code was {code}, the same as today."
    return f"Its code was {code}. Today it is another: {found.code_now}."


def _files(found: Provenance) -> list[Mapping[str, Json]]:
    files = (found.gave or {}).get("files")
    return [
        f
        for f in (files if isinstance(files, list) else [])
        if isinstance(f, dict) and isinstance(f.get("path"), str) and isinstance(f.get("size"), int)
    ]


# -- the question and the answers before ---------------------------------------------------------


def _question(found: Provenance) -> list[Line]:
    told = found.question
    if told is None:
        return []
    lines: list[Line] = [(shorten(str(told.get("label") or found.view.label)),)]
    value = (found.gave or {}).get("value")
    fields = told.get("fields")
    if isinstance(fields, dict):
        lines += [(f"{name}: {shorten(str(_label(inner)))}",) for name, inner in fields.items()]
    lines += _options(told.get("options"), value, answered=found.gave is not None)
    if not found.question_known:
        lines.append(("It was changed before it was answered; this is how the run began with it.",))
    return lines


def _label(told: Json) -> str:
    return told.get("label", "") if isinstance(told, dict) else ""


def _options(options: Json, value: Json, *, answered: bool) -> Iterable[Line]:
    if not isinstance(options, list):
        return []
    shown = [o for o in options if isinstance(o, dict)]
    lines: list[Line] = [_option(o, value, answered) for o in shown[:MOST_OPTIONS]]
    if len(shown) > MOST_OPTIONS:
        lines.append((f"… and {len(shown) - MOST_OPTIONS:,} more options",))
    return lines


def _option(option: Mapping[str, Json], value: Json, answered: bool) -> Line:
    own = option.get("value")
    chosen = answered and (same(own, value) or (isinstance(value, list) and own in value))
    off = f" (not to be had: {option['disabled']})" if option.get("disabled") else ""
    return (
        f"{'●' if chosen else '○'} {shorten(str(option.get('label', '')))}"
        f"{off}{' (chosen)' if chosen else ''}",
    )


def _earlier(found: Provenance) -> list[Line]:
    shown = found.earlier[-MOST_EARLIER:]
    lines: list[Line] = [(f"{brief(event.get('value'))} · ", *_signed(event)) for event in shown]
    if len(found.earlier) > len(shown):
        lines.insert(0, (f"… {len(found.earlier) - len(shown):,} older ones",))
    return lines
