"""What the rooms' tests share: a workspace, workflows written into it, the real command beside it."""

import asyncio
import json
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from cardloom.apps.botify.emulator import Emulator
from cardloom.botify import clean_project_url, connect, keep_account
from cardloom.engine import encode, fold, moves, next_card
from cardloom.workspace import Secrets, Workspace

# A busy machine is no reason to fail: no example is timed.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

Command = list[str]
CARDLOOM: Command = [sys.executable, "-m", "cardloom"]
PATIENCE = 30.0  # seconds until something that must happen is called missing


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="try everything in tests/proof: minutes")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace that is also the current one, for this process and those it starts."""
    place = tmp_path / "workspace"
    place.mkdir()
    monkeypatch.setenv("CARDLOOM_WORKSPACE", str(place))
    return place


@pytest.fixture
def write_flow(workspace: Path) -> Callable[..., Path]:
    """`write_flow("name", source)` writes a workflow file; the usual import stands above it."""

    def write(name: str, source: str, imports: str = "from cardloom import *") -> Path:
        path = workspace / f"{name}.py"
        path.write_text(f"{imports}\n{textwrap.dedent(source)}", encoding="utf-8")
        return path

    return write


def _environment(extra: dict[str, str] | None) -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(extra or {})}


@pytest.fixture
def cardloom(workspace: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`cardloom("run", "bridge", "ada")` runs the command in a process and waits for it."""

    def run(
        *words: str, env: dict[str, str] | None = None, cwd: Path | None = None, typed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*CARDLOOM, *words],
            cwd=cwd or workspace,
            env=_environment(env),
            input=typed,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=60,
        )

    return run


@pytest.fixture
def start(workspace: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`start("run", …)` starts the command and goes on; what still lives at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def begin(*words: str, command: Command = CARDLOOM) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*command, *words],
            cwd=workspace,
            env=_environment(None),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def until() -> Callable[..., Any]:
    """`until(lambda: …)` gives the first true value, and fails when none comes."""

    def wait(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := condition():
                return found
            time.sleep(0.01)
        raise AssertionError("what was waited for did not happen")

    return wait


@pytest.fixture
def events(workspace: Path) -> Callable[..., list[dict[str, Any]]]:
    """`events("bridge/ada")`: the lines of a run's journal as they are on the disk."""

    def read(run: str) -> list[dict[str, Any]]:
        path = workspace / "runs" / run / "journal.jsonl"
        lines = path.read_bytes().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    return read


class Botify:
    """Botify's emulator on a thread of its own, and workspaces that are connected with it."""

    def __init__(self, **options: Any) -> None:
        self.emulator = Emulator(**{"rate": 0, "looks": (0, 0), **options})
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._serve()])
        self._thread.start()
        assert self._ready.wait(PATIENCE)

    async def _serve(self) -> None:
        async with self.emulator:
            self._ready.set()
            await self._stop.wait()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def api(self) -> str:
        return self.emulator.url.removesuffix("/v1")

    def connect(self, workspace: Path) -> None:
        Workspace(workspace).make()
        Secrets(Workspace(workspace)).set("botify", self.emulator.token)
        keep_account(workspace, asyncio.run(connect(self.emulator.token, self.emulator.url)))

    def url(self, project: str = "demo.example") -> str:
        return clean_project_url(f"demo-org/{project}").url


@pytest.fixture
def botify() -> Iterator[Callable[..., Botify]]:
    """`botify(looks=…)`: an emulator of Botify's API in a thread."""
    begun: list[Botify] = []

    def start(**options: Any) -> Botify:
        begun.append(Botify(**options))
        return begun[-1]

    yield start
    for one in begun:
        one.close()


class Story:
    """A run in memory. Events as a journal would number them; moves are asked about the state so far."""

    def __init__(self, workflow):
        self.workflow = workflow
        self.events = []
        self.add(moves.create(workflow, "ada", "person"))

    @property
    def state(self):
        return fold(self.events)

    def add(self, drafts):
        at = f"2026-11-21T08:00:{len(self.events) + 1:02}.000000Z"  # one append, one time
        for draft in drafts:
            self.events.append({"n": len(self.events) + 1, "at": at, **draft})
        return drafts

    def answer(self, name, raw, **facts):
        return self.add(
            moves.answer(self.workflow, self.state, name, raw, **{"by": "person", **facts})
        )

    def start(self, name):
        self.add(moves.start(self.workflow, self.state, name))
        return len(self.events)

    def finish(self, name, value, seconds=0.5):
        """Finish the running card, or start and finish it."""
        if self.state.card(name).status != "running":
            self.start(name)
        started = self.state.card(name).started_n
        self.add(moves.finish(self.state, name, started, encode(value), [], seconds))

    def ask(self, name, question):
        started = self.start(name)
        return self.add(moves.ask(self.workflow, self.state, name, started, question))

    def do(self, move, *words, **facts):
        """A move of the engine that takes the workflow, or not."""
        first = (self.workflow, self.state) if move is moves.reopen else (self.state,)
        return self.add(move(*first, *words, **{"by": "person", **facts}))

    @property
    def next(self):
        """(step's name, card's name), or None at the end."""
        upcoming = next_card(self.workflow, self.state)
        return upcoming and (upcoming.step.name, upcoming.card.name)

    def status(self, name):
        return self.state.card(name).status


@pytest.fixture
def story():
    return Story
