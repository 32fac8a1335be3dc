"""Bodies of answers, read no further than a limit and unpacked no further than it.

A limit counts decoded bytes, so a compressed bomb costs what an honest page of that size costs.
What is not a page is measured and thrown away. A body that breaks off, is damaged or takes too
long counts as far as it came, as it does in browsers, and a note says what is missing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from cardloom.crawl.arrival import Arrival, BrokenOffError
from cardloom.crawl.packing import DamagedError, Unpacker, unpacker_of

ACCEPTED = "gzip, deflate"
_WORTH_READING = 65_536  # a body this small is read to its end, to keep the connection
_LAST_WORDS = b"</html>"


@dataclass(frozen=True, slots=True)
class Body:
    """data: decoded bytes, empty where not wanted; size: bytes known; note: what is missing.

    broken: another try may bring more.
    """

    data: bytes
    size: int
    note: str = ""
    broken: bool = False


async def read_body(arrival: Arrival, wanted: bool, limit: int, deadline: float) -> Body:
    """The body of an answer: as whole as it comes if `wanted`, else only its size.

    `deadline` is a time of the running loop. Never raises for what a server does.
    """
    if not wanted:
        return await _measure(arrival, limit, deadline)
    try:
        unpack = unpacker_of(arrival.headers.get("Content-Encoding", ""))
    except ValueError as unknown:
        arrival.close()
        return Body(b"", arrival.length or 0, str(unknown))
    return await _read(arrival, _Collected(unpack, limit), deadline)


async def _measure(arrival: Arrival, limit: int, deadline: float) -> Body:
    if arrival.length is not None and arrival.length > _WORTH_READING:
        arrival.close()
        return Body(b"", arrival.length)
    try:
        async with asyncio.timeout_at(deadline):
            await arrival.pour(lambda _: arrival.came <= limit)
    except (BrokenOffError, TimeoutError):
        arrival.close()  # its status is known, and nothing else of it is wanted
    if arrival.came > limit:
        arrival.close()
        return Body(b"", limit, f"measured up to {limit:,} bytes only")
    return Body(b"", arrival.came)


class _Collected:
    """What came of a body so far."""

    def __init__(self, unpack: Unpacker | None, limit: int) -> None:
        self.data = bytearray()
        self.limit = limit
        self._unpack = unpack

    def add(self, piece: bytes) -> bool:
        """Take what fits; whether there is room for more. Raises DamagedError."""
        room = self.limit - len(self.data)
        if room > 0 and piece:
            self.data += self._unpack(piece, room) if self._unpack else piece[:room]
        return not self.full

    @property
    def full(self) -> bool:
        """Whether more could not be kept."""
        return len(self.data) >= self.limit

    @property
    def cut_short(self) -> bool:
        """Whether a packed body lacks its end."""
        return self._unpack is not None and not self._unpack.whole

    @property
    def whole(self) -> bool:
        """Whether the body itself says that it is over."""
        if self._unpack:
            return self._unpack.whole
        return self.data[-64:].rstrip().lower().endswith(_LAST_WORDS)


async def _read(arrival: Arrival, came: _Collected, deadline: float) -> Body:
    note, broken = "", False
    try:
        async with asyncio.timeout_at(deadline):
            await arrival.pour(came.add)
        note = "its compressed body breaks off" if came.cut_short else ""
    except TimeoutError:
        note = "it did not end in time"
    except DamagedError as damaged:
        came.data += damaged.data
        note = str(damaged)
    except BrokenOffError:
        note, broken = _broken_off(arrival, came.whole), not came.whole
    if came.full:
        note, broken = f"read up to {came.limit:,} bytes only", False
    if note:
        arrival.close()
    return Body(bytes(came.data), len(came.data), note, broken)


def _broken_off(arrival: Arrival, whole: bool) -> str:
    told = "it seems whole, but" if whole else "it breaks off:"
    if arrival.length is None:
        return f"{told} its last chunk did not come"
    return f"{told} {arrival.came:,} came of the {arrival.length:,} bytes it promised"
