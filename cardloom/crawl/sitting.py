"""A sitting of a crawl: begun or gone on with, watched, its pages brought to disk, told.

Refuses a database of another crawl. What is found and where it goes next is walk.py's.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from cardloom.crawl.address import clean_site
from cardloom.crawl.ending import coverage, failure, left_out
from cardloom.crawl.limits import Limits, Totals
from cardloom.crawl.store import Store
from cardloom.crawl.walk import Walk

_TICK = 0.25  # seconds between commits, and between looks at `cancelled`

Report = Callable[[int, int | None, str], None]


async def crawl(
    site: str,
    limits: Limits,
    database: Path,
    *,
    report: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Totals:
    """Crawl `site` into `database`, or go on with the crawl that is there.

    site       any spelling that `clean_site` takes
    database   a file of this crawl's own, made if missing. Called again with the same file, the
               crawl goes on where it was killed, cancelled or stopped by smaller limits, and
               asks for no finished page again; a finished crawl returns at once
    report     called as report(done, total, note) some four times a second: pages on disk, the
               most there can be by what is known now, and one line on where it is
    cancelled  asked as often; when it says True the crawl stops and returns with what it has

    Cancelling the task stops it at once too, and raises CancelledError as usual. In both cases
    every page that was reported as done is on disk.

    Raises ValueError for something that is not a site, or a database of another site or with
    another choice of subdomains; OSError where the database cannot be written, or the process
    that reads pages cannot be started.
    """
    start = clean_site(site)
    try:
        with Store(database) as store:
            _claim(store, start, limits)
            return await _sit(store, start, limits, report, cancelled)
    except sqlite3.Error as error:
        raise OSError(f"The crawl's database {database} cannot be used: {error}.") from error


def _claim(store: Store, start: str, limits: Limits) -> None:
    for name, value, what in (
        ("site", start, "of"),
        ("subdomains", str(limits.subdomains), "made with subdomains ="),
    ):
        kept = store.fact(name)
        if kept is not None and kept != value:
            raise ValueError(f"This crawl is one {what} {kept}: start another for {value}.")
        store.keep_fact(name, value)
    for name in ("pages", "depth", "redirects"):
        store.keep_fact(name, getattr(limits, name))


async def _sit(
    store: Store,
    start: str,
    limits: Limits,
    report: Report | None,
    cancelled: Callable[[], bool] | None,
) -> Totals:
    began = time.monotonic()
    store.reopen()
    before = float(store.fact("seconds") or 0)
    walk = Walk(store, start, limits)
    walking = asyncio.create_task(walk.run())
    try:
        finished = await _watch(walking, walk, report, cancelled)
    finally:
        walking.cancel()
        await asyncio.gather(walking, return_exceptions=True)
        store.commit()
        store.keep_fact("seconds", round(before + time.monotonic() - began, 3))
    if finished:
        store.keep_fact("finished", "yes")
    return _totals(store, finished)


def _totals(store: Store, finished: bool) -> Totals:
    links = store.connection.execute("SELECT COUNT(*) FROM link WHERE kind & 1").fetchone()[0]
    seconds = float(store.fact("seconds") or 0)
    said = coverage(store.done, left_out(store.connection)), failure(store.connection)
    return Totals(store.done, store.known, links, seconds, finished, *said)


async def _watch(
    walking: asyncio.Task[None],
    walk: Walk,
    report: Report | None,
    cancelled: Callable[[], bool] | None,
) -> bool:
    while True:
        ended, _ = await asyncio.wait({walking}, timeout=_TICK)
        done = walk.store.commit()
        if report:
            report(done, min(walk.limits.pages, walk.store.known), walk.note)
        if ended:
            _raise_first(walking)
            return True
        if cancelled and cancelled():
            return False


def _raise_first(walking: asyncio.Task[None]) -> None:
    # Many pages at a time fail as a group; a person is told the first thing that went wrong.
    error = walking.exception()
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if error:
        raise error
