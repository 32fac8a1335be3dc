"""Requests to the API: one session, one pace, the token on its way to one host and no other.

It retries what may be repeated and nothing else; it follows no redirect, keeps no cookie, asks no
proxy, and hands nothing of aiohttp's on, whose errors carry the headers that were sent.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

from cardloom.backoff import retry_after
from cardloom.botify.address import clean_base, origin
from cardloom.botify.curl import Call
from cardloom.botify.errors import BotifyError, TooMany, Unavailable, Unexpected, refusal
from cardloom.botify.patience import Pace, Patience, backoff
from cardloom.botify.token import Token

if TYPE_CHECKING:
    import aiohttp

AGENT = "Cardloom (a local workflow app)"
MOST = 64_000_000  # bytes of one JSON answer
AGAIN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    retry_after: float | None


class Transport:
    """Use as `async with Transport(token, base, patience) as transport`.

    `on_call(call)` hears of each call before its first try.
    """

    def __init__(
        self,
        token: str,
        base: str,
        patience: Patience,
        on_call: Callable[[Call], object] | None = None,
    ) -> None:
        self._token = Token(token)
        self.base = clean_base(base)
        self.patience = patience
        self._on_call = on_call
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        import aiohttp  # a fifth of a second that an app which asks Botify nothing need not pay

        self._pace = Pace(self.patience.rate, asyncio.get_running_loop().time)
        # No token among the session's headers: each request gets it, or does not.
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            headers={"User-Agent": AGENT, "Accept": "application/json"},
            trust_env=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    def call(self, method: str, path: str, body: Any = None, **asked: str | int | None) -> Call:
        """The call of `path` below the base address; `asked` is its query, None left out."""
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return Call(method, f"{self.base}{path}" + (f"?{query}" if query else ""), body)

    async def get(self, path: str, **asked: str | int | None) -> Any:
        return await self.ask(self.call("GET", path, **asked))

    async def ask(self, call: Call, *, again: bool = True) -> Any:
        """The JSON of the answer to a call. `again=False` sends it once, whatever comes.

        Raises the errors of this room.
        """
        if self._on_call is not None:
            self._on_call(call)
        attempt = 0
        while True:
            await self._pace.turn()
            asked: float | None = None
            try:
                answer = await self._exchange(call)
                if answer.status < 300:
                    return self._read(call, answer)
                failure: BotifyError = self._refusal(call, answer)
                asked = answer.retry_after
            except Unavailable as error:
                failure = error
            passing = failure.http_status in AGAIN or (
                isinstance(failure, Unavailable) and not failure.http_status
            )
            too_long = asked is not None and asked > self.patience.longest_wait
            if not (again and passing) or too_long or attempt >= self.patience.retries:
                raise failure from None
            if asked is None:
                await asyncio.sleep(backoff(self.patience, attempt))
            else:
                self._pace.hold(asked)
            attempt += 1

    async def _exchange(self, call: Call) -> _Answer:
        import aiohttp

        if self._session is None:
            raise RuntimeError("The client is not open. Use it as `async with Client(…)`.")
        if origin(call.url) != origin(self.base):
            raise Unexpected(
                "An address at another host was not asked", endpoint=self.endpoint(call)
            )
        fast = call.method == "GET"
        seconds = self.patience.get_seconds if fast else self.patience.query_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._sent(self._session, call)
        except TimeoutError:
            raise self._silence(call, f"no answer within {seconds:g} seconds") from None
        except aiohttp.ClientConnectorError as error:
            raise self._silence(call, str(error), sent=False) from None
        except ValueError:  # yarl's, of a `next` that is no address; aiohttp's is one too
            raise Unexpected("The address is none", endpoint=self.endpoint(call)) from None
        except (aiohttp.ClientError, OSError) as error:
            # The name of the kind is enough: some of these hold the request with its headers.
            raise self._silence(call, f"the connection broke ({type(error).__name__})") from None

    async def _sent(self, session: aiohttp.ClientSession, call: Call) -> _Answer:
        from yarl import URL

        headers: Mapping[str, str] = {"Authorization": self._token.header()}
        sending: dict[str, Any] = {} if call.body is None else {"json": call.body}
        async with session.request(
            call.method,
            URL(call.url, encoded=True),
            headers=headers,
            allow_redirects=False,
            **sending,
        ) as response:
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > MOST:
                    raise Unexpected(
                        f"The answer is larger than {MOST:,} bytes", endpoint=self.endpoint(call)
                    )
            wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
            # Scrubbed here, the first place that has it, so that no error or frame can show it.
            return _Answer(response.status, self._token.scrub(bytes(body)), wait)

    def _silence(self, call: Call, why: str, *, sent: bool = True) -> Unavailable:
        error = Unavailable("Botify did not answer", message=why, endpoint=self.endpoint(call))
        error.sent = sent
        return error

    def _refusal(self, call: Call, answer: _Answer) -> BotifyError:
        error = refusal(answer.status, answer.body, self.endpoint(call))
        if isinstance(error, TooMany):
            error.retry_after = answer.retry_after
        return error

    def _read(self, call: Call, answer: _Answer) -> Any:
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            what = "The answer is not JSON" if answer.body.strip() else "The answer is empty"
            told = refusal(answer.status, answer.body, "").message
            raise Unexpected(
                what, http_status=answer.status, message=told, endpoint=self.endpoint(call)
            ) from None

    def endpoint(self, call: Call) -> str:
        """`GET /jobs/7`: the method and the path below the base address."""
        path = call.url.removeprefix(self.base).partition("?")[0]
        return f"{call.method} {path}"
