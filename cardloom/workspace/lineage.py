"""Who was forked from whom: the family of a run, read from the first line of each journal."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cardloom.journal import NAME, ROOT_SUM, BrokenLine, unseal
from cardloom.runs.run import Run


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
