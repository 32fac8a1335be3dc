"""The few calls through which a journal touches its disk, so that a test can stand in for the disk.

Append, sync, truncate, read, put beside, rename, remove, sync folder, lock; all of them through `os`, so
that what is below can be replaced too. It knows no lines and no events.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

if sys.platform == "win32":  # pragma: no cover - exercised on Windows only
    import msvcrt

    def _lock(fd: int, wait: bool) -> None:
        # A byte far past any journal: Windows locks are mandatory and must not stop readers.
        os.lseek(fd, 1 << 40, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

    def _unlock(fd: int) -> None:
        os.lseek(fd, 1 << 40, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(fd: int, wait: bool) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)


# macOS has no fdatasync, and its fsync stops at the drive's cache: F_FULLFSYNC is the real one.
if sys.platform == "darwin":  # pragma: no cover - exercised on macOS only

    def _sync(fd: int) -> None:
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
else:
    _sync = getattr(os, "fdatasync", os.fsync)


_BINARY = getattr(os, "O_BINARY", 0)
_CHUNK = 1 << 16  # bytes asked for at least
_OURS = 4  # folders that may be as new as a run: its own, its workflow's, `runs`, the workspace


class Storage:
    """One file, opened for appending on its first write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._name = str(path)
        self._fd: int | None = None
        self._inode = 0  # of the open file

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def identity(self) -> tuple[int, int] | None:
        """(inode, size) of the file at the path now, or None where there is none."""
        try:
            found = os.stat(self._name)  # noqa: PTH116 - a Path is taken apart at each call
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size

    def read(self, start: int) -> bytes:
        """The bytes from `start` to the end, b'' where there is no file."""
        try:
            fd = os.open(self._name, os.O_RDONLY | _BINARY)
        except FileNotFoundError:
            return b""
        try:
            os.lseek(fd, start, os.SEEK_SET)
            parts = []
            # All that there is at once: a long file is then one copy, not many and their sum.
            most = max(_CHUNK, os.fstat(fd).st_size - start)
            while part := os.read(fd, most):
                parts.append(part)
        finally:
            os.close(fd)
        return b"".join(parts)

    def open(self) -> None:
        """Open for appending, creating file and folder (600, 700) where they are missing."""
        if self._fd is not None and self._found() is not None:
            return
        self.close()
        there = self.identity()
        if there is None:
            _make(self.path.parent)
        self._fd = os.open(self._name, os.O_RDWR | os.O_APPEND | os.O_CREAT | _BINARY, 0o600)
        self._inode = os.fstat(self._fd).st_ino
        if there is None or there[1] == 0:
            # Who made the file may have been killed before its name was safe; a file with lines in
            # it was made safe by whoever wrote the first.
            self._sync_names()

    def _sync_names(self) -> None:
        self.sync_folder()
        for folder in list(self.path.parents)[1:_OURS]:
            try:
                sync_folder(folder)
            except PermissionError:
                return  # a folder that one may not even list was not made by us

    def _found(self) -> tuple[int, int] | None:
        """(inode, size) of the file at the path, if it is the one that is open."""
        found = self.identity()
        if self._fd is None or found is None or self._inode != found[0]:
            return None
        return found

    @property
    def fd(self) -> int:
        if self._fd is None:
            raise RuntimeError("the storage is not open")
        return self._fd

    def lock(self) -> tuple[int, int]:
        """Take the file's advisory lock; whoever renamed the file meanwhile is followed.

        Gives (inode, size) of the file as it is under the lock.
        """
        while True:
            if self._fd is None:
                self.open()
            _lock(self.fd, wait=True)
            found = self._found()
            if found is not None:
                return found
            _unlock(self.fd)
            self.close()

    def unlock(self) -> None:
        if self._fd is not None:
            _unlock(self._fd)

    @contextmanager
    def locked(self) -> Iterator[tuple[int, int]]:
        """Hold the lock, as `lock` takes it, for a block."""
        found = self.lock()
        try:
            yield found
        finally:
            self.unlock()

    def append(self, data: bytes) -> None:
        """Write all of `data` at the end. OSError leaves it to the caller to cut what got there."""
        _write(self.fd, data)

    def sync(self) -> None:
        _sync(self.fd)

    def truncate(self, size: int) -> None:
        os.ftruncate(self.fd, size)

    def rewrite(self, start: int) -> None:
        """Write the bytes from `start` again where they stand, so that the next sync covers them.

        After a failed sync the system holds bytes for clean that are on no disk.
        """
        data = self.read(start)
        fd = os.open(self._name, os.O_WRONLY | _BINARY)  # at the place, not at the end
        try:
            os.lseek(fd, start, os.SEEK_SET)
            _write(fd, data)
        finally:
            os.close(fd)

    def put(self, path: Path, data: bytes) -> None:
        """Write a file of its own beside the journal (600), synced; its name needs sync_folder."""
        fd = os.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o600)
        try:
            _write(fd, data)
            _sync(fd)
        finally:
            os.close(fd)

    def rename(self, target: Path) -> None:
        os.rename(self._name, str(target))  # noqa: PTH104 - every call to the disk is one of `os`
        self.sync_folder()

    def remove(self) -> None:
        try:
            os.unlink(self._name)  # noqa: PTH108
        except FileNotFoundError:
            pass
        self.sync_folder()

    def sync_folder(self) -> None:
        sync_folder(self.path.parent)


def _write(fd: int, data: bytes) -> None:
    written = os.write(fd, data)
    while written < len(data):
        written += os.write(fd, data[written:])


def _make(folder: Path) -> None:
    """Make `folder` and what is missing above it, for its owner alone."""
    try:
        os.mkdir(str(folder), 0o700)  # noqa: PTH102 - every call to the disk is one of `os`
    except FileExistsError:
        return
    except FileNotFoundError:
        _make(folder.parent)
        _make(folder)


def sync_folder(folder: Path) -> None:
    """Make names in `folder` durable. Windows has no such call, and needs none."""
    if sys.platform == "win32":  # pragma: no cover
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class FileLock:
    """An exclusive claim on a path, freed by the system when its holder dies, kill -9 included."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        return self._fd is not None

    @property
    def fd(self) -> int | None:
        """The descriptor that holds it; a process that inherits it holds the claim too."""
        return self._fd

    def take(self) -> bool:
        """True when the claim is ours now; False when another holder lives."""
        if self._fd is not None:
            return True
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(fd, wait=False)
        except OSError:
            os.close(fd)
            return False
        self._fd = fd
        _held.add(self)
        return True

    def free(self) -> None:
        if self._fd is not None:
            _unlock(self._fd)
            os.close(self._fd)
            self._fd = None

    def _left_behind(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


_held: WeakSet[FileLock] = WeakSet()


def _leave_locks() -> None:
    """In a process forked from ours, which would hold them for as long as it lives."""
    for lock in list(_held):
        lock._left_behind()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_locks)
