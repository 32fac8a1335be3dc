"""One run: a filling of a workflow on disk. Its journal, the fold of it, its files, its drafts.

The only room that writes a run's journal: read, fold, ask the engine, append.
"""

from cardloom.engine.events import LONGEST_KEY
from cardloom.runs.about import About, read_about, split_tags
from cardloom.runs.answers import (
    Given,
    Intake,
    check_ahead,
    default_key,
    has_question,
    naming_card,
    shown_question,
)
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
    "Given",
    "Intake",
    "Moment",
    "Run",
    "check_ahead",
    "clean_key",
    "composed_refusal",
    "default_key",
    "folder_name",
    "folder_of",
    "has_question",
    "naming_card",
    "read_about",
    "safe_name",
    "shown_question",
    "sides_of",
    "split_tags",
]
