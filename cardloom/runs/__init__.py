"""Runs: one filling of a workflow on disk. Its journal, the fold of it, its files, its drafts.

The only room that writes a run's journal: read, fold, ask the engine, append.
"""

from cardloom.runs.activity import NOTABLE, Activity
from cardloom.runs.files import CardFiles, Files, safe_name
from cardloom.runs.fork import Kin, Lineage, fork_run, free_key
from cardloom.runs.names import folder_name
from cardloom.runs.run import Run
from cardloom.runs.shelf import Shelf, Summary, clean_key, status, summarise

__all__ = [
    "NOTABLE",
    "Activity",
    "CardFiles",
    "Files",
    "Kin",
    "Lineage",
    "Run",
    "Shelf",
    "Summary",
    "clean_key",
    "folder_name",
    "fork_run",
    "free_key",
    "safe_name",
    "status",
    "summarise",
]
