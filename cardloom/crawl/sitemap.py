"""Sitemaps: the addresses a site says it has, to find those it links to from nowhere.

They are named by robots.txt, by the person, or lie at /sitemap.xml; an index names further ones.
Whatever of them is not read is told, since nothing can be said then of what they do not name.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from ada_url import join_url

from cardloom.crawl.address import Scope, is_private, origin_of
from cardloom.crawl.fetch import Fetcher
from cardloom.crawl.limits import Limits
from cardloom.crawl.pace import REFUSING
from cardloom.crawl.redirect import redirect_target
from cardloom.crawl.robots import Robots
from cardloom.crawl.sitemap_file import (
    ADDRESS_CHARS,
    FILE_ADDRESSES,
    FILE_BYTES,
    SitemapError,
    read_file,
)
from cardloom.crawl.store import SITEMAPS_CUT, Store

_HOPS = 5
_PATIENCE = 6  # further tries for a file that is refused, until one was in vain: a minute
_PORTION = 5_000
_GONE = frozenset({404, 410})


@dataclass(slots=True)
class _File:
    """One sitemap: named by somebody, or only looked for at its usual place."""

    url: str
    named: bool
    pages: int = 0


@dataclass(slots=True)
class Sitemaps:
    """Reads the sitemaps of a site into the store, once a crawl. `tell` gets a line on each."""

    fetcher: Fetcher
    robots: Robots
    store: Store
    scope: Scope
    limits: Limits
    tell: Callable[[str], None]
    _patience: int = _PATIENCE
    _taken: int = 0
    _outside: int = 0
    _example: str = ""
    _seen: set[str] = field(default_factory=set)
    _waiting: deque[_File] = field(default_factory=deque)

    async def read(self, site: str) -> None:
        """Marks every address in scope that a sitemap names."""
        await self._begin(site)
        count = 0
        while self._waiting:
            if count >= self.limits.sitemaps or self._taken >= self.limits.sitemap_urls:
                self._stop(count)
                break
            count += 1
            await self._read(self._waiting.popleft(), site)
        if self._outside:
            self.store.note(
                f"Addresses in the sitemaps that are outside this site: {self._outside:,}, for "
                f"example {self._example}. They were left out."
            )

    async def _begin(self, site: str) -> None:
        rules = await self.robots.rules(site)
        for text in (self.limits.sitemap, *rules.sitemaps):
            if text and (url := _absolute(site, text)):
                self._add(_File(url, named=True), site)
        usual = origin_of(site) + "/sitemap.xml"
        if not await self.robots.forbid(usual):
            self._add(_File(usual, named=False), site)

    def _add(self, file: _File, site: str) -> None:
        if file.url in self._seen:
            return
        self._seen.add(file.url)
        if is_private(file.url) and not is_private(site):
            self._lose(f"The sitemap {file.url} is on a private address and was not asked for.")
        else:
            self._waiting.append(file)

    def _stop(self, count: int) -> None:
        full = self._taken >= self.limits.sitemap_urls
        what = f"{self._taken:,} addresses" if full else f"{count:,} files"
        self._lose(
            f"Sitemaps were read up to {what}; {len(self._waiting):,} more of their files were "
            "not. Which pages are outside the sitemap is therefore not known."
        )

    def _lose(self, sentence: str) -> None:
        self.store.note(sentence)
        self.store.keep_fact(SITEMAPS_CUT, "yes")

    async def _read(self, file: _File, site: str) -> None:
        self.tell(f"Reading the sitemap {file.url}")
        status, body, note = await self._fetch(file.url, site)
        if status != 200:
            self._tell_failure(file, status, note)
            return
        try:
            await self._take(file, body, site)
        except SitemapError as error:
            self._tell_damage(file, error)
        if len(body) >= FILE_BYTES and note:
            self._lose(f"The sitemap {file.url} is larger than 50 MB; the rest was not read.")
        if file.pages > FILE_ADDRESSES:
            self.store.note(
                f"The sitemap {file.url} names {file.pages:,} addresses; a search engine reads "
                f"{FILE_ADDRESSES:,} of one file."
            )

    def _tell_failure(self, file: _File, status: int, note: str) -> None:
        if status in REFUSING:
            self._patience = self.limits.retries
        if not file.named and 300 <= status < 500 and status != 429:
            return
        why = str(status) if status else note or "no answer"
        sentence = f"The sitemap {file.url} could not be read ({why})."
        if file.named and status not in _GONE:
            self._lose(sentence)
        else:
            self.store.note(sentence)

    def _tell_damage(self, file: _File, error: SitemapError) -> None:
        sentence = f"The sitemap {file.url} {error}."
        if error.lost:
            self._lose(sentence)
        else:
            self.store.note(sentence)

    async def _take(self, file: _File, body: bytes, site: str) -> None:
        portion: list[str] = []
        try:
            for named in read_file(body):
                file.pages += len(named.pages)
                portion += self._in_scope(file.url, named.pages)
                self._add_files(file.url, named.files, site)
                if len(portion) >= _PORTION:
                    self._mark(portion)
                await asyncio.sleep(0)
                if self._taken + len(portion) > self.limits.sitemap_urls:
                    most = f"more than the {self.limits.sitemap_urls:,} addresses that are taken"
                    raise SitemapError(f"and those before it name {most}")
        finally:
            self._mark(portion)

    def _mark(self, portion: list[str]) -> None:
        del portion[max(0, self.limits.sitemap_urls - self._taken) :]
        self._taken += len(portion)
        self.store.mark_in_sitemap(portion)
        portion.clear()

    def _add_files(self, base: str, texts: list[str], site: str) -> None:
        for text in texts:
            url = _absolute(base, text)
            if not url:
                continue
            if self.scope.holds(url) or origin_of(url) == origin_of(base):
                self._add(_File(url, named=True), site)
            elif url not in self._seen:
                self._seen.add(url)
                self._lose(f"The sitemap {base} names {url}, on another host; it was not read.")

    async def _fetch(self, url: str, site: str) -> tuple[int, bytes, str]:
        for _ in range(_HOPS + 1):
            answer = await self.fetcher.get(url, _is_found, FILE_BYTES, patience=self._patience)
            target = redirect_target(url, answer)
            if target is None:
                return answer.status, answer.body, answer.reason
            if not _absolute(url, target) or (is_private(target) and not is_private(site)):
                break
            url = target
        return 0, b"", "it is redirected without end, or to no address"

    def _in_scope(self, base: str, written: list[str]) -> list[str]:
        found = []
        for text in written:
            url = _absolute(base, text)
            if not url or len(url) > self.limits.url_chars:
                continue
            if self.scope.holds(url):
                found.append(url)
            else:
                self._outside += 1
                self._example = self._example or url[:200]
        return found


def _is_found(status: int, _: str) -> bool:
    return status == 200


def _absolute(base: str, text: str) -> str:
    """An address as written in a sitemap, a robots.txt or by a person; "" where it is none."""
    if not text or len(text) > ADDRESS_CHARS:
        return ""
    try:
        url = str(join_url(base, text)).partition("#")[0]
    except ValueError:
        return ""
    return url if url.startswith(("http://", "https://")) else ""
