"""A card's picture: its frame, its state in words and in punched holes, and what it holds.

Addresses come in as `to(act)`, the place of an act on this card; what to draw comes in as data.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cardloom.brief import brief
from cardloom.engine import MISSING, Question, View
from cardloom.engine.status import AT_WORK, STOPPED, CardStatus
from cardloom.reports.sentences import who
from cardloom.ui import fields, provenance, why
from cardloom.ui.press import press
from cardloom.ui.tags import (
    H2,
    A,
    Article,
    Button,
    Code,
    Details,
    Div,
    Header,
    Input,
    NotStr,
    Output,
    P,
    Part,
    Pre,
    Progress,
    Section,
    Small,
    Span,
    Summary,
    Time,
)
from cardloom.ui.tags import Form as HtmlForm
from cardloom.ui.values import LinkTo, whole

To = Callable[[str], str]

WORDS = {
    CardStatus.PENDING: "to come",
    CardStatus.HELD: "waits for your word",
    CardStatus.ASKING: "your turn",
    CardStatus.PREPARING: "preparing",
    CardStatus.RUNNING: "working",
    CardStatus.DONE: "done",
    CardStatus.STALE: "out of date",
    CardStatus.SKIPPED: "not needed",
    CardStatus.FAILED: "failed",
    CardStatus.CANCELLED: "cancelled",
    CardStatus.INTERRUPTED: "interrupted",
}
# The card's edge, as punched: which of five holes are open. Never colour alone.
HOLES = {
    CardStatus.PENDING: "00000",
    CardStatus.HELD: "10010",
    CardStatus.ASKING: "10000",
    CardStatus.PREPARING: "11000",
    CardStatus.RUNNING: "11100",
    CardStatus.DONE: "11111",
    CardStatus.STALE: "11011",
    CardStatus.SKIPPED: "01110",
    CardStatus.FAILED: "10101",
    CardStatus.CANCELLED: "10001",
    CardStatus.INTERRUPTED: "10011",
}
HELD = (
    "This was begun before: in this run, before it was rewound, or in the one it was forked from. It "
    "has an effect that must not be repeated by itself, so it waits for your word."
)
MOST_OUTPUT = 60_000  # characters of streamed text on the page; the journal has all of it


@dataclass(frozen=True)
class Look:
    """What a card is drawn with besides its view: addresses, rights, and what is being typed."""

    to: To
    link: LinkTo
    locked: bool = False
    question: Question | None = None
    typed: fields.Typed | None = None
    value: Any = MISSING
    usual: str = ""
    error: str = ""
    wrong_field: str = ""
    changing: bool = False
    plan: str = ""
    below: Sequence[Part] = ()  # what apps show below the value, or the error
    actions: Sequence[Part] = ()  # buttons of apps
    shown: Part = None
    origin: str = ""  # address of where the value came from
    changes: Mapping[str, str] = field(default_factory=dict)  # questions behind it: label → address


def _edge(pattern: str) -> Part:
    drawn = "".join(
        '<i class="hole open"></i>' if h == "1" else '<i class="hole"></i>' for h in pattern
    )
    return NotStr(f'<span class="edge" aria-hidden="true">{drawn}</span>')


_EDGES = {mark: _edge(pattern) for mark, pattern in HOLES.items()}


def holes(mark: CardStatus) -> Part:
    """The punched edge of a card in this state."""
    return _EDGES.get(mark, _EDGES[CardStatus.PENDING])


def card(view: View, look: Look) -> Part:
    """The whole card, addressed as `#card-<name>`."""
    body = [*_body(view, look), *_actions(look)]
    state = Span(WORDS.get(view.status, view.status), cls="state")
    settled = view.state.settled and not look.changing
    classes = "card current" if view.current else "card"
    told = {"id": f"card-{view.name}", "data_state": view.status, "data_n": view.state.changed}
    if look.changing:
        told["data_changing"] = "yes"
    if settled:
        head = Summary(
            holes(view.status),
            Span(view.label, cls="label"),
            Span(brief(view.state.value), cls="brief"),
            state,
        )
        inner: Part = Details(head, *body, open=_last_shown(view, look))
    else:
        heading = H2(Span(view.label), cls="label")
        inner = Div(Header(holes(view.status), heading, state), *body)
    return Article(inner, cls=classes, **told)


def _actions(look: Look) -> list[Part]:
    return [Div(*look.actions, cls="buttons app-acts")] if look.actions else []


def _last_shown(view: View, look: Look) -> bool:
    """Results are there to be seen; answers fold to one line."""
    return not view.asks and view.status != CardStatus.SKIPPED and not _is_short(view, look)


def _is_short(view: View, look: Look) -> bool:
    value = view.state.value
    return look.shown is None and isinstance(value, (int, float, type(None)))


def _body(view: View, look: Look) -> list[Part]:
    if look.changing:
        return [_form(view, look)]
    if view.status == CardStatus.ASKING and not look.locked:
        return [_form(view, look)]
    if view.state.settled:
        return [
            *_result(view, look),
            _streamed(view),
            *_notes(view),
            Div(*_origin(view, look), *_acts(view, look), cls="foot"),
        ]
    if view.status in AT_WORK:
        return [_working(view, look), _streamed(view), *_notes(view)]
    if view.status == CardStatus.HELD:
        return [P(HELD, cls="note"), *_acts(view, look)]
    if view.status in STOPPED:
        return [*_stopped(view, look), _streamed(view), *_notes(view), *_acts(view, look)]
    return []


# -- asking ------------------------------------------------------------------------------------


def _form(view: View, look: Look) -> Part:
    question = look.question
    if question is None:
        return P(
            "This question can't be shown: the journal holds no readable form of it.", cls="note"
        )
    parts = fields.fields(
        question,
        view.name,
        typed=look.typed,
        value=look.value,
        error=look.error,
        wrong_field=look.wrong_field,
    )
    general = look.error if question.parts and not look.wrong_field else ""
    seen = Input(type="hidden", name="seen", value=str(view.state.changed))
    change = Input(type="hidden", name="change", value="yes") if look.changing else ""
    about = P(view.help, cls="help") if view.help and not _says(question, view.help) else ""
    return HtmlForm(
        about,
        seen,
        change,
        _plan(look),
        *parts,
        P(f"From earlier runs, {look.usual}.", cls="note usual") if look.usual else "",
        P(general, cls="error", role="alert") if general else "",
        why.field() if look.changing else "",
        _send(view, look, question),
        method="post",
        action=look.to("answer"),
        enctype="multipart/form-data" if question.uploads else None,
        hx_post=look.to("answer"),
        hx_encoding="multipart/form-data" if question.uploads else None,
        hx_swap="none",
        data_draft=None if look.changing else look.to("draft"),
    )


def _says(question: Question, help_: str) -> bool:
    return question.help == help_


def _plan(look: Look) -> Part:
    return P(look.plan, cls="plan") if look.plan else ""


def _send(view: View, look: Look, question: Question) -> Part:
    from_buttons = question.kind == "confirm"
    label = "Change" if look.changing else "Continue"
    send = "" if from_buttons else Button(label, type="submit")
    back = (
        A(
            "Leave as it was",
            href=look.to("fold"),
            hx_get=look.to("fold"),
            hx_swap="none",
            cls="quiet",
        )
        if look.changing
        else ""
    )
    return Div(send, back, cls="buttons") if send or back else ""


# -- working -----------------------------------------------------------------------------------


def _working(view: View, look: Look) -> Part:
    stop = press("Cancel", look.to("cancel"), why.reason())
    return Div(progress(view), "" if look.locked else stop, cls="working")


def progress(view: View) -> Part:
    """How far the card is: a bar where the total is known, a count otherwise, and elapsed time."""
    now = view.state
    if now.total:
        bar = Progress(value=str(now.done), max=str(now.total), aria_label=view.label)
        said = f"{now.done:,.0f} of {now.total:,.0f}"
    else:
        bar = Progress(aria_label=view.label)
        said = f"{now.done:,.0f}" if now.done else ""
    elapsed = Time("", datetime=now.started_at, cls="elapsed", data_since=now.started_at)
    line = [Span(part) for part in (said, now.note) if part]
    return Div(
        bar, P(*line, elapsed, cls="progress-line"), id=f"progress-{view.name}", cls="progress"
    )


def _streamed(view: View) -> Part:
    """The text a card wrote, with a place for more while it works."""
    text = "".join(view.state.output)
    if not text and view.status not in AT_WORK:
        return ""
    if len(text) > MOST_OUTPUT:
        text = "… the beginning is in the journal …\n" + text[-MOST_OUTPUT:]
    # Output is announced politely; tabindex lets a keyboard scroll it.
    return Pre(
        Output(text, id=f"output-{view.name}", data_upto=view.state.changed),
        cls="output",
        tabindex="0",
        aria_label="Output",
        role="region",
    )


def _notes(view: View) -> list[Part]:
    return [P(note, cls="note") for note in view.state.notes[-20:]]


# -- settled -----------------------------------------------------------------------------------


def _result(view: View, look: Look) -> list[Part]:
    if view.status == CardStatus.SKIPPED:
        return [P(view.state.why or "Not needed.", cls="note")]
    stale = []
    if view.stale_because:
        changed = ", ".join(view.stale_because)
        stale.append(P(f"Out of date: {changed} changed since.", cls="plan"))
    if view.code_changed:
        what = (
            "This question is not what it was when you answered it."
            if view.asks
            else "The function's code is not what it was when this was worked out."
        )
        stale.append(P(what, cls="plan"))
    if look.shown is not None:
        return [*stale, Div(look.shown, cls="result"), *look.below]
    return [*stale, Div(whole(view.state.value, look.link), cls="result"), *look.below]


def _origin(view: View, look: Look) -> list[Part]:
    now = view.state
    by = who({"by": now.by})
    took = f"in {now.seconds:.3g} s" if now.seconds is not None and now.seconds >= 0.1 else ""
    inputs = f"from {', '.join(now.inputs)}" if now.inputs and not view.asks else ""
    said = " · ".join(part for part in (by, inputs, took, now.why) if part)
    when = Time(now.at[:16].replace("T", " ") + " UTC", datetime=now.at, cls="when")
    line = P(Small(when, f" · {said}" if said else ""), cls="origin")
    return [line, provenance.link(view.name, look.origin)] if look.origin else [line]


def _acts(view: View, look: Look) -> list[Part]:
    if look.locked:
        return []
    acts = []
    if view.asks and view.state.settled and look.question is not None:
        acts.append(
            A(
                "Change",
                href=look.to("change"),
                hx_get=look.to("change"),
                hx_swap="none",
                role="button",
                cls="secondary small",
            )
        )
    elif not view.asks or not view.state.settled:
        label = (
            "Run again"
            if view.state.settled
            else "Run it here"
            if view.status == CardStatus.HELD
            else "Retry"
        )
        kind = "secondary small" if view.state.settled else "small"
        acts.append(press(label, look.to("again"), why.reason(), kind=kind))
    if not view.state.settled:
        acts += [
            A(
                f"Change “{label}”",
                href=place,
                hx_get=place,
                hx_swap="none",
                role="button",
                cls="secondary small",
            )
            for label, place in look.changes.items()
        ]
    return [Div(*acts, cls="buttons acts")] if acts else []


# -- stopped -----------------------------------------------------------------------------------


def _stopped(view: View, look: Look) -> list[Part]:
    now = view.state
    if view.status == CardStatus.FAILED:
        trace = (
            Details(Summary("What Python said"), Pre(Code(now.trace)), cls="trace")
            if now.trace
            else ""
        )
        return [P(now.error or "It failed.", cls="error", role="alert"), *look.below, trace]
    if view.status == CardStatus.CANCELLED:
        because = f" ({now.why})" if now.why else ""
        said = P(f"You stopped this card{because}. Nothing of it was taken.", cls="note")
        return [said, *look.below]
    once = (
        " It has an effect that must not be repeated by itself, so it waits for your word."
        if view.once
        else ""
    )
    return [P(f"The app stopped while this card was at work.{once}", cls="note"), *look.below]


def section(*cards: Part) -> Part:
    """The column of cards."""
    return Section(*cards, id="cards", aria_label="Cards")
