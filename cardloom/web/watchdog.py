"""The server's loop under watch: what holds it is named, and Ctrl+C is heard all the same.

Cards run elsewhere, but an author's code is met on the loop too: a workflow file that is loaded, the
`key` of a workflow, a value's own class. Every page waits for it.
"""

import asyncio
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

LOOK = 0.25  # seconds between two looks
HELD = 2.0  # seconds without an answer after which it is said who holds the loop
LAST = 10.0  # seconds after Ctrl+C in which the server ends by itself, its cards included
INTERRUPTED = 130  # the exit code of what Ctrl+C ended
# Signals that would end the process, and that a card can bring about with a timer or by mistake.
HARMLESS = ("SIGALRM", "SIGVTALRM", "SIGPROF", "SIGUSR1", "SIGUSR2", "SIGIO")


class Watchdog:
    """Watches the loop of the thread it is made on; `tell` takes the sentence when it is free again."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._folder, self._tell = folder, tell
        self._loop = asyncio.get_running_loop()
        self._watched = threading.get_ident()
        self._heard = time.monotonic()
        self._end = threading.Event()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def close(self) -> None:
        self._end.set()

    def _watch(self) -> None:
        holder, looked = "", time.monotonic()
        while not self._end.wait(LOOK):
            now = time.monotonic()
            if now - looked > 4 * LOOK:  # the whole process stood still, as when a laptop sleeps
                self._heard = now
            looked, held = now, now - self._heard
            if held < HELD:
                if holder:
                    self._ask(self._tell, holder)
                    holder = ""
                self._ask(self._answer)
            elif not holder and (holder := self._holder()):
                print(holder, file=sys.stderr)

    def _answer(self) -> None:
        self._heard = time.monotonic()

    def _ask(self, call: Callable[..., None], *arguments: Any) -> None:
        with suppress(RuntimeError):  # the loop has closed
            self._loop.call_soon_threadsafe(call, *arguments)

    def _holder(self) -> str:
        """A sentence about the author's own function, as far out as it goes; empty where it is none."""
        frame = sys._current_frames().get(self._watched)
        frames = traceback.extract_stack(frame) if frame is not None else []
        own = [each for each in frames if Path(each.filename).parent == self._folder]
        if not own:
            return ""
        where = f"{Path(own[0].filename).name}, line {own[0].lineno}"
        what = "It" if own[0].name.startswith("<") else own[0].name
        return f"{where}: {what} held up every page for more than {HELD:g} s. Let a card do what takes long."


@contextmanager
def signals(
    handle: Callable[[int, FrameType | None], None], ended: Callable[[], None]
) -> Iterator[None]:
    """Ctrl+C and SIGTERM go to `handle`, once. The next, or a loop that does not hear, ends at once.

    `ended` is called before such an end. What was acknowledged is on the disk, and the processes of
    cards end with this one.
    """

    def leave() -> None:
        print("Stopped at once. Everything is in the journals.", file=sys.stderr)
        ended()
        os._exit(INTERRUPTED)

    def hear(number: int, frame: FrameType | None) -> None:
        if patience:
            leave()
        patience.append(threading.Timer(LAST, leave))
        patience[0].daemon = True
        patience[0].start()
        handle(number, frame)

    patience: list[threading.Timer] = []
    taken = {sig: signal.signal(sig, hear) for sig in (signal.SIGINT, signal.SIGTERM)}
    for name in HARMLESS:
        if sig := getattr(signal, name, None):
            taken[sig] = signal.signal(sig, _pass)
    try:
        yield
    finally:
        for timer in patience:
            timer.cancel()
        for sig, before in taken.items():
            signal.signal(sig, before)


def _pass(number: int, frame: FrameType | None) -> None:
    """A signal that is nobody's: with a handler it ends nothing."""


def tie_forks(*descriptors: int) -> None:
    """What a card forks from this process ends with it, and keeps none of these descriptors."""
    if not hasattr(os, "fork"):
        return
    lives, life = os.pipe()

    def forked() -> None:
        for fd in (life, *descriptors):
            with suppress(OSError):
                os.close(fd)
        threading.Thread(target=_end_with, args=(lives,), daemon=True).start()

    os.register_at_fork(after_in_child=forked)


def _end_with(lives: int) -> None:
    os.read(lives, 1)  # nobody writes: it comes back when no process holds the other end
    os._exit(1)


def take_no_input() -> None:
    """A card that reads finds the end, instead of waiting for the terminal of the server."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def leave_process(code: int) -> None:
    """End now: threads that cards have left behind would be waited for."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    os._exit(code)
