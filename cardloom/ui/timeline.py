"""The timeline: a row of punched holes, one an event, and a slider that goes to any of them.

The holes are four paths of one SVG, whatever their number: ten thousand elements would be felt.
Each group has a row of its own, so that colour is not the only sign.
"""

from collections.abc import Callable, Sequence

from cardloom.reports.sentences import group, tell, who
from cardloom.types import Event
from cardloom.ui.tags import (
    A,
    Div,
    Form,
    Input,
    Label,
    Noscript,
    NotStr,
    P,
    Part,
    Section,
    Span,
    Time,
)
from cardloom.ui.tags import Button as Press

ROWS = {"person": 3, "work": 8, "trouble": 13, "run": 3}
HEIGHT = 16
ROUND = 160  # events up to which holes are round; more of them are drawn as strokes


def timeline(
    events: Sequence[Event],
    at: int,
    to: Callable[[str], str],
    *,
    past: bool,
    acts: Sequence[Part],
    playing: bool = False,
) -> Part:
    """The slider over `events`, standing at event `at`; `to(place)` is the address of the run."""
    slider = Input(
        type="range",
        id="moment-slider",
        name="at",
        min="1",
        max=str(max(len(events), 1)),
        value=str(at),
        aria_label="Event",
        aria_valuetext=f"Event {at} of {len(events)}",
        autocomplete="off",
        hx_get=to("moment"),
        hx_trigger="input",
        hx_sync="this:replace",
        hx_swap="none",
    )
    form = Form(
        Label("Event", fr="moment-slider", cls="listen"),
        slider,
        Noscript(Press("Show this moment", cls="secondary small")),
        method="get",
        action=to(""),
    )
    return Section(
        Div(holes(events), form, cls="tape"),
        moment(events, at, past=past, acts=acts, playing=playing),
        id="timeline",
        cls="timeline",
        aria_label="Timeline",
        data_place=to(""),
        data_past="yes" if past else None,
    )


def moment(
    events: Sequence[Event], at: int, *, past: bool, acts: Sequence[Part], playing: bool = False
) -> Part:
    """What happened at event `at`, and what can be done from there."""
    said: list[Part] = []
    if events and 1 <= at <= len(events):
        event = events[at - 1]
        when = str(event.get("at", ""))
        what = tell(event)
        by = who(event)
        why = str(event.get("why", ""))
        said = [
            Span(f"{at:,} of {len(events):,}", cls="count"),
            Span(f"{what[:1].upper()}{what[1:]}", cls="what"),
            Span(" · ".join(part for part in (by, why) if part), cls="who") if by or why else "",
            Time(when[:16].replace("T", " ") + " UTC", datetime=when, cls="when"),
        ]
    return Div(
        P(*said, cls="told", aria_live="polite" if past else None),
        Div(*acts, cls="buttons"),
        id="moment",
        data_at=at,
        data_past="yes" if past else None,
        data_playing="yes" if playing else None,
    )


def holes(events: Sequence[Event]) -> Part:
    """Every event as a hole at its place, grouped into one path for each kind."""
    dense = len(events) > ROUND
    paths: dict[str, list[str]] = {}
    for index, event in enumerate(events):
        kind = group(event)
        y = ROWS[kind]
        paths.setdefault(kind, []).append(f"M{index} {y - 2}v4" if dense else f"M{index} {y}h0")
    drawn = "".join(
        f'<path class="of-{kind}" d="{"".join(parts)}"/>' for kind, parts in paths.items()
    )
    width = max(len(events) - 1, 1)
    shape = "dense" if dense else "round"
    return NotStr(
        f'<svg class="holes {shape}" viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" '
        f'aria-hidden="true">{drawn}</svg>'
    )


def link(label: str, place: str) -> Part:
    return A(label, href=place, role="button", cls="secondary small")
