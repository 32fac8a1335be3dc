"""The emulator at work: two ports on 127.0.0.1, one for the API and one for the files."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

from aiohttp import web

from cardloom.apps.botify.emulator.api import make_api
from cardloom.apps.botify.emulator.desk import Desk
from cardloom.apps.botify.emulator.faults import Faults
from cardloom.apps.botify.emulator.filehost import make_file_host
from cardloom.apps.botify.emulator.ledger import Ledger
from cardloom.apps.botify.emulator.world import World, demo_world, world_of
from cardloom.errors import Refused

_HOST = "127.0.0.1"


class Emulator:
    """Use as `async with Emulator() as emulator`; then `emulator.url` is a client's base.

    links, meta  a crawl of ours to serve; without them the demo's projects
    faults       what goes wrong, as `NAME[,at=ENDPOINT][,count=N][,chance=PERCENT][,skip=N][,value=V]`
    port         of the API; 0 for any
    rate         requests a second before it answers 429; 0 for any number
    looks        how often a job is CREATED, and then PROCESSING, before it ends

    Raises Missing for a fault that is not there or files that are no crawl, Refused for a port
    that is taken.
    """

    def __init__(
        self,
        links: Path | None = None,
        meta: Path | None = None,
        *,
        faults: Iterable[str] = (),
        port: int = 0,
        rate: int = 5,
        looks: tuple[int, int] = (1, 1),
    ) -> None:
        world = demo_world() if links is None or meta is None else world_of(links, meta)
        self._desk = Desk(world, Faults(tuple(faults)), Ledger(Path(), *looks), rate)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._port = port
        self._runners: list[web.AppRunner] = []

    async def __aenter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="cardloom-botify-")
        self._desk.ledger.folder = Path(self._folder.name)
        files = await self._open(make_file_host(self._desk), 0)
        self._desk.files_url = f"http://{_HOST}:{files}"
        port = await self._open(make_api(self._desk), self._port)
        self._desk.url = f"http://{_HOST}:{port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._desk.ledger.close()
        for runner in self._runners:
            await runner.cleanup()
        if self._folder is not None:
            self._folder.cleanup()

    async def _open(self, app: web.Application, port: int) -> int:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        self._runners.append(runner)
        try:
            await web.TCPSite(runner, _HOST, port).start()
        except OSError:
            await self.__aexit__()
            raise Refused(
                f"Port {port} is taken. Give another with --port, or 0 for any."
            ) from None
        return int(runner.addresses[0][1])

    @property
    def url(self) -> str:
        """The API's base address."""
        return self._desk.url

    @property
    def token(self) -> str:
        """The one token that it knows."""
        return self._desk.world.token

    @property
    def world(self) -> World:
        """Its projects and their crawls."""
        return self._desk.world

    @property
    def posts(self) -> int:
        """How often `POST /jobs` came, whatever became of it."""
        return self._desk.ledger.posts

    @property
    def jobs(self) -> int:
        """How many jobs were made."""
        return len(self._desk.ledger.jobs)

    @property
    def credits(self) -> float:
        """What the finished jobs cost."""
        return self._desk.ledger.credits

    @property
    def asked(self) -> list[str]:
        """The last thousand requests to the API, each `METHOD path`."""
        return list(self._desk.asked)

    @property
    def file_headers(self) -> list[dict[str, str]]:
        """The headers of the last thousand requests for files."""
        return list(self._desk.file_headers)

    def add_fault(self, spec: str) -> None:
        """Switch a fault on."""
        self._desk.faults.add(spec)

    def clear_faults(self) -> None:
        """Switch all faults off."""
        self._desk.faults.clear()


def run_emulator(
    links: Path | None = None,
    meta: Path | None = None,
    *,
    faults: Iterable[str] = (),
    port: int = 0,
    say: Callable[[str], object] = print,
) -> None:
    """Run an emulator until Ctrl+C or SIGTERM. `say` gets the lines that tell how to use it."""
    asyncio.run(_run(Emulator(links, meta, faults=faults, port=port), say))


async def _run(emulator: Emulator, say: Callable[[str], object]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows: Ctrl+C ends asyncio.run by itself
            break
    async with emulator:
        say(f"Botify's API, emulated, at {emulator.url}")
        say(f"Token: {emulator.token}")
        for project in emulator.world.projects:
            crawls = ", ".join(crawl.slug for crawl in project.crawls[:3]) or "closed"
            more = " …" if len(project.crawls) > 3 else ""
            say(f"  https://app.botify.com/{project.org}/{project.slug}/   {crawls}{more}")
        say(f"What was asked, and faults: {emulator.url.removesuffix('/v1')}/_emulator")
        say("Ctrl+C ends it.")
        await stop.wait()
