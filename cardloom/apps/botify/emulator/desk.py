"""What all parts of the emulator share: its world, faults, ledger, and what was asked of it."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from cardloom.apps.botify.emulator.faults import Faults
from cardloom.apps.botify.emulator.ledger import Ledger
from cardloom.apps.botify.emulator.world import World

_REMEMBERED = 1000


@dataclass
class Desk:
    """rate: requests a second on the API, 0 for any number. `url` and `files_url` once it runs."""

    world: World
    faults: Faults
    ledger: Ledger
    rate: int = 5
    url: str = ""
    files_url: str = ""
    asked: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    file_headers: deque[dict[str, str]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _times: deque[float] = field(default_factory=deque)

    def too_fast(self) -> bool:
        """Whether this request is one too many within a second. It counts either way."""
        if not self.rate:
            return False
        now = time.monotonic()
        while self._times and now - self._times[0] >= 1:
            self._times.popleft()
        self._times.append(now)
        return len(self._times) > self.rate


DESK: web.AppKey[Desk] = web.AppKey("desk", Desk)
ENDPOINT: web.RequestKey[str] = web.RequestKey("endpoint", str)


def told(data: Any, status: int = 200) -> web.Response:
    return web.json_response(data, status=status)


def refused(status: int, code: int, message: str) -> web.Response:
    """Botify's envelope of errors; its code is a text."""
    error = {"error_code": str(code), "message": message, "error_detail": {}}
    return told({"error": error}, status)


def page_of(desk: Desk, request: web.Request, rows: list[Any], most: int = 100) -> web.Response:
    """One page of a list, with absolute addresses of its neighbours. Sizes are clamped."""
    endpoint = request[ENDPOINT]
    page = max(1, _whole(request.query.get("page"), 1))
    size = min(max(1, _whole(request.query.get("size"), 20)), most)
    begin = (page - 1) * size
    found = rows[begin : begin + size]
    if page > 1 and begin >= len(rows) and not desk.faults.take(endpoint, "endless-next"):
        return refused(404, 1020, "Invalid page.")

    def address(number: int) -> str:
        query = {**request.query, "page": number, "size": size}
        return f"{desk.url.removesuffix('/v1')}{request.path}?" + "&".join(
            f"{name}={value}" for name, value in query.items()
        )

    following = address(page + 1) if begin + size < len(rows) else None
    if fault := desk.faults.take(endpoint, "foreign-next", "same-next", "endless-next"):
        if fault.name == "foreign-next":
            following = following and f"{fault.value}{request.path}?page={page + 1}&size={size}"
        else:
            following = address(page + (fault.name == "endless-next"))
            found = found or rows[:size]
    body: dict[str, Any] = {"count": len(rows), "page": page, "size": size}
    if endpoint == "query" or desk.faults.take(endpoint, "no-count"):
        del body["count"]
    previous = address(page - 1) if page > 1 else None
    return told({**body, "next": following, "previous": previous, "results": found})


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isascii() and text[:9].isdigit() else otherwise
