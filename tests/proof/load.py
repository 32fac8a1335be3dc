"""A load tool: tabs that follow runs and people who answer them, all at once, on a server elsewhere.

    python tests/proof/load.py http://127.0.0.1:5001 TOKEN --tabs 50 --runs 100 --rounds 10

A tab does what the page does: it reads its stream, and asks again a third of a second after it
ends. Prints one line of JSON: what failed, how long answers took, what the tabs were told.
"""

import argparse
import asyncio
import json
import statistics
import time
from typing import Any

import aiohttp

AGAIN = 1 / 3  # seconds until a tab asks again
PATIENCE = 120


class Load:
    """What one load found."""

    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self.address, self.session = address, session
        self.failed: list[str] = []
        self.seconds: list[float] = []
        self.streams = self.messages = 0
        self.seen: dict[int, int] = {}  # by tab: the last event on its stream

    async def post(self, path: str, **form: str) -> None:
        begun = time.perf_counter()
        try:
            async with self.session.post(
                self.address + path, data=form, allow_redirects=False
            ) as reply:
                text = await reply.text()
                if reply.status not in (200, 303):
                    self.failed.append(f"{path}: {reply.status} {text[:200]}")
        except (aiohttp.ClientError, TimeoutError) as error:
            self.failed.append(f"{path}: {error!r}")
        if "/answer/" in path:
            self.seconds.append(time.perf_counter() - begun)

    async def tab(self, me: int, run: str) -> None:
        """Follow `run` for ever."""
        self.seen[me] = 0
        while True:
            told = {"Last-Event-ID": str(self.seen[me])} if self.seen[me] else {}
            try:
                async with self.session.get(f"{self.address}/live/{run}", headers=told) as reply:
                    self.streams += 1
                    if reply.status != 200:
                        self.failed.append(f"/live/{run}: {reply.status}")
                    async for line in reply.content:
                        if line.startswith(b"id: "):
                            self.messages += 1
                            self.seen[me] = int(line[4:])
            except (aiohttp.ClientError, TimeoutError) as error:
                self.failed.append(f"/live/{run}: {error!r}")
            await asyncio.sleep(AGAIN)


async def load(given: argparse.Namespace) -> dict[str, Any]:
    headers = {"X-Cardloom-Token": given.token, "HX-Request": "true"}
    async with aiohttp.ClientSession(
        headers=headers,
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=None, sock_read=PATIENCE),
        read_bufsize=1 << 20,
    ) as session:
        found = Load(given.address, session)
        runs = [f"flow/k{n}" for n in range(given.runs)]
        await asyncio.gather(*(found.post("/runs", workflow="flow", key=run[5:]) for run in runs))
        tabs = [asyncio.create_task(found.tab(n, runs[n % given.runs])) for n in range(given.tabs)]
        for number in range(given.rounds):
            form = {"value": f"{given.word}-{number}", "change": "yes"}
            await asyncio.gather(*(found.post(f"/runs/{run}/answer/name", **form) for run in runs))
        last = await asyncio.gather(*(_last(found, run) for run in runs[: given.tabs]))
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and _behind(found, last):
            await asyncio.sleep(0.05)
        found.failed += [f"tab {me} was not told of event {n}" for me, n in _behind(found, last)]
        for tab in tabs:
            tab.cancel()
        await asyncio.gather(*tabs, return_exceptions=True)
    cuts = statistics.quantiles(found.seconds, n=100)
    return {
        "failed": found.failed,
        "answers": len(found.seconds),
        "p50_ms": round(statistics.median(found.seconds) * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
        "streams": found.streams,
        "messages": found.messages,
    }


async def _last(found: Load, run: str) -> int:
    """The n of the run's last event, once its machine has nothing more to do."""
    n = -1
    while True:
        try:
            async with found.session.get(f"{found.address}/runs/{run}") as reply:
                page = await reply.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            found.failed.append(f"/runs/{run}: {error!r}")
            return 0
        now = int(page.partition("?after=")[2].partition("&")[0])
        if now == n:
            return n
        n = now
        await asyncio.sleep(AGAIN)


def _behind(found: Load, last: list[int]) -> list[tuple[int, int]]:
    return [(me, last[me % len(last)]) for me, n in found.seen.items() if n < last[me % len(last)]]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address")
    parser.add_argument("token")
    parser.add_argument("--tabs", type=int, default=50)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--word", default="answer", help="what each answer begins with")
    print(json.dumps(asyncio.run(load(parser.parse_args()))))
