"""A card's function on a thread of its own in this process: a plain one, or a coroutine on its own loop.

Neither runs on the server's loop, so that none can hold it, stop it or end it.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from cardloom.apart import Apart
from cardloom.jobs.context import AsyncContext, CardContext, Recorder, ThreadContext
from cardloom.jobs.http import BlockingHttp, Http

GRACE = 2.0  # seconds that a coroutine has to clear up; then its loop does not go on
HELD = 5.0  # seconds without an `await` after which the card says so

Finish = Callable[[Any], Any]


class Body(Protocol):
    """A card's function with its arguments filled in, all but `run`."""

    def __call__(self, run: CardContext) -> Any: ...


async def run_thread(body: Body, recorder: Recorder, http: Http, finish: Finish, path: Path) -> Any:
    """Run a plain function; cancelling the task raises Cancelled in it.

    Python can only interrupt a thread between two of its own steps: a call that blocks in C (a
    long sleep, a query) ends first. Its result is not taken either way.
    """
    context = ThreadContext(recorder, BlockingHttp(http, asyncio.get_running_loop()))
    call = Apart(lambda: finish(body(context)), path)
    try:
        return await call.result()
    except asyncio.CancelledError:
        context.stopped = True
        call.stop()
        raise


async def run_coroutine(body: Body, recorder: Recorder, finish: Finish, path: Path) -> Any:
    """Run an `async def` card; cancelling the task cancels it, and waits a moment for its end."""
    card = Loop()

    async def work() -> Any:
        http = Http()
        context = AsyncContext(recorder, http)
        try:
            return await body(context)
        finally:
            await http.close()

    call = Apart(lambda: finish(card.run(work())), path)
    watching = asyncio.create_task(_watch(card, recorder))
    try:
        return await call.result()
    except asyncio.CancelledError:
        card.cancel()
        over = asyncio.create_task(call.over())
        await asyncio.wait([over], timeout=GRACE)
        over.cancel()
        if not call.ended:
            card.stop()
            call.stop()
        raise
    finally:
        watching.cancel()


async def _watch(card: "Loop", recorder: Recorder) -> None:
    """Say on the card, once, that it holds its loop: until its next `await` it can't be cancelled."""
    while True:
        await asyncio.sleep(HELD)
        if not await card.answers(HELD):
            break
    recorder.note(
        f"This card has blocked its own event loop for more than {HELD:g} s and can't be cancelled "
        "before its next await. Write it as a plain def, or await what takes long."
    )


# Coroutines that swallowed their cancellation. Python closes one that it collects, which runs its
# code again, in whatever thread collects it, and without a loop it may run for ever: none is collected.
_given_up: list[Any] = []


class Loop:
    """An event loop for one coroutine, with no part in what the process has set up for others."""

    def __init__(self) -> None:
        self._loop = _new_loop()
        self._task: asyncio.Task[Any] | None = None
        self._stopped = False

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What `work` returns; the tasks that it leaves behind are cancelled."""
        try:
            self._task = self._loop.create_task(work)
            return self._loop.run_until_complete(self._task)
        finally:
            if self._stopped:
                _given_up.append(self._task)
            else:
                self._clear_up()
            self._loop.close()

    def _clear_up(self) -> None:
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        if left:
            self._loop.run_until_complete(asyncio.wait(left, timeout=GRACE))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())

    def cancel(self) -> None:
        """Cancel the coroutine, from another thread."""
        self._call(lambda: self._task.cancel() if self._task else None)

    def stop(self) -> None:
        """Go no further than the next `await`, whatever the coroutine makes of being cancelled."""
        self._stopped = True
        self._call(self._loop.stop)

    async def answers(self, seconds: float) -> bool:
        """Whether it comes round within so many seconds."""
        loop = asyncio.get_running_loop()
        came = asyncio.Event()
        self._call(lambda: loop.call_soon_threadsafe(came.set))
        try:
            await asyncio.wait_for(came.wait(), seconds)
        except TimeoutError:
            return self._loop.is_closed()
        return True

    def _call(self, tell: Callable[[], Any]) -> None:
        try:
            self._loop.call_soon_threadsafe(tell)
        except RuntimeError:  # it has closed
            pass


def _new_loop() -> asyncio.AbstractEventLoop:
    # Not by the policy, which a card may have changed.
    if sys.platform == "win32":  # pragma: no cover
        return asyncio.ProactorEventLoop()
    return asyncio.SelectorEventLoop()
