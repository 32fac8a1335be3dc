"""The parent's side of a card in a process of its own: start it, serve it, end it."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardloom.apart import Raised
from cardloom.engine import Skip
from cardloom.errors import CardloomError
from cardloom.jobs.context import Recorder

LONGEST_LINE = 256_000_000  # bytes; large values go to files long before


@dataclass(frozen=True)
class Stored:
    """A card's value as the journal keeps it."""

    json: Any


async def run_process(
    path: Path,
    card: str,
    started: int,
    inputs: Mapping[str, Any],
    recorder: Recorder,
    lock: int | None,
) -> Stored | Skip:
    """Run the card of the workflow file in a new process; cancelling the task ends it.

    It comes back when everything that the card started has ended. `lock` is the descriptor of the
    run's lock: its holder is then also whoever clears up after a server that was killed.
    """
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
    child = await _begin(recorder.workspace, () if lock is None else (lock,))
    try:
        _send(child, order)
        return await _converse(child, card, recorder)
    except BaseException:
        _hang_up(child)
        raise
    finally:
        await child.wait()


async def _begin(folder: Path, held: Sequence[int]) -> asyncio.subprocess.Process:
    # -P: no file of the folder stands in for a library's.
    command = [sys.executable, "-P", "-m", "cardloom.jobs.child", *map(str, held)]
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LONGEST_LINE,
        cwd=folder,
        env=_environment(),
        pass_fds=held,
        start_new_session=sys.platform != "win32",
    )


def _environment() -> dict[str, str]:
    """This process's, with the way to the house where only the current folder led to it."""
    house = str(Path(__file__).parents[2])
    if str(Path(sys.path[0] or ".").resolve()) != house:
        return dict(os.environ)
    paths = [*os.environ.get("PYTHONPATH", "").split(os.pathsep), house]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


async def _converse(
    child: asyncio.subprocess.Process, card: str, recorder: Recorder
) -> Stored | Skip:
    assert child.stdout is not None
    code: int | str = "unknown"
    async for line in child.stdout:
        said = _heard(line)
        if "exit" in said:
            code = said["exit"]
            break
        if (outcome := _serve(child, recorder, said)) is not None:
            return outcome
    how = f"signal {-code}" if isinstance(code, int) and code < 0 else f"exit code {code}"
    raise Raised(f"The process of {card} ended without a result ({how}).")


def _heard(line: bytes) -> dict[str, Any]:
    """One message; nothing for the torn last words of a process that was killed."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


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
            raise Raised(sentence, trace)
    return None


def _send(child: asyncio.subprocess.Process, message: Any) -> None:
    assert child.stdin is not None
    child.stdin.write(json.dumps(message).encode() + b"\n")


def _hang_up(child: asyncio.subprocess.Process) -> None:
    """Ask for the end of the child and of whatever it started."""
    assert child.stdin is not None
    child.stdin.close()
