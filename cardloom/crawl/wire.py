"""Answers that are not quite HTTP, read as browsers read them.

aiohttp refuses what is ambiguous: a Content-Length twice, negative or beside chunks, more bytes
than it promises, a header line without a colon. Browsers show such pages. So an address that
aiohttp calls unreadable is asked for once more here, over a connection of its own.
Source: RFC 9112, and what Chromium makes of each case.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from multidict import CIMultiDict, CIMultiDictProxy

from cardloom.crawl.arrival import BrokenOffError, Take

_HEAD_BYTES = 65_536
_PIECE = 65_536
_LINE_BYTES = 4_096
_STATUS_LINE = re.compile(rb".{0,4}?HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?!\d)", re.I | re.S)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9a-f]{1,15})[ \t]*(?:;.*)?$", re.I)
_WITHOUT_BODY = frozenset({204, 205, 304})


class NotHttpError(Exception):
    """An answer that no browser would show either."""


class WireResponse:
    """Status and headers of an answer, and its body as it comes. Close it after use."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._rest = b""
        self.status = 0
        self.headers: CIMultiDictProxy[str] = CIMultiDictProxy(CIMultiDict())
        self.length: int | None = None
        self.came = 0

    async def read_head(self) -> None:
        """Read status and headers. Raises NotHttpError."""
        while self.status < 200:
            head = await self._head()
            found = _STATUS_LINE.match(head)
            if not found or b"\0" in head:
                raise NotHttpError
            self.status = int(found[1])
            self.headers = _headers(head)
        self.length = _length(self.headers)

    async def pour(self, take: Take) -> None:
        """Give the body to `take`, piece by piece, until it wants no more. Raises BrokenOffError."""
        if self.status in _WITHOUT_BODY:
            return
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            await self._pour_chunks(take)
        else:
            await self._pour_bytes(take, self.length)

    def close(self) -> None:
        """Give the connection up."""
        self._writer.close()

    async def _head(self) -> bytes:
        head = self._rest
        while not (end := _HEAD_END.search(head)):
            if len(head) > _HEAD_BYTES or not (piece := await self._read()):
                raise NotHttpError
            head += piece
        self._rest = head[end.end() :]
        return head[: end.start()]

    async def _pour_bytes(self, take: Take, length: int | None) -> bool:
        while length is None or length > 0:
            piece = await self._some()
            if not piece:
                if length is None:
                    return False
                raise BrokenOffError
            mine = piece if length is None else piece[:length]
            self._rest = piece[len(mine) :]
            length = None if length is None else length - len(mine)
            self.came += len(mine)
            if not take(mine):
                return False
        return True

    async def _pour_chunks(self, take: Take) -> None:
        while True:
            found = _CHUNK_SIZE.match(await self._line())
            if not found:
                raise BrokenOffError
            size = int(found[1], 16)
            if not size or not await self._pour_bytes(take, size):
                return
            if await self._line():
                raise BrokenOffError

    async def _line(self) -> bytes:
        while b"\n" not in self._rest:
            piece = await self._read()
            if not piece or len(self._rest) > _LINE_BYTES:
                raise BrokenOffError
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line.removesuffix(b"\r")

    async def _some(self) -> bytes:
        piece, self._rest = self._rest, b""
        return piece or await self._read()

    async def _read(self) -> bytes:
        try:
            return await self._reader.read(_PIECE)
        except ConnectionError:
            return b""


async def ask(url: str, headers: Mapping[str, str]) -> WireResponse:
    """The answer to a GET of an absolute address. Raises NotHttpError, OSError."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    reader, writer = await asyncio.open_connection(
        parts.hostname, parts.port or (443 if secure else 80), ssl=secure or None
    )
    response = WireResponse(reader, writer)
    try:
        host = parts.netloc.rpartition("@")[2]
        named = {"Host": host, **headers, "Connection": "close"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        target = url[url.find("/", 8) :]
        writer.write(f"GET {target} HTTP/1.1\r\n{lines}\r\n".encode())
        await response.read_head()
    except BaseException:
        response.close()
        raise
    return response


def _headers(head: bytes) -> CIMultiDictProxy[str]:
    text = re.sub(r"\r?\n[ \t]+", " ", head.decode("utf-8", "surrogateescape"))
    found: CIMultiDict[str] = CIMultiDict()
    for line in text.split("\n")[1:]:
        name, colon, value = line.partition(":")
        if colon and name.strip():
            found.add(name.strip(), value.strip())
    return CIMultiDictProxy(found)


def _length(headers: CIMultiDictProxy[str]) -> int | None:
    written = _values(headers.getall("Content-Length", []))
    if len(written) > 1:
        raise NotHttpError  # browsers refuse to choose between two lengths
    value = next(iter(written), "")
    return int(value) if value.isascii() and value.isdigit() else None


def _values(headers: Iterable[str]) -> set[str]:
    return {value.strip() for header in headers for value in header.split(",")}
