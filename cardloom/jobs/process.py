"""The parent's side of a card in a process of its own: start it, serve it, end it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardloom.engine import Skip
from cardloom.errors import CardloomError
from cardloom.jobs.context import Recorder

LONGEST_LINE = 256_000_000  # bytes; large values go to files long before


@dataclass(frozen=True)
class Stored:
    """A value that the child has encoded already."""

    json: Any


class ChildFailed(Exception):
    """The card failed in its process; the child's own sentence and frames."""

    def __init__(self, sentence: str, trace: str) -> None:
        super().__init__(sentence)
        self.trace = trace


async def run_process(
    path: Path, card: str, started: int, inputs: Mapping[str, Any], recorder: Recorder
) -> Stored | Skip:
    """Run the card of the workflow file in a new process; cancelling the task kills it."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cardloom.jobs.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LONGEST_LINE,
        start_new_session=sys.platform != "win32",
    )
    order = {
        "path": str(path),
        "card": card,
        "started": started,
        "files": str(recorder.files.files.root),
        "part": str(recorder.files.part),
        "key": recorder.key,
        "workspace": str(recorder.workspace),
        "inputs": inputs,
        "remembered": recorder._remembered,
    }
    try:
        _send(child, order)
        assert child.stdout is not None
        async for line in child.stdout:
            outcome = _serve(child, recorder, json.loads(line))
            if outcome is not None:
                return outcome
        code = await child.wait()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise ChildFailed(f"The process of {card} ended without a result ({how}).", "")
    finally:
        _kill(child)
        await child.wait()


def _serve(
    child: asyncio.subprocess.Process, recorder: Recorder, said: Any
) -> Stored | Skip | None:
    match said:
        case {"write": text}:
            recorder.write(text)
        case {"progress": [done, total, note]}:
            recorder.progress(done, total, note)
        case {"note": text}:
            recorder.note(text)
        case {"secret": name}:
            try:
                _send(child, {"secret": recorder.secret(name)})
            except CardloomError as error:
                _send(child, {"refused": str(error)})
        case {"remember": [key, stored]}:
            recorder.keep(key, stored)
            _send(child, {"remembered": key})
        case {"value": stored}:
            return Stored(stored)
        case {"skip": why}:
            return Skip(why)
        case {"failed": sentence, "trace": trace}:
            raise ChildFailed(sentence, trace)
    return None


def _send(child: asyncio.subprocess.Process, message: Any) -> None:
    assert child.stdin is not None
    child.stdin.write(json.dumps(message).encode() + b"\n")


def _kill(child: asyncio.subprocess.Process) -> None:
    """End the child and whatever it started."""
    if child.returncode is not None:
        return
    try:
        if sys.platform == "win32":
            child.kill()
        else:
            os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
