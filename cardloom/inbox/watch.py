"""Watching the folder of requests: a few at a time, those of one run one after the other.

A file that does not read yet may be half-written: it is looked at again until it has lain still for
a while. Whoever writes to a hidden or `.part` name and renames it is never waited for.
"""

import asyncio
import logging
import time
from pathlib import Path

from watchfiles import awatch

from cardloom.errors import CardloomError, Missing
from cardloom.inbox.folder import Requests
from cardloom.inbox.request import Unfinished, read_request
from cardloom.inbox.work import work
from cardloom.runs import folder_of
from cardloom.workspace import RunStore

STILL = 2.0  # seconds without a change until a file that does not read is called wrong
AT_ONCE = 4  # requests at work beside each other
LOOK = 0.25  # seconds until an unfinished file is looked at again
IDLE = 5.0  # seconds until the folder is looked at though no change was told

log = logging.getLogger("cardloom")


class _Watch:
    """One server's work on the folder, from its start to its end."""

    def __init__(self, requests: Requests, store: RunStore) -> None:
        self._requests, self._store = requests, store
        self._still: dict[Path, tuple[int, int, float]] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        self._turns: dict[str, asyncio.Lock] = {}
        self._working: set[asyncio.Task[None]] = set()
        self.changed = asyncio.Event()

    async def recover(self) -> None:
        for path in self._requests.begun():
            await self._start(path)

    async def scan(self) -> bool:
        """Start work on all that can be taken; whether something unfinished is left."""
        unfinished = False
        for path in self._requests.waiting():
            try:
                unfinished |= await self._meet(path)
            except FileNotFoundError:
                continue  # taken away by whoever put it there
            except OSError as error:
                log.warning("The request %s was left for later: %s", path, error)
        self._still = {path: seen for path, seen in self._still.items() if path.exists()}
        return unfinished

    async def _meet(self, path: Path) -> bool:
        """Take the request or refuse it; True where it may be half-written and is left alone."""
        try:
            await self._take(path)
        except Unfinished as error:
            if not self._lies_still(path):
                return True
            self._requests.refuse(path, str(error))
        except Missing as error:
            self._requests.refuse(path, str(error))
        except PermissionError:
            self._requests.refuse(
                path, "The file may not be read. Check its owner and permissions."
            )
        return False

    async def _take(self, path: Path) -> None:
        read_request(path)
        await self._start(self._requests.take(path))

    def _lies_still(self, path: Path) -> bool:
        found, now = path.lstat(), time.monotonic()
        size, changed, since = self._still.get(path, (-1, -1, now))
        if (size, changed) != (found.st_size, found.st_mtime_ns):
            since = now
        self._still[path] = (found.st_size, found.st_mtime_ns, since)
        return now - since >= STILL

    async def _start(self, path: Path) -> None:
        await self._room.acquire()  # ten thousand files are ten thousand names, not so many tasks
        task = asyncio.create_task(self._work(path))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _work(self, path: Path) -> None:
        try:
            async with self._turn(path):
                await work(self._requests, path, self._store)
        except (CardloomError, OSError) as error:
            log.warning("The request %s waits for the next start: %s", path, error)
        finally:
            self._room.release()

    def _turn(self, path: Path) -> asyncio.Lock:
        """Requests for one run are worked on in the order they were taken."""
        try:
            request = read_request(path)
            run = f"{request.workflow}/{folder_of(request.key or str(request.answers)[:80])}"
        except (Missing, OSError):
            run = ""
        if len(self._turns) > 1000:
            self._turns = {name: lock for name, lock in self._turns.items() if lock.locked()}
        return self._turns.setdefault(run, asyncio.Lock())

    async def close(self) -> None:
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)


async def watch(requests: Requests, store: RunStore, stop: asyncio.Event) -> None:
    """Work on requests until `stop` is set. What is then at work goes on at the next start."""
    try:
        requests.make()
    except (CardloomError, OSError) as error:
        log.warning("No requests are taken: %s", error)
        return
    ours = _Watch(requests, store)
    listening = asyncio.create_task(_listen(requests.incoming, ours.changed, stop))
    try:
        await ours.recover()
        while not stop.is_set():
            ours.changed.clear()
            unfinished = await ours.scan()
            try:
                await asyncio.wait_for(ours.changed.wait(), LOOK if unfinished else IDLE)
            except TimeoutError:
                pass
    finally:
        listening.cancel()
        await ours.close()
        await asyncio.gather(listening, return_exceptions=True)


async def _listen(folder: Path, changed: asyncio.Event, stop: asyncio.Event) -> None:
    async for _ in awatch(folder, stop_event=stop, step=10, debounce=100, recursive=False):
        changed.set()
