"""DBOS on SQLite, as it comes: each append is one step of a workflow, logged when it has ended."""

import os
from pathlib import Path
from typing import Any

from dbos import DBOS
from writers import DRAFT

NAMED = True  # each process is an executor of its own name


@DBOS.step()
def step(n: int) -> dict[str, Any]:
    return DRAFT


@DBOS.workflow()
def steps(count: int) -> None:
    for n in range(count):
        step(n)


def opened(folder: Path, me: int = 0) -> None:
    os.environ["DBOS__VMID"] = f"writer-{me}"
    DBOS(
        config={
            "name": "bench",
            "system_database_url": f"sqlite:///{folder / 'dbos.sqlite'}",
            "log_level": "CRITICAL",
            "run_admin_server": False,
        }
    )
    DBOS.launch()


def work(_: None, me: int, count: int) -> None:
    steps(count)
