"""All runs of a workspace, and the folder they are in: store, index, trash, backup, settings."""

from cardloom.workspace.compose import compose_runs
from cardloom.workspace.fork import fork_run, free_key
from cardloom.workspace.habits import Usual
from cardloom.workspace.lineage import Kin, Lineage
from cardloom.workspace.secrets import Secrets
from cardloom.workspace.settings import PORT, Workspace, find_workspace
from cardloom.workspace.shares import Share, Shares
from cardloom.workspace.store import RunStore
from cardloom.workspace.summary import STATUSES, status, summarise
from cardloom.workspace.table import Query, Row
from cardloom.workspace.trash import Item

__all__ = [
    "PORT",
    "STATUSES",
    "Item",
    "Kin",
    "Lineage",
    "Query",
    "Row",
    "RunStore",
    "Secrets",
    "Share",
    "Shares",
    "Usual",
    "Workspace",
    "compose_runs",
    "find_workspace",
    "fork_run",
    "free_key",
    "status",
    "summarise",
]
