"""What happened lately in a workspace: the newest events of all runs, read from their journals."""

import heapq

from cardloom.journal import Event
from cardloom.workspace.store import RunStore
from cardloom.workspace.table import Query

QUIET = frozenset({"progressed", "wrote", "remembered"})  # what a card says while it works


def newest(store: RunStore, most: int) -> list[tuple[str, Event]]:
    """(the run's name, the event), oldest first: at most `most` of them.

    The newest events lie in the runs that were written to last, so no other journal is read.
    """
    found: list[tuple[str, str, int, Event]] = []
    for row in store.index.find(Query(archived="all"), most=most):
        run = store.at(store.workspace.runs / row.name)
        events = (e for e in reversed(run.journal.read()) if e.get("type") not in QUIET)
        for _, event in zip(range(most), events, strict=False):
            found.append((str(event.get("at", "")), row.name, event["n"], event))
        store.let_go(run)
    return [
        (name, event)
        for _, name, _, event in sorted(heapq.nlargest(most, found, key=_when), key=_when)
    ]


def _when(found: tuple[str, str, int, Event]) -> tuple[str, str, int]:
    return found[:3]
