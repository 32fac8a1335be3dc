"""Watching an inbox: a few requests at a time, those of one run one after the other.

A file that does not read yet may be half-written: it is looked at again until it has lain still for
a while. Whoever writes to a hidden or `.part` name and renames it is never waited for.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from watchfiles import awatch

from cardloom.errors import CardloomError, Missing
from cardloom.inbox.folder import Inbox
from cardloom.inbox.request import Unfinished, read_request
from cardloom.inbox.work import folder_for, work
from cardloom.workspace import RunStore

STILL = 2.0  # seconds without a change until a file that does not read is called wrong
AT_ONCE = 4  # requests at work beside each other
LOOK = 0.25  # seconds until an unfinished file is looked at again
IDLE = 5.0  # seconds until the folder is looked at though no change was told

log = logging.getLogger("cardloom")


class _Watch:
    """One server's work on its inboxes, from its start to its end."""

    def __init__(self, inboxes: Sequence[Inbox], store: RunStore) -> None:
        self._inboxes, self._store = inboxes, store
        self._still: dict[Path, tuple[int, int, float]] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        self._turns: dict[Path | None, asyncio.Lock] = {}
        self._working: set[asyncio.Task[None]] = set()
        self.changed = asyncio.Event()

    async def recover(self) -> None:
        for inbox in self._inboxes:
            for path in inbox.begun():
                await self._start(inbox, path)

    async def scan(self) -> bool:
        """Start work on all that can be taken; whether something unfinished is left."""
        unfinished = False
        for inbox, path in [(each, path) for each in self._inboxes for path in each.waiting()]:
            try:
                unfinished |= await self._meet(inbox, path)
            except FileNotFoundError:
                continue  # taken away by whoever put it there
            except OSError as error:
                log.warning("The request %s was left for later: %s", path, error)
        self._still = {path: seen for path, seen in self._still.items() if path.exists()}
        return unfinished

    async def _meet(self, inbox: Inbox, path: Path) -> bool:
        """Take the request or refuse it; True where it may be half-written and is left alone."""
        try:
            read_request(path)
            await self._start(inbox, inbox.take(path))
        except Unfinished as error:
            if not self._lies_still(path):
                return True
            inbox.refuse(path, str(error))
        except Missing as error:
            inbox.refuse(path, str(error))
        except PermissionError:
            inbox.refuse(path, "The file may not be read. Check its owner and permissions.")
        return False

    def _lies_still(self, path: Path) -> bool:
        found, now = path.lstat(), time.monotonic()
        size, changed, since = self._still.get(path, (-1, -1, now))
        if (size, changed) != (found.st_size, found.st_mtime_ns):
            since = now
        self._still[path] = (found.st_size, found.st_mtime_ns, since)
        return now - since >= STILL

    async def _start(self, inbox: Inbox, path: Path) -> None:
        await self._room.acquire()  # ten thousand files are ten thousand names, not so many tasks
        task = asyncio.create_task(self._work(inbox, path))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _work(self, inbox: Inbox, path: Path) -> None:
        try:
            async with self._turn(path):
                await work(inbox, path, self._store)
        except (CardloomError, OSError) as error:
            log.warning("The request %s waits for the next start: %s", path, error)
        finally:
            self._room.release()

    def _turn(self, path: Path) -> asyncio.Lock:
        """Requests for one run are worked on in the order they were taken."""
        try:
            run: Path | None = folder_for(self._store, read_request(path))
        except Exception:  # `work` meets it again, and says what it is
            run = None
        if len(self._turns) > 1000:
            self._turns = {name: lock for name, lock in self._turns.items() if lock.locked()}
        return self._turns.setdefault(run, asyncio.Lock())

    async def close(self) -> None:
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)


async def watch(inboxes: Iterable[Inbox], store: RunStore, stop: asyncio.Event) -> None:
    """Work on requests until `stop` is set. What is then at work goes on at the next start."""
    usable = [inbox for inbox in inboxes if _is_usable(inbox)]
    if not usable:
        return
    ours = _Watch(usable, store)
    folders = [inbox.incoming for inbox in usable]
    listening = asyncio.create_task(_listen(folders, ours.changed, stop))
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


def _is_usable(inbox: Inbox) -> bool:
    try:
        inbox.make()
    except (CardloomError, OSError) as error:
        log.warning("No requests are taken from %s: %s", inbox.root, error)
        return False
    return True


async def _listen(folders: Iterable[Path], changed: asyncio.Event, stop: asyncio.Event) -> None:
    async for _ in awatch(*folders, stop_event=stop, step=10, debounce=100, recursive=False):
        changed.set()
