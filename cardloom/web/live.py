"""Following a run: what has changed since an event, as fragments, in an answer or on a stream.

The id of a message on the stream is the event's n, so the journal is the replay buffer: a tab that
was asleep, or whose server was killed, asks for what came after the last it saw. A card is sent
whole and found by its id, so a swap may come twice; streamed text is appended, and comes once.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from cardloom.engine import State, View, views_of
from cardloom.engine.status import AT_WORK
from cardloom.runs import Run
from cardloom.types import Event
from cardloom.ui import card as ui_card
from cardloom.ui.tags import Div, NotStr, P, Part, Span, ft, html
from cardloom.web.context import AppContext, context_of, number
from cardloom.web.run_page import cache_key, drawn, head, look_of, panels, picture, progress, sealed
from cardloom.web.timeline import timeline
from cardloom.workspace import status

routes = APIRouter()

HEARTBEAT = 15.0  # seconds; tells a dead connection from a quiet run
GATHER = 0.02  # seconds: what comes in one breath goes out as one message
# A browser has six connections for all its windows, and some must be left for pages and answers:
# a stream beyond these tells what is new and ends, and its page asks again in a third of a second.
LONG_STREAMS = 4


def partial(target: str, swap: str, *content: Part) -> str:
    """One fragment with its own target."""
    drawn = ft("hx-partial", *content, hx_target=target, hx_swap=swap)
    return html(drawn)


def toast(sentence: str) -> str:
    """A sentence at the foot of the page, for what belongs to no card."""
    return partial("#toast", "innerHTML", P(sentence, cls="error", role="alert"))


def single(
    context: AppContext, run: Run, name: str, *, changing: bool = False, **wrong: Any
) -> str:
    """One card as a fragment."""
    state = run.state()
    view = next(v for v in views_of(run.workflow, state) if v.name == name)
    return _card(picture(context, run, state, view, changing=changing, **wrong), name)


def _head(run: Run, state: State, views: list[View]) -> str:
    return partial("#run-head", "outerMorph", head(run, state, views))


def _card(drawn: Any, name: str) -> str:
    return partial(f"#card-{name}", "outerMorph", drawn)


class LiveView:
    """What one tab has on its screen: given a newer state, the fragments it lacks."""

    def __init__(
        self,
        context: AppContext,
        run: Run,
        seen: int | None = None,
        born: str = "",
        look: str = "",
    ) -> None:
        state = run.state()
        self.context = context
        self.run = run
        self.seen = state.n if seen is None else seen
        self._keys: dict[str, Any] = {}
        self._head: Any = None
        self._progress: Any = None
        self._timeline = 0
        self._panels = ""
        self._born = born or state.created_at
        views = views_of(run.workflow, state)
        self.lacks = self.seen != state.n or look not in ("", look_of(run, state, views))
        if not self.lacks:
            self._remember(state, views)

    def _remember(self, state: State, views: list[View]) -> None:
        self._keys = {view.name: self._key(view, state) for view in views}
        self._head = self._head_key(state)
        self._progress = self._progress_key(views)
        self._timeline = _ticks(state.n)
        self._panels = self._beside(state)

    def _key(self, view: View, state: State) -> Any:
        return cache_key(self.context, self.run, state, view)

    def _beside(self, state: State) -> str:
        return html(panels(self.context, self.run, state))

    def _head_key(self, state: State) -> Any:
        return (state.finalized, self.run.trouble, len(self.run.damage), self.run.workflow is None)

    def _progress_key(self, views: list[View]) -> Any:
        return (tuple(view.status for view in views), status(self.run))

    def started_over(self) -> bool:
        state = self.run.state()
        return state.n < self.seen or state.created_at != self._born

    def look(self, *, whole: bool = False) -> str:
        """The fragments for what is new, or for everything."""
        run, state = self.run, self.run.state()
        views = views_of(run.workflow, state)
        parts = self._cards(state, views, whole=whole)
        if whole or self._head != self._head_key(state):
            parts.append(_head(run, state, views))
        else:
            if self._progress != self._progress_key(views):
                parts.append(partial("#run-progress", "outerMorph", progress(run, state, views)))
            if self._timeline != _ticks(state.n):
                parts.append(partial("#timeline", "outerMorph", timeline(run, state)))
                parts.append(partial("#seal", "outerMorph", sealed(run, state)))
        beside = self._beside(state)
        if whole or self._panels != beside:
            parts.append(partial("#run-panels", "outerMorph", NotStr(beside)))
        self._remember(state, views)
        self.seen = state.n
        return "".join(parts)

    def cards(self, also: str = "", *, whole: bool = False) -> str:
        """The cards that have changed, the card `also`, and the run's head where it has changed.

        The progress line and the timeline come with the stream, a moment later: a person waits for
        the card, not for them.
        """
        run, state = self.run, self.run.state()
        views = views_of(run.workflow, state)
        parts = self._cards(state, views, also, whole=whole)
        if whole or run.trouble or self._head != self._head_key(state):
            parts.append(_head(run, state, views))
        return "".join(parts)

    def _cards(
        self, state: State, views: list[View], also: str = "", *, whole: bool = False
    ) -> list[str]:
        parts: list[str] = []
        for view in _turn_first(views):
            if whole or view.name == also or self._keys.get(view.name) != self._key(view, state):
                parts.append(_card(drawn(self.context, self.run, state, view), view.name))
            elif view.state.changed > self.seen and view.status in AT_WORK:
                parts += self._growth(view, state.n)
        return parts

    def _growth(self, view: View, state_n: int) -> list[str]:
        events = self.run.journal.events[self.seen :]
        text = "".join(
            str(e.get("text", ""))
            for e in events
            if e.get("type") == "wrote" and e.get("card") == view.name
        )
        parts = (
            [partial(f"#output-{view.name}", "beforeend", Span(text, data_n=state_n))]
            if text
            else []
        )
        if any(e.get("type") == "progressed" and e.get("card") == view.name for e in events):
            parts.append(partial(f"#progress-{view.name}", "outerMorph", ui_card.progress(view)))
        return parts


def _ticks(n: int) -> int:
    """When the timeline is drawn anew: at each event of a short run, at each percent of a long one."""
    return n if n < 300 else n // (n // 100)


def _turn_first(views: list[View]) -> list[View]:
    """The card that the person waits for goes first: fragments are swapped in one by one."""
    return sorted(views, key=lambda view: not view.current)


@routes("/live/{workflow}/{name}", methods=["GET"])
async def live(request: Request, workflow: str, name: str) -> Response:
    """The stream of a run from event `after`, or from the last that the browser saw."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    asked, last = request.query_params, request.headers.get("last-event-id")
    after = number(last or asked.get("after", "0")) or 0
    look = (
        "" if last else asked.get("look", "")
    )  # what was sent since is not what the page began with
    if request.method == "HEAD":
        return Response(media_type="text/event-stream")
    return StreamingResponse(
        _stream(context, run, after, asked.get("born", ""), look),
        media_type="text/event-stream",
        headers={"cache-control": "no-store"},
    )


async def _stream(
    context: AppContext, run: Run, after: int, born: str, look: str
) -> AsyncIterator[str]:
    with context.wakeup() as wakeup:

        def follow(run: Run, events: Sequence[Event]) -> None:
            wakeup.set()

        run.listeners.add(follow)
        try:
            async for part in _news(
                context, run, wakeup, LiveView(context, run, after, born, look)
            ):
                yield part
        finally:
            run.listeners.discard(follow)


async def _news(
    context: AppContext, run: Run, wakeup: asyncio.Event, view: LiveView
) -> AsyncIterator[str]:
    """What the view lacks now, then whatever is new, until the server closes."""
    stays = len(context.wakeups) <= LONG_STREAMS
    if view.started_over():
        yield message(run.state().n, html(_reload()))
        return
    if view.lacks or run.state().n != view.seen:
        news = view.look(whole=True)
        yield message(view.seen, news)
    else:
        yield ": here\n\n"
    while stays and not context.closing:
        try:
            await asyncio.wait_for(wakeup.wait(), HEARTBEAT)
        except TimeoutError:
            yield ": still here\n\n"
            continue
        await asyncio.sleep(GATHER)
        wakeup.clear()
        if view.started_over():
            yield message(run.state().n, html(_reload()))
            return
        if news := view.look():
            yield message(view.seen, news)


def _reload() -> Any:
    return ft("hx-partial", Div(data_reload="yes"), hx_target="#live", hx_swap="beforeend")


def message(n: int, html: str) -> str:
    """One message of a stream, with the event's n as its id."""
    lines = "".join(f"data: {line}\n" for line in html.replace("\r", "\n").split("\n"))
    return f"id: {n}\n{lines}\n"
