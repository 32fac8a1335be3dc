"""How fast one host is asked: evenly, half as fast at each refusal, faster again little by little.

A refusal is a 429 or a 503. It speaks for the host and not for one address, so all requests to
the host wait. Those that were under way when it came tell nothing new and slow nobody further.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

REFUSING = frozenset({429, 503})
FAILING = frozenset({500, 502, 504})
AGAIN = REFUSING | FAILING
_SLOWEST = 30.0  # seconds between requests, whatever Crawl-delay says or refusals come to
_FIRST_GAP = 0.1  # seconds between requests to a host that had no rate and refuses
_FASTER = 0.97  # of the gap, after each answer that is no refusal
_NO_GAP = 0.005
_FIRST_HOLD = 1.0
_SLOWER_IN_A_ROW = 3  # then only the waits grow: a spent hour says little of the next one's pace


class Pace:
    """Turns for one host: evenly spaced, and none while it asked to be left alone.

    in_a_row    refusals since the host last answered something else
    refusals    all of them
    slowest     the longest gap, in seconds, that refusals have led to
    good        an address of the host that answered, to tell a tired host from a bad address
    closed      why the host is not asked any more, else an empty string
    """

    def __init__(self, rate: float, clock: Callable[[], float], longest: float) -> None:
        self._least = 1 / rate if rate else 0.0
        self._gap = self._least
        self._clock = clock
        self._longest = longest
        self._next = 0.0
        self._closed_until = 0.0
        self._round = 0
        self.in_a_row = 0
        self.refusals = 0
        self.slowest = 0.0
        self.good = ""
        self.closed = ""

    def slow_to(self, seconds: float) -> float:
        """At least so long between requests (robots.txt's Crawl-delay), within reason. Returns it."""
        self._least = max(self._least, min(seconds, _SLOWEST))
        self._gap = max(self._gap, self._least)
        return self._gap

    def hold(self, seconds: float) -> None:
        """No requests for so long."""
        until = self._clock() + min(seconds, self._longest)
        self._closed_until = self._next = max(self._closed_until, until)

    def answered(self, turn: int) -> None:
        """The host answered the request of this turn, and did not refuse."""
        if turn == self._round:
            self.in_a_row = 0
        self._gap = max(self._least, self._gap * _FASTER)
        if self._gap < _NO_GAP:
            self._gap = self._least

    def refused(self, turn: int, asked: float | None) -> None:
        """The host refused the request of this turn, and asked for so many seconds (Retry-After)."""
        self.refusals += 1
        if turn == self._round:
            self._round += 1
            self.in_a_row += 1
            if self.in_a_row <= _SLOWER_IN_A_ROW:
                self._slow_down()
            ours = _FIRST_HOLD * 2.0 ** min(self.in_a_row - 1, 20)
            # A Retry-After that did not help once is not believed again.
            self.hold(ours if asked is None else asked if self.in_a_row == 1 else max(asked, ours))
        elif asked is not None:
            self.hold(asked)

    def _slow_down(self) -> None:
        slower = min(max(self._gap * 2, _FIRST_GAP), _SLOWEST, self._longest)
        self._gap = max(self._gap, slower)
        self.slowest = max(self.slowest, self._gap)

    def absolve(self, refusals: int) -> None:
        """So many refusals were one address's own fault: take back what they slowed down."""
        self._gap = max(self._least, self._gap / 2.0**refusals)

    @property
    def gap(self) -> float:
        """Seconds between requests now."""
        return self._gap

    def waits(self) -> float:
        """Seconds until the host is asked again, after it asked to be left alone."""
        return max(0.0, self._closed_until - self._clock())

    async def turn(self) -> int:
        """Returns when the next request may go out; what it returns names the request's turn."""
        while True:
            now = self._clock()
            mine = max(self._next, self._closed_until, now)
            self._next = mine + self._gap
            if mine > now:
                await asyncio.sleep(mine - now)
            if self._closed_until <= mine:
                return self._round
