"""The API's front: who may come in, what goes wrong first, and which answer stands at which path."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from cardloom.apps.botify.emulator import asking, control, listing
from cardloom.apps.botify.emulator.desk import DESK, ENDPOINT, Desk, refused, told

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HTML = "<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
_PROJECT = "/projects/{org}/{project}"
_ANALYSES = "/analyses/{org}/{project}"
ENDPOINTS: tuple[tuple[str, str, str, Handler], ...] = (
    ("profile", "GET", "/authentication/profile", listing.profile),
    ("projects", "GET", "/projects/{owner}", listing.projects),
    ("projects", "GET", "/users/{owner}/projects", listing.projects),
    ("project", "GET", _PROJECT, listing.project),
    ("collections", "GET", f"{_PROJECT}/collections", listing.collections),
    ("fields", "GET", f"{_PROJECT}/collections/{{collection}}", listing.fields),
    ("query", "POST", f"{_PROJECT}/query", asking.query),
    ("analyses", "GET", f"{_ANALYSES}/light", listing.light_analyses),
    ("analyses", "GET", _ANALYSES, listing.light_analyses),
    ("analysis", "GET", f"{_ANALYSES}/{{analysis}}", listing.analysis),
    (
        "advanced_export",
        "GET",
        f"{_ANALYSES}/{{analysis}}/advanced_export",
        listing.advanced_export,
    ),
    ("create", "POST", "/jobs", asking.create),
    ("jobs", "GET", "/jobs", asking.jobs),
    ("job", "GET", "/jobs/{number}", asking.job),
)
_BEFORE = (
    *(
        "slow",
        "401",
        "402",
        "403",
        "404",
        "429",
        "500",
        "502",
        "503",
        "504",
        "django-401",
        "django-404",
    ),
    *("text-error", "number-code", "html", "empty", "list", "echo", "redirect", "drop"),
)
_AFTER = ("drop-after", "500-after", "504-after", "slow-after", "garbled-after")


def make_api(desk: Desk) -> web.Application:
    """The API below /v1, and below /api/v1 as on Botify's other host."""
    app = web.Application(middlewares=[guarded], client_max_size=4_000_000)
    app[DESK] = desk
    for prefix in ("/v1", "/api/v1"):
        for name, method, path, handler in ENDPOINTS:
            app.router.add_route(method, prefix + path, _watched(name, handler))
    control.add_routes(app)
    return app


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every answer in Botify's envelope, and none to a page that found this port by another name."""
    if request.url.host not in ("127.0.0.1", "localhost"):
        return web.Response(status=421, text="The emulator is for this machine alone.")
    try:
        return await handler(request)
    except listing.Absent as absent:
        return absent.answer
    except web.HTTPMethodNotAllowed:
        return refused(405, 1039, "Method not allowed")
    except web.HTTPNotFound:
        return refused(404, 1000, "Not found")


def _watched(name: str, handler: Handler) -> Handler:
    async def watched(request: web.Request) -> web.StreamResponse:
        desk = request.app[DESK]
        request[ENDPOINT] = name
        desk.asked.append(f"{request.method} {request.path_qs}")
        if name == "create":
            desk.ledger.posts += 1
        if desk.too_fast():
            return refused(429, 1053, "Too many requests")
        if fault := desk.faults.take(name, *_BEFORE):
            struck = await _strike(request, fault.name, fault.value)
            if struck is not None:
                return struck
        if request.headers.get("Authorization", "") != f"Token {desk.world.token}":
            return refused(401, 1001, "Invalid token")
        answer = await handler(request)
        if (fault := desk.faults.take(name, *_AFTER)) and answer.status < 300:
            return await _lose(request, fault.name, fault.value, answer)
        return answer

    return watched


async def _strike(request: web.Request, name: str, value: str) -> web.StreamResponse | None:
    """The answer of a fault; None where it only took time."""
    if name == "slow":
        await asyncio.sleep(float(value or 1))
        return None
    if name == "drop":
        return _drop(request)
    if name == "429":
        answer = refused(429, 1053, "Too many requests")
        if value:
            answer.headers["Retry-After"] = value
        return answer
    if name == "echo":
        return refused(400, 1020, f"Bad header {request.headers.get('Authorization')}")
    if name == "redirect":
        return web.Response(status=302, headers={"Location": value + request.path_qs})
    return _ANSWERS[name]()


_ANSWERS: dict[str, Callable[[], web.Response]] = {
    "401": lambda: refused(401, 1001, "Invalid token"),
    "402": lambda: refused(402, 1053, "Not enough export credits"),
    "403": lambda: refused(403, 1002, "Permission denied"),
    "404": lambda: refused(404, 1010, "Project not found"),
    "500": lambda: _html(500, "500 Internal Server Error"),
    "502": lambda: web.Response(status=502),
    "503": lambda: refused(503, 1048, "Search engines error"),
    "504": lambda: _html(504, "504 Gateway Time-out"),
    "django-401": lambda: told({"detail": "Invalid token."}, 401),
    "django-404": lambda: told({"detail": "Not found."}, 404),
    "text-error": lambda: told({"error": "Something is wrong"}, 400),
    "number-code": lambda: told({"error": {"error_code": 1029, "message": "No such field"}}, 400),
    "html": lambda: _html(200, "Sign in"),
    "empty": lambda: web.Response(status=200),
    "list": lambda: told([1, 2, 3]),
}


async def _lose(
    request: web.Request, name: str, value: str, answer: web.StreamResponse
) -> web.StreamResponse:
    """It is done, and the answer does not come through."""
    if name == "500-after":
        return _html(500, "500 Internal Server Error")
    if name == "504-after":
        return _html(504, "504 Gateway Time-out")
    if name == "slow-after":
        await asyncio.sleep(float(value or 1))
        return answer
    if name == "garbled-after":
        text: Any = getattr(answer, "text", "") or ""
        return web.Response(status=answer.status, text=text[: len(text) // 2])
    return _drop(request)


def _drop(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _html(status: int, title: str) -> web.Response:
    return web.Response(status=status, text=HTML.format(title=title), content_type="text/html")
