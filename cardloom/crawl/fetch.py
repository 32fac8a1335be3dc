"""One request, one answer: bounded, retried, at its host's pace. Never follows a redirect.

Cookies are kept only where the limits say so, no proxy or netrc is looked up, and a failure is
an answer of status 0 with a reason, since for a crawl it is a result like any other.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

import aiohttp
from aiohttp.abc import AbstractCookieJar
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from cardloom.backoff import delay, retry_after
from cardloom.crawl import wire
from cardloom.crawl.address import has_credentials
from cardloom.crawl.arrival import Arrival, ClientArrival
from cardloom.crawl.body import ACCEPTED, read_body
from cardloom.crawl.failure import why
from cardloom.crawl.limits import Limits
from cardloom.crawl.mediatype import read_media_type
from cardloom.crawl.pace import AGAIN, REFUSING, Pace

PRODUCT = "Cardloom"  # the name that robots.txt and X-Robots-Tag know the crawler by
USER_AGENT = f"{PRODUCT}/0.1 (a crawler run by one person, on their own machine)"
_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "User-Agent": USER_AGENT,
        "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
        "Accept-Encoding": ACCEPTED,
    }
)
_NO_HEADERS: CIMultiDictProxy[str] = CIMultiDictProxy(CIMultiDict())
_HEADER_BYTES = 65_536  # some honest sites send a Content-Security-Policy of 20 KB
_CONNECTIONS = 100
_ODD = 3  # after so many in a row, a host is asked in the tolerant way at once


@dataclass(frozen=True, slots=True)
class Answer:
    """status 0 means no answer, and reason says why; else reason says what was left out."""

    status: int
    reason: str
    content_type: str = ""
    charset: str = ""
    headers: CIMultiDictProxy[str] = field(default_factory=lambda: _NO_HEADERS)
    body: bytes = b""
    size: int = 0
    ms: int = 0
    at: float = 0.0  # when it came, in seconds since 1970
    passing: bool = False  # a failure that may be gone at the next try


class Fetcher:
    """The connections of one crawl. Use as `async with Fetcher(limits) as fetcher`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._paces: dict[str, Pace] = {}
        self._odd: Counter[str] = Counter()  # answers in a row that were not quite HTTP, by host

    async def __aenter__(self) -> Fetcher:
        self._clock = asyncio.get_running_loop().time
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS, ttl_dns_cache=300),
            cookie_jar=_jar(self._limits.cookies),
            timeout=aiohttp.ClientTimeout(total=None),
            headers=_HEADERS,
            auto_decompress=False,
            trust_env=False,
            max_line_size=_HEADER_BYTES,
            max_field_size=_HEADER_BYTES,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    def pace(self, host: str) -> Pace:
        """The pace of one host (`example.com:8080`)."""
        pace = self._paces.get(host)
        if pace is None:
            pace = self._paces[host] = Pace(
                self._limits.rate, self._clock, self._limits.wait_seconds
            )
        return pace

    async def get(
        self,
        url: str,
        wanted: Callable[[int, str], bool],
        limit: int,
        *,
        again: frozenset[int] = AGAIN,
        patience: int | None = None,
    ) -> Answer:
        """The answer to a GET, with its body where `wanted(status, content_type)`.

        again      statuses to try again after, beside failures of the network
        patience   how often after a refusal, where it is not the limit `retries`
        """
        pace = self.pace(host_of(url))
        attempt = 0
        while True:
            turn = await pace.turn()
            answer = await self._ask(url, wanted, limit)
            self._heard(pace, turn, answer)
            left = self._limits.retries
            if patience is not None and answer.status in REFUSING:
                left = patience
            if attempt >= left or not (answer.passing or answer.status in again):
                return answer
            if answer.status not in REFUSING and not pace.waits():
                await asyncio.sleep(delay(attempt, self._limits.wait_seconds))
            attempt += 1

    @property
    def paces(self) -> Mapping[str, Pace]:
        """The pace of every host that was asked."""
        return self._paces

    def _heard(self, pace: Pace, turn: int, answer: Answer) -> None:
        asked = retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))
        if answer.status in REFUSING:
            pace.refused(turn, asked)
        elif answer.status in AGAIN and asked is not None:
            # The host speaks for all its pages, not only for this one.
            pace.hold(asked)
        elif answer.status:
            pace.answered(turn)

    async def _ask(self, url: str, wanted: Callable[[int, str], bool], limit: int) -> Answer:
        if has_credentials(url):
            return Answer(0, "its address carries a user name, which is never sent")
        seconds = self._limits.page_seconds
        try:
            return await self._exchange_somehow(url, wanted, limit)
        except TimeoutError:
            return Answer(0, f"no answer within {seconds:g} seconds", passing=True)
        except (aiohttp.ClientConnectionError, OSError) as error:
            return Answer(0, why(error), passing=True)
        except Exception as error:  # whatever a host contrives, it is one address's row
            return Answer(0, why(error))

    async def _exchange_somehow(
        self, url: str, wanted: Callable[[int, str], bool], limit: int
    ) -> Answer:
        seconds = self._limits.page_seconds
        host = host_of(url)
        if self._odd[host] < _ODD:
            try:
                answer = await self._exchange(url, wanted, limit, self._clock() + seconds)
            except aiohttp.ClientResponseError:
                self._odd[host] += 1
            else:
                self._odd[host] = 0
                return answer
        return await self._exchange_by_wire(url, wanted, limit, self._clock() + seconds)

    async def _exchange(
        self, url: str, wanted: Callable[[int, str], bool], limit: int, deadline: float
    ) -> Answer:
        started = time.perf_counter()
        # encoded=True: the address goes out as the page wrote it, and is not tidied up.
        asked = self._session.get(URL(url, encoded=True), allow_redirects=False)
        async with asyncio.timeout_at(deadline):
            response = await asked
        async with response:
            arrival = ClientArrival(response)
            return await _answer(response.status, arrival, wanted, limit, deadline, started)

    async def _exchange_by_wire(
        self, url: str, wanted: Callable[[int, str], bool], limit: int, deadline: float
    ) -> Answer:
        await self.pace(host_of(url)).turn()
        started = time.perf_counter()
        async with asyncio.timeout_at(deadline):
            response = await wire.ask(url, _HEADERS)
        with closing(response):
            return await _answer(response.status, response, wanted, limit, deadline, started)


async def _answer(
    status: int,
    arrival: Arrival,
    wanted: Callable[[int, str], bool],
    limit: int,
    deadline: float,
    started: float,
) -> Answer:
    types = ",".join(arrival.headers.getall("Content-Type", ()))
    content_type, charset = read_media_type(printable(types))
    body = await read_body(arrival, wanted(status, content_type), limit, deadline)
    return Answer(
        status=status,
        reason=body.note,
        content_type=content_type,
        charset=charset,
        headers=arrival.headers,
        body=body.data,
        size=body.size,
        ms=round((time.perf_counter() - started) * 1000),
        at=time.time(),
        passing=body.broken,
    )


def _jar(kept: bool) -> AbstractCookieJar:
    # unsafe: hosts that are a bare IP address have cookies too.
    return aiohttp.CookieJar(unsafe=True) if kept else aiohttp.DummyCookieJar()


def host_of(url: str) -> str:
    """`example.com:8080` of an absolute http(s) address."""
    return url[url.find("//") + 2 : url.find("/", 8)]


def printable(header: str) -> str:
    """A header's text without the surrogates that stand for bytes that were not UTF-8."""
    return header.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
