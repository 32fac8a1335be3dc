"""One run: a filling of a workflow on disk. Its journal, the fold of it, its files, its drafts.

The only room that writes a run's journal: read, fold, ask the engine, append.
"""

from cardloom.engine.events import LONGEST_KEY
from cardloom.runs.about import About, read_about, split_tags
from cardloom.runs.answers import checked, holds_upload, keep_uploads
from cardloom.runs.compare import sides_of
from cardloom.runs.files import CardFiles, Files, safe_name
from cardloom.runs.moment import Moment
from cardloom.runs.names import clean_key, folder_name, folder_of
from cardloom.runs.run import Run, composed_refusal

__all__ = [
    "LONGEST_KEY",
    "About",
    "CardFiles",
    "Files",
    "Moment",
    "Run",
    "checked",
    "clean_key",
    "composed_refusal",
    "folder_name",
    "folder_of",
    "holds_upload",
    "keep_uploads",
    "read_about",
    "safe_name",
    "sides_of",
    "split_tags",
]
