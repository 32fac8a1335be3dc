"""Hands pages to the reading process and takes documents back; replaces it when one hangs it.

Pages go through one pipe in order, several at a time, so the process is never idle while the
network delivers. A page that takes too long, or kills the process, is the first one unanswered.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from cardloom.crawl.document import Document
from cardloom.crawl.document_process import ASKED, TOLD

_ROOT = Path(__file__).parents[2]
_STARTS_WITHIN = 30.0
# A tree takes and frees some megabytes a page. glibc would give them back to the system each
# time and ask again, a sixth of the reading time; other allocators ignore these names.
_ALLOCATION = {
    "MALLOC_TRIM_THRESHOLD_": "134217728",
    "MALLOC_MMAP_THRESHOLD_": "134217728",
    "MALLOC_TOP_PAD_": "16777216",
}


class UnreadableError(Exception):
    """A page whose HTML was given up; the message is a sentence's end for its row."""


@dataclass(slots=True)
class _Page:
    parts: tuple[bytes, bytes, bytes]
    told: asyncio.Future[Document]


class Reader:
    """One reading process. Use as `async with Reader(seconds) as reader`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: deque[_Page] = deque()
        self._process: asyncio.subprocess.Process | None = None
        self._following: asyncio.Task[None] | None = None
        self._ready = False
        self._arrived = asyncio.Event()

    async def __aenter__(self) -> Reader:
        self._following = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._following:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await self._stop()

    async def read(self, body: bytes, charset: str) -> Document:
        """The document of one HTML body. Raises UnreadableError."""
        name = charset.encode("utf-8", "replace")[:100]
        told: asyncio.Future[Document] = asyncio.get_running_loop().create_future()
        if self._following is None or self._following.done():
            raise OSError("The process that reads pages is gone.")
        page = _Page((ASKED.pack(len(name), len(body)), name, body), told)
        self._waiting.append(page)
        self._ask(page)
        self._arrived.set()
        return await told

    async def _start(self) -> None:
        paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
        imports = {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        # -P: the folder one happens to stand in is not a place to import from.
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", "cardloom.crawl.document_process", str(math.ceil(self._seconds) + 1)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=os.environ | _ALLOCATION | imports,
        )
        try:
            async with asyncio.timeout(_STARTS_WITHIN):
                await self._next()
        except (TimeoutError, OSError, EOFError, ValueError):
            raise OSError("The process that reads pages could not be started.") from None
        self._ready = True
        for page in self._waiting:
            self._ask(page)

    async def _stop(self) -> None:
        self._ready = False
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            try:
                process.kill()
            except ProcessLookupError:
                pass  # it ended by itself a moment ago
        await process.wait()

    def _ask(self, page: _Page) -> None:
        # Before it is ready, and while it is being replaced, `_start` will ask.
        if self._ready and self._process and self._process.stdin:
            self._process.stdin.writelines(page.parts)

    async def _follow(self) -> None:
        try:
            await self._start()
            while True:
                await self._follow_one()
        except OSError as error:  # no process could be started: nobody waits in vain
            for page in self._waiting:
                if not page.told.done():
                    page.told.set_exception(error)

    async def _follow_one(self) -> None:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        try:
            async with asyncio.timeout(self._seconds):
                told = await self._next()
        except (TimeoutError, OSError, EOFError, ValueError) as error:
            await self._give_up(error)
        else:
            self._tell(self._waiting.popleft(), told)

    async def _next(self) -> dict[str, Any]:
        assert self._process and self._process.stdout
        stdout = self._process.stdout
        size = TOLD.unpack(await stdout.readexactly(TOLD.size))[0]
        told: dict[str, Any] = json.loads(await stdout.readexactly(size))
        return told

    def _tell(self, page: _Page, told: dict[str, Any]) -> None:
        if page.told.done():
            return  # the one who asked was cancelled
        if "error" in told:
            page.told.set_exception(
                UnreadableError(f"its HTML could not be read ({told['error']})")
            )
        else:
            page.told.set_result(cast(Document, told))

    async def _give_up(self, error: Exception) -> None:
        why = (
            f"its HTML could not be read within {self._seconds:g} seconds"
            if isinstance(error, TimeoutError)
            else "its HTML could not be read in the memory a page may have"
        )
        page = self._waiting.popleft()
        if not page.told.done():
            page.told.set_exception(UnreadableError(why))
        await self._stop()
        await self._start()
