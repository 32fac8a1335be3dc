"""Runs: one filling of a workflow on disk. Its journal, the fold of it, its files, its drafts.

The only room that writes a run's journal: read, fold, ask the engine, append.
"""

from cardloom.runs.about import About, read_about, split_tags
from cardloom.runs.activity import NOTABLE, Activity
from cardloom.runs.compare import sides_of
from cardloom.runs.compose import compose_runs, is_record, told_composed
from cardloom.runs.files import CardFiles, Files, safe_name
from cardloom.runs.fork import Kin, Lineage, fork_run, free_key
from cardloom.runs.given import checked, holds_upload, keep_uploads, open_run
from cardloom.runs.habits import Usual
from cardloom.runs.moment import Moment, find_moment
from cardloom.runs.names import folder_name
from cardloom.runs.run import Run
from cardloom.runs.share import Share, Shares
from cardloom.runs.shelf import Shelf, clean_key
from cardloom.runs.summary import STATUSES, status, summarise
from cardloom.runs.trash import Item
from cardloom.tables import Query, Row

__all__ = [
    "NOTABLE",
    "STATUSES",
    "About",
    "Activity",
    "CardFiles",
    "Files",
    "Item",
    "Kin",
    "Lineage",
    "Moment",
    "Query",
    "Row",
    "Run",
    "Share",
    "Shares",
    "Shelf",
    "Usual",
    "checked",
    "clean_key",
    "compose_runs",
    "find_moment",
    "folder_name",
    "fork_run",
    "free_key",
    "holds_upload",
    "is_record",
    "keep_uploads",
    "open_run",
    "read_about",
    "safe_name",
    "sides_of",
    "split_tags",
    "status",
    "summarise",
    "told_composed",
]
