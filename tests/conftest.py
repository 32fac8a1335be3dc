"""What the rooms' tests share: a workspace, workflows written into it, the real command beside it."""

import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

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
