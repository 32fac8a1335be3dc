"""Burr with its SQLite persister: each append is the state after one action of an application."""

import uuid
from pathlib import Path

from burr.core import ApplicationBuilder, State, action
from burr.core.persistence import SQLitePersister


@action(reads=["n"], writes=["n", "value"])
def step(state: State) -> State:
    return state.update(n=state["n"] + 1, value="blue")


def opened(folder: Path) -> Path:
    return folder


def work(folder: Path, me: int, count: int) -> None:
    persister = SQLitePersister(
        db_path=str(folder / "burr.sqlite"), table_name="states", connect_kwargs={"timeout": 60}
    )
    persister.initialize()
    application = (
        ApplicationBuilder()
        .with_actions(step)
        .with_transitions(("step", "step"))
        .with_entrypoint("step")
        .with_state(n=0)
        .with_identifiers(app_id=f"{me}-{uuid.uuid4()}", partition_key="bench")
        .with_state_persister(persister)
        .build()
    )
    for _ in range(count):
        application.step()
