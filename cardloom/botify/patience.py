"""How often and how long: the client's pace, retries and waits. Numbers only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, fields

from cardloom import backoff as delays


@dataclass(frozen=True, slots=True)
class Patience:
    """How a client waits. Seconds unless said otherwise; the defaults suit the real API.

    rate           requests a second, retries included; Botify allows 5 on a project
    retries        further tries after 429, 502, 503, 504 and network failures; never for a new job
    first_wait     before the first retry; it doubles, with jitter
    longest_wait   before any retry. A longer Retry-After is an error at once
    get_seconds    for one GET
    query_seconds  for one query, and for asking for a job
    read_seconds   without a byte in a download
    poll_first     between the first two looks at a job; it grows by half
    poll_longest   between any two
    job_seconds    until a job that has not ended is StillWaiting
    lookups        looks for a job in the list of jobs after its making was cut off
    """

    rate: float = 4.0
    retries: int = 4
    first_wait: float = 0.5
    longest_wait: float = 60.0
    get_seconds: float = 30.0
    query_seconds: float = 120.0
    read_seconds: float = 60.0
    poll_first: float = 2.0
    poll_longest: float = 15.0
    job_seconds: float = 7200.0
    lookups: int = 3

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 <= value < 1e9:
                raise ValueError(f"{field.name} should be 0 or more, and is {value!r}.")
        if self.rate > 5:
            raise ValueError(f"rate should be at most 5, which is Botify's limit, not {self.rate}.")


def backoff(patience: Patience, attempt: int) -> float:
    """Seconds before try `attempt` + 1."""
    return delays.delay(attempt, patience.longest_wait, patience.first_wait)


class Pace:
    """Evenly spaced turns, and none while the server asked to be left alone. Rate 0: no spacing."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._gap, self._clock = (1 / rate if rate else 0.0), clock
        self._next = self._closed = 0.0

    def hold(self, seconds: float) -> None:
        self._closed = max(self._closed, self._clock() + seconds)

    async def turn(self) -> None:
        """Returns when the next request may go out."""
        while True:
            now = self._clock()
            mine = max(self._next, self._closed)
            if mine <= now:
                self._next = now + self._gap
                return
            await asyncio.sleep(mine - now)
