"""Mending a damaged journal or queue: keep the good prefix, save every line that still reads, lose nothing.

The original is copied first. The lines after the damage cannot be chained any more, so they are
kept beside the journal for a person to read; they are not made into events again by guessing.
"""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cardloom.errors import Unwritable
from cardloom.journal.journal import Damage, Journal, now
from cardloom.journal.segments import ACTIVE, SegmentDamage, read_segment, sealed
from cardloom.journal.storage import Storage, sync_folder


@dataclass(frozen=True)
class Repair:
    """What a repair did: events kept, lines saved beside them, and where the copies are."""

    kept: int
    salvaged: int
    unreadable: int
    original: Path
    salvage: Path | None
    damage: tuple[Damage, ...]


def verify(folder: Path) -> tuple[int, list[Damage]]:
    """(number of good events from the start, damage found) of the journal in `folder`."""
    journal = Journal(folder)
    journal.read()
    return journal.n, journal.damage


def repair(folder: Path, moment: datetime | None = None) -> Repair | None:
    """Keep the good prefix of the journal in `folder`; None when there is nothing to mend.

    Raises Unwritable when the disk did not take a copy; then the journal is as it was.
    """
    journal = Journal(folder)
    journal.read()
    if not journal.damage:
        return None
    when = (moment or now()).astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
    storage = Storage(journal.path)
    try:
        with closing(storage), storage.locked():
            journal.reopen()  # another repair may have been first, and events written since
            return _mend(journal, storage, when) if journal.damage else None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unwritable(
            f"{journal.path} could not be repaired: the disk reported {reason}. No line of it is "
            "lost. Mend that, then repair it again."
        ) from error


def _mend(journal: Journal, storage: Storage, when: str) -> Repair:
    good = journal.good
    original = journal.folder / f"journal.damaged-{when}.jsonl"
    whole = storage.read(0)
    storage.put(original, whole)
    lines = whole[good:].split(b"\n")
    readable = [line for line in lines if _reads(line)]
    unreadable = sum(1 for line in lines if line.strip(b"\0\r ") and not _reads(line))
    salvage = None
    if readable:
        salvage = journal.folder / f"journal.salvaged-{when}.jsonl"
        storage.put(salvage, b"\n".join(readable) + b"\n")
    storage.sync_folder()  # both copies are there before anything is cut
    storage.truncate(good)
    storage.sync()
    return Repair(journal.n, len(readable), unreadable, original, salvage, tuple(journal.damage))


def set_rest_aside(
    damage: SegmentDamage, folder: Path, aside: Path, storage: Callable[[Path], Storage]
) -> int:
    """Move what follows the good beginning of a queue to the folder `aside`; the last good number.

    Called with the queue's locks held. The newest file goes first: killed in between, the queue is
    still damaged at the same place, and the next repair goes on.
    """
    segment = read_segment(folder, damage.segment)
    assert segment is not None
    held = segment.size if damage.line > 1 else 0
    aside.mkdir(mode=0o700)
    names = sealed(folder)
    files = [*names, ACTIVE] if (folder / ACTIVE).exists() else names
    for name in reversed(files[files.index(damage.segment) :]):
        _move(folder / name, aside / name, held if name == damage.segment else 0, storage)
    if held:
        return segment.n
    left = sealed(folder)
    before = read_segment(folder, left[-1]) if left else None
    return before.n if before else 0


def _move(path: Path, target: Path, held: int, storage: Callable[[Path], Storage]) -> None:
    """Copy a file to `target`, and leave its first `held` bytes where it was."""
    left = storage(path)
    with closing(left):
        left.open()
        left.put(target, left.read(0))
        sync_folder(target.parent)
        left.truncate(held)
        left.sync()
        if not held and path.name != ACTIVE:
            left.remove()


def _reads(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
