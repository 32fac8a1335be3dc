"""A body on its way: what `read_body` needs to know of an answer, whoever brings it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import aiohttp
from multidict import CIMultiDictProxy

Take = Callable[[bytes], bool]


class BrokenOffError(Exception):
    """A body that ended before its end."""


class Arrival(Protocol):
    """length: bytes the header promises; came: bytes that came, as they were sent."""

    headers: CIMultiDictProxy[str]
    length: int | None

    @property
    def came(self) -> int: ...

    async def pour(self, take: Take) -> None:
        """Give the body to `take`, piece by piece, until it wants no more. Raises BrokenOffError."""

    def close(self) -> None:
        """Give the connection up."""


class ClientArrival:
    """The body of an answer that aiohttp brings."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._content = response.content
        self.headers = response.headers
        self.length = response.content_length
        self.close = response.close

    @property
    def came(self) -> int:
        """Bytes of the body so far."""
        return self._content.total_bytes

    async def pour(self, take: Take) -> None:
        """As Arrival has it."""
        closed = self._closed()
        if closed is not None:
            closed.add_done_callback(self._end)
        try:
            async for piece in self._content.iter_any():
                if not take(piece):
                    return
        except (aiohttp.ClientError, ConnectionError):
            take(self._left_behind())
            raise BrokenOffError from None
        finally:
            if closed is not None:
                closed.remove_done_callback(self._end)

    def _closed(self) -> asyncio.Future[None] | None:
        connection = self._response.connection
        if connection is None or connection.protocol is None:
            return None  # all of the body is here already
        return connection.protocol.closed

    def _end(self, _: asyncio.Future[None]) -> None:
        # Where chunks make no sense, aiohttp closes the connection and leaves the body waiting.
        if not self._content.is_eof() and self._content.exception() is None:
            self._content.set_exception(aiohttp.ClientPayloadError())

    def _left_behind(self) -> bytes:
        # aiohttp refuses to hand out what came before a connection broke off.
        self._content._exception = None
        return self._content.read_nowait()
