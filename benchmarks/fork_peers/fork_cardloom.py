"""Cardloom: the answer of step 5 is another in the fork; the rest are cards (`cards.py`)."""

import asyncio
import shutil
from pathlib import Path

from graph12 import FIRST, OTHER

from cardloom.catalog import Catalog
from cardloom.headless import drive
from cardloom.workspace import RunStore, Secrets, Workspace, fork_run


class Peer:
    """One run in a workspace of its own, and a fork of it."""

    def __init__(self, folder: Path) -> None:
        shutil.copy(Path(__file__).with_name("cards.py"), folder)
        workspace = Workspace(folder).make()
        self.store = RunStore(workspace, Catalog(folder))
        self.secrets = Secrets(workspace)
        self.flow = self.store.catalog.workflow("cards")

    def first(self) -> str:
        self.run = self.store.open(self.flow, "first", by="api")
        asyncio.run(drive(self.run, self.secrets, {"n5": FIRST}, by="api"))
        return str(self.run.value("n12"))

    def fork(self) -> str:
        fork = fork_run(self.store, self.run, "other", changes={"n5": OTHER}, by="api")
        asyncio.run(drive(fork, self.secrets, {}, by="api"))
        return str(fork.value("n12"))
