"""All runs of a workspace: found by name, created by key, listed by recency.

The folders are the list. Opened runs are kept open, so that everyone in this process shares one
fold and hears of each change.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cardloom.catalog import Catalog
from cardloom.engine import Step, Workflow, moves, next_card
from cardloom.errors import Missing, NotFound, Unreadable, WorkflowError
from cardloom.journal import NAME
from cardloom.runs.activity import Activity
from cardloom.runs.names import folder_name, is_folder_name
from cardloom.runs.run import Run
from cardloom.settings import Workspace

LONGEST_KEY = 8_000  # characters


@dataclass(frozen=True)
class Summary:
    """One line of a list of runs: `status` is done, waiting, working, stopped, locked or damaged."""

    name: str
    key: str
    workflow: str
    title: str
    status: str
    settled: int
    cards: int
    at: str


class Shelf:
    """The runs of one workspace."""

    def __init__(self, workspace: Workspace, catalog: Catalog) -> None:
        self.workspace = workspace
        self.catalog = catalog
        self.activity = Activity(workspace.activity)
        self._open: dict[Path, Run] = {}

    def at(self, folder: Path) -> Run:
        """The run in `folder`, opened once; its workflow is the newest that loads."""
        run = self._open.get(folder)
        if run is None:
            run = self._open[folder] = Run(folder, None)
            run.activity = self.activity
        try:
            run.workflow = self.catalog.workflow(folder.parent.name)
        except (NotFound, WorkflowError):
            run.workflow = None
        return run

    def opened(self, folder: Path) -> Run | None:
        return self._open.get(folder)

    def find(self, workflow: str, name: str) -> Run:
        """The run that an address or a person calls `name`: its folder, or its key."""
        # Only a name with its hash is taken as it stands: where a disk sees no difference between
        # large and small letters, `Ada` would be the folder of the run `ada`.
        for candidate in (name if "~" in name else "", folder_name(name)):
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

    def open(self, workflow: Workflow, key: str, *, by: str) -> Run:
        """The run of `workflow` with this key: the one that is there, or a new one."""
        run = self.place(workflow, key)
        cleaned = clean_key(workflow, key)
        if run.state().n == 0:
            # To begin it is to try again: a run whose first sync failed has no page to say that on.
            run.journal.reopen()
            run.move(lambda state: moves.create(workflow, cleaned, by) if state.n == 0 else [])
        return run

    def place(self, workflow: Workflow, key: str) -> Run:
        """The run of `workflow` with this key, begun or not: nothing is written."""
        run = self.at(self.workspace.runs / workflow.name / folder_name(clean_key(workflow, key)))
        run.workflow = workflow
        return run

    def folders(self) -> Iterator[Path]:
        """The folders of all runs, in no order."""
        for journal in self.workspace.runs.glob(f"*/*/{NAME}"):
            if journal.stat().st_size:  # else whoever began it was killed before its first line
                yield journal.parent

    def recent(self, most: int = 20) -> list[Summary]:
        """The runs written to last, newest first."""
        stamped = []
        for folder in self.folders():
            try:
                stamped.append(((folder / NAME).stat().st_mtime, folder))
            except OSError:  # gone between the listing and the look
                continue
        stamped.sort(reverse=True)
        return [self._line(folder) for _, folder in stamped[:most]]

    def _line(self, folder: Path) -> Summary:
        run = self.at(folder)
        try:
            return summarise(run)
        except Unreadable as error:  # the other runs are still to be listed
            return Summary(
                run.name, folder.name, folder.parent.name, str(error), "damaged", 0, 0, ""
            )

    def let_go(self, run: Run) -> None:
        """Forget a run that nobody looks at: thousands of old ones are not kept in memory."""
        if not run.listeners and self._open.get(run.folder) is run:
            del self._open[run.folder]
            run.journal.close()

    def close(self) -> None:
        for run in self._open.values():
            run.journal.close()
        self._open.clear()
        self.activity.close()


def clean_key(workflow: Workflow, key: str) -> str:
    """The key as the workflow wants it; Missing with the workflow's own words when it refuses."""
    key = key.strip()
    if not key:
        raise Missing("Give the run a name: your own words for finding it again.")
    if len(key) > LONGEST_KEY:
        raise Missing(f"A run's name has at most {LONGEST_KEY:,} characters.")
    if workflow.clean_key is None:
        return key
    try:
        return workflow.clean_key(key)
    except ValueError as error:
        raise Missing(str(error)) from error


def summarise(run: Run) -> Summary:
    """What a list says of a run."""
    state = run.state()
    names = [c.name for c in run.workflow.cards] if run.workflow else list(state.cards)
    settled = sum(1 for name in names if state.card(name).settled)
    return Summary(
        run.name,
        state.key or run.folder.name,
        run.folder.parent.name,
        state.title or (run.workflow.title if run.workflow else ""),
        status(run),
        settled,
        len(names),
        state.at,
    )


def status(run: Run) -> str:
    """done, waiting, working, stopped, locked, damaged or orphaned (its workflow is gone)."""
    state = run.state()
    if run.damage:
        return "damaged"
    if state.finalized:
        return "locked"
    if run.workflow is None:
        return "orphaned"
    upcoming = next_card(run.workflow, state)
    if upcoming is None:
        return "done"
    if upcoming.step is Step.WAIT and moves.answer_as_before(
        run.workflow, state, upcoming.card.name
    ):
        return "working"
    return {Step.WAIT: "waiting", Step.STOPPED: "stopped"}.get(upcoming.step, "working")
