"""An append-only file of sealed lines: read it, append to it, know when it is damaged.

It stores lines and does not know what they mean. What is acknowledged has been written *and*
synced; what was torn by a crash is set aside, never silently dropped; what is wrong in the middle
makes the journal read-only until a person repairs it.

    append:  lock · read what others wrote · check n · one write · unlock · fdatasync · return

The sync stands outside the lock on purpose. Every writer syncs the whole file before it answers,
so a line is never acknowledged before those it stands on; and several writers share one sync.
"""

import errno
import gc
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cardloom.errors import Refused, Unreadable, Unwritable
from cardloom.journal.line import ROOT, seal_all, unseal_all
from cardloom.journal.storage import Storage
from cardloom.types import Event

NAME = "journal.jsonl"
MUCH = 1_000_000  # bytes
SECTOR = 512  # bytes that a disk writes whole or not at all


class Moved(Refused):
    """Another writer was first: the journal no longer ends where the caller thought."""


@dataclass(frozen=True)
class Damage:
    """One place where a journal does not hold: the line's number from 1, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.reason}."


def now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """UTC as written in a journal, always with six decimals: `2026-11-21T08:00:00.123456Z`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"


class Journal:
    """The journal in `folder`. Safe to use from several threads; other processes may append too."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], datetime] = now,
        storage: Storage | None = None,
    ) -> None:
        self.folder = folder
        self.path = folder / NAME
        self.events: list[Event] = []
        self.damage: list[Damage] = []
        self.torn: Path | None = None
        self._storage = storage or Storage(self.path)
        self._clock = clock
        self._lock = threading.RLock()
        self._sync_lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        # A new list, not a cleared one: whoever folds the old one must notice the change.
        self.events = []
        self.damage = []
        self._sum = ROOT
        self._size = 0  # bytes read and found whole
        self._seen = 0  # bytes of the file at the last look
        self._inode: int | None = None
        self._synced = 0
        self._own = 0  # from here on, every byte is ours and no sync has covered it
        self._doubtful = False  # what a failed sync left could not be cut away
        self._stopped = ""  # why writing is refused until the file has been read again

    @property
    def n(self) -> int:
        """The number of the last event, 0 for an empty journal."""
        return len(self.events)

    @property
    def good(self) -> int:
        """How many bytes of the file, from its start, are whole lines that hold."""
        return self._size

    def close(self) -> None:
        with self._lock:
            self._storage.close()

    def reopen(self) -> None:
        """Forget everything and read the file again; clears the refusal after a failed sync.

        Raises Unwritable when the disk still does not take what a failed sync left to do, and
        Unreadable when it does not give the file.
        """
        with self._sync_lock, self._lock:
            self._storage.close()
            if self._stopped:
                try:
                    with self._storage.locked() as found:
                        if self._doubtful:
                            self._undo(found)
                        self._storage.sync()  # of the cut, not of what was lost
                except OSError as error:
                    self._stopped = self._sentence(error)
                    raise Unwritable(self._stopped) from error
            self._forget()
            self.read()

    # -- reading ---------------------------------------------------------------------------

    def read(self) -> list[Event]:
        """All good events, the new tail included. Damage is in `damage`, never an exception.

        Raises Unreadable when the disk does not give the file.
        """
        with self._lock:
            try:
                self._catch_up(self._storage.identity())
            except OSError as error:
                raise Unreadable(
                    f"The disk did not give {self.path} ({error.strerror or error}). What is "
                    "written there is as it was. Check the disk, then read it again."
                ) from error
            return self.events

    def _catch_up(self, found: tuple[int, int] | None) -> None:
        """Read what is new, given (inode, size) of the file."""
        if found is None:
            if self.events or self.damage:
                stopped = self._stopped
                self._forget()
                self._stopped = stopped
            return
        inode, size = found
        # A damaged file of another size was repaired, or is being mended: it is looked at afresh.
        if inode != self._inode or size < self._size or (self.damage and size != self._seen):
            stopped, doubtful = self._stopped, self._doubtful
            self._forget()
            self._inode, self._stopped, self._doubtful = inode, stopped, doubtful
        if size > self._size and not self.damage:
            self._take(self._storage.read(self._size))
            self._own = self._size
        self._seen = size

    def _take(self, data: bytes) -> None:
        """Open the whole lines of `data`; what follows the last newline waits for its rest."""
        # A long journal is many small dicts that all stay: to look for garbage among them while
        # they are made costs a fifth of the time and finds none.
        collecting = gc.isenabled() and len(data) > MUCH
        if collecting:
            gc.disable()
        try:
            self._take_lines(data)
        finally:
            if collecting:
                gc.enable()

    def _take_lines(self, data: bytes) -> None:
        *lines, _ = data.split(b"\n")
        events, reason = unseal_all(lines, self.n, self._sum)
        good = len(events)
        end = sum(map(len, lines[:good])) + good
        if reason is not None and not lost_by_power_cut(data, end, self._size):
            self.damage.append(Damage(self.n + good + 1, str(reason)))
        self.events.extend(events)
        self._size += end
        if events:
            self._sum = events[-1]["sum"]

    # -- writing ---------------------------------------------------------------------------

    def append(
        self, drafts: Sequence[Mapping[str, Any]], *, expect: int | None = None, sync: bool = True
    ) -> list[Event]:
        """Append `drafts` (events without n, at and sum) in one write; return them as written.

        Raises Moved when `expect` is given and the journal does not end at that n, Refused when
        it is damaged, Unwritable when the disk did not take it. Then nothing was acknowledged.
        """
        if not drafts:
            return []
        with self._lock:
            self._refuse_stopped()
            try:
                found = self._storage.lock()
                try:
                    written = self._write(drafts, expect, found)
                finally:
                    self._storage.unlock()
            except OSError as error:
                raise Unwritable(self._sentence(error)) from error
            end = self._size
        if sync:
            self.sync(end)
        return written

    def _write(
        self, drafts: Sequence[Mapping[str, Any]], expect: int | None, found: tuple[int, int]
    ) -> list[Event]:
        self._catch_up(found)
        if self.damage:
            raise Refused(
                f"{self.path} is damaged and open for reading only. {self.damage[0]} "
                "Run `cardloom repair` on it to keep what is good."
            )
        if expect is not None and expect != self.n:
            raise Moved("Something else was written to this run first. Look at it, then try again.")
        if found[1] > self._size:
            self._cut_torn_tail()
        at = stamp(self._clock())
        written = [{"n": n, "at": at, **draft} for n, draft in enumerate(drafts, self.n + 1)]
        data = seal_all(written, self._sum)
        try:
            self._storage.append(data)
        except OSError:
            self._cut()  # a part of a line must not stay
            raise
        self._inode = found[0]
        self._size += len(data)
        self._sum = written[-1]["sum"]
        self.events.extend(written)
        return written

    def _cut_torn_tail(self) -> None:
        """Set aside what a crash left after the last whole line. Called with the lock held."""
        tail = self._storage.read(self._size)
        if not tail:
            return
        self.torn = self.folder / f"journal.torn-{self._moment()}"
        self._storage.put(self.torn, tail)
        self._storage.sync_folder()
        self._cut()

    def _cut(self) -> None:
        """Cut the file after its last whole line, and have the disk know it.

        Else a power cut during the next append may mix its line with what was cut.
        """
        self._storage.truncate(self._size)
        try:
            self._storage.sync()
        except OSError as error:
            self._stopped = self._sentence(error)
            raise

    def _moment(self) -> str:
        return self._clock().astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")

    def sync(self, end: int | None = None) -> None:
        """Return when every byte up to `end` (all written so far, if None) is on the disk.

        Threads that wait here together share one fdatasync. A failed sync is never repeated: the
        system may have dropped the pages it could not write, and a second call would then succeed
        without them (https://wiki.postgresql.org/wiki/Fsync_Errors).
        """
        end = self._size if end is None else end
        with self._sync_lock:
            if self._synced >= end:
                return
            self._refuse_stopped()
            reached = self._size
            if reached < end:
                return  # the file was set aside meanwhile, and synced for that
            try:
                self._storage.sync()
            except OSError as error:
                self._stopped = self._sentence(error)
                self._give_up()
                raise Unwritable(self._stopped) from error
            self._synced = reached
            self._own = max(self._own, reached)

    def _give_up(self) -> None:
        """Take back what a failed sync did not bring to the disk, so that nothing stands on it."""
        try:
            with self._lock, self._storage.locked() as found:
                self._undo(found)
        except OSError:
            self._doubtful = True  # the disk refuses that too: `reopen` tries again

    def _undo(self, found: tuple[int, int]) -> None:
        if found[0] != self._inode:
            return
        if found[1] == self._size:
            self._storage.truncate(self._own)
        else:  # another process has written behind us: its line needs ours
            self._storage.rewrite(min(self._own, found[1]))
        self._doubtful = False

    def _refuse_stopped(self) -> None:
        if self._stopped:
            raise Unwritable(
                f"{self._stopped} Writing to this run has stopped until its file is read again."
            )

    def set_aside(self) -> Path:
        """Rename the journal to `journal-<time>.jsonl` beside it, for a run that starts over."""
        kept = self.folder / f"journal-{self._moment()}.jsonl"
        with self._sync_lock, self._lock:
            try:
                with self._storage.locked():
                    self._storage.sync()  # for who has written here and not synced yet
                    self._storage.rename(kept)
                    self._storage.close()
            except OSError as error:
                raise Unwritable(self._sentence(error, "was not safely set aside")) from error
            self._forget()
        return kept

    def _sentence(
        self,
        error: OSError,
        outcome: str = "did not take the event, and nothing was acknowledged",
    ) -> str:
        return refusal(error, self.path, outcome)


def refusal(
    error: OSError,
    path: Path,
    outcome: str = "did not take the event, and nothing was acknowledged",
) -> str:
    """What to tell a person when the disk refused, and what came of it for the file at `path`."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            why, what = "The disk is full", "Make room, then try again."
        case errno.EACCES | errno.EPERM:
            why, what = "The file may not be written", "Check its permissions and its owner."
        case errno.EROFS:
            why, what = "The disk is read-only", "Make it writable, then try again."
        case _:
            reason = error.strerror or type(error).__name__
            why, what = f"The disk reported an error ({reason})", "Check the disk."
    return f"{why}: {path} {outcome}. {what}"


def lost_by_power_cut(data: bytes, begin: int, offset: int) -> bool:
    """Whether the line that begins at `begin` of `data` is the last, and has a sector that never
    reached the disk. `data` begins at byte `offset` of its file.

    Such a sector reads as NULs, from the line's start or a sector's, up to a sector's end. NULs
    that lie otherwise were written later: that is damage.
    """
    line, _, rest = data[begin:].partition(b"\n")
    at, first = offset + begin, line.find(b"\0")
    if first < 0 or rest.strip(b"\0\r\n "):
        return False
    after = len(line) - len(line[first:].lstrip(b"\0"))
    begins = first == 0 or (at + first) % SECTOR == 0
    return begins and ((at + after) % SECTOR == 0 or after == len(line))
