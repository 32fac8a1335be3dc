"""The few calls through which a journal touches its disk, so that a test can stand in for the disk.

Append, sync, truncate, read, rename, sync folder, lock. It knows no lines and no events.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


class Storage:
    """One file, opened for appending on its first write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._name = str(path)
        self._fd: int | None = None

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
            with self.path.open("rb") as file:
                file.seek(start)
                return file.read()
        except FileNotFoundError:
            return b""

    def open(self) -> None:
        """Open for appending, creating file and folder (600, 700) where they are missing."""
        if self._fd is not None and self._found() is not None:
            return
        self.close()
        new = not self.path.exists()
        if new:
            for folder in (
                self.path.parent.parent,
                self.path.parent,
            ):  # `mode` is for the last alone
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._fd = os.open(self.path, flags, 0o600)
        if new:
            self.sync_folder()

    def _found(self) -> tuple[int, int] | None:
        """(inode, size) of the file at the path, if it is the one that is open."""
        found = self.identity()
        if self._fd is None or found is None or os.fstat(self._fd).st_ino != found[0]:
            return None
        return found

    @property
    def fd(self) -> int:
        if self._fd is None:
            raise RuntimeError("the storage is not open")
        return self._fd

    @contextmanager
    def locked(self) -> Iterator[tuple[int, int]]:
        """Hold the file's advisory lock; whoever renamed the file meanwhile is followed.

        Gives (inode, size) of the file as it is under the lock.
        """
        while True:
            if self._fd is None:
                self.open()
            _lock(self.fd, wait=True)
            found = self._found()
            if found is not None:
                break
            _unlock(self.fd)
            self.close()
        try:
            yield found
        finally:
            if self._fd is not None:
                _unlock(self._fd)

    def append(self, data: bytes) -> None:
        """Write all of `data` at the end. OSError leaves it to the caller to cut what got there."""
        written = os.write(self.fd, data)
        while written < len(data):
            written += os.write(self.fd, data[written:])

    def sync(self) -> None:
        _sync(self.fd)

    def truncate(self, size: int) -> None:
        os.ftruncate(self.fd, size)

    def rename(self, target: Path) -> None:
        self.path.rename(target)
        self.sync_folder()

    def sync_folder(self) -> None:
        sync_folder(self.path.parent)


def sync_folder(folder: Path) -> None:
    """Make names in `folder` durable. Windows has no such call, and needs none."""
    if sys.platform == "win32":  # pragma: no cover
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class Claim:
    """An exclusive claim on a path, freed by the system when its holder dies, kill -9 included."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        return self._fd is not None

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
        return True

    def free(self) -> None:
        if self._fd is not None:
            _unlock(self._fd)
            os.close(self._fd)
            self._fd = None
