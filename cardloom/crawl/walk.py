"""The crawl itself: level by level, many pages at a time, then what only a sitemap names.

Refuses to leave the scope, to ask twice for a page that is done, and to let one page's failure
be more than a row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from cardloom.crawl.address import (
    Resolver,
    Scope,
    has_credentials,
    is_twin,
    scope_of,
)
from cardloom.crawl.document import Document
from cardloom.crawl.fetch import Answer, Fetcher
from cardloom.crawl.frontier import (
    SITEMAP,
    has_level,
    rank_links,
    rank_orphans,
    rank_redirects,
    rank_start,
    unread,
)
from cardloom.crawl.hosts import HostQueue, queues_of
from cardloom.crawl.limits import Limits
from cardloom.crawl.reader import Reader, UnreadableError
from cardloom.crawl.redirect import redirect_target
from cardloom.crawl.robots import Robots
from cardloom.crawl.sitemap import Sitemaps
from cardloom.crawl.start import why_alone
from cardloom.crawl.store import ALONE, COOKIE, MOVED, Store, Visit
from cardloom.crawl.visit import has_html, visit_of_page, visit_without_page

_HOSTS_AT_ONCE = 32


class Walk:
    """One sitting of a crawl: from what is on disk to its end or its limits."""

    def __init__(self, store: Store, start: str, limits: Limits) -> None:
        self.store = store
        self.limits = limits
        self.note = "Reading robots.txt"
        self._start = start
        self._take_in(start, store.fact(MOVED) or start)

    def _take_in(self, *sites: str) -> None:
        """Make these the site: the address that was typed, and where its start page moved to."""
        self._home = sites[-1]
        scopes = [scope_of(site, self.limits.subdomains) for site in sites]
        self._scope: Scope = scopes[0].joined(scopes[-1])
        self._resolver = Resolver(self._scope, self.limits.url_chars)

    async def run(self) -> None:
        """Crawl until nothing is left within the limits."""
        async with Fetcher(self.limits) as fetcher, Reader(self.limits.parse_seconds) as reader:
            self._fetcher, self._reader = fetcher, reader
            self._robots = Robots(fetcher, self.store, self.limits.robots)
            rank_start(self.store.connection, self._known(self._start))
            await self._level(0)
            if self.store.has_answers():
                await self._read_sitemaps()
                await self._levels(range(1, self.limits.depth + 1))
                await self._orphans()
            self._tell_refusals()

    async def _levels(self, depths: range) -> None:
        for depth in depths:
            if not self._left() or not has_level(self.store.connection, depth):
                return
            await self._level(depth)

    async def _orphans(self) -> None:
        if self.limits.sitemap_pages and self._left():
            rank_orphans(self.store.connection)
            await self._levels(range(SITEMAP, SITEMAP - self.limits.depth - 1, -1))

    def _tell_refusals(self) -> None:
        for host, pace in self._fetcher.paces.items():
            if pace.refusals:
                self.store.note(
                    f"{host} asked for a slower pace: {pace.refusals:,} requests were refused (429 "
                    f"or 503), and at the slowest it was asked once in {pace.slowest:.3g} seconds."
                )

    def _known(self, url: str) -> int:
        number = self.store.id_of(url)
        self.store.commit()
        return number

    def _left(self) -> int:
        return max(0, self.limits.pages - self.store.done)

    async def _read_sitemaps(self) -> None:
        if self.store.fact("sitemaps read") is None:
            parts = (self._fetcher, self._robots, self.store, self._scope, self.limits, self._tell)
            await Sitemaps(*parts).read(self._home)
            self.store.keep_fact("sitemaps read", "yes")

    def _tell(self, note: str) -> None:
        self.note = note

    async def _level(self, depth: int) -> None:
        connection = self.store.connection
        found = 1
        while found:
            await self._fetch(depth, await self._wave(depth))
            self.store.commit()
            found = rank_redirects(connection, depth, self.limits.redirects) if self._left() else 0
        if self._left():
            rank_links(connection, depth, nofollow_too=not self.limits.robots)

    async def _wave(self, depth: int) -> list[tuple[int, str]]:
        wave: list[tuple[int, str]] = []
        left = self._left()
        for number, url in unread(self.store.connection, depth):
            if len(wave) >= left:
                break
            why = await self._bar(url)
            if why:
                self.store.bar(number, why)
            else:
                wave.append((number, url))
        return wave

    async def _bar(self, url: str) -> str:
        if has_credentials(url):
            return "its address carries a user name"
        return await self._robots.forbid(url)

    async def _fetch(self, depth: int, wave: list[tuple[int, str]]) -> None:
        where = f"Level {depth}" if depth >= 0 else "Only in the sitemap"

        def tell(what: str) -> None:
            self.note = f"{where}: {what}"

        take = self._take if depth else self._take_first
        parts = (take, self.store.bar, tell)
        queues = [HostQueue(self._fetcher, self.limits, pages, *parts) for pages in queues_of(wave)]
        async with asyncio.TaskGroup() as group:
            turns = iter(queues)
            for _ in range(min(_HOSTS_AT_ONCE, len(queues))):
                group.create_task(_run_each(turns))

    async def _take(self, number: int, url: str, answer: Answer) -> None:
        visit, _ = await self._read(url, answer)
        self.store.save(number, visit)

    async def _take_first(self, number: int, url: str, answer: Answer) -> None:
        """Keep the start page, or one its redirects lead to: they say how far the site goes."""
        target = redirect_target(url, answer)
        if target and not self._scope.holds(target) and is_twin(target, self._start):
            self.store.keep_fact(MOVED, target)
            self._take_in(self._start, target)
        if target and "Set-Cookie" in answer.headers:
            self.store.keep_fact(COOKIE, "wanted")
        visit, document = await self._read(url, answer)
        self.store.keep_fact(ALONE, why_alone(url, answer, visit, document, self._scope))
        self.store.save(number, visit)

    async def _read(self, url: str, answer: Answer) -> tuple[Visit, Document | None]:
        if not has_html(answer):
            return visit_without_page(url, answer, self._resolver), None
        try:
            document = await self._reader.read(answer.body, answer.charset)
            return visit_of_page(url, answer, document, self._resolver), document
        except UnreadableError as error:
            why = str(error)
        except (ValueError, LookupError, RecursionError) as error:
            # Whatever a page contrives, it is that page's row and not the crawl's end.
            why = f"its HTML makes no sense ({type(error).__name__})"
        return visit_without_page(url, answer, self._resolver, why), None


async def _run_each(queues: Iterator[HostQueue]) -> None:
    for queue in queues:
        await queue.run()
