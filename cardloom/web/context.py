"""What the pages of one server share, and the addresses they give each other."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse

from cardloom import __version__
from cardloom.catalog import Catalog
from cardloom.errors import NoEvent
from cardloom.jobs import Jobs
from cardloom.runs import Run
from cardloom.ui.page import page
from cardloom.ui.tags import A, Part
from cardloom.web.seam.seam import Seam
from cardloom.workspace import Lineage, RunStore, Secrets, Workspace

STATIC = Path(__file__).parent / "static"
MAP = ["map/map.js"]  # the modules of a page that may show a map
# The menu of apps on every page of the server that answers now: several may live in one process.
apps_menu: ContextVar[Sequence[Part]] = ContextVar("apps_menu", default=())


@dataclass
class AppContext:
    """The put-together app: one workspace, its catalog, its runs, its jobs."""

    workspace: Workspace
    catalog: Catalog
    store: RunStore
    jobs: Jobs
    secrets: Secrets
    lineage: Lineage
    seam: Seam = field(default_factory=Seam)
    address: str = ""  # of the server
    closing: bool = False
    wakeups: set[asyncio.Event] = field(default_factory=set)  # one for each open stream

    @contextmanager
    def wakeup(self) -> Iterator[asyncio.Event]:
        """What a stream waits for while it is open; it rings at the end of the house too."""
        wakeup = asyncio.Event()
        self.wakeups.add(wakeup)
        try:
            yield wakeup
        finally:
            self.wakeups.discard(wakeup)

    def close(self) -> None:
        """The server ends: whoever waits for news is to stop waiting."""
        self.closing = True
        for wakeup in list(self.wakeups):
            wakeup.set()


def open_context(workspace: Workspace) -> AppContext:
    secrets = Secrets(workspace)
    catalog = Catalog(workspace.root)
    store = RunStore(workspace, catalog)
    jobs = Jobs(store, secrets)
    store.subscribe(jobs.follow)
    return AppContext(workspace, catalog, store, jobs, secrets, Lineage())


def context_of(request: Request) -> AppContext:
    context: AppContext = request.app.state.context
    return context


def by_htmx(request: Request) -> bool:
    """Whether a fragment is wanted; else a whole page, or a redirect to one."""
    return request.headers.get("hx-request") == "true"


def asset(name: str) -> str:
    """The address of a static file; it changes with the release, so it may be kept for ever."""
    return f"/static/{__version__}/{name}"


def run_address(run: Run, *parts: str) -> str:
    """The page of a run, or a place below it."""
    return row_address(run.name, *parts)


@lru_cache(maxsize=4096)
def row_address(name: str, *parts: str) -> str:
    """The page of the run that a list calls `name`, or a place below it."""
    return "/" + "/".join(quote(part, safe="~") for part in ("runs", *name.split("/"), *parts))


def number(text: str) -> int | None:
    """The whole number that an address or a form gives; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def compare_address(*names: str) -> str:
    """The page that compares the runs called `names`, each `workflow/run` or `workflow/run@n`."""
    return f"/compare?{_runs(names)}"


def compose_address(*names: str) -> str:
    """The page that composes them."""
    return f"/compose?{_runs(names)}"


def _runs(names: Sequence[str]) -> str:
    return "&".join(f"run={quote(name, safe='/~@')}" for name in names)


def below(root: Path, name: str) -> Path | None:
    """The file called `name` below `root`; None where it is outside, missing or impossible."""
    try:
        path = (root / name).resolve()
        return path if path.is_relative_to(root.resolve()) and path.is_file() else None
    except (OSError, ValueError):  # a name too long for the disk, a NUL
        return None


def file_address(run: Run, shown: str) -> str:
    return run_address(run, "files") + "/" + quote(shown, safe="/~")


def moment_of(request: Request, run: Run) -> int | None:
    """The event that `?at=n` of an address names, None without one; NoEvent where there is none."""
    given = request.query_params.get("at")
    return None if given is None else event_of(run, given)


def event_of(run: Run, given: str, first: int = 1) -> int:
    """The event that an address or a form names, from `first` on; NoEvent where there is none."""
    at, last = number(given), run.state().n
    if at is None or not first <= at <= last:
        raise NoEvent(run.name, last, repr(given[:20]) if at is None else at)
    return at


def moment_address(run: Run, at: int | None, *parts: str) -> str:
    """A place of the run as it was at event `at`; as it is, for None."""
    return run_address(run, *parts) + ("" if at is None else f"?at={at}")


def show(title: str, *content: Part, status: int = 200, **options: Any) -> HTMLResponse:
    """A whole page; its top bar leads to all runs where it has no menu of its own."""
    switch = [*options.pop("switch", [A("Runs", href="/runs")]), *apps_menu.get()]
    html = page(title, *content, asset=asset, home="/", help="/help", switch=switch, **options)
    return HTMLResponse(html, status)
