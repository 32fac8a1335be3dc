"""A queue on disk: what is pushed is there once and in order, and each consumer has its own place.

    push      lock · read what others pushed · one write · unlock · fdatasync · return
    rotate    fdatasync · rename active.log to the next number · sync the folder
    ack       fdatasync active.log · state.json.part · fsync · rename to state.json · sync the folder

The promises are a journal's: a torn end is set aside, damage is told by file and line, and nothing is
ever silently shorter. It stores entries and does not know what they mean.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cardloom.errors import CardloomError, Refused, Unwritable
from cardloom.journal.journal import now, refusal, stamp
from cardloom.journal.line import seal_all
from cardloom.journal.offsets import Places
from cardloom.journal.repair import set_rest_aside
from cardloom.journal.segments import (
    ACTIVE,
    Segment,
    SegmentDamage,
    first_n,
    next_name,
    read_segment,
    sealed,
    walk,
)
from cardloom.journal.storage import Storage
from cardloom.types import Event

SIZE = 1_000_000  # bytes of a file before the next begins


class Queue:
    """The queue in `folder`. Safe to use from several threads and processes.

    A file is closed once it has `size` bytes. With `keep`, no more than so many closed files stay:
    the oldest go when a new one begins, if every consumer has read them.
    """

    def __init__(
        self,
        folder: Path,
        *,
        size: int = SIZE,
        keep: int | None = None,
        clock: Callable[[], datetime] = now,
        storage: Callable[[Path], Storage] = Storage,
    ) -> None:
        self.folder = folder
        self._size, self._keep, self._clock = size, keep, clock
        self._storage_of = storage
        self._storage = storage(folder / ACTIVE)
        self._places = Places(folder, storage)
        self._lock = threading.RLock()
        self._stopped = ""  # why writing is refused until the files have been read again
        self._forget()

    def _forget(self) -> None:
        self._active = Segment(ACTIVE)
        self._inode: int | None = None
        self._newest = ""  # the closed file that the active one follows

    def close(self) -> None:
        with self._lock:
            self._storage.close()
            self._places.close()

    def reopen(self) -> None:
        """Forget everything and read the files again; clears the refusal after a failed sync.

        Raises Unwritable when the disk still does not take what that sync left.
        """
        with self._lock:
            self.close()
            if self._stopped:
                try:
                    with self._storage.locked():
                        self._storage.rewrite(0)
                        self._storage.sync()
                except OSError as error:
                    raise Unwritable(refusal(error, self._storage.path)) from error
            self._stopped = ""
            self._forget()

    # -- pushing -------------------------------------------------------------------------------

    def push(self, *entries: Mapping[str, Any], sync: bool = True) -> list[Event]:
        """Append `entries` (without n, at, after and sum) in one write; return them as written.

        Durable when it returns, unless `sync` is False. Raises Refused where the active file is
        damaged, Unwritable when the disk did not take it, ValueError for what is not JSON.
        """
        if not entries:
            return []
        if taken := {"n", "at", "after", "sum"}.intersection(
            name for entry in entries for name in entry
        ):
            raise ValueError(f"An entry gets its {min(taken)} from the queue.")
        with self._lock:
            self._refuse_stopped()
            try:
                while True:
                    with self._storage.locked() as found:
                        if self._rotate(found):
                            continue
                        written = self._write(entries)
                    break
            except OSError as error:
                raise Unwritable(refusal(error, self._storage.path)) from error
            if sync:
                self._sync()
        if self._keep is not None and "after" in written[0]:
            try:
                self.retain(self._keep)
            except CardloomError:
                pass  # what was pushed is there; the next file that begins tries again
        return written

    def _catch_up(self, found: tuple[int, int] | None) -> None:
        """Read what is new in the active file, given its (inode, size)."""
        inode, size = found or (None, 0)
        if inode != self._inode or size < self._active.size or self._active.damage:
            self._forget()
            self._inode = inode
        if size > self._active.size:
            # The file's own first line says what it follows; `walk` proves that it does.
            self._active.take(self._storage.read(self._active.size), bool(self._active.entries))
        if not self._active.entries and not self._active.damage:
            self._begin()

    def _begin(self) -> None:
        """An empty active file goes on where the newest closed one ends."""
        names = sealed(self.folder)
        if names and names[-1] == self._newest:
            return
        before = read_segment(self.folder, names[-1]) if names else None
        if before is None:
            return
        self._newest = before.name
        self._active = Segment(ACTIVE, before.n, before.sum, damage=before.damage)

    def _rotate(self, found: tuple[int, int]) -> bool:
        """Close the active file if it is full. Called with the lock held; True when it was."""
        self._catch_up(found)
        if self._active.damage:
            raise Refused(self._damaged(self._active.damage))
        if found[1] > self._active.size:
            self._cut_torn_tail()
        if self._active.size < self._size or not self._active.entries:
            return False
        self._sync()  # what is closed is whole, whoever wrote it without a sync
        self._storage.rename(self.folder / next_name(self.folder))
        return True

    def _write(self, drafts: tuple[Mapping[str, Any], ...]) -> list[Event]:
        active = self._active
        at = stamp(self._clock())
        written = [{"n": n, "at": at, **draft} for n, draft in enumerate(drafts, active.n + 1)]
        if not active.entries:
            written[0]["after"] = active.sum
        data = seal_all(written, active.sum)
        try:
            self._storage.append(data)
        except OSError:
            self._cut()  # a part of a line must not stay
            raise
        active.entries.extend(written)
        active.n, active.sum = active.n + len(written), written[-1]["sum"]
        active.size += len(data)
        return written

    def _cut_torn_tail(self) -> None:
        """Set aside what a crash left after the last whole line. Called with the lock held."""
        tail = self._storage.read(self._active.size)
        when = self._clock().astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
        self._storage.put(self.folder / f"active.torn-{when}", tail)
        self._storage.sync_folder()
        self._cut()

    def _cut(self) -> None:
        """Cut the active file after its last whole line, and have the disk know it."""
        self._storage.truncate(self._active.size)
        self._sync()

    def _sync(self) -> None:
        """A failed sync is never repeated: the system may hold for written what is on no disk.

        So the bytes are written once more, for whoever syncs next to bring them to the disk.
        """
        try:
            self._storage.sync()
        except OSError as error:
            self._stopped = refusal(error, self._storage.path)
            try:
                self._storage.rewrite(0)
            except OSError:
                pass  # `reopen` tries again
            raise Unwritable(self._stopped) from error

    def _refuse_stopped(self) -> None:
        if self._stopped:
            raise Unwritable(
                f"{self._stopped} Writing to this queue has stopped until its files are read again."
            )

    # -- reading -------------------------------------------------------------------------------

    def peek(self, consumer: str, most: int = 1) -> list[Event]:
        """The oldest entries, at most `most`, that `consumer` has not acknowledged.

        Peek, work, `ack`: after a crash in between the same entries come again (at least once).
        What stands before a damaged place is given; then Refused tells the place.
        """
        found: list[Event] = []
        for entry in self._from(self.positions().get(consumer, 0) + 1):
            if isinstance(entry, SegmentDamage):
                if found:
                    break
                raise Refused(self._damaged(entry))
            found.append(entry)
            if len(found) >= most:
                break
        return found

    def pop(self, consumer: str, most: int = 1) -> list[Event]:
        """Peek and acknowledge at once: who crashes after it does not see them again (at most once)."""
        found = self.peek(consumer, most)
        if found:
            self.ack(consumer, found[-1]["n"])
        return found

    def replay(self, after: int = 0, since: datetime | None = None) -> Iterator[Event]:
        """Every entry that is still here with a number above `after`, pushed at `since` or later.

        Nobody's place moves. Refused at a damaged place.
        """
        least = stamp(since) if since else ""
        for entry in self._from(after + 1):
            if isinstance(entry, SegmentDamage):
                raise Refused(self._damaged(entry))
            if entry["at"] >= least:
                yield entry

    def snapshot(self, moment: datetime) -> list[Event]:
        """Everything that is still here of what had been pushed by `moment`, oldest first.

        It does not say what a consumer had read by then: places are kept, their history is not.
        """
        last = stamp(moment)
        return [entry for entry in self.replay() if entry["at"] <= last]

    def last(self, most: int) -> list[Event]:
        """The newest entries, at most `most`, oldest of them first. Older files are read only if needed."""
        names, active = self._look()
        taken: list[Segment] = [active]
        for name in reversed(names):
            if sum(len(segment.entries) for segment in taken) >= most:
                break
            if (segment := read_segment(self.folder, name)) is not None:
                taken.insert(0, segment)
        found = []
        for entry in walk(iter(taken)):
            if isinstance(entry, SegmentDamage):
                raise Refused(self._damaged(entry))
            found.append(entry)
        return found[max(0, len(found) - most) :]

    def verify(self) -> tuple[int, list[SegmentDamage]]:
        """(number of entries here that hold, from the oldest; damage, if there is any)."""
        good = 0
        for entry in self._from(0):
            if isinstance(entry, SegmentDamage):
                return good, [entry]
            good += 1
        return good, []

    @property
    def n(self) -> int:
        """The number of the newest entry, 0 for a queue that never had one."""
        return self._look()[1].n

    def _look(self) -> tuple[list[str], Segment]:
        """(closed files, the active one) as they were at one moment."""
        with self._lock:
            names = sealed(self.folder)
            while True:
                self._catch_up(self._storage.identity())
                again = sealed(self.folder)
                if again == names:
                    # A copy: another thread may push while this one reads.
                    active = self._active
                    held = Segment(ACTIVE, active.n, active.sum, active.size, list(active.entries))
                    held.damage = active.damage
                    return names, held
                names = again

    def _from(self, n: int) -> Iterator[Event | SegmentDamage]:
        """Entries from number `n` on, then the damage that ends them, if any."""
        names, active = self._look()
        while len(names) > 1 and (first_n(self.folder, names[1]) or n + 1) <= n:
            names.pop(0)
        if names and active.entries and active.entries[0]["n"] <= n:
            names = []

        def segments() -> Iterator[Segment]:
            for name in names:
                if (segment := read_segment(self.folder, name)) is not None:
                    yield segment
            yield active

        for entry in walk(segments()):
            if isinstance(entry, SegmentDamage) or entry["n"] >= n:
                yield entry

    def _damaged(self, damage: SegmentDamage) -> str:
        return (
            f"The queue {self.folder} is damaged: {damage} What stands before it still reads. "
            "Queue.repair() sets the rest aside and goes on."
        )

    # -- consumers -----------------------------------------------------------------------------

    def positions(self) -> dict[str, int]:
        """The number of the last entry that each consumer has acknowledged."""
        return self._places.read()

    def ack(self, consumer: str, n: int) -> None:
        """`consumer` has done everything up to entry `n`: durable when it returns.

        A smaller n than before changes nothing. A consumer is known from its first ack on, and
        holds what it has not read; `ack(consumer, 0)` makes it known. Refused beyond the end.
        """
        with self._lock:
            self._refuse_stopped()
            if n > self.n:
                raise Refused(f"The queue {self.folder} ends at {self.n}; there is no entry {n}.")
            with self._places.changing() as read:
                if read.get(consumer, -1) < n:
                    # A place must never be beyond what a power cut leaves.
                    with self._storage.locked():
                        self._sync()
                    read[consumer] = n

    def forget(self, consumer: str) -> None:
        """`consumer` reads no more, and holds nothing back."""
        with self._places.changing() as read:
            read.pop(consumer, None)

    def retain(self, keep: int, age: timedelta | None = None) -> list[str]:
        """Drop the oldest closed files beyond the newest `keep`; the names of those dropped.

        Only whole files, only those that every consumer has read to their end, and with `age` only
        those whose newest entry is older. The newest closed file always stays.
        """
        dropped: list[str] = []
        with self._lock, self._places.changing() as read:
            for name in sealed(self.folder)[: -max(keep, 1)]:
                segment = read_segment(self.folder, name)
                if segment is None or not self._may_go(segment, read.values(), age):
                    break
                self._storage_of(self.folder / name).remove()
                dropped.append(name)
        return dropped

    def _may_go(self, segment: Segment, read: Iterable[int], age: timedelta | None) -> bool:
        if segment.damage is not None or any(n < segment.n for n in read):
            return False
        newest = segment.entries[-1]["at"] if segment.entries else ""
        return age is None or newest < stamp(self._clock() - age)

    # -- mending -------------------------------------------------------------------------------

    def repair(self) -> Path | None:
        """Set aside everything from the damaged line on; the folder that has it, None if all holds.

        Entries are numbered on from the last good one, and no consumer's place is beyond it.
        """
        with self._lock, self._places.changing() as read, self._storage.locked():
            _, damage = self.verify()
            if not damage:
                return None
            when = self._clock().astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
            aside = self.folder / f"damaged-{when}"
            end = set_rest_aside(damage[0], self.folder, aside, self._storage_of)
            for consumer, n in read.items():
                read[consumer] = min(n, end)
        self.reopen()
        return aside
