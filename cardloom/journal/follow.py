"""Following journals that other processes append to.

The system tells of a change (inotify, FSEvents, ReadDirectoryChangesW, through watchfiles); where
it cannot, the folder is looked at four times a second. Only journals are reported.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from cardloom.journal.journal import NAME

if TYPE_CHECKING:
    import asyncio

    from watchfiles import Change


def _is_journal(change: "Change", path: str) -> bool:
    return path.endswith(NAME)


async def follow(root: Path, stop: "asyncio.Event") -> AsyncIterator[set[Path]]:
    """Sets of run folders under `root` whose journal changed, until `stop` is set.

    A change is reported within some 10 ms: `step` is how long the watcher waits for a second
    change before it tells of the first.
    """
    from watchfiles import awatch  # a server's need, which no other command should pay for

    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    watcher = awatch(
        root, watch_filter=_is_journal, step=5, debounce=100, stop_event=stop, poll_delay_ms=250
    )
    async for changes in watcher:
        yield {Path(path).parent for _, path in changes}
