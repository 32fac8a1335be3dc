"""The files of a queue: `0001.log`, `0002.log`, … and `active.log`, sealed lines in each.

    0001.log    {"n":1,…,"after":"","sum":"a"}   {"n":2,…,"sum":"b"}
    active.log  {"n":3,…,"after":"b","sum":"c"}  …

One chain of sums goes through all of them. The first line of a file says in `after` what it is
chained to, so that a file can be proved when those before it have been dropped. Nothing here writes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cardloom.journal.journal import Damage, lost_by_power_cut
from cardloom.journal.line import ROOT, BrokenLine, loads, unseal_all
from cardloom.types import Event

ACTIVE = "active.log"
_SEALED = re.compile(r"[0-9]{4,}\.log")


@dataclass(frozen=True)
class SegmentDamage(Damage):
    """One place where a queue does not hold: the file, the line's number in it from 1, and why."""

    segment: str = ""

    def __str__(self) -> str:
        return f"{self.segment}, line {self.line}: {self.reason}."


@dataclass
class Segment:
    """What of a file holds: its entries, the n and sum they end with, the bytes they take."""

    name: str
    n: int = 0
    sum: str = ROOT
    size: int = 0
    entries: list[Event] = field(default_factory=list)
    damage: SegmentDamage | None = None

    def take(self, data: bytes, chained: bool = True) -> None:
        """Open the whole lines of `data`, which begins after what was taken before.

        `chained`: n and sum are known; else the first line's own word is taken for them.
        """
        *lines, _ = data.split(b"\n")
        n, last = self.n, self.sum
        reason: BrokenLine | None = None
        if lines and not chained:
            try:
                n, last = _claims(lines[0])
            except BrokenLine as found:
                lines, reason = lines[:1], found
        entries: list[Event] = []
        if reason is None:
            entries, reason = unseal_all(lines, n, last)
            if entries and not self.entries and entries[0].get("after") != last:
                entries, reason = [], BrokenLine("it does not say what it is chained to")
        good = len(entries)
        end = sum(map(len, lines[:good])) + good
        if reason is not None:
            torn = self.name == ACTIVE and lost_by_power_cut(data, end, self.size)
            if not torn:
                line = len(self.entries) + good + 1
                self.damage = SegmentDamage(line, str(reason), self.name)
        self.entries.extend(entries)
        self.size += end
        if entries:
            self.n, self.sum = n + good, entries[-1]["sum"]


def _claims(line: bytes) -> tuple[int, str]:
    """(n before it, sum before it) as a file's first line says; its own sum then proves it."""
    found = loads(line)
    if not isinstance(found, dict) or type(found.get("n")) is not int:
        raise BrokenLine("it is not an entry")
    after = found.get("after")
    if not isinstance(after, str) or not after.isascii():
        raise BrokenLine("it does not say what it is chained to")
    return found["n"] - 1, after


def sealed(folder: Path) -> list[str]:
    """The names of the files that are no longer written to, oldest first."""
    try:
        found = [path.name for path in folder.iterdir() if _SEALED.fullmatch(path.name)]
    except FileNotFoundError:
        return []
    return sorted(found, key=lambda name: int(name[:-4]))


def next_name(folder: Path) -> str:
    """What the active file will be called."""
    names = sealed(folder)
    return f"{int(names[-1][:-4]) + 1 if names else 1:04}.log"


def read_segment(folder: Path, name: str) -> Segment | None:
    """The file `name`, on its own first line's word; None when it has been dropped."""
    segment = Segment(name)
    try:
        data = (folder / name).read_bytes()
    except FileNotFoundError:
        return None
    segment.take(data, chained=False)
    if segment.damage is None and segment.size < len(data) and name != ACTIVE:
        reason = "it is not a complete entry"
        segment.damage = SegmentDamage(len(segment.entries) + 1, reason, name)
    return segment


def first_n(folder: Path, name: str) -> int | None:
    """The number that the first line of a file claims; None where there is none to read."""
    try:
        with (folder / name).open("rb") as file:
            return _claims(file.readline())[0] + 1
    except (OSError, BrokenLine):
        return None


def walk(segments: Iterator[Segment]) -> Iterator[Event | SegmentDamage]:
    """The entries of files that follow each other; damage, if there is any, comes last."""
    before: Segment | None = None
    for segment in segments:
        if before is not None and segment.entries:
            first = segment.entries[0]
            if (first["n"], first["after"]) != (before.n + 1, before.sum):
                reason = f"it is numbered {first['n']}, and {before.n + 1} was due"
                if first["n"] == before.n + 1:
                    reason = f"it is not chained to the end of {before.name}"
                yield SegmentDamage(1, reason, segment.name)
                return
        yield from segment.entries
        if segment.damage is not None:
            yield segment.damage
            return
        if segment.entries:
            before = segment
