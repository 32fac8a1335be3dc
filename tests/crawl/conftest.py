"""A real site on a real loopback port, in a few lines, and what a crawl of it wrote."""

from __future__ import annotations

import csv
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from cardloom.crawl import Limits, Totals, crawl, summary, write_links, write_meta

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]
FAST = {"rate": 0, "wait_seconds": 0.05, "page_seconds": 5.0}


@dataclass
class Site:
    """Paths (with their query) to answers; everything else is a 404. Counts what is asked."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    most_open: int = 0
    url: str = ""
    _open: int = 0

    def page(self, path: str, html: str | bytes, status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Content-Type", "text/html; charset=utf-8")
        body = html.encode() if isinstance(html, str) else html

        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=body, status=status, headers=named)

        self.answers[path] = answer

    def links(self, path: str, *targets: str) -> None:
        self.page(path, "".join(f'<a href="{each}">x</a>' for each in targets))

    def redirect(self, path: str, to: str, status: int = 301) -> None:
        self.page(path, "moved", status, Location=to)

    def text(self, path: str, text: str, content_type: str = "text/plain") -> None:
        self.page(path, text, Content_Type=content_type)

    def count(self, path: str) -> int:
        return self.asked.count(path)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.raw_path)
        self.times.append(time.monotonic())
        self.headers.append(dict(request.headers))
        self._open += 1
        self.most_open = max(self.most_open, self._open)
        try:
            answer = self.answers.get(request.raw_path)
            return await answer(request) if answer else web.Response(status=404, text="none")
        finally:
            self._open -= 1


@dataclass
class Result:
    """What a crawl left: its files as rows, its summary, its totals."""

    folder: Path
    site: str
    totals: Totals

    @property
    def database(self) -> Path:
        return self.folder / "crawl.db"

    @property
    def links(self) -> set[tuple[str, str]]:
        rows = self.rows("links.csv")
        found = {(self.short(r["source"]), self.short(r["target"])) for r in rows}
        assert len(found) == len(rows)
        return found

    @property
    def meta(self) -> dict[str, dict[str, str]]:
        return {self.short(row["id"]): row for row in self.rows("meta.csv")}

    @property
    def summary(self) -> dict[str, Any]:
        return summary(self.database)

    def short(self, url: str) -> str:
        return url.removeprefix(self.site)

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def write(self) -> Result:
        write_links(self.database, self.folder / "links.csv")
        write_meta(self.database, self.folder / "meta.csv")
        return self


@pytest.fixture
async def another_site() -> AsyncIterator[Callable[[], Awaitable[Site]]]:
    """`await another_site()`: one more site, on a port of its own, which stands for another host."""
    runners: list[web.AppRunner] = []

    async def make() -> Site:
        made = Site()
        app = web.Application(client_max_size=1)
        app.router.add_route("*", "/{path:.*}", made.handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return made

    yield make
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def site(another_site: Callable[[], Awaitable[Site]]) -> Site:
    return await another_site()


@pytest.fixture
def walk(site: Site, tmp_path: Path) -> Callable[..., Awaitable[Result]]:
    """`await walk(pages=3)`: crawl the site with these limits and write both files."""

    async def run(folder: str = "one", start: str = "/", **limits: Any) -> Result:
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        totals = await crawl(site.url + start, Limits(**FAST | limits), place / "crawl.db")
        return Result(place, site.url, totals).write()

    return run
