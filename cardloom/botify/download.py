"""The finished file, from Botify's file host to the disk: streamed, resumed, checked, renamed.

    host ──▶ NAME.part ──▶ unpack ──▶ check rows ──▶ NAME.new ──▶ NAME

The token has no part in this: the session here never held it. Nothing is trusted of the file but
what its own bytes prove.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardloom.botify.address import origin
from cardloom.botify.errors import BotifyError, Expired, Stopped, Unavailable, WrongFile
from cardloom.botify.exports import Export
from cardloom.botify.partial import Partial, Source
from cardloom.botify.patience import Patience, backoff
from cardloom.botify.table import write_table
from cardloom.botify.transport import AGENT
from cardloom.tables.unpacking import unpacked

if TYPE_CHECKING:
    import aiohttp

Report = Callable[[float, float | None, str], object]
_PIECE = 1 << 18
_MOST = 50_000_000_000  # bytes of one file on its way; Botify's largest are far below
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_GONE = frozenset({401, 403, 404, 410})


class _Mismatch(Unavailable):
    """The part that came does not fit the one we have; both are thrown away."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file that was downloaded and written.

    rows        of the file, its header not counted
    received    rows in Botify's file: what was paid for
    incomplete  rows left out: links without a target, pages without an address
    bytes       that came over the network for the file, packed as it was
    cut_off     as many rows came as were asked for at most, so there are probably more
    """

    path: Path
    rows: int
    received: int
    incomplete: int
    bytes: int
    cut_off: bool


async def fetch(
    url: str, target: Path, job: str, base: str, patience: Patience, report: Report | None
) -> Partial:
    """The body of `url` as a Partial that is whole. What of it is there already is kept.

    Raises Expired, Unavailable, WrongFile.
    """
    import aiohttp  # loaded when used: see transport

    _check(url, base)
    partial = Partial(target, job)
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=patience.get_seconds, sock_read=patience.read_seconds
    )
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=timeout,
        headers={"User-Agent": AGENT, "Accept-Encoding": "identity"},
        auto_decompress=False,
        trust_env=False,
    ) as session:
        fruitless = 0
        while True:
            before = partial.size
            try:
                await _read(session, url, partial, job, report)
                return partial
            except Unavailable as error:
                if isinstance(error, _Mismatch):
                    partial.forget()
                # Progress earns new patience: a large file over a bad line ends after all.
                fruitless = 0 if partial.size > before else fruitless + 1
                if fruitless > patience.retries:
                    raise
                await asyncio.sleep(backoff(patience, fruitless))


async def _read(
    session: aiohttp.ClientSession, url: str, partial: Partial, job: str, report: Report | None
) -> None:
    import aiohttp
    from yarl import URL

    source = partial.source()
    headers = {}
    if source is not None:
        if source.total == partial.size:
            return
        headers = {"Range": f"bytes={partial.size}-", "If-Range": source.validator}
    try:
        async with session.get(
            URL(url, encoded=True), headers=headers, max_redirects=5
        ) as response:
            if source is None or not _goes_on(response, source, partial.size):
                _accept(response, partial, job)
            await _append(response, partial, report)
    except ValueError:  # yarl's; aiohttp's own is one too
        raise WrongFile("Botify's address for the file is none") from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        if isinstance(error, OSError) and not isinstance(
            error, (aiohttp.ClientError, ConnectionError, TimeoutError)
        ):
            raise  # the disk's, not the network's
        raise Unavailable(
            "The download broke off", message=type(error).__name__, endpoint="GET the file"
        ) from None


def _goes_on(response: aiohttp.ClientResponse, source: Source, have: int) -> bool:
    """Whether the answer is the rest of what we have. Where it is not, it must be all anew."""
    if response.status != 206:
        return False
    found = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    total = None if found is None or found[3] == "*" else int(found[3])
    same = source.total is None or total is None or total == source.total
    changed = _validator(response) not in ("", source.validator)
    if found is None or int(found[1]) != have or not same or changed:
        raise _Mismatch("The server sent another part of the file than was asked for")
    return True


def _accept(response: aiohttp.ClientResponse, partial: Partial, job: str) -> None:
    """Take the answer for the whole file, or raise what it says instead."""
    status = response.status
    if status == 200:
        partial.begin(Source(job, _validator(response), response.content_length))
        return
    where: dict[str, Any] = {"http_status": status, "endpoint": "GET the file"}
    if status in (206, 416):
        raise _Mismatch("The server sent another part of the file than was asked for", **where)
    if status in _GONE:
        raise Expired(**where)
    if status == 429 or status >= 500:
        raise Unavailable("The file's host does not answer properly", **where)
    raise WrongFile("The file's host sends something else", **where)


async def _append(
    response: aiohttp.ClientResponse, partial: Partial, report: Report | None
) -> None:
    length = response.content_length
    have = partial.size
    total = None if length is None else have + length
    with partial.path.open("ab", buffering=0) as file:
        async for piece in response.content.iter_chunked(_PIECE):
            have += file.write(piece)
            if have > _MOST:
                raise WrongFile(f"The file is larger than {_MOST:,} bytes")
            if report is not None:
                report(have, total, "Downloading")


def _validator(response: aiohttp.ClientResponse) -> str:
    """A strong ETag, else Last-Modified: what If-Range may carry (RFC 9110 §13.1.5)."""
    etag = response.headers.get("ETag", "")
    if etag and not etag.startswith("W/"):
        return etag
    return response.headers.get("Last-Modified", "")


def _check(url: str, base: str) -> None:
    scheme, host, _ = origin(url)
    if scheme not in ("http", "https") or not host:
        raise WrongFile("Botify gives no address for the file")
    if scheme == "http" and base.startswith("https"):
        raise WrongFile("The file's address is not https, and was not asked")


async def write(partial: Partial, export: Export, target: Path, report: Report | None) -> Download:
    """Unpack, check and write what was fetched, on a thread; then the packed file goes."""
    size = partial.size
    loop = asyncio.get_running_loop()

    stop = threading.Event()

    def tell(rows: int) -> None:
        if stop.is_set():
            raise Stopped("You stopped the download")
        if report is not None:
            loop.call_soon_threadsafe(report, rows, None, "Writing rows")

    try:
        written = await asyncio.to_thread(write_table, unpacked(partial.path), export, target, tell)
    except asyncio.CancelledError:
        stop.set()  # a thread cannot be cancelled; it looks here every some thousand rows
        raise
    except BotifyError:
        partial.forget()  # the same bytes would say the same again
        raise
    partial.forget()
    return Download(
        path=target,
        rows=written.rows,
        received=written.received,
        incomplete=written.incomplete,
        bytes=size,
        cut_off=written.received >= export.size,
    )
