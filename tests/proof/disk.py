"""A disk in memory below the journal's Storage, and every disk that a power cut could leave of it.

`System` has the calls of `os` that cardloom.journal.storage makes. What is written is in the cache
at once and on the disk after a sync; `cuts` gives what may be found after the power went.

    one unsynced write:  lost · whole · cut at any byte · its rest, or all of it, NULs · any of its
                         sectors lost · a truncation before it undone
    a new name, a rename: there or not, until its folder is synced
"""

import errno
import itertools
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

SECTOR = 512
PIECES = 6  # up to so many sectors, every set of lost ones is tried


@dataclass
class File:
    """`disk` is what was synced; `waiting` are writes (offset, data) and truncations (size, None).

    `lies`: a sync has failed, and the cache calls bytes clean that are on no disk.
    """

    disk: bytes = b""
    waiting: list[tuple[int, bytes | None]] = field(default_factory=list)
    cache: bytes = b""
    lies: bool = False

    def copy(self) -> "File":
        return File(self.disk, list(self.waiting), self.cache, self.lies)

    def do(self, at: int, data: bytes | None) -> None:
        self.waiting.append((at, data))
        self.cache = applied(self.cache, at, data)


@dataclass
class Folder:
    """Names to inodes: as synced, and as they are now; `waiting` are the steps between."""

    disk: dict[str, int] = field(default_factory=dict)
    waiting: list[tuple[tuple[str, int | None], ...]] = field(default_factory=list)
    cache: dict[str, int] = field(default_factory=dict)

    def copy(self) -> "Folder":
        return Folder(dict(self.disk), list(self.waiting), dict(self.cache))

    def do(self, *changes: tuple[str, int | None]) -> None:
        self.waiting.append(changes)
        self.cache = renamed(self.cache, changes)


def applied(image: bytes, at: int, data: bytes | None) -> bytes:
    if data is None:
        return image[:at] + b"\0" * (at - len(image))
    return image[:at] + b"\0" * (at - len(image)) + data + image[at + len(data) :]


def renamed(names: dict[str, int], changes: Any) -> dict[str, int]:
    after = dict(names)
    for name, inode in changes:
        if inode is None:
            after.pop(name, None)
        else:
            after[name] = inode
    return after


class System:
    """`os`, as far as the storage of a journal knows it, on a disk of its own."""

    def __init__(self) -> None:
        self.nodes: dict[int, File | Folder] = {1: Folder()}
        self.open_files: dict[int, list[int]] = {}  # fd → [inode, place, appends]
        self.changed: Callable[[], None] = lambda: None
        self.calls = 0
        # Called before each call with its name and number: raises, or gives the most bytes to write.
        self.before: Callable[[str, int], int | None] = lambda name, number: None
        self.lost_share = 1.0  # of what waits, when a sync fails

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def copy(self) -> "System":
        made = System()
        made.nodes = {inode: node.copy() for inode, node in self.nodes.items()}
        return made

    def _called(self, name: str) -> int | None:
        self.calls += 1
        return self.before(name, self.calls)

    # -- names -------------------------------------------------------------------------------

    def _walk(self, path: str) -> tuple[Folder, str]:
        *folders, name = [part for part in path.split("/") if part] or [""]
        node: Any = self.nodes[1]
        for part in folders:
            if part not in node.cache:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            node = self.nodes[node.cache[part]]
        return node, name

    def _find(self, path: str) -> int:
        folder, name = self._walk(path)
        if not name:
            return 1
        if name not in folder.cache:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return folder.cache[name]

    def _add(self, path: str, node: File | Folder) -> int:
        folder, name = self._walk(path)
        inode = max(self.nodes) + 1
        self.nodes[inode] = node
        folder.do((name, inode))
        self.changed()
        return inode

    def mkdir(self, path: str, mode: int = 0o777) -> None:
        self._called("mkdir")
        folder, name = self._walk(path)
        if not name or name in folder.cache:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        self._add(path, Folder())

    def rename(self, source: str, target: str) -> None:
        self._called("rename")
        folder, name = self._walk(source)
        assert self._walk(target)[0] is folder
        folder.do((name, None), (target.rsplit("/", 1)[1], self._find(source)))
        self.changed()

    def listed(self, path: str) -> list[str]:
        node = self.nodes[self._find(path)]
        assert isinstance(node, Folder)
        return sorted(node.cache)

    # -- files -------------------------------------------------------------------------------

    def open(self, path: str, flags: int, mode: int = 0o777) -> int:
        self._called("open")
        path = str(path)
        try:
            inode = self._find(path)
        except FileNotFoundError:
            if not flags & os.O_CREAT:
                raise
            inode = self._add(path, File())
        if flags & os.O_TRUNC:
            node = self._file(inode)
            if node.cache:
                node.do(0, None)
        fd = next(n for n in itertools.count(1000) if n not in self.open_files)
        self.open_files[fd] = [inode, 0, flags & os.O_APPEND]
        return fd

    def _file(self, inode: int) -> File:
        node = self.nodes[inode]
        assert isinstance(node, File)
        return node

    def close(self, fd: int) -> None:
        del self.open_files[fd]

    def stat(self, path: str) -> Any:
        self._called("stat")
        return self._about(self._find(str(path)))

    def fstat(self, fd: int) -> Any:
        self._called("fstat")
        return self._about(self.open_files[fd][0])

    def _about(self, inode: int) -> Any:
        node = self.nodes[inode]
        size = len(node.cache) if isinstance(node, File) else 0
        return SimpleNamespace(st_ino=inode, st_size=size)

    def lseek(self, fd: int, place: int, how: int) -> None:
        self.open_files[fd][1] = place

    def read(self, fd: int, most: int) -> bytes:
        self._called("read")
        held = self.open_files[fd]
        found = self._file(held[0]).cache[held[1] : held[1] + most]
        held[1] += len(found)
        return found

    def write(self, fd: int, data: bytes) -> int:
        most = self._called("write")
        data = bytes(data if most is None else data[:most])
        held = self.open_files[fd]
        node = self._file(held[0])
        at = len(node.cache) if held[2] else held[1]
        node.do(at, data)
        held[1] = at + len(data)
        self.changed()
        return len(data)

    def ftruncate(self, fd: int, size: int) -> None:
        self._called("ftruncate")
        self._file(self.open_files[fd][0]).do(size, None)
        self.changed()

    def fdatasync(self, fd: int) -> None:
        node = self.nodes[self.open_files[fd][0]]
        try:
            self._called("fdatasync")
        except OSError:
            # The cache keeps what the disk did not take, and calls it clean.
            kept = round(len(node.waiting) * (1 - self.lost_share))
            for step in node.waiting[:kept]:
                node.disk = applied(node.disk, *step)
            node.waiting, node.lies = [], True
            self.changed()
            raise
        self._settle(node)
        self.changed()

    def _settle(self, node: File) -> None:
        if not node.lies:
            node.disk = node.cache
        for step in node.waiting if node.lies else []:
            node.disk = applied(node.disk, *step)
        node.waiting, node.lies = [], node.lies and node.disk != node.cache

    def fsync(self, fd: int) -> None:
        node = self.nodes[self.open_files[fd][0]]
        self._called("fsync")
        if isinstance(node, File):
            self.fdatasync(fd)
            return
        node.disk, node.waiting = dict(node.cache), []
        self.changed()


# -- what a power cut may leave ----------------------------------------------------------------


@dataclass(frozen=True)
class Cut:
    """One disk: inode to bytes or names. `holes` says that sectors were written out of order."""

    nodes: dict[int, Any]
    holes: bool

    def system(self) -> System:
        made = System()
        made.nodes = {}
        for inode, found in self.nodes.items():
            if isinstance(found, bytes):
                made.nodes[inode] = File(found, [], found)
            else:
                made.nodes[inode] = Folder(dict(found), [], dict(found))
        return made


def cuts(system: System, *, every: int = 1, chance: random.Random | None = None) -> Iterator[Cut]:
    """Every disk that may be left of `system`; of torn writes each `every`-th byte."""
    left = []
    for inode, node in system.nodes.items():
        if isinstance(node, File):
            images = dict.fromkeys(torn(node, every), False)
            for image in shuffled(node, chance):
                images.setdefault(image, True)
            left.append([(inode, image, holes) for image, holes in images.items()])
        else:
            left.append([(inode, names, False) for names in half_renamed(node)])
    for chosen in itertools.product(*left):
        yield Cut({inode: found for inode, found, _ in chosen}, any(holes for *_, holes in chosen))


def half_renamed(node: Folder) -> Iterator[dict[str, int]]:
    names = node.disk
    yield names
    for step in node.waiting:
        names = renamed(names, step)
        yield names


def torn(node: File, every: int) -> Iterator[bytes]:
    """In order: each step done, not done, or done in part; the size may be there before the data."""
    # A truncation that was not synced may not have happened when a later write did.
    for out in _out(node):
        steps = [step for number, step in enumerate(node.waiting) if number not in out]
        image = node.disk
        whole = image
        for step in steps:
            whole = applied(whole, *step)
        yield image
        for at, data in steps:
            for length in range(0, len(data or b""), every):
                part = applied(image, at, data[:length])  # type: ignore[index]
                yield part
                yield part + b"\0" * (at + len(data or b"") - len(part))
                yield part + b"\0" * (len(whole) - len(part))
            image = applied(image, at, data)
            yield image
            yield image + b"\0" * (len(whole) - len(image))


def _out(node: File) -> Iterator[tuple[int, ...]]:
    truncations = [i for i, (_, data) in enumerate(node.waiting) if data is None]
    for count in range(len(truncations) + 1):
        yield from itertools.combinations(truncations, count)


def shuffled(node: File, chance: random.Random | None) -> Iterator[bytes]:
    """Out of order: any of the sectors that the waiting writes touch were not written."""
    if not node.waiting:
        return
    whole = node.cache
    first = min(at for at, _ in node.waiting) // SECTOR
    sectors = range(first, -(-len(whole) // SECTOR))
    if len(sectors) <= PIECES:
        chosen: Any = itertools.chain.from_iterable(
            itertools.combinations(sectors, n) for n in range(1, len(sectors) + 1)
        )
    else:
        dice = chance or random.Random(0)
        chosen = [[n] for n in sectors]
        chosen += [[n for n in sectors if dice.random() < 0.4] for _ in range(40)]
    for lost in chosen:
        image = bytearray(whole)
        for number in lost:
            start, end = number * SECTOR, min((number + 1) * SECTOR, len(whole))
            image[start:end] = node.disk[start:end].ljust(end - start, b"\0")
        yield bytes(image)
