"""Mending a damaged journal: keep the good prefix, save every line that still reads, lose nothing.

The original is copied first. The lines after the damage cannot be chained any more, so they are
kept beside the journal for a person to read; they are not made into events again by guessing.
"""

import json
import os
import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cardloom.journal.journal import Damage, Journal, now
from cardloom.journal.storage import Storage


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
    """Keep the good prefix of the journal in `folder`; None when there is nothing to mend."""
    journal = Journal(folder)
    journal.read()
    if not journal.damage:
        return None
    when = (moment or now()).astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
    storage = Storage(journal.path)
    with closing(storage), storage.locked():
        journal.reopen()  # another repair may have been first, and events written since
        if not journal.damage:
            return None
        good = journal._size
        original = folder / f"journal.damaged-{when}.jsonl"
        shutil.copy2(journal.path, original)
        _sync(original)
        lines = storage.read(good).split(b"\n")
        readable = [line for line in lines if _reads(line)]
        unreadable = sum(1 for line in lines if line.strip(b"\0\r ") and not _reads(line))
        salvage = None
        if readable:
            salvage = folder / f"journal.salvaged-{when}.jsonl"
            salvage.write_bytes(b"\n".join(readable) + b"\n")
            _sync(salvage)
        storage.sync_folder()
        storage.truncate(good)
        storage.sync()
    return Repair(journal.n, len(readable), unreadable, original, salvage, tuple(journal.damage))


def _reads(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _sync(path: Path) -> None:
    path.chmod(0o600)
    with path.open("rb") as file:
        os.fsync(file.fileno())
