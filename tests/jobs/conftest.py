"""Workflows written into files, run as the app runs them: a store, a driver, a journal on disk."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from cardloom.catalog import Catalog
from cardloom.engine import moves
from cardloom.jobs import Driver, Http, Jobs
from cardloom.workspace import RunStore, Secrets, Workspace


class Work:
    """One run of a workflow file, with the driver that works on it."""

    def __init__(self, run, driver):
        self.run, self.driver = run, driver

    @property
    def events(self):
        return self.run.journal.read()

    def kinds(self, card=None):
        return [e["type"] for e in self.events if card is None or e.get("card") == card]

    def card(self, name):
        return self.run.state().card(name)

    def value(self, name):
        return self.run.value(name)

    def answer(self, name, raw, **facts):
        flow = self.run.workflow
        self.run.move(lambda s: moves.answer(flow, s, name, raw, by="person", **facts))
        self.driver.look()

    def cancel(self, name):
        self.run.move(lambda s: moves.cancel(s, name, by="person"))
        self.driver.look()

    def again(self, name):
        self.run.move(lambda s: moves.reopen(self.run.workflow, s, name, by="person"))

    async def run_until_blocked(self):
        """As far as the machine goes: (step, card) it stops at, None at the end."""
        upcoming = await self.driver.run_until_blocked()
        return upcoming and (upcoming.step.name, upcoming.card.name)

    @asynccontextmanager
    async def at_work(self, condition):
        """Begin to settle; inside, the condition holds; after, all that is due has been done."""
        task = asyncio.create_task(self.run_until_blocked())
        await eventually(condition, task)
        yield
        self.outcome = await asyncio.wait_for(task, 30)


async def eventually(condition, task=None):
    """Wait until the condition holds; a task that ends before it does is the failure to show."""
    async with asyncio.timeout(30):
        while not condition():
            if task is not None and task.done():
                raise AssertionError(f"it ended with {task.result()} before it came to that")
            await asyncio.sleep(0.01)


@pytest.fixture
def wait():
    return eventually


@pytest.fixture
async def work(workspace, write_flow):
    """`work(source)`: a fresh run of the workflow `flow` that is written so."""
    place = Workspace(workspace).make()
    shelves, drivers, http = [], [], Http()

    def begin(source="", key="ada", name="flow"):
        if source:
            write_flow(name, source)
        store = RunStore(place, Catalog(workspace))
        run = store.open(store.catalog.workflow(name), key, by="person")
        made = Work(run, Driver(run, Secrets(place), http))
        shelves.append(store)
        drivers.append(made.driver)
        return made

    yield begin
    for driver in drivers:
        await driver.stop()
    for store in shelves:
        store.close()
    await http.close()


@pytest.fixture
async def jobs(workspace):
    """The jobs of one process, as a server has them; closed at the end."""
    place = Workspace(workspace).make()
    made = Jobs(RunStore(place, Catalog(workspace)), Secrets(place))
    yield made
    await made.close()
    made.store.close()
