"""kill -9 in the middle: nothing on disk is asked for again, and the end is the same."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sqlite3
import sys
from pathlib import Path

import pytest

from cardloom.crawl import write_links, write_meta

CRAWL = """
import asyncio, sys
from pathlib import Path
from cardloom.crawl import Limits, crawl
asyncio.run(crawl(sys.argv[1], Limits(rate=0, concurrency=4, pages=1000), Path(sys.argv[2])))
"""


def build(site) -> None:
    choice = random.Random(5)
    site.links("/", *(f"/n{n}" for n in range(5)))
    for n in range(250):
        targets = [f"/n{choice.randrange(250)}" for _ in range(12)]
        site.links(f"/n{n}", *targets, f"/moved{n % 9}")
    for n in range(9):
        site.redirect(f"/moved{n}", f"/n{n * 20}")
    for path, quick in list(site.answers.items()):

        async def late(request, quick=quick):
            await asyncio.sleep(0.01)
            return await quick(request)

        site.answers[path] = late


async def start(site, database: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", CRAWL, site.url, str(database)
    )


async def read_until(database: Path, count: int) -> None:
    for _ in range(1000):
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection,
        ):
            if connection.execute("SELECT COUNT(*) FROM page").fetchone()[0] >= count:
                return
        await asyncio.sleep(0.02)
    pytest.fail("the crawl did not get that far")


def finished(database: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT url FROM url JOIN page USING (id)").fetchall()
    return {row[0] for row in rows}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 on Windows")
async def test_a_killed_crawl_goes_on_without_asking_again(site, walk, tmp_path):
    build(site)
    whole = await walk("whole", concurrency=16)
    site.asked.clear()
    database = tmp_path / "killed.db"
    for pages in (40, 120, 180):
        process = await start(site, database)
        await read_until(database, pages)
        process.kill()
        assert await process.wait() == -signal.SIGKILL
        kept = finished(database)
        assert pages <= len(kept) < 260
        before = len(site.asked)
    assert await (await start(site, database)).wait() == 0
    again = {site.url + path for path in site.asked[before:]} & kept
    assert again == set()
    assert site.count("/robots.txt") == site.count("/sitemap.xml") == 1
    write_links(database, tmp_path / "links.csv")
    write_meta(database, tmp_path / "meta.csv")
    assert (tmp_path / "links.csv").read_bytes() == (whole.folder / "links.csv").read_bytes()
    assert without_ms(tmp_path / "meta.csv") == without_ms(whole.folder / "meta.csv")


async def test_a_finished_crawl_asks_for_nothing(site, walk):
    build(site)
    one = await walk()
    site.asked.clear()
    two = await walk()
    assert site.asked == []
    assert two.totals.pages == one.totals.pages


def without_ms(path: Path) -> list[list[str]]:
    rows = [line.split(",") for line in path.read_text().splitlines()]
    ms = rows[0].index("ms")
    return [row[:ms] + row[ms + 1 :] for row in rows]
