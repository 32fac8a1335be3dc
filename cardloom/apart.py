"""Author's code on a thread of its own: what it raises, holds or changes reaches nothing else.

call = Apart(function, path)     begins
call.wait(0.02)                  a moment, from a thread;   await call.result()   from a loop
call.stop()                      raises Cancelled in it
"""

import asyncio
import ctypes
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

from cardloom import surroundings
from cardloom.trace import own_frames, sentence

T = TypeVar("T")


class Cancelled(BaseException):
    """Raised inside code that is being stopped. Not an Exception, so that none swallows it."""


class Raised(Exception):
    """Author's code failed: in one sentence, and its own frames. The error itself stays where it was,
    as to look at it may run its author's code too."""

    def __init__(self, sentence: str, trace: str = "") -> None:
        super().__init__(sentence)
        self.trace = trace


class Apart(Generic[T]):
    """One call under way. Its errors come out as Raised, those of the house as they are."""

    def __init__(self, function: Callable[[], T], path: Path | None = None) -> None:
        self._ended = threading.Event()
        self._value: Any = None
        self._error: Exception | None = None
        self._then: list[Callable[[], object]] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=self._work, args=(function, path or Path()), name="card", daemon=True
        )
        self._thread.start()

    def _work(self, function: Callable[[], T], path: Path) -> None:
        with suppress(Cancelled):  # one that comes when all is done
            with surroundings.kept():
                try:
                    self._value = function()
                except BaseException as error:
                    self._error = contained(error, path)
            with self._lock:
                self._ended.set()
            for tell in self._then:
                tell()

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    def wait(self, seconds: float) -> bool:
        """Whether it ends within so many seconds; blocks this thread."""
        return self._ended.wait(seconds)

    def then(self, tell: Callable[[], object]) -> None:
        """Call `tell` at the end, on the call's own thread; at once where it has ended."""
        with self._lock:
            if not self._ended.is_set():
                self._then.append(tell)
                return
        tell()

    def outcome(self) -> T:
        """What it returned, once it has ended; raises what it raised."""
        if self._error is not None:
            raise self._error
        value: T = self._value
        return value

    async def result(self) -> T:
        """Wait for the end without holding the loop."""
        await self.over()
        return self.outcome()

    async def over(self) -> None:
        """Wait for the end, whatever it is."""
        loop = asyncio.get_running_loop()
        ended = loop.create_future()

        def wake() -> None:
            if not ended.done():
                ended.set_result(None)

        def tell() -> None:
            with suppress(RuntimeError):  # the loop has closed: nobody waits any more
                loop.call_soon_threadsafe(wake)

        self.then(tell)
        await ended

    def stop(self) -> None:
        """Raise Cancelled in it. A call that blocks in C (a long sleep, a query) ends first."""
        if self._thread.ident is not None and self._thread.is_alive():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._thread.ident), ctypes.py_object(Cancelled)
            )


def contained(error: BaseException, path: Path) -> Exception:
    """An error as one that harms nobody who catches or shows it."""
    if isinstance(error, Exception) and type(error).__module__.partition(".")[0] == "cardloom":
        return error
    return Raised(sentence(error), own_frames(error, path))


async def call_apart(
    function: Callable[[], T], path: Path | None = None, *, limit: float, name: str
) -> T:
    """What `function()` returns, called on a thread of its own; Raised after `limit` seconds."""
    call = Apart(function, path)
    try:
        async with asyncio.timeout(limit):
            return await call.result()
    except TimeoutError:
        raise Raised(f"{name} took longer than {limit:g} s.") from None
    finally:
        if not call.ended:
            call.stop()
