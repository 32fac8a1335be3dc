"""A story told to the real Journal on a disk in memory, and the check of what a power cut leaves.

`Story` remembers, after every change of the disk, what had been acknowledged until then. `check`
takes one disk that may be left, reads it with the real Journal, and raises Lost where a promise is
broken.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from disk import Cut, File, System, cuts

from cardloom.errors import CardloomError
from cardloom.journal import ROOT_SUM, BrokenLine, Journal, repair, unseal

FOLDER = Path("/disk/runs/flow/ada")
Event = dict[str, Any]


class Lost(AssertionError):
    """A promise that was not kept, and the disk on which."""


class Clock:
    """A microsecond passes at each look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now


@dataclass(frozen=True)
class Moment:
    """The system after one change: what must be found in each journal, and what else may be."""

    system: System
    kept: tuple[tuple[Event, ...], ...]  # acknowledged, a tuple for each time the run started over
    loose: int  # lines written since that nobody was told of


@dataclass
class Story:
    mount: Any
    kept: list[list[Event]] = field(default_factory=lambda: [[]])
    loose: int = 0
    moments: list[Moment] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    def begin(self, system: System | None = None) -> "Story":
        self.system = self.mount.system = system or empty()
        self.system.changed = self.note
        self.journal = self.another()
        self.note()
        return self

    def another(self) -> Journal:
        """The journal as another process opens it."""
        return Journal(FOLDER, clock=self.clock)

    def note(self) -> None:
        kept = tuple(tuple(events) for events in self.kept)
        self.moments.append(Moment(self.system.copy(), kept, self.loose))

    def append(
        self, *sizes: int, sync: bool = True, journal: Journal | None = None
    ) -> CardloomError | None:
        """Append one event for each size of text; the error that was told, if one was."""
        journal = journal or self.journal
        self.loose += len(sizes)
        drafts = [{"type": "noted", "text": "é" * (size // 2)} for size in sizes]
        try:
            journal.append(drafts, sync=sync)
        except CardloomError as error:
            self.note()
            return error
        if sync:
            self.kept[-1], self.loose = list(journal.events), 0
        self.note()
        return None

    def start_over(self) -> None:
        self.kept[-1], before = list(self.journal.read()), self.kept[-1]
        self.loose, loose = 0, self.loose
        now, self.kept[-1], self.loose = self.kept[-1], before, loose
        self.journal.set_aside()
        self.kept[-1], self.loose = now, 0
        self.kept.append([])
        self.note()


def empty() -> System:
    """A disk with a workspace folder on it, and nothing in that."""
    system = System()
    system.mkdir("/disk")
    for node in system.nodes.values():
        node.disk, node.waiting = dict(node.cache), []  # type: ignore[assignment, arg-type, call-overload]
    return system


def chain(data: bytes) -> list[Event]:
    """The events of a file that was set aside: whole lines as long as they hold."""
    events: list[Event] = []
    last = ROOT_SUM
    for line in data.split(b"\n")[:-1]:
        try:
            events.append(unseal(line, len(events) + 1, last))
        except BrokenLine:
            break
        last = events[-1]["sum"]
    return events


def content(system: System, name: str) -> bytes:
    fd = system.open(f"{FOLDER}/{name}", 0)
    return b"".join(iter(lambda: system.read(fd, 1 << 20), b""))


def names(system: System) -> list[str]:
    try:
        return system.listed(str(FOLDER))
    except FileNotFoundError:
        return []


def recover(
    mount: Any, system: System, moment: Moment, *, holes: bool = False
) -> tuple[Event, ...]:
    """Read `system` as the next start does, check it, write on; the events then in the journal."""
    mount.system = system
    journal = Journal(FOLDER, clock=Clock())
    events = list(journal.read())
    if journal.damage:
        line = journal.damage[0].line
        _demand(holes, f"line {line} is called damaged, and the disk was written in order")
        _demand(line > len(moment.kept[-1]), f"line {line} was acknowledged and is damaged")
        repair(FOLDER, Clock()())
        journal.reopen()
        _demand(journal.events == events, "a repair took good lines")
    _find_all(system, events, moment)
    [written] = journal.append([{"type": "noted", "text": "after"}])
    again = Journal(FOLDER)
    _demand(again.read() == [*events, written], "what was appended after it is not there")
    _demand(not again.damage, f"after it: {again.damage}")
    return (*events, written)


def _find_all(system: System, events: list[Event], moment: Moment) -> None:
    """Every acknowledged event is in the journal, or in the one set aside, in order and once."""
    aside = [n for n in names(system) if n.startswith("journal-")]
    found = [events, *(chain(content(system, name)) for name in aside)]
    for kept in moment.kept:
        if kept:
            having = [f for f in found if tuple(f[: len(kept)]) == kept]
            _demand(len(having) == 1, f"{len(kept)} acknowledged events are in {len(having)} files")
    for file in filter(None, found):
        mine = [kept for kept in moment.kept if tuple(file[: len(kept)]) == kept]
        room = max((len(kept) for kept in mine), default=0) + moment.loose
        _demand(len(file) <= room, f"{len(file)} events, and {room} were written")


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Lost(otherwise)


def check(
    mount: Any,
    story: Story,
    *,
    every: int = 1,
    deeper: int = 0,
    chance: random.Random | None = None,
) -> int:
    """Every disk that a power cut may leave at every moment of the story; how many there were.

    `deeper` > 0 also cuts the power, or kills, while the disk is being recovered: there of torn
    writes only each `deeper`-th byte.
    """
    seen: set[Any] = set()
    for moment in story.moments:
        for cut in cuts(moment.system, every=every, chance=chance):
            if _known(seen, cut, moment):
                continue
            _recover_told(mount, cut.system(), moment, cut.holes, deeper, seen)
        if deeper and (undone := _killed(moment.system)) is not None:
            _recover_told(mount, moment.system.copy(), moment, undone, deeper, seen)
    return len(seen)


def _killed(system: System) -> bool | None:
    """Whether a process that is killed now leaves a cut that is not synced: what the next one
    writes there may be mixed with it by a power cut, which is reported as damage.

    None where the cache lies after a failed sync: who is killed before he has undone that leaves
    bytes that no other process can know to be on no disk. That is the limit of what is promised.
    """
    files = [node for node in system.nodes.values() if isinstance(node, File)]
    if any(file.lies for file in files):
        return None
    return any(data is None for file in files for _, data in file.waiting)


def _known(seen: set[Any], cut: Cut, moment: Moment) -> bool:
    images = tuple(
        (inode, found if isinstance(found, bytes) else tuple(found.items()))
        for inode, found in cut.nodes.items()
    )
    mark = hash((images, tuple(len(k) for k in moment.kept), moment.loose))
    if mark in seen:
        return True
    seen.add(mark)
    return False


def _recover_told(
    mount: Any, system: System, moment: Moment, holes: bool, deeper: int, seen: set[Any]
) -> None:
    later: list[System] = []
    if deeper:
        system.changed = lambda: later.append(system.copy())
    events = recover(mount, system, moment, holes=holes)
    system.changed = lambda: None
    if not deeper:
        return
    during = Moment(system, moment.kept, moment.loose + 1)
    for half in later:
        for cut in cuts(half, every=deeper):
            if not _known(seen, cut, during):
                recover(mount, cut.system(), during, holes=holes or cut.holes)
    mine = events[: len(moment.kept[-1])] == moment.kept[-1]  # else it lies aside already
    done = Moment(
        system, (*(moment.kept[:-1] if mine else moment.kept), events), 0 if mine else moment.loose
    )
    for cut in cuts(system, every=deeper):
        if not _known(seen, cut, done):
            recover(mount, cut.system(), done, holes=holes or cut.holes)
