"""`run.http`: outbound HTTP for cards, one shared aiohttp session, asked for only when used."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

AGENT = "Cardloom (a local workflow app)"
SECONDS = 60.0
MOST = 200_000_000  # bytes of one reply; larger things are streamed to a file by other means


@dataclass(frozen=True)
class Reply:
    """What came back: status, headers (lower-case names), body in bytes, the final address."""

    status: int
    headers: dict[str, str]
    body: bytes
    url: str

    @property
    def text(self) -> str:
        _, _, charset = self.headers.get("content-type", "").partition("charset=")
        try:
            return self.body.decode(charset.split(";")[0].strip('" ') or "utf-8", "replace")
        except LookupError:  # a charset that nobody knows
            return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


class Http:
    """For `async def` cards: `await run.http.get(url)`; for the others use it without `await`."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def request(self, method: str, url: str, **options: Any) -> Reply:
        """One request; `options` as for aiohttp's (headers, params, json, data, timeout …).

        Raises ConnectionError with a sentence when there is no answer, ValueError when the reply
        is too large.
        """
        import aiohttp  # 130 ms and 12 MB that most runs never need: loaded at the first request

        if self._session is None or self._session.closed:
            limit = aiohttp.ClientTimeout(total=SECONDS)
            self._session = aiohttp.ClientSession(timeout=limit, headers={"User-Agent": AGENT})
        try:
            async with self._session.request(method, url, **options) as reply:
                body = await reply.content.read(MOST + 1)
                while len(body) <= MOST and (more := await reply.content.read(MOST)):
                    body += more
                if len(body) > MOST:
                    raise ValueError(f"{url} sends more than {MOST:,} bytes.")
                headers = {name.lower(): value for name, value in reply.headers.items()}
                return Reply(reply.status, headers, body, str(reply.url))
        except (aiohttp.ClientError, TimeoutError) as error:
            why = str(error) or type(error).__name__
            raise ConnectionError(f"{url} did not answer: {why}") from error

    async def get(self, url: str, **options: Any) -> Reply:
        return await self.request("GET", url, **options)

    async def post(self, url: str, **options: Any) -> Reply:
        return await self.request("POST", url, **options)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class BlockingHttp:
    """The same calls for cards that are plain functions, on a thread of their own."""

    def __init__(self, http: Http, loop: asyncio.AbstractEventLoop) -> None:
        self._http, self._loop = http, loop

    def request(self, method: str, url: str, **options: Any) -> Reply:
        waiting = self._http.request(method, url, **options)
        return asyncio.run_coroutine_threadsafe(waiting, self._loop).result()

    def get(self, url: str, **options: Any) -> Reply:
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> Reply:
        return self.request("POST", url, **options)
