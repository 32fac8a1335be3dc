"""What all threads of a process share and an author's code may change: put back when it ends.

The current folder, the mask of new files, the locale, the standard streams, the policy of event
loops, a few limits. Signal handlers are not among them: only the main thread can set these, and no
card runs there.
"""

import asyncio
import contextlib
import locale
import os
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TextIO

STREAMS = ("stdin", "stdout", "stderr")
_set_recursion_limit = sys.setrecursionlimit


@dataclass(frozen=True)
class _Kept:
    """How it was before the first piece of author's code began."""

    folder: str
    mask: int
    locale: str
    recursion: int
    switching: float
    timeout: float | None
    policy: Any
    streams: tuple[TextIO | None, ...]
    descriptors: tuple[int, ...]


_lock = threading.Lock()
_at_work = 0
_kept: _Kept | None = None


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Put back at the end what the code inside has changed."""
    global _at_work, _kept
    with _lock:
        _at_work += 1
        if _kept is None:
            _kept = _look()
    try:
        yield
    finally:
        # First and by itself: no call of our own has room below a limit that was lowered.
        _set_recursion_limit(_kept.recursion if _kept else 1000)
        with _lock:
            _at_work -= 1
            _put_back(_kept, alone=not _at_work)
            if not _at_work:
                _forget(_kept)
                _kept = None


def _look() -> _Kept:
    mask = os.umask(0o077)
    os.umask(mask)
    return _Kept(
        _folder(),
        mask,
        locale.setlocale(locale.LC_ALL),
        sys.getrecursionlimit(),
        sys.getswitchinterval(),
        socket.getdefaulttimeout(),
        _policy(),
        tuple(getattr(sys, name) for name in STREAMS),
        tuple(_double(fd) for fd in range(3)),
    )


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - a folder that is gone has no Path.cwd() either
    except OSError:
        return ""


def _policy() -> Any:
    # From 3.14 on nothing here depends on the policy, and to ask for it is to be warned.
    return asyncio.get_event_loop_policy() if sys.version_info < (3, 14) else None


def _double(fd: int) -> int:
    try:
        return os.dup(fd)
    except OSError:
        return -1


def _put_back(was: _Kept, *, alone: bool) -> None:
    sys.setswitchinterval(was.switching)
    socket.setdefaulttimeout(was.timeout)
    if _policy() is not was.policy:
        asyncio.set_event_loop_policy(was.policy)
    if locale.setlocale(locale.LC_ALL) != was.locale:
        locale.setlocale(locale.LC_ALL, was.locale)
    if alone:  # else another card may be in the folder that it went to
        os.umask(was.mask)
        if was.folder and _folder() != was.folder:
            with contextlib.suppress(OSError):
                os.chdir(was.folder)
    for fd, name in enumerate(STREAMS):
        _put_back_stream(fd, name, was)


def _put_back_stream(fd: int, name: str, was: _Kept) -> None:
    try:
        os.fstat(fd)
    except OSError:
        if was.descriptors[fd] >= 0:
            os.dup2(was.descriptors[fd], fd)
    stream = was.streams[fd]
    if stream is not None and stream.closed:
        with contextlib.suppress(OSError):
            stream = _open(fd, name)
    setattr(sys, name, stream)


def _open(fd: int, name: str) -> TextIO:
    return open(
        fd, "r" if name == "stdin" else "w", encoding="utf-8", errors="replace", closefd=False
    )


def _forget(was: _Kept) -> None:
    for fd in was.descriptors:
        if fd >= 0:
            with contextlib.suppress(OSError):
                os.close(fd)


def _limit_recursion(limit: int, /) -> None:
    """`sys.setrecursionlimit`: while a card is at work, no lower than the other threads need.

    The limit holds for all threads: the server, which stands deeper than a card, would fail at its
    next call.
    """
    _set_recursion_limit(max(limit, _kept.recursion) if _kept is not None else limit)


sys.setrecursionlimit = _limit_recursion
