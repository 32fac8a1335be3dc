"""Forks on disk: the new run's folder, whole, and where runs come from and went to.

The files come first, copied and never shared, then the journal in one write: a fork that was cut
in the middle is a folder without a journal, which no list shows and the next try takes over.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardloom.engine import Question
from cardloom.engine import fork as fork_events
from cardloom.errors import Missing, Refused
from cardloom.journal import NAME, ROOT_SUM, BrokenLine, Moved, unseal
from cardloom.runs.compose import told_composed
from cardloom.runs.copies import copy_files
from cardloom.runs.run import Run
from cardloom.runs.shelf import Shelf, clean_key


def free_key(shelf: Shelf, run: Run) -> str:
    """A key for a fork of `run` that no run has: 'ada fork', 'ada fork 2', …"""
    assert run.workflow is not None
    stem = run.state().key or run.folder.name
    names = (f"{stem} fork{f' {i}' if i > 1 else ''}" for i in range(1, 100_000))
    for name in names:
        try:
            if not shelf.place(run.workflow, name).exists:
                return name
        except Missing:  # the workflow takes no such key, like an address: the person must say one
            return ""
    return ""


def fork_run(
    shelf: Shelf,
    run: Run,
    key: str,
    *,
    at: int | None = None,
    changes: Mapping[str, Any] | None = None,
    questions: Mapping[str, Question] | None = None,
    by: str,
    why: str = "",
) -> Run:
    """A new run called `key` that goes on from event `at` of `run` (None: from its last event).

    Refused when there is a run of that key already; `run` is only read.
    """
    flow = run.workflow
    if flow is None and run.state().runs:
        raise Refused(told_composed(run))
    if flow is None:
        raise Missing(f"The workflow of {run.name} is missing or does not load, so it can't go on.")
    made = shelf.place(flow, key)
    if made.exists:
        raise Refused(f"There is a run {made.name} already. Give the fork another name.")
    events = run.journal.read()
    forked = fork_events(
        flow,
        events,
        len(events) if at is None else at,
        origin=run.name,
        key=clean_key(flow, key),
        by=by,
        why=why,
        changes=changes,
        questions=questions,
    )
    copy_files(run, made, forked.events, forked.folders)
    try:
        made.journal.append(forked.events, expect=0)
    except Moved:
        raise Refused(f"There is a run {made.name} already. Give the fork another name.") from None
    return made


@dataclass(frozen=True)
class Kin:
    """One run of a family: its name, its key, the event it was forked at, and its forks."""

    name: str
    key: str
    at: int
    here: bool
    forks: tuple["Kin", ...]


class Lineage:
    """Who was forked from whom, read from the first line of each journal of a workflow."""

    def __init__(self) -> None:
        # By journal: the inode and whether it has bytes, and what its first line told.
        self._known: dict[str, tuple[tuple[int, bool], tuple[str, str]]] = {}

    def family(self, run: Run) -> Kin | None:
        """The tree that `run` belongs to, from its eldest; None when it has no kin."""
        born = dict(self._born(run.folder.parent))
        forks: dict[str, list[str]] = {}
        for name, (_, source) in born.items():
            if source:
                forks.setdefault(source.rpartition("#")[0], []).append(name)
        eldest, seen = run.name, {run.name}
        while (parent := born.get(eldest, ("", ""))[1].rpartition("#")[0]) in born and (
            parent not in seen
        ):
            eldest = parent
            seen.add(parent)
        tree = self._kin(eldest, born, forks, run.name, set())
        return tree if tree.forks or born.get(run.name, ("", ""))[1] else None

    def _kin(
        self,
        name: str,
        born: Mapping[str, tuple[str, str]],
        forks: Mapping[str, list[str]],
        here: str,
        seen: set[str],
    ) -> Kin:
        seen.add(name)
        key, source = born.get(name, (name.partition("/")[2], ""))
        below = tuple(
            self._kin(child, born, forks, here, seen)
            for child in sorted(forks.get(name, ()))
            if child not in seen
        )
        at = source.rpartition("#")[2]
        return Kin(name, key, int(at) if at.isdigit() else 0, name == here, below)

    def _born(self, folder: Path) -> Iterable[tuple[str, tuple[str, str]]]:
        # Every page of a run asks this of all its workflow's journals: no Path is made for them.
        try:
            names = os.listdir(folder)  # noqa: PTH208
        except OSError:
            return
        for run in names:
            journal = f"{folder}{os.sep}{run}{os.sep}{NAME}"
            try:
                found = os.stat(journal)  # noqa: PTH116
                mark = (found.st_ino, found.st_size > 0)
                known = self._known.get(journal)
                if known is None or known[0] != mark:
                    known = self._known[journal] = (mark, _first(Path(journal)))
            except OSError:
                continue
            yield f"{folder.name}/{run}", known[1]


def _first(journal: Path) -> tuple[str, str]:
    """(key, from) as the first line of a journal tells them."""
    with journal.open("rb") as file:
        line = file.readline(1_000_000).rstrip(b"\n")
    try:
        event = unseal(line, 1, ROOT_SUM)
    except BrokenLine:
        return journal.parent.name, ""
    return str(event.get("key") or journal.parent.name), str(event.get("from") or "")
