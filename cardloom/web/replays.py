"""A run played back in the page: its past, moment by moment, on a stream."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from cardloom.engine import State, View, fold, views_of
from cardloom.engine.replay import pauses
from cardloom.runs import Run
from cardloom.ui import card as ui_card
from cardloom.ui import timeline as ui_timeline
from cardloom.ui.tags import Div, Small
from cardloom.web.context import AppContext, context_of, number, run_address, show
from cardloom.web.live import message, partial
from cardloom.web.run_page import cache_key, head, past_cards, picture, progress, switcher
from cardloom.web.timeline import past_acts

routes = APIRouter()

SPEEDS = {"1": 1.0, "10": 10.0, "100": 100.0}
FRAME = 0.05  # seconds: events that follow each other faster come as one picture


@routes("/runs/{workflow}/{name}/replay", methods=["GET"])
async def replay(request: Request, workflow: str, name: str) -> Response:
    """The run at its first event, going on by itself at `speed`."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    speed = request.query_params.get("speed", "1")
    speed = speed if speed in SPEEDS else "1"
    at = number(request.query_params.get("after", "")) or 1
    state = run.state_at(at)
    views = views_of(run.workflow, state)
    paces = [
        ui_timeline.link(f"{pace}×", f"{run_address(run, 'replay')}?speed={pace}")
        for pace in SPEEDS
        if pace != speed
    ]
    stream = Div(
        id="live",
        data_stream=f"/replay/{run.name}?after={at}&speed={speed}",
        hx_swap="none",
        hx_config='{"sse":{"reconnectDelay":300,"reconnectMaxDelay":2000}}',
    )
    return show(
        f"{state.key or run.folder.name}, played back",
        head(run, state, views, past=True, playing=True),
        Div(
            *paces,
            Small(f"Played at {speed}×. The arrow keys on the timeline go step by step."),
            cls="buttons paces",
        ),
        ui_card.section(*past_cards(context, run, state, views)),
        stream,
        switch=switcher(context, run),
    )


@routes("/replay/{workflow}/{name}", methods=["GET"])
async def play(request: Request, workflow: str, name: str) -> Response:
    """The stream: the id of a message is the event's n, so a broken one goes on where it was."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    after = (
        number(request.headers.get("last-event-id") or request.query_params.get("after", "")) or 1
    )
    speed = SPEEDS.get(request.query_params.get("speed", "1"), 1.0)
    return StreamingResponse(
        _play(context, run, after, speed),
        media_type="text/event-stream",
        headers={"cache-control": "no-store"},
    )


async def _play(context: AppContext, run: Run, after: int, speed: float) -> AsyncIterator[str]:
    events = list(run.journal.read())
    after = min(after, len(events))
    state = fold(events[:after])
    shown = _keys(context, run, state)
    waited = 0.0
    with context.wakeup() as wakeup:
        for n, seconds in pauses(events, after, speed):
            waited += seconds
            if context.closing:
                return
            if waited >= FRAME:
                if n - 1 > state.n:
                    state, shown, news = _frame(context, run, events, state, n - 1, shown)
                    yield message(n - 1, news)
                with suppress(TimeoutError):
                    await asyncio.wait_for(wakeup.wait(), waited)
                waited = 0.0
    state, shown, news = _frame(context, run, events, state, len(events), shown)
    end = partial("#live", "outerHTML", Div(id="live"))
    yield message(len(events), news + end)


def _keys(context: AppContext, run: Run, state: State) -> dict[str, Any]:
    views = views_of(run.workflow, state)
    return {view.name: _key(context, run, state, view) for view in views}


def _key(context: AppContext, run: Run, state: State, view: View) -> Any:
    # What a card streams is told in the picture too: a replay appends nothing.
    return (cache_key(context, run, state, view), view.state.changed)


def _frame(
    context: AppContext, run: Run, events: list[Any], state: State, n: int, shown: dict[str, Any]
) -> tuple[State, dict[str, Any], str]:
    """The state at event n, its keys, and the fragments of what differs from what is shown."""
    state = fold(events[:n], state)
    views = views_of(run.workflow, state)
    keys = {view.name: _key(context, run, state, view) for view in views}
    parts = [
        partial(f"#card-{view.name}", "outerMorph", picture(context, run, state, view, past=True))
        for view in views
        if shown.get(view.name) != keys[view.name]
    ]
    parts.append(partial("#run-progress", "outerMorph", progress(run, state, views, past=True)))
    acts = past_acts(run, n)
    moment = ui_timeline.moment(events, n, past=True, acts=acts, playing=True)
    parts.append(partial("#moment", "outerMorph", moment))
    return state, keys, "".join(parts)
