"""Bodies of answers, read no further than a limit and unpacked no further than it.

A limit counts decoded bytes, so a compressed bomb costs what an honest page of that size costs.
What is not a page is measured and thrown away.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import aiohttp

ACCEPTED = "gzip, deflate"
_WORTH_READING = 65_536  # a body this small is read to its end, to keep the connection


@dataclass(frozen=True, slots=True)
class Body:
    """data: decoded bytes, empty where they were not wanted; size: bytes known; note: what was lost."""

    data: bytes
    size: int
    note: str = ""


async def read_body(response: aiohttp.ClientResponse, wanted: bool, limit: int) -> Body:
    """The body of an answer: whole if `wanted`, else only its size.

    Raises aiohttp.ClientError where the connection breaks off.
    """
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    length = response.content_length
    if not wanted:
        return await _measure(response, length, limit)
    if coding in ("", "identity") and length is not None and length <= limit:
        data = await response.read()
        return Body(data, len(data))
    if coding in ("", "identity"):
        return await _read_plain(response, limit)
    if coding in ("gzip", "x-gzip", "deflate"):
        return await _read_packed(response, limit)
    return Body(b"", length or 0, f"its encoding “{coding[:40]}” was not asked for")


async def _measure(response: aiohttp.ClientResponse, length: int | None, limit: int) -> Body:
    if length is not None and length > _WORTH_READING:
        response.close()
        return Body(b"", length)
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > limit:
            response.close()
            return Body(b"", limit, _cut(limit))
    return Body(b"", size)


async def _read_plain(response: aiohttp.ClientResponse, limit: int) -> Body:
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk[: limit - len(data)]
        if len(data) >= limit:
            response.close()
            return Body(bytes(data), limit, _cut(limit))
    return Body(bytes(data), len(data))


async def _read_packed(response: aiohttp.ClientResponse, limit: int) -> Body:
    data = bytearray()
    unpack = Unpacking()
    async for chunk in response.content.iter_any():
        try:
            data += unpack(chunk, limit - len(data))
        except zlib.error:
            response.close()
            return Body(bytes(data), len(data), "its compressed body is damaged")
        if len(data) >= limit:
            response.close()
            return Body(bytes(data), limit, _cut(limit))
    note = "" if unpack.whole else "its compressed body breaks off"
    return Body(bytes(data), len(data), note)


def _cut(limit: int) -> str:
    return f"read up to {limit:,} bytes only"


class Unpacking:
    """gzip, zlib or bare deflate (servers call all three deflate), never past the room given."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._begun = False

    def __call__(self, chunk: bytes, room: int) -> bytes:
        """At most `room` (> 0) more bytes; what would not fit is lost. Raises zlib.error."""
        try:
            data = self._stream.decompress(chunk, room)
        except zlib.error:
            if self._begun:
                raise
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
            data = self._stream.decompress(chunk, room)
        self._begun = True
        return data

    @property
    def whole(self) -> bool:
        """Whether the stream's own end was seen."""
        return self._stream.eof
