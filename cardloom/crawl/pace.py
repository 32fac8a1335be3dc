"""How fast one host is asked. Politeness, nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

AGAIN = frozenset({429, 500, 502, 503, 504})
_SLOWEST = 30.0  # seconds between requests, whatever Crawl-delay says


class Pace:
    """Turns for one host: evenly spaced, and none while it asked to be left alone."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._clock = clock
        self._next = 0.0
        self._closed_until = 0.0

    def slow_to(self, seconds: float) -> None:
        """At least so long between requests (robots.txt's Crawl-delay), within reason."""
        self._gap = max(self._gap, min(seconds, _SLOWEST))

    def hold(self, seconds: float) -> None:
        """No requests for so long (the host's Retry-After)."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)

    async def turn(self) -> None:
        """Returns when the next request may go out."""
        if self._gap:
            mine = max(self._next, self._clock())
            self._next = mine + self._gap
            await asyncio.sleep(mine - self._clock())
        while (closed := self._closed_until - self._clock()) > 0:  # noqa: ASYNC110 - may move
            await asyncio.sleep(closed)
