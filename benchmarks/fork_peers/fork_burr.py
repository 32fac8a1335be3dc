"""Burr with its SQLite persister: the application is forked at the sequence id before step 5."""

import uuid
from itertools import pairwise
from pathlib import Path
from typing import Any

from burr.core import ApplicationBuilder, State
from burr.core.action import Action
from burr.core.persistence import SQLitePersister
from graph12 import FIRST, OTHER, TAKES, step


class Step(Action):
    """One step of the chain."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    @property
    def reads(self) -> list[str]:
        return [*(f"n{n}" for n in TAKES[self.number]), *(["given"] if self.number == 5 else [])]

    @property
    def writes(self) -> list[str]:
        return [f"n{self.number}"]

    def run(self, state: State, **_: Any) -> dict[str, str]:
        given = state["given"] if self.number == 5 else ""
        inputs = [state[f"n{n}"] for n in TAKES[self.number]]
        return {f"n{self.number}": step(self.number, *inputs, given=given)}

    def update(self, result: dict[str, str], state: State) -> State:
        return state.update(**result)


class Peer:
    """An application of twelve actions in a line."""

    def __init__(self, folder: Path) -> None:
        self.persister = SQLitePersister(db_path=str(folder / "burr.sqlite"), table_name="states")
        self.persister.initialize()

    def _builder(self) -> Any:
        names = [f"step{n}" for n in TAKES]
        return (
            ApplicationBuilder()
            .with_actions(**{f"step{n}": Step(n) for n in TAKES})
            .with_transitions(*pairwise(names))
            .with_state_persister(self.persister)
        )

    def first(self) -> str:
        application = (
            self._builder()
            .with_entrypoint("step1")
            .with_state(given=FIRST)
            .with_identifiers(app_id="first", partition_key="bench")
            .build()
        )
        _, _, state = application.run(halt_after=["step12"])
        self.before = 3  # sequence ids count from 0: after step 4
        return str(state["n12"])

    def fork(self) -> str:
        application = (
            self._builder()
            .initialize_from(
                self.persister,
                resume_at_next_action=True,
                default_state={},
                default_entrypoint="step1",
                fork_from_app_id="first",
                fork_from_partition_key="bench",
                fork_from_sequence_id=self.before,
            )
            .with_identifiers(app_id=str(uuid.uuid4()), partition_key="bench")
            .build()
        )
        application.update_state(application.state.update(given=OTHER))
        _, _, state = application.run(halt_after=["step12"])
        return str(state["n12"])
