"""Where the app is put together: rooms, routes, errors, guard, and what runs from start to end."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

from fasthtml.core import FastHTML
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cardloom.errors import CardloomError
from cardloom.inbox import inboxes_of, watch
from cardloom.journal import follow
from cardloom.ui.tags import H1, A, P
from cardloom.web import (
    apps,
    cards,
    compare,
    compose,
    diagram,
    export,
    files,
    forks,
    help,
    home,
    imports,
    insights,
    labels,
    live,
    maps,
    provenance,
    replays,
    rewind,
    run_acts,
    run_page,
    runs,
    trash,
)
from cardloom.web.backup import keep_daily
from cardloom.web.context import AppContext, apps_menu, by_htmx, open_context, show
from cardloom.web.guard import Guard
from cardloom.web.seam.finding import find_apps
from cardloom.web.seam.seam import Seam
from cardloom.web.seam.serving import add_routes, start_apps, stop_apps
from cardloom.web.watchdog import Watchdog
from cardloom.web.workflows import follow_workflows
from cardloom.workspace import Workspace

log = logging.getLogger("cardloom")

LATER = 2.0  # seconds after the start, in which the first pages are served

# Asked one after the other: those that a person waits for most come first.
ROOMS = (
    cards,
    run_page,
    live,
    home,
    runs,
    labels,
    trash,
    insights,
    run_acts,
    rewind,
    replays,
    forks,
    compare,
    compose,
    diagram,
    provenance,
    maps,
    files,
    export,
    apps,
    imports,
    help,
)


def build(
    workspace: Workspace, port: int, token: str, shipped: Sequence[str] = ()
) -> tuple[ASGIApp, AppContext]:
    """The guarded app on `workspace`, to be served on `port`; `shipped` names modules of apps."""
    context = open_context(workspace)
    context.address = f"http://127.0.0.1:{port}"
    context.seam = Seam(find_apps(workspace.root, shipped), context)

    async def lifespan(app: Any) -> AsyncIterator[None]:
        stop = asyncio.Event()
        notices = context.store.notices
        watchdog = Watchdog(workspace.root, lambda told: notices.say("held up", told))
        context.store.index.watch()
        keep = [
            asyncio.create_task(_follow(context, stop)),
            asyncio.create_task(follow_workflows(context, stop)),
            asyncio.create_task(context.jobs.recover()),
            asyncio.create_task(keep_daily(context)),
            asyncio.create_task(watch(inboxes_of(workspace), context.store, stop)),
            asyncio.create_task(_count_habits(context)),
            *start_apps(context.seam),
        ]
        try:
            yield
        finally:
            context.close()
            stop.set()
            await context.jobs.close()
            watchdog.close()
            for task in keep:
                task.cancel()
            await asyncio.gather(*keep, return_exceptions=True)
            await stop_apps(context.seam)
            context.store.close()

    app = FastHTML(
        default_hdrs=False,
        htmx=False,
        surreal=False,
        sess_cls=None,
        secret_key="unused: there are no sessions",  # noqa: S106 - else FastHTML writes a key file
        lifespan=lifespan,
        exception_handlers={
            CardloomError: _told,
            OSError: _disk,
            HTTPException: _http,
            404: _http,
            Exception: _fault,
        },
    )
    app.state.context = context
    for room in ROOMS:
        room.routes.to_app(app)
    add_routes(context.seam, app)
    return Guard(_WithMenu(app, [apps.menu(context.seam)]), port, token), context


class _WithMenu:
    """Gives the pages of this server their menu of apps."""

    def __init__(self, app: ASGIApp, menu: Sequence[Any]) -> None:
        self.app, self._menu = app, menu

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        apps_menu.set(self._menu)
        await self.app(scope, receive, send)


async def _follow(context: AppContext, stop: asyncio.Event) -> None:
    """Hear of what other processes append, and pass it on."""
    async for folders in follow(context.workspace.runs, stop):
        for folder in folders:
            run = context.store.at(folder)
            before = run.journal.n
            try:
                if run.exists and run.state().n != before:
                    run.publish()
            except CardloomError as error:  # one run that cannot be read must not stop the others
                log.warning("%s", error)


async def _count_habits(context: AppContext) -> None:
    """Read beforehand what suggested answers rest on, so that no question waits for it."""
    habits = context.store.habits
    await asyncio.sleep(LATER)
    await asyncio.to_thread(context.store.index.wait)
    for entry in context.catalog.entries().values():
        if entry.workflow is not None and habits.suggests(entry.name):
            fingerprints = habits.fingerprints(entry.workflow)
            for (
                name,
                fingerprint,
            ) in fingerprints.items():  # one by one: the server may close in between
                await asyncio.to_thread(habits.tell, entry.workflow, name, fingerprint)


def _error(request: Request, status: int, title: str, sentence: str) -> Response:
    if by_htmx(request):
        return HTMLResponse(live.toast(sentence), status)
    return show(
        title,
        H1(title),
        P(sentence, cls="lead"),
        P(A("To the first page", href="/")),
        status=status,
    )


async def _told(request: Request, error: CardloomError) -> Response:
    title = {
        404: "Not found",
        409: "Not now",
        503: "The disk refused",
        507: "The disk refused",
    }.get(error.status, "Not taken")
    return _error(request, error.status, title, str(error))


async def _disk(request: Request, error: OSError) -> Response:
    where = f" at {error.filename}" if error.filename else ""
    return _error(
        request,
        507,
        "The disk refused",
        f"The system refused{where}: {error.strerror or error}. What is in the journals is as it "
        "was. Mend that, then try again.",
    )


async def _http(request: Request, error: HTTPException) -> Response:
    if error.status_code == 404:
        return _error(request, 404, "Not found", "There is nothing at this address.")
    sentence = {405: "This address is not for that.", 400: "The request could not be read."}
    return _error(
        request, error.status_code, "Not taken", sentence.get(error.status_code, str(error.detail))
    )


async def _fault(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    seam = request.app.state.context.seam
    if app := seam.culprit(error):
        sentence = f"The app {app.name} failed. {seam.blame(app, error)}"
        return _error(request, 500, "An app failed", sentence)
    return _error(
        request,
        500,
        "This is our fault",
        f"The app made a mistake ({type(error).__name__}). Nothing that was acknowledged is lost; "
        "the terminal shows the details.",
    )
