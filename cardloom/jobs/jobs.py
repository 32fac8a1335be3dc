"""All jobs of one process: a driver for each run that has work, woken when a journal grows."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from cardloom.engine import Next, Step
from cardloom.errors import CardloomError
from cardloom.jobs.driver import Driver
from cardloom.jobs.http import Http
from cardloom.runs import Run
from cardloom.trace import sentence
from cardloom.types import Event
from cardloom.workspace import RunStore, Secrets, status

log = logging.getLogger("cardloom")

LOOK_AGAIN = 1.0  # seconds until a run that another process works on is looked at again


class Jobs:
    """Keeps every run of the store going as far as the machine can."""

    def __init__(self, store: RunStore, secrets: Secrets) -> None:
        self.store = store
        self._secrets = secrets
        self._http = Http()
        self._drivers: dict[Path, Driver] = {}
        self._tasks: dict[Path, asyncio.Task[None]] = {}
        self._again: set[Path] = set()
        self._closing = False

    def driver(self, run: Run) -> Driver:
        """The driver of `run`, made once."""
        driver = self._drivers.get(run.folder)
        if driver is None or driver.run is not run:
            driver = self._drivers[run.folder] = Driver(run, self._secrets, self._http)
        return driver

    def follow(self, run: Run, events: Sequence[Event]) -> None:
        """A run has changed: stop what is not wanted, start what is due."""
        self.wake(run)

    def wake(self, run: Run) -> asyncio.Task[None] | None:
        """Stop the run's job where it is not wanted, and start the card that is due."""
        if self._closing:
            return None
        driver = self.driver(run)
        driver.look()
        task = self._tasks.get(run.folder)
        if task is not None and not task.done():
            self._again.add(run.folder)
            return task
        if run.workflow is None or run.damage or status(run) not in ("working",):
            return None
        task = self._tasks[run.folder] = asyncio.create_task(self._keep_running(driver))
        return task

    async def run_until_blocked(self, run: Run, within: float) -> None:
        """Wait until nothing more happens by itself, at most `within` seconds."""
        task = self._tasks.get(run.folder)
        if task is not None and not task.done():
            await asyncio.wait([task], timeout=within)

    async def _keep_running(self, driver: Driver) -> None:
        folder = driver.run.folder
        while not self._closing:
            self._again.discard(folder)
            try:
                upcoming = await driver.run_until_blocked()
            except Exception as error:  # one run that can't go on must not stop the others
                if driver.run.workflow is None:  # the page says so; it goes on when it loads again
                    driver.run.publish()
                else:
                    driver.run.stop_with(_sentence(error))
                return
            if folder in self._again:
                continue
            if not _elsewhere(upcoming):
                return
            await asyncio.sleep(LOOK_AGAIN)

    async def recover(self) -> None:
        """At the start: go on with every run that a crash or a shutdown left in the middle."""
        # The index knows which runs these are: thousands that have nothing to do are not read for it.
        for name in await asyncio.to_thread(self.store.index.at_work):
            run = self.store.at(self.store.workspace.runs / name)
            try:
                working = run.begun and status(run) == "working"
            except CardloomError as error:  # one run that cannot be read must not stop the others
                run.stop_with(str(error))
                continue
            if working:
                self.wake(run)
            else:
                self.store.let_go(run)
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Stop every job; the journal says `interrupted`, and the next start goes on."""
        self._closing = True
        await asyncio.gather(*(d.stop() for d in self._drivers.values()), return_exceptions=True)
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._http.close()


def _sentence(error: Exception) -> str:
    if isinstance(error, CardloomError):
        return str(error)
    if isinstance(error, OSError):
        where = f" at {error.filename}" if error.filename else ""
        return (
            f"The disk refused{where} ({error.strerror or error}). Mend that, then read it again."
        )
    log.error("A run can't go on", exc_info=error)
    return (
        f"The app made a mistake ({sentence(error)}) Nothing that was acknowledged is lost; the "
        "terminal shows the details."
    )


def _elsewhere(upcoming: Next | None) -> bool:
    return upcoming is not None and upcoming.step in (Step.WORK, Step.BUSY)
