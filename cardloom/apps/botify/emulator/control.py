"""The emulator's own address, /_emulator: what was asked of it, and switches for its faults."""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from cardloom.apps.botify.emulator.desk import DESK, told
from cardloom.errors import Missing


def add_routes(app: web.Application) -> None:
    app.router.add_get("/_emulator", _state)
    app.router.add_post("/_emulator/faults", _add)
    app.router.add_delete("/_emulator/faults", _clear)


async def _state(request: web.Request) -> web.Response:
    """Counters and switches; `carried_token` counts downloads that brought an Authorization."""
    desk = request.app[DESK]
    carried = sum("Authorization" in headers for headers in desk.file_headers)
    return told(
        {
            "posts": desk.ledger.posts,
            "jobs": len(desk.ledger.jobs),
            "credits": desk.ledger.credits,
            "downloads": len(desk.file_headers),
            "carried_token": carried,
            "faults": [asdict(fault) for fault in desk.faults.shown()],
            "asked": list(desk.asked),
        }
    )


async def _add(request: web.Request) -> web.Response:
    # JSON only: a form on some web page can post to this machine too, but not JSON.
    if request.content_type != "application/json":
        return told({"error": "Send JSON."}, 415)
    try:
        body = await request.json()
        request.app[DESK].faults.add(str(body["fault"]))
    except (ValueError, KeyError, TypeError):
        return told({"error": 'Send {"fault": "NAME,count=1"}.'}, 400)
    except Missing as error:
        return told({"error": str(error)}, 400)
    return await _state(request)


async def _clear(request: web.Request) -> web.Response:
    request.app[DESK].faults.clear()
    return await _state(request)
