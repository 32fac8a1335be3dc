"""All runs of a workspace: found by name, created by key, listed by recency.

The folders are the list; the index only makes it quick. Opened runs are kept, so that everyone in
this process shares one fold and hears of each change; of their files only those last used stay open.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cardloom.catalog import Catalog
from cardloom.engine import Workflow, moves
from cardloom.engine.status import CardStatus
from cardloom.errors import Missing, NotFound, Refused, WorkflowError
from cardloom.journal import NAME
from cardloom.runs.about import About, read_about, write_about
from cardloom.runs.moment import Moment
from cardloom.runs.names import clean_key, earlier_folders, folder_of, is_folder_name
from cardloom.runs.run import Listener, Run
from cardloom.workspace.habits import Habits
from cardloom.workspace.index import RunIndex
from cardloom.workspace.notices import Notices
from cardloom.workspace.settings import Workspace
from cardloom.workspace.shares import Shares
from cardloom.workspace.summary import status
from cardloom.workspace.table import Query, Row
from cardloom.workspace.trash import Item, Trash

# A system gives a process a thousand descriptors or fewer, and a server meets more runs than that.
MOST_FILES = 64  # journals that stay open for writing


class RunStore:
    """The runs of one workspace."""

    def __init__(self, workspace: Workspace, catalog: Catalog) -> None:
        self.workspace = workspace
        self.catalog = catalog
        self.notices = Notices()
        self._subscribers: list[Listener] = []
        self._open: dict[Path, Run] = {}
        self._used: OrderedDict[Path, Run] = OrderedDict()  # the last used stands last
        self.index = RunIndex(workspace, catalog, self._open)
        self._subscribers.append(self.index.note)
        self.trash = Trash(workspace)
        self.shares = Shares(workspace)
        self.habits = Habits(workspace, catalog, self.index)

    def subscribe(self, listener: Listener) -> None:
        """Call `listener(run, events)` whenever a run of this store changes."""
        self._subscribers.append(listener)

    def at(self, folder: Path) -> Run:
        """The run in `folder`, opened once; its workflow is the newest that loads."""
        run = self._open.get(folder)
        if run is None:
            run = self._open[folder] = Run(folder, None, self._subscribers)
        self._use(run)
        try:
            run.workflow, run.unloaded = self.catalog.workflow(folder.parent.name), ""
        except NotFound:
            run.workflow, run.unloaded = None, ""
        except WorkflowError as error:
            run.workflow, run.unloaded = None, str(error)
        return run

    def _use(self, run: Run) -> None:
        self._used[run.folder] = run
        self._used.move_to_end(run.folder)
        if len(self._used) > MOST_FILES:
            _, oldest = self._used.popitem(last=False)
            oldest.journal.close()  # its next write opens it again

    def opened(self, folder: Path) -> Run | None:
        return self._open.get(folder)

    def find(self, workflow: str, name: str) -> Run:
        """The run that an address or a person calls `name`: its folder, or its key."""
        # Only a name with its hash is taken as it stands: where a disk sees no difference between
        # large and small letters, `Ada` would be the folder of the run `ada`.
        as_it_is = [name] if "~" in name else []
        for candidate in (*as_it_is, folder_of(name), *earlier_folders(name)):
            if is_folder_name(workflow) and is_folder_name(candidate):
                folder = self.workspace.runs / workflow / candidate
                if (folder / NAME).exists() and (run := self.at(folder)).begun:
                    return run
        self.catalog.entry(workflow)  # a wrong workflow is the better thing to say
        raise NotFound(f"There is no run {workflow}/{name[:80]} in {self.workspace.root}.")

    def by_name(self, name: str) -> Run:
        """The run called `workflow/key`, as commands write it."""
        workflow, slash, key = name.partition("/")
        if not slash or not key:
            raise Missing(f"A run is called workflow/key, like bridge/ada; {name!r} is not.")
        return self.find(workflow, key)

    def moment(self, name: str) -> Moment:
        """The run called `workflow/key`, or that run at event n for `workflow/key@n`.

        A key that ends in `@n` itself is the run.
        """
        stem, at_sign, number = name.rpartition("@")
        if not at_sign or not re.fullmatch(r"[0-9]{1,9}", number):
            return Moment(self.by_name(name))
        try:
            return Moment(self.by_name(name))
        except NotFound:
            return Moment(self.by_name(stem), int(number))

    def workable(self, name: str) -> Run:
        """The run called workflow/key, with a workflow that loads; else what `Run.loaded` raises."""
        found = self.by_name(name)
        found.loaded()
        return found

    def open(self, workflow: Workflow, key: str, *, by: str) -> Run:
        """The run of `workflow` with this key: the one that is there, or a new one."""
        run = self.place(workflow, key)
        cleaned = clean_key(workflow, key)
        if run.state().n == 0:
            # To begin it is to try again: a run whose first sync failed has no page to say that on.
            run.journal.reopen()
            run.move(lambda state: moves.create(workflow, cleaned, by) if state.n == 0 else [])
        return run

    def folder_for(self, workflow: Workflow, key: str) -> Path:
        """The folder of the run with this key, begun or not; Missing for a key that is not taken."""
        home, cleaned = self.workspace.runs / workflow.name, clean_key(workflow, key)
        earlier = (home / name for name in earlier_folders(cleaned if workflow.clean_key else key))
        folder = home / folder_of(cleaned)
        if (folder / NAME).exists():
            return folder
        return next((each for each in earlier if (each / NAME).exists()), folder)

    def place(self, workflow: Workflow, key: str) -> Run:
        """The run of `workflow` with this key, begun or not: nothing is written."""
        run = self.at(self.folder_for(workflow, key))
        run.workflow = workflow
        return run

    def folders(self) -> Iterator[Path]:
        """The folders of all runs, in no order."""
        for journal in self.workspace.runs.glob(f"*/*/{NAME}"):
            if journal.stat().st_size:  # else whoever began it was killed before its first line
                yield journal.parent

    def recent(self, most: int = 20) -> list[Row]:
        """The runs written to last, newest first; what is archived is left out."""
        return self.index.find(Query(), most=most)

    # -- labels and the trash ----------------------------------------------------------------------

    def label(self, run: Run, change: Callable[[About], About]) -> About:
        """Change what the person says about a run: its title, its tags, whether it is archived."""
        about = change(replace(read_about(run.folder), trouble=""))
        write_about(run.folder, about)
        self.index.read([run.name])
        return about

    def delete(self, run: Run, *, idle: bool = False) -> Item:
        """Move the run to the trash; Refused while a card is at work.

        `idle` says that no process could be about to start one: a run that is due may be deleted.
        """
        state = run.state()
        for name, card in state.cards.items():
            if card.status == CardStatus.RUNNING:
                raise Refused(
                    f"{name} of {run.name} is running. Cancel it before you delete the run."
                )
        if not idle and status(run) == "working":
            raise Refused(
                f"{run.name} is at work. Wait for it, or cancel its card, then delete it."
            )
        self.shares.forget(run.name)  # first: put back, it is not shared again
        item = self._moved_away(run)
        run.publish()
        return item

    def _moved_away(self, run: Run) -> Item:
        run.journal.close()
        item = self.trash.take(run.folder, datetime.now(UTC))
        self._open.pop(run.folder, None)
        self._used.pop(run.folder, None)
        self.index.read([run.name])
        return item

    def undelete(self, name: str) -> Run:
        """Take a run back out of the trash: by its place there, or the last one of this name."""
        folder = self.trash.take_back(self.trash.find(name))
        self.index.read([f"{folder.parent.name}/{folder.name}"])
        run = self.at(folder)
        run.publish()
        return run

    def let_go(self, run: Run) -> None:
        """Forget a run that nobody looks at: thousands of old ones are not kept in memory."""
        if not run.listeners and self._open.get(run.folder) is run:
            del self._open[run.folder]
            self._used.pop(run.folder, None)
            run.journal.close()

    def close(self) -> None:
        for run in self._open.values():
            run.journal.close()
        self._open.clear()
        self._used.clear()
        self.index.close()
