"""Sitemaps: the addresses a site says it has, to find those it links to from nowhere.

A sitemap is somebody's XML, so it is read as a stream with every dimension bounded, and one
with a DOCTYPE (entities, the stuff of XML bombs) is refused. Source: https://sitemaps.org/.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from ada_url import join_url

from cardloom.crawl.address import Scope, origin_of
from cardloom.crawl.fetch import Fetcher
from cardloom.crawl.limits import Limits
from cardloom.crawl.packing import DamagedError, Inflate
from cardloom.crawl.redirect import redirect_target
from cardloom.crawl.robots import Robots
from cardloom.crawl.store import Store

_FILE_BYTES = 16_000_000
_UNPACKED_BYTES = 50_000_000
_CHUNK = 65_536
_PACKED_CHUNK = 2_048  # gzip makes at most a thousand times as much of it
_ADDRESS_CHARS = 4_096
_DEEPEST = 20
_HOPS = 5


class SitemapError(ValueError):
    """A sitemap that was given up; the message is a sentence's end."""


@dataclass(slots=True)
class _Parser:
    """Collects `<loc>` texts of `<url>` in pages, of `<sitemap>` in files."""

    pages: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    _path: list[str] = field(default_factory=list)
    _text: str = ""

    def feed(self, chunks: Iterator[bytes]) -> Iterator[None]:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            for chunk in chunks:
                parser.Parse(chunk, False)
                yield
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise SitemapError(f"is not well-formed XML (line {error.lineno})") from None

    def _refuse(self, *_: object) -> None:
        raise SitemapError("has a DOCTYPE, which a sitemap has no use for")

    def _start(self, name: str, _: object) -> None:
        self._path.append(name.rpartition("}")[2])
        self._text = ""
        if len(self._path) > _DEEPEST:
            raise SitemapError(f"is nested deeper than {_DEEPEST} elements")

    def _characters(self, text: str) -> None:
        if self._path[-1] == "loc":
            self._text = (self._text + text)[: _ADDRESS_CHARS + 1]

    def _end(self, _: str) -> None:
        inside = self._path[-2:]
        if inside == ["url", "loc"]:
            self.pages.append(self._text.strip())
        elif inside == ["sitemap", "loc"]:
            self.files.append(self._text.strip())
        self._path.pop()


@dataclass(slots=True)
class Sitemaps:
    """Reads the sitemaps of a site into the store, once a crawl."""

    fetcher: Fetcher
    robots: Robots
    store: Store
    scope: Scope
    limits: Limits

    async def read(self, site: str) -> None:
        """Marks every address in scope that a sitemap names."""
        waiting = deque(await self._first(site))
        seen = set(waiting)
        room = self.limits.sitemap_urls
        for _ in range(self.limits.sitemaps):
            if not waiting or room <= 0:
                break
            url, named = waiting.popleft()
            parser = await self._file(url, named)
            pages = self._in_scope(url, parser.pages[:room])
            room -= len(parser.pages)
            self.store.mark_in_sitemap(pages)
            for further in self._in_scope(url, parser.files[: self.limits.sitemaps]):
                if (further, True) not in seen:
                    seen.add((further, True))
                    waiting.append((further, True))

    async def _first(self, site: str) -> list[tuple[str, bool]]:
        rules = await self.robots.rules(site)
        named = self._in_scope(site, rules.sitemaps[: self.limits.sitemaps])
        usual = origin_of(site) + "/sitemap.xml"
        if usual not in named and not await self.robots.forbid(usual):
            return [*((url, True) for url in named), (usual, False)]
        return [(url, True) for url in named]

    async def _file(self, url: str, named: bool) -> _Parser:
        parser = _Parser()
        status, body = await self._fetch(url)
        if status != 200:
            if named:
                self.store.note(f"The sitemap {url} could not be read ({status or 'no answer'}).")
            return parser
        try:
            for _ in parser.feed(_unpacked(body)):
                await asyncio.sleep(0)
                if len(parser.pages) > self.limits.sitemap_urls:
                    raise SitemapError("names more addresses than are looked at")
        except SitemapError as error:
            if named or parser.pages:
                self.store.note(f"The sitemap {url} {error}; what came before was used.")
        return parser

    async def _fetch(self, url: str) -> tuple[int, bytes]:
        for _ in range(_HOPS + 1):
            answer = await self.fetcher.get(url, lambda status, _: status == 200, _FILE_BYTES)
            target = redirect_target(url, answer)
            if target is None:
                return answer.status, answer.body
            if not self.scope.holds(target):
                break
            url = target
        return 0, b""

    def _in_scope(self, base: str, written: list[str]) -> list[str]:
        found = []
        for text in written:
            if len(text) > min(_ADDRESS_CHARS, self.limits.url_chars):
                continue
            try:
                url = join_url(base, text).partition("#")[0]
            except ValueError:
                continue
            if text and self.scope.holds(url):
                found.append(url)
        return found


def _unpacked(body: bytes) -> Iterator[bytes]:
    if not body.startswith(b"\x1f\x8b"):
        for start in range(0, len(body), _CHUNK):
            yield body[start : start + _CHUNK]
        return
    unpack, room = Inflate(), _UNPACKED_BYTES
    for start in range(0, len(body), _PACKED_CHUNK):
        try:
            data = unpack(body[start : start + _PACKED_CHUNK], room)
        except DamagedError:
            raise SitemapError("is damaged") from None
        room -= len(data)
        yield data
        if room <= 0:
            raise SitemapError(f"is larger than {_UNPACKED_BYTES // 1_000_000} MB unpacked")
