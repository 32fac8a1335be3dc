"""Forks on disk: a new run made of another one's past.

The files come first, copied and never shared, then the journal in one write: a fork that was cut
in the middle is a folder without a journal, which no list shows and the next try takes over.
"""

from collections.abc import Mapping

from cardloom.engine import Question
from cardloom.engine import fork as fork_events
from cardloom.errors import Missing, Refused
from cardloom.journal import Moved
from cardloom.runs.copies import copy_files
from cardloom.runs.names import clean_key
from cardloom.runs.run import Run
from cardloom.types import Json
from cardloom.workspace.store import RunStore


def free_key(store: RunStore, run: Run) -> str:
    """A key for a fork of `run` that no run has: 'ada fork', 'ada fork 2', …"""
    assert run.workflow is not None
    stem = run.state().key or run.folder.name
    names = (f"{stem} fork{f' {i}' if i > 1 else ''}" for i in range(1, 100_000))
    for name in names:
        try:
            if not store.place(run.workflow, name).exists:
                return name
        except Missing:  # the workflow takes no such key, like an address: the person must say one
            return ""
    return ""


def fork_run(
    store: RunStore,
    run: Run,
    key: str,
    *,
    at: int | None = None,
    changes: Mapping[str, Json] | None = None,
    questions: Mapping[str, Question] | None = None,
    by: str,
    why: str = "",
) -> Run:
    """A new run called `key` that goes on from event `at` of `run` (None: from its last event).

    Refused when there is a run of that key already; `run` is only read.
    """
    flow = run.loaded()
    made = store.place(flow, key)
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
        written = made.journal.append(forked.events, expect=0)
    except Moved:
        raise Refused(f"There is a run {made.name} already. Give the fork another name.") from None
    made.publish(written)
    return made
