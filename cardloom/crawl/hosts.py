"""One host's addresses of a level, several at a time; a refused one is asked again until it is read.

Whether the host is tired or the address is bad shows beside an address that is known to answer:

    /x refused ── wait ── known address: refused too  → the host is tired: wait longer, ask again
                                         answers      → ask /x again: answers → it was the rate
                                                                      refused → a strike against /x

After enough strikes a 503 is that page's own answer, and a 429 leaves it unread. When the host
refuses everything for minutes, the rest of it is left unread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from cardloom.crawl.fetch import Answer, Fetcher, host_of
from cardloom.crawl.limits import Limits
from cardloom.crawl.pace import FAILING, REFUSING, Pace
from cardloom.crawl.redirect import redirect_target
from cardloom.crawl.store import RATE
from cardloom.crawl.visit import is_page

_MOST_IN_A_ROW = 10  # five minutes at the waits of pace.py
_COOKIE_HOPS = 5
_MOST_AT_FIRST = 6  # half a minute, for a host that has never answered

Take = Callable[[int, str, Answer], Awaitable[None]]
Bar = Callable[[int, str], None]
Tell = Callable[[str], None]


@dataclass(slots=True)
class HostQueue:
    """What is still to be asked of one host.

    take   gets the number, address and answer of each address that was answered
    bar    gets the number and the reason of each that was not, because the host refused
    tell   gets a line on what is done now
    """

    fetcher: Fetcher
    limits: Limits
    waiting: deque[tuple[int, str]]
    take: Take
    bar: Bar
    tell: Tell

    async def run(self) -> None:
        """Ask for everything, in order."""
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.limits.concurrency, len(self.waiting))):
                group.create_task(self._work())

    async def _work(self) -> None:
        while self.waiting:
            number, url = self.waiting.popleft()
            pace = self.fetcher.pace(host_of(url))
            self.tell(url + (f" (one request in {pace.gap:.1f} s)" if pace.gap > 1 else ""))
            answer = await self._ask(url)
            if answer.status in REFUSING:
                answer = await self._insist(url, answer, pace)
            elif answer.status:
                pace.closed = ""
            if answer.status == 429 or (answer.status in REFUSING and pace.closed):
                self.bar(number, f"{RATE} ({answer.status})")
            else:
                if not pace.good and 0 < answer.status < 400:
                    pace.good = url
                await self.take(number, url, answer)
            if pace.closed:
                self._leave(pace.closed)

    def _leave(self, why: str) -> None:
        while self.waiting:
            self.bar(self.waiting.popleft()[0], why)

    async def _ask(self, url: str) -> Answer:
        answer = await self._get(url)
        if self.limits.cookies and "Set-Cookie" in answer.headers:
            return await self._with_cookie(url, answer)
        return answer

    async def _get(self, url: str) -> Answer:
        return await self.fetcher.get(url, is_page, self.limits.page_bytes, again=FAILING)

    async def _with_cookie(self, url: str, first: Answer) -> Answer:
        """What an address answers once it has its cookie, where redirects come back to it."""
        hop, answer = redirect_target(url, first), first
        for _ in range(_COOKIE_HOPS):
            if hop is None or host_of(hop) != host_of(url):
                return first
            answer = await self._get(hop)
            if hop == url:
                return answer
            hop = redirect_target(hop, answer)
        return first

    async def _insist(self, url: str, answer: Answer, pace: Pace) -> Answer:
        """Ask again until the address answers, is at fault itself, or the host is given up."""
        strikes = tries = 0
        while answer.status in REFUSING and not pace.closed:
            tries += 1
            most = _MOST_IN_A_ROW if pace.good else _MOST_AT_FIRST
            if pace.in_a_row >= most or tries > most * 3:
                pace.closed = f"{RATE} ({answer.status})"
                break
            self.tell(f"{url} (waiting {pace.waits():.0f} s: the host answered {answer.status})")
            known = await self._known_answers(pace.good) if pace.good else False
            strikes += known
            if strikes > max(1, self.limits.retries):
                pace.absolve(strikes)
                break
            if known or not pace.good:
                answer = await self._ask(url)
        return answer

    async def _known_answers(self, url: str) -> bool:
        answer = await self.fetcher.get(url, _nothing, 1, again=FAILING)
        return bool(answer.status) and answer.status not in REFUSING


def _nothing(status: int, content_type: str) -> bool:
    return False


def queues_of(pages: Iterable[tuple[int, str]]) -> list[deque[tuple[int, str]]]:
    """The pages of a level, parted by their hosts, in order."""
    hosts: dict[str, deque[tuple[int, str]]] = {}
    for number, url in pages:
        hosts.setdefault(host_of(url), deque()).append((number, url))
    return list(hosts.values())
