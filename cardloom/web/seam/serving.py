"""The apps of a server: their pages, and what runs from its start to its stop."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Coroutine, Sequence
from typing import Any

from fasthtml.core import APIRouter, FastHTML

from cardloom.web.seam.app import App
from cardloom.web.seam.seam import NotTaken, Seam

log = logging.getLogger("cardloom")

PATIENCE = 5.0  # seconds that an app may take to stop


def add_routes(seam: Seam, app: FastHTML) -> None:
    """Add the pages of every app; they come after Cardloom's own, and behind the same guard."""
    for one, routers in seam.each("routes", _routers):
        try:
            for router in routers:
                router.to_app(app)
        except Exception as error:
            seam.blame(one, error)


def _routers(result: Any) -> Sequence[APIRouter]:
    found = list(result) if isinstance(result, list | tuple) else [result]
    for one in found:
        if not isinstance(one, APIRouter):
            raise NotTaken(f"routes returned {one!r:.80}, where a Router is expected.")
    return found


def start_apps(seam: Seam) -> list[asyncio.Task[None]]:
    """Start every app; the tasks are those that go on until the server stops."""
    for app in list(seam.apps.values()):
        _make_tables(seam, app)
    return [
        asyncio.create_task(_watched(seam, app, going))
        for app, going in seam.each("start", lambda result: result)
        if inspect.iscoroutine(going)
    ]


def _make_tables(seam: Seam, app: App) -> None:
    try:
        if app.schema:
            _ = app.tables
    except Exception as error:
        seam.blame(app, error)


async def _watched(seam: Seam, app: App, going: Coroutine[Any, Any, Any]) -> None:
    try:
        await going
    except (Exception, SystemExit) as error:
        seam.blame(app, error)


async def stop_apps(seam: Seam) -> None:
    """Stop every app, and let go of its tables."""
    for app, going in seam.each("stop", lambda result: result):
        if inspect.iscoroutine(going):
            try:
                await asyncio.wait_for(_watched(seam, app, going), PATIENCE)
            except TimeoutError:
                log.warning("The app %s had not stopped after %g s.", app.name, PATIENCE)
    seam.close()
