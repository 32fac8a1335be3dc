"""Following the workflow files: what a save changes is seen by the open runs, pages and jobs alike."""

import asyncio
from pathlib import Path

from watchfiles import Change, awatch

from cardloom.catalog import Entry
from cardloom.errors import CardloomError
from cardloom.runs import Run
from cardloom.web.context import AppContext
from cardloom.workspace import status


def _is_python(change: Change, path: str) -> bool:
    return path.endswith(".py")


async def follow_workflows(context: AppContext, stop: asyncio.Event) -> None:
    """Until `stop`: after each save, runs whose workflow loads again or anew go on with it."""
    known = context.catalog.entries()
    root = context.workspace.root
    watcher = awatch(root, watch_filter=_is_python, recursive=False, stop_event=stop, debounce=200)
    async for _ in watcher:
        entries = context.catalog.entries()
        for name, entry in entries.items():
            if entry is not known.get(name):
                await _renew(context, name, known.get(name), entry)
        for name in known.keys() - entries.keys():
            await _renew(context, name, known[name], None)
        known = entries


async def _renew(context: AppContext, name: str, before: Entry | None, now: Entry | None) -> None:
    """Give the runs of a workflow its newest version; those that nobody has open where it was broken."""
    mended = now is not None and now.workflow is not None and not (before and before.workflow)
    for folder in sorted((context.workspace.runs / name).glob("*/")):
        if (run := context.store.opened(folder)) is not None:
            context.store.at(folder)
            run.publish()
        elif mended:
            _take_up(context, folder)
        await asyncio.sleep(0)


def _take_up(context: AppContext, folder: Path) -> None:
    run = context.store.at(folder)
    if _is_due(run):
        context.jobs.wake(run)
    else:
        context.store.let_go(run)


def _is_due(run: Run) -> bool:
    try:
        return run.begun and status(run) == "working"
    except CardloomError:  # it tells that on its own page
        return False
