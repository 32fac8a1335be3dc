"""What a list says of a run, worked out from the run itself: its row in the index, and its status."""

import hashlib
import os
from pathlib import Path

from cardloom.engine import Step, Workflow, moves, next_card
from cardloom.engine.status import RunStatus
from cardloom.errors import CardloomError
from cardloom.journal import NAME
from cardloom.runs.about import NAME as ABOUT
from cardloom.runs.about import read_about
from cardloom.runs.run import Run
from cardloom.workspace.table import Row, flatten

Fingerprint = tuple[int, int, int]

STATUSES = tuple(status.value for status in RunStatus)


def status(run: Run) -> RunStatus:
    """How the run stands now; orphaned says that its workflow is gone."""
    state = run.state()
    if run.damage:
        return RunStatus.DAMAGED
    if state.finalized:
        return RunStatus.LOCKED
    if run.workflow is None:
        return RunStatus.COMPOSED if state.runs else RunStatus.ORPHANED
    upcoming = next_card(run.workflow, state)
    if upcoming is None:
        return RunStatus.DONE
    now = {Step.WAIT: RunStatus.WAITING, Step.STOPPED: RunStatus.STOPPED}.get(
        upcoming.step, RunStatus.WORKING
    )
    if upcoming.step is Step.WAIT and moves.answer_as_before(
        run.workflow, state, upcoming.card.name
    ):
        now = RunStatus.WORKING
    return RunStatus.WAITING if now == RunStatus.WORKING and run.needs_approval() else now


def fingerprint_of(folder: Path) -> Fingerprint | None:
    """(bytes and mtime of the journal, mtime of about.json), None where there is no journal.

    An empty one is none either: whoever began it was killed before its first line.
    Made of strings: for ten thousand runs, pathlib's share would be the larger part.
    """
    place = str(folder)
    try:
        found = os.stat(f"{place}/{NAME}")  # noqa: PTH116
    except OSError:
        return None
    if not found.st_size:
        return None
    try:
        about = os.stat(f"{place}/{ABOUT}").st_mtime_ns  # noqa: PTH116
    except OSError:
        about = 0
    return found.st_size, found.st_mtime_ns, about


def summarise(run: Run, version: str = "") -> Row:
    """The row of a run as it is now. `version` says by which cards of its workflow."""
    # Looked at before it is read: what is written in between makes the row out of date, not wrong.
    size, mtime, about_mtime = fingerprint_of(run.folder) or (0, 0, 0)
    about = read_about(run.folder)
    state = run.state()
    names = [c.name for c in run.workflow.cards] if run.workflow else list(state.cards)
    return Row(
        name=run.name,
        workflow=run.folder.parent.name,
        key=flatten(_text(state.key) or run.folder.name),
        flow=flatten(_text(state.title) or (run.workflow.title if run.workflow else "")),
        title=flatten(about.title),
        tags=tuple(flatten(tag) for tag in about.tags),
        status=status(run),
        settled=sum(1 for name in names if state.card(name).settled),
        cards=len(names),
        created=_text(state.created_at),
        changed=_text(state.at),
        archived=about.archived,
        trouble=about.trouble or (str(run.damage[0]) if run.damage else ""),
        size=size,
        mtime=mtime,
        about=about_mtime,
        version=version,
    )


def not_understood(folder: Path, version: str, error: Exception) -> Row:
    """The row of a run whose journal holds, and says what no journal of ours says."""
    size, mtime, about = fingerprint_of(folder) or (0, 0, 0)
    known = isinstance(error, CardloomError)
    said = str(error) if known else f"Its journal is not understood here ({type(error).__name__})."
    return Row(
        name=f"{folder.parent.name}/{folder.name}",
        workflow=folder.parent.name,
        key=folder.name,
        flow="",
        title="",
        tags=(),
        status=RunStatus.DAMAGED,
        settled=0,
        cards=0,
        created="",
        changed="",
        archived=False,
        trouble=said,
        size=size,
        mtime=mtime,
        about=about,
        version=version,
    )


def _text(told: object) -> str:
    return told if isinstance(told, str) else ""  # a journal from elsewhere may say anything


def version_of(workflow: Workflow | None) -> str:
    """Equal versions give equal rows: the cards as far as a run's status depends on them."""
    if workflow is None:
        return "-"
    cards = [(c.name, c.params, c.asks, c.static, c.once) for c in workflow.cards]
    told = repr((workflow.title, cards)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, digest_size=8).hexdigest()
