"""The crawl itself: level by level, many pages at a time, a commit four times a second.

Refuses to leave the scope, to ask twice for a page that is done, and to let one page's failure
be more than a row.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cardloom.crawl.address import Resolver, Scope, clean_site, has_credentials, scope_of
from cardloom.crawl.fetch import Answer, Fetcher, host_of
from cardloom.crawl.frontier import has_level, rank_links, rank_redirects, rank_start, unread
from cardloom.crawl.limits import Limits, Totals
from cardloom.crawl.reader import Reader, UnreadableError
from cardloom.crawl.robots import Robots
from cardloom.crawl.sitemap import Sitemaps
from cardloom.crawl.store import Store, Visit
from cardloom.crawl.visit import has_html, is_page, visit_of_page, visit_without_page

_TICK = 0.25  # seconds between commits, and between looks at `cancelled`
_HOSTS_AT_ONCE = 32

Report = Callable[[int, int | None, str], None]


async def crawl(
    site: str,
    limits: Limits,
    database: Path,
    *,
    report: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Totals:
    """Crawl `site` into `database`, or go on with the crawl that is there.

    site       any spelling that `clean_site` takes
    database   a file of this crawl's own, made if missing. Called again with the same file, the
               crawl goes on where it was killed, cancelled or stopped by smaller limits, and
               asks for no finished page again; a finished crawl returns at once
    report     called as report(done, total, note) some four times a second: pages on disk, the
               most there can be by what is known now, and one line on where it is
    cancelled  asked as often; when it says True the crawl stops and returns with what it has

    Cancelling the task stops it at once too, and raises CancelledError as usual. In both cases
    every page that was reported as done is on disk.

    Raises ValueError for something that is not a site, or a database of another site or with
    another choice of subdomains; OSError where the database cannot be written, or the process
    that reads pages cannot be started.
    """
    start = clean_site(site)
    try:
        with Store(database) as store:
            _claim(store, start, limits)
            return await _sit(store, start, limits, report, cancelled)
    except sqlite3.Error as error:
        raise OSError(f"The crawl's database {database} cannot be used: {error}.") from error


def _claim(store: Store, start: str, limits: Limits) -> None:
    for name, value, what in (
        ("site", start, "of"),
        ("subdomains", str(limits.subdomains), "made with subdomains ="),
    ):
        kept = store.fact(name)
        if kept is not None and kept != value:
            raise ValueError(f"This crawl is one {what} {kept}: start another for {value}.")
        store.keep_fact(name, value)
    store.keep_fact("pages", limits.pages)
    store.keep_fact("depth", limits.depth)


async def _sit(
    store: Store,
    start: str,
    limits: Limits,
    report: Report | None,
    cancelled: Callable[[], bool] | None,
) -> Totals:
    began = time.monotonic()
    before = float(store.fact("seconds") or 0)
    walk = Walk(store, start, limits)
    walking = asyncio.create_task(walk.run())
    try:
        finished = await _watch(walking, walk, report, cancelled)
    finally:
        walking.cancel()
        await asyncio.gather(walking, return_exceptions=True)
        store.commit()
        store.keep_fact("seconds", round(before + time.monotonic() - began, 3))
    if finished:
        store.keep_fact("finished", "yes")
    links = store.connection.execute("SELECT COUNT(*) FROM link WHERE kind & 1").fetchone()[0]
    seconds = float(store.fact("seconds") or 0)
    return Totals(store.done, store.known, links, seconds, finished)


async def _watch(
    walking: asyncio.Task[None],
    walk: Walk,
    report: Report | None,
    cancelled: Callable[[], bool] | None,
) -> bool:
    while True:
        ended, _ = await asyncio.wait({walking}, timeout=_TICK)
        done = walk.store.commit()
        if report:
            report(done, min(walk.limits.pages, walk.store.known), walk.note)
        if ended:
            _raise_first(walking)
            return True
        if cancelled and cancelled():
            return False


def _raise_first(walking: asyncio.Task[None]) -> None:
    # Many pages at a time fail as a group; a person is told the first thing that went wrong.
    error = walking.exception()
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if error:
        raise error


class Walk:
    """One sitting of a crawl: from what is on disk to its end or its limits."""

    def __init__(self, store: Store, start: str, limits: Limits) -> None:
        self.store = store
        self.limits = limits
        self.note = "Reading robots.txt and the sitemap"
        self._start = start
        self._scope: Scope = scope_of(start, limits.subdomains)
        self._resolver = Resolver(self._scope, limits.url_chars)

    async def run(self) -> None:
        """Crawl until nothing is left within the limits."""
        async with Fetcher(self.limits) as fetcher, Reader(self.limits.parse_seconds) as reader:
            self._fetcher, self._reader = fetcher, reader
            self._robots = Robots(fetcher, self.store, self.limits.robots)
            await self._read_sitemaps()
            rank_start(self.store.connection, self._known(self._start))
            depth = 0
            while depth <= self.limits.depth and has_level(self.store.connection, depth):
                await self._level(depth)
                if not self._left():
                    return
                depth += 1

    def _known(self, url: str) -> int:
        number = self.store.id_of(url)
        self.store.commit()
        return number

    def _left(self) -> int:
        return max(0, self.limits.pages - self.store.done)

    async def _read_sitemaps(self) -> None:
        if self.store.fact("sitemaps read") is None:
            parts = (self._fetcher, self._robots, self.store, self._scope, self.limits)
            await Sitemaps(*parts).read(self._start)
            self.store.keep_fact("sitemaps read", "yes")

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
        hosts: dict[str, list[tuple[int, str]]] = {}
        for number, url in wave:
            hosts.setdefault(host_of(url), []).append((number, url))
        queues = iter(hosts.values())
        async with asyncio.TaskGroup() as group:
            for _ in range(min(_HOSTS_AT_ONCE, len(hosts))):
                group.create_task(self._fetch_hosts(depth, queues))

    async def _fetch_hosts(self, depth: int, queues: Iterator[list[tuple[int, str]]]) -> None:
        for queue in queues:
            turns = iter(queue)
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.limits.concurrency, len(queue))):
                    group.create_task(self._fetch_pages(depth, turns))

    async def _fetch_pages(self, depth: int, turns: Iterator[tuple[int, str]]) -> None:
        for number, url in turns:
            self.note = f"Level {depth}: {url}"
            answer = await self._fetcher.get(url, is_page, self.limits.page_bytes)
            self.store.save(number, await self._read(url, answer))

    async def _read(self, url: str, answer: Answer) -> Visit:
        if not has_html(answer):
            return visit_without_page(url, answer, self._resolver)
        try:
            document = await self._reader.read(answer.body, answer.charset)
            return visit_of_page(url, answer, document, self._resolver)
        except UnreadableError as error:
            return visit_without_page(url, answer, self._resolver, str(error))
        except (ValueError, LookupError, RecursionError) as error:
            # Whatever a page contrives, it is that page's row and not the crawl's end.
            why = f"its HTML makes no sense ({type(error).__name__})"
            return visit_without_page(url, answer, self._resolver, why)
