"""How fast one host is asked, and how long to wait after it said no. Politeness, nothing else."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

AGAIN = frozenset({429, 500, 502, 503, 504})
_SLOWEST = 30.0  # seconds between requests, whatever Crawl-delay says
_FIRST_WAIT = 0.5


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


def backoff(attempt: int, longest: float) -> float:
    """Seconds before try number `attempt` + 1: doubling, with jitter, bounded.

    Jitter over the upper half, so that workers stopped together do not return together.
    """
    most = min(_FIRST_WAIT * 2.0 ** min(attempt, 30), longest)
    return random.uniform(most / 2, most)  # noqa: S311 - spreads load, guards nothing


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header, which is a number or an HTTP date; None if neither.

    Source: RFC 9110 §10.2.3.
    """
    if not header:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())
