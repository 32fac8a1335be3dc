"""Unpacks what servers pack: gzip, deflate and brotli, never past the room given.

A body may be packed twice, come in several members, or have a wrong sum or something else at its
end. As in browsers, all that could be unpacked counts.
"""

from __future__ import annotations

import zlib
from typing import Protocol

import brotli

_GZIP = b"\x1f\x8b"
_BITE = 64  # brotli keeps what came of the bite in which it fails
_ELSEWHERE = frozenset({"zstd", "compress", "x-compress", "dcb", "dcz", "bzip2", "xz", "lzma"})


class DamagedError(Exception):
    """A packed body that makes no sense from here on; `data` is what still came out of it."""

    def __init__(self, data: bytes) -> None:
        super().__init__("its compressed body is damaged")
        self.data = data


class Unpacker(Protocol):
    """Unpacks a body, chunk by chunk. `whole` once the packing itself says that it is over."""

    @property
    def whole(self) -> bool: ...

    def __call__(self, chunk: bytes, room: int) -> bytes:
        """At most `room` (> 0) more bytes; what does not fit is lost. Raises DamagedError."""


class Inflate:
    """gzip in any number of members, zlib, or bare deflate (servers call all three deflate)."""

    def __init__(self) -> None:
        self._held = b""
        self._members = 0
        self._stream: zlib._Decompress | None = None

    @property
    def whole(self) -> bool:
        """Whether the last member was seen to its end."""
        return self._stream is None and self._members > 0

    def __call__(self, chunk: bytes, room: int) -> bytes:
        """As Unpacker has it."""
        chunk, self._held = self._held + chunk, b""
        data = bytearray()
        while chunk and len(data) < room:
            stream = self._stream = self._stream or self._begin(chunk)
            if stream is None:
                break
            try:
                data += self._inflate(stream, chunk, room - len(data))
            except DamagedError as damaged:
                raise DamagedError(bytes(data) + damaged.data) from None
            if not stream.eof:
                break
            self._stream, chunk = None, stream.unused_data
            self._members += 1
        return bytes(data)

    def _begin(self, chunk: bytes) -> zlib._Decompress | None:
        if self._members and not _GZIP.startswith(chunk[:2]):
            return None  # what stands behind the last member is nothing of ours
        if len(chunk) < 2:
            self._held = chunk
            return None
        if chunk.startswith(_GZIP):
            return zlib.decompressobj(zlib.MAX_WBITS | 16)
        zlibs = chunk[0] & 15 == 8 and int.from_bytes(chunk[:2]) % 31 == 0
        return zlib.decompressobj(zlib.MAX_WBITS if zlibs else -zlib.MAX_WBITS)

    def _inflate(self, stream: zlib._Decompress, chunk: bytes, room: int) -> bytes:
        before = stream.copy()
        try:
            return stream.decompress(chunk, room)
        except zlib.error:
            raise DamagedError(_salvage(before, chunk, room)) from None


def _salvage(stream: zlib._Decompress, chunk: bytes, room: int) -> bytes:
    # zlib gives nothing of the piece in which it finds the damage, so the pieces get smaller.
    data = bytearray()
    size = len(chunk)
    while size and chunk and len(data) < room:
        trial = stream.copy()
        try:
            data += trial.decompress(chunk[:size], room - len(data))
        except zlib.error:
            size //= 2
        else:
            stream, chunk = trial, chunk[size:]
    return bytes(data)


class Brotli:
    """What caches hand out that keep one packed copy for all."""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    @property
    def whole(self) -> bool:
        """Whether the stream's own end was seen."""
        return bool(self._stream.is_finished())

    def __call__(self, chunk: bytes, room: int) -> bytes:
        """As Unpacker has it."""
        data = bytearray()
        for start in range(0, len(chunk), _BITE):
            if self.whole or len(data) >= room:
                break
            self._feed(chunk[start : start + _BITE], data, room)
        return bytes(data[:room])

    def _feed(self, bite: bytes, data: bytearray, room: int) -> None:
        try:
            data += self._stream.process(bite, output_buffer_limit=room)
            while not self._stream.can_accept_more_data() and len(data) < room:
                data += self._stream.process(b"", output_buffer_limit=room)
        except brotli.error:
            raise DamagedError(bytes(data[:room])) from None


class Twice:
    """One packing inside another."""

    def __init__(self, outer: Unpacker, inner: Unpacker) -> None:
        self._outer, self._inner = outer, inner

    @property
    def whole(self) -> bool:
        """Whether both were seen to their ends."""
        return self._outer.whole and self._inner.whole

    def __call__(self, chunk: bytes, room: int) -> bytes:
        """As Unpacker has it."""
        data = self._outer(chunk, room)
        return self._inner(data, room) if data else b""


def unpacker_of(codings: str) -> Unpacker | None:
    """What unpacks a body with this Content-Encoding; None where it is not packed.

    Like browsers, this takes a name that means no packing (`utf-8`, `none`) for a mistake.
    Raises ValueError for a packing that is not read here.
    """
    found: Unpacker | None = None
    for name in codings.lower().split(","):
        coding = name.strip()
        if coding in _ELSEWHERE:
            raise ValueError(f"it is packed as “{coding}”, which was not asked for")
        unpacker: Unpacker | None = None
        if coding in ("gzip", "x-gzip", "deflate"):
            unpacker = Inflate()
        elif coding == "br":
            unpacker = Brotli()
        if unpacker:
            found = Twice(unpacker, found) if found else unpacker
    return found
