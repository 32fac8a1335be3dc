"""The index of runs, kept in step with the folders: what makes a list of ten thousand quick.

    find ── look ── the table ── are the rows of this page still right? ── rows

A look is cheap: the folders' own times tell of new and vanished runs, and every run that changes in
this process, or in another one that is followed, is noted. `check` compares all of them. The folders
are the truth: a table that is gone or spoilt is filled again, the newest runs at once and the others
behind the scenes.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from cardloom.catalog import Catalog
from cardloom.engine import Workflow
from cardloom.errors import NotFound, WorkflowError
from cardloom.runs.names import is_folder_name
from cardloom.runs.run import Run
from cardloom.types import Event
from cardloom.workspace.settings import Workspace
from cardloom.workspace.summary import (
    Fingerprint,
    fingerprint_of,
    not_understood,
    summarise,
    version_of,
)
from cardloom.workspace.table import Index, Query, Row, Spoilt

AT_ONCE = 150  # runs that a list may read before it answers
BATCH = 100  # runs read between two writes to the table
AGAIN = 30.0  # seconds after which a watching process compares all rows with their files again
FRESH = 100_000_000  # ns: a folder changed so lately may change again without its time moving

T = TypeVar("T")
Flows = dict[str, tuple[Workflow | None, str]]


class RunIndex:
    """The index of one workspace's runs. `waiting` is how many are still to be read."""

    def __init__(self, workspace: Workspace, catalog: Catalog, opened: Mapping[Path, Run]) -> None:
        self.workspace, self.catalog = workspace, catalog
        self.table = Index(workspace.private / "index.sqlite")
        self._opened = opened
        self._moved: set[str] = set()  # runs that changed since the last look
        self._folders: dict[str, int] = {}
        self._hollow: set[str] = set()
        self._pending: dict[str, None] = {}
        self._thread: threading.Thread | None = None
        self._closing = False
        self._watched = 0.0

    def note(self, run: Run, events: Sequence[Event]) -> None:
        """A run has changed: its row is made again before the next list."""
        self._moved.add(run.name)

    @property
    def waiting(self) -> int:
        return len(self._pending)

    def close(self) -> None:
        self._closing = True
        self.wait()
        self.table.close()

    def wait(self) -> None:
        """Return when what is read behind the scenes has been read."""
        if self._thread is not None:
            self._thread.join()

    # -- asking ------------------------------------------------------------------------------------

    def find(self, query: Query, *, most: int = 50, skip: int = 0) -> list[Row]:
        """The rows wanted, each as its files are now."""
        return self._asked(lambda: self._find(query, most, skip))

    def count(self, query: Query) -> int:
        return self._asked(lambda: self.table.count(query))

    def tags(self) -> list[str]:
        return self._asked(self.table.tags)

    def workflows(self) -> dict[str, int]:
        """How many runs there are by workflow."""
        found = self._asked(self.table.versions)
        return {name: sum(by.values()) for name, by in sorted(found.items())}

    def fingerprints(self, workflow: str) -> dict[str, tuple[int, int, int, str]]:
        """What the rows of a workflow's runs were made from, by name."""
        self._asked(self._look)
        return self._asked(lambda: self.table.fingerprints(workflow))

    def at_work(self) -> list[str]:
        """Names of the runs that the machine may go on with: those that their rows call working, and
        those whose row is not as their files are, which a table that takes no rows leaves behind.

        It waits for a comparison of every row with its files that was begun, and looks at every run's
        files itself: for a thread.
        """
        self.wait()
        held = self._asked(self.table.fingerprints)
        every = Query(status="working", archived="all")
        rows = self._asked(lambda: self.table.find(every, most=len(held)))
        found = self._found(workflow for workflow, _ in self._scan(self.workspace.runs))
        behind = {
            name
            for name, fingerprints in found.items()
            if fingerprints and fingerprints != held.get(name, ())[:3]
        }
        return sorted(behind.union(row.name for row in rows if _is_name(row.name)))

    def _asked(self, ask: Callable[[], T]) -> T:
        """The answer, asked again of a new table where the old one turned out to be spoilt."""
        try:
            return ask()
        except Spoilt:
            self._look()
            return ask()

    def _find(self, query: Query, most: int, skip: int) -> list[Row]:
        self._look()
        rows = self.table.find(query, most=most, skip=skip)
        if moved := [row.name for row in rows if self._differs(row)]:
            self.read(moved)
            rows = self.table.find(query, most=most, skip=skip)
        return [row for row in rows if _is_name(row.name)]

    def _differs(self, row: Row) -> bool:
        return fingerprint_of(self._folder(row.name)) != (row.size, row.mtime, row.about)

    def _folder(self, name: str) -> Path:
        return self.workspace.runs / name

    # -- looking -----------------------------------------------------------------------------------

    def _look(self) -> None:
        """Take note of new, vanished and moved runs, as far as that is cheap to see."""
        versions = self.table.versions()
        if self.table.fresh:
            self.table.fresh = False
            self._folders.clear()
        todo, self._moved = self._moved, set()
        present = set()
        for workflow, changed in self._scan(self.workspace.runs):
            present.add(workflow)
            if self._folders.get(workflow) != changed:
                todo |= self._compare_names(workflow)
                self._folders[workflow] = changed if time.time_ns() - changed > FRESH else -1
        for workflow, held in versions.items():
            if workflow not in present:
                self.table.drop(self.table.fingerprints(workflow))
            elif held.keys() != {version := self._flow(workflow)[1]}:
                todo |= set(self.table.outdated(workflow, version))
        todo |= {name for name in self._hollow if fingerprint_of(self._folder(name))}
        self._hollow -= todo
        self._take_up(todo)
        if self._watched and time.monotonic() - self._watched > AGAIN:
            self.watch()

    @staticmethod
    def _scan(folder: Path) -> Iterator[tuple[str, int]]:
        """(name, mtime) of each folder in `folder` that could hold runs."""
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if is_folder_name(entry.name) and entry.is_dir():
                        yield entry.name, entry.stat().st_mtime_ns
        except OSError:  # gone between the listing and the look
            return

    def _names(self, workflow: str) -> set[str]:
        try:
            found = os.listdir(self._folder(workflow))  # noqa: PTH208 - names are all that is wanted
        except OSError:
            return set()
        return {f"{workflow}/{name}" for name in found if is_folder_name(name)}

    def _found(self, workflows: Iterable[str]) -> dict[str, Fingerprint | None]:
        """What the files of every run of these workflows say, by its name."""
        names = {name for workflow in workflows for name in self._names(workflow)}
        return {name: fingerprint_of(self._folder(name)) for name in names}

    def _compare_names(self, workflow: str) -> set[str]:
        """New runs of the workflow; rows of vanished ones are dropped."""
        names, held = self._names(workflow), self.table.fingerprints(workflow).keys()
        self.table.drop(held - names)
        new = names - held
        # A folder is there a moment before its journal is, and its own time tells only of the first.
        self._hollow |= {name for name in new if fingerprint_of(self._folder(name)) is None}
        return new - self._hollow

    # -- reading -----------------------------------------------------------------------------------

    def read(self, names: Iterable[str], flows: Flows | None = None) -> None:
        """Make the rows of these runs from their files; those that are gone lose theirs."""
        rows, gone = [], []
        for name in names:
            row = self._row(name, flows)
            if row is None:
                gone.append(name)
            else:
                rows.append(row)
        self.table.keep(rows)
        self.table.drop(gone)

    def _row(self, name: str, flows: Flows | None) -> Row | None:
        folder = self._folder(name)
        if fingerprint_of(folder) is None:
            return None
        if flows is None and (opened := self._opened.get(folder)) is not None:
            opened.workflow, version = self._flow(folder.parent.name)
            return _summarised(opened, version)
        known = flows.get(folder.parent.name) if flows is not None else None
        flow, version = known or self._flow(folder.parent.name)
        run = Run(folder, flow)
        try:
            return _summarised(run, version)
        finally:
            run.journal.close()

    def _flow(self, workflow: str) -> tuple[Workflow | None, str]:
        try:
            flow = self.catalog.workflow(workflow)
        except (NotFound, WorkflowError):
            return None, version_of(None)
        return flow, version_of(flow)

    def _take_up(self, todo: set[str]) -> None:
        """Read these runs: a few now; of many, the newest now and the others behind the scenes."""
        todo -= self._pending.keys()
        if not todo:
            self._later(())
            return
        order = list(todo)
        if len(todo) > AT_ONCE:
            order.sort(
                key=lambda name: (fingerprint_of(self._folder(name)) or (0, 0))[1], reverse=True
            )
        self.read(order[:AT_ONCE])
        self._later(order[AT_ONCE:])

    def _later(self, names: Iterable[str]) -> None:
        self._pending.update(dict.fromkeys(names))
        if self._pending and (self._thread is None or not self._thread.is_alive()):
            self._begin(self._work)

    def _begin(self, work: Callable[[Flows], None]) -> None:
        # Workflow files are loaded here, by who asks: they are Python, and belong to that thread.
        flows = {name: self._flow(name) for name, _ in self._scan(self.workspace.runs)}
        self._thread = threading.Thread(target=work, args=(flows,), daemon=True)
        self._thread.start()

    def _work(self, flows: Flows) -> None:
        while self._pending and not self._closing:
            names = list(self._pending)[:BATCH]
            try:
                self.read(names, flows)
            except Spoilt:
                self._folders.clear()
            for name in names:
                self._pending.pop(name, None)

    # -- all of it ---------------------------------------------------------------------------------

    def watch(self) -> None:
        """Compare all rows now, and again now and then when somebody looks."""
        self._watched = time.monotonic()
        self.check()

    def check(self) -> None:
        """Compare every row with its files, behind the scenes; `wait` waits for it."""
        if self._thread is None or not self._thread.is_alive():
            self._begin(self._check)

    def _check(self, flows: Flows) -> None:
        try:
            held = self.table.fingerprints()
        except Spoilt:
            held = {}
        self.table.fresh = False
        found = self._found(flows)
        moved = {
            name: fingerprints[1]
            for name, fingerprints in found.items()
            if fingerprints and (*fingerprints, flows[name.partition("/")[0]][1]) != held.get(name)
        }
        self.table.drop(held.keys() - found.keys())
        self._pending.update(dict.fromkeys(sorted(moved, key=moved.__getitem__, reverse=True)))
        self._work(flows)

    def rebuild(self) -> int:
        """Throw the table away and read every run; how many there are."""
        self.wait()
        self.table.begin_anew()
        self.check()
        self.wait()
        return self.table.count(Query(archived="all"))


def _summarised(run: Run, version: str) -> Row:
    try:
        return summarise(run, version)
    except Exception as error:  # a journal from elsewhere: one run must not take the list away
        return not_understood(run.folder, version, error)


def _is_name(name: str) -> bool:
    """Whether a row names a run: whatever else stands in the table goes into no address."""
    workflow, _, folder = name.partition("/")
    return is_folder_name(workflow) and is_folder_name(folder)
