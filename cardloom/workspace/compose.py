"""Composed runs on disk: several runs told as one, with copies of their files."""

from collections.abc import Sequence

from cardloom.engine import RECORDS, Composed, Part, outline_of
from cardloom.engine import compose as compose_events
from cardloom.engine.events import LONGEST_KEY
from cardloom.errors import Missing, NotFound, Refused
from cardloom.journal import Moved
from cardloom.runs.copies import copy_files
from cardloom.runs.moment import Moment
from cardloom.runs.names import folder_of, is_folder_name
from cardloom.runs.run import Run
from cardloom.workspace.store import RunStore


def compose_runs(
    store: RunStore, moments: Sequence[Moment], key: str, *, workflow: str = RECORDS, by: str
) -> Run:
    """A new run `workflow/key` that tells the runs as one; they are only read.

    Refused when there is such a run or such a workflow already, Missing for a name that is none.
    """
    runs = [moment.run for moment in moments]
    if len({run.name for run in runs}) < 2 or len({run.name for run in runs}) < len(runs):
        raise Missing("Name two runs or more, each once, to compose a run of them.")
    made = _place(store, workflow, key.strip())
    composed = compose_events(
        [_part(moment) for moment in moments],
        workflow=workflow,
        key=key.strip(),
        title="Composed of " + " and ".join(run.name for run in runs),
        by=by,
    )
    for run in runs:
        copy_files(run, made, _of(run, composed), composed.folders[run.name])
    try:
        written = made.journal.append(composed.events, expect=0)
    except Moved:
        raise _taken(made) from None
    made.publish(written)
    return made


def _part(moment: Moment) -> Part:
    run, state = moment.run, moment.state()
    if run.damage:
        raise Refused(f"{run.name} is damaged: {run.damage[0]} Mend it first.")
    if state.n == 0:
        raise Missing(f"{run.name} holds nothing yet, so there is nothing of it to compose.")
    events = run.journal.read()[: state.n]
    return Part(run.name, events, outline_of(run.workflow, state))


def _of(run: Run, composed: Composed) -> list[dict[str, object]]:
    return [e for e in composed.events if str(e.get("from", "")).rpartition("#")[0] == run.name]


def _place(store: RunStore, workflow: str, key: str) -> Run:
    """Where the new run will lie; nothing is written."""
    if not key or len(key) > LONGEST_KEY:
        raise Missing("Give the composed run a name of its own.")
    if not is_folder_name(workflow):
        raise Missing(f"{workflow[:80]!r} can't be a folder's name. Use letters, digits, _ and -.")
    try:
        store.catalog.entry(workflow)
    except NotFound:
        pass
    else:
        raise Refused(
            f"{workflow} is a workflow, and a composed run has none. Choose another folder for it."
        )
    made = store.at(store.workspace.runs / workflow / folder_of(key))
    if made.exists:
        raise _taken(made)
    return made


def _taken(made: Run) -> Refused:
    return Refused(f"There is a run {made.name} already. Choose another name.")
