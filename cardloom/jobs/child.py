"""A card in a process of its own: `python -P -m cardloom.jobs.child`, spoken to in lines of JSON.

    parent → child   one line: what to run;  then replies to the child's questions
    child → parent   {"write": …} {"progress": …} {"note": …} {"secret": name} {"remember": …}
                     and last {"value": …} or {"failed": …};  its keeper ends with {"exit": code}

Values travel in the journal's own form. The conversation has descriptors of its own: the card reads
nothing from its standard input, its prints go to standard error, and what it starts inherits neither.
"""

import asyncio
import inspect
import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from cardloom import surroundings
from cardloom.apart import Cancelled
from cardloom.catalog import load_file, share_modules
from cardloom.engine import Card, Skip, Workflow, decode
from cardloom.jobs import keeper
from cardloom.jobs.context import AsyncContext, CardContext, Recorder
from cardloom.jobs.http import BlockingHttp, Http
from cardloom.jobs.thread import Loop
from cardloom.runs import CardFiles, Files
from cardloom.trace import own_frames, sentence

Json = Any


def take_descriptors() -> tuple[int, int]:
    """The two ends of the conversation; /dev/null and standard error take their places."""
    line, out = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return line, out


class Line:
    """The line to the parent: one message a line, a question waits for its reply.

    It is read on a thread of its own. Where no keeper ends the card, the card ends with the line.
    """

    def __init__(self, line: int, out: int) -> None:
        self._line, self._out = line, out
        self._replies: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._owner = os.getpid()
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with os.fdopen(self._line, "rb", closefd=False) as lines:
            for line in lines:
                self._replies.put(json.loads(line))
        if not hasattr(os, "fork"):
            os._exit(1)

    def read(self) -> Any:
        return self._replies.get()

    def tell(self, **message: Any) -> None:
        if os.getpid() != self._owner:
            raise RuntimeError(
                "`run` belongs to the card's own process. Give what another process found back to "
                "the card, and let the card say it."
            )
        data = json.dumps(message).encode() + b"\n"
        with self._lock:
            while data:
                data = data[os.write(self._out, data) :]

    def ask(self, **message: Any) -> Any:
        self.tell(**message)
        return self.read()

    def hang_up(self) -> None:
        """In a process that was forked from the card's: the conversation is none of its business."""
        for fd in (self._line, self._out):
            os.close(fd)


class RemoteRecorder(Recorder):
    """A recorder whose drawer is the parent's: everything said is passed on at once."""

    line: Line

    def progress(self, done: float, total: float | None = None, note: str = "") -> None:
        self.line.tell(progress=[done, total, str(note)])

    def write(self, text: object) -> None:
        self.line.tell(write=str(text))

    def note(self, text: object) -> None:
        self.line.tell(note=str(text))


class ProcessContext(CardContext):
    """`run` for a plain function in a process of its own."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(recorder)
        self._loop: asyncio.AbstractEventLoop | None = None

    def once(self, key: str, function: Any) -> Any:
        """The value of `function()`: called once, recalled from the journal after a crash."""
        if not self._recorder.knows(key):
            self._recorder.remember(key, function())
        return self._recorder.recall(key)

    @property
    def http(self) -> BlockingHttp:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, daemon=True).start()
        return BlockingHttp(Http(), self._loop)


def main() -> None:
    held = [int(fd) for fd in sys.argv[1:]]
    ends = take_descriptors()
    if hasattr(os, "fork"):
        keeper.keep(*ends, held)
    line = Line(*ends)
    stop = _Stop()
    if hasattr(os, "fork"):
        os.register_at_fork(after_in_child=line.hang_up)
        os.register_at_fork(after_in_child=stop.forget)
    path = Path(__file__)
    try:
        order = line.read()
        path = Path(order["path"])
        flow = load_file(path)
        share_modules()
        path = flow.file_of(order["card"])
        line.tell(**_work(flow.card(order["card"]), flow, order, line, stop))
    except BaseException as error:
        line.tell(failed=sentence(error), trace=own_frames(error, path))
    finally:
        # Threads that the card left behind must not keep the process; all is told and flushed.
        os._exit(0)


class _Stop:
    """The keeper's request to end: `Cancelled` in the card, which may clear up."""

    def __init__(self) -> None:
        self.recorder: Recorder | None = None
        signal.signal(signal.SIGTERM, self._raise)

    def _raise(self, number: int, frame: object) -> None:
        if self.recorder is not None:
            self.recorder.cancelled = True
        raise Cancelled

    def forget(self) -> None:
        """In a process that was forked from the card's: it ends as any other."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _work(card: Card, flow: Workflow, order: Json, line: Line, stop: _Stop) -> dict[str, Json]:
    """Call the card's function; the message that tells its outcome."""
    recorder = stop.recorder = _recorder(card, flow, order, line)
    given = {
        name: decode(value, flow.types, recorder.files.files.fetch)
        for name, value in order["inputs"].items()
    }
    function: Any = card.function

    def body(run: CardContext) -> Any:
        return function(**given, **({"run": run} if card.wants_run else {}))

    with surroundings.kept():
        if inspect.iscoroutinefunction(function):
            value = Loop().run(_with_http(body, recorder))
        else:
            value = body(ProcessContext(recorder))
    if isinstance(value, Skip):
        return {"skip": value.why}
    return {"value": recorder.encode(value, f"{card.name} returned")}


def _recorder(card: Card, flow: Workflow, order: Json, line: Line) -> RemoteRecorder:
    def secret(name: str) -> str:
        reply = line.ask(secret=name)
        if "refused" in reply:
            raise LookupError(reply["refused"])
        return str(reply["secret"])

    def remember(key: str, stored: Any) -> None:
        line.ask(remember=[key, stored])

    root, part = Files(Path(order["files"])), Path(order["part"])
    files = CardFiles(root, card.name, order["started"], flow.types, part)
    key, workspace = order["key"], Path(order["workspace"])
    recorder = RemoteRecorder(
        files, order["remembered"], secret, remember, flow.types, key, workspace
    )
    recorder.line = line
    return recorder


async def _with_http(body: Any, recorder: Recorder) -> Any:
    http = Http()
    try:
        return await body(AsyncContext(recorder, http))
    finally:
        await http.close()


if __name__ == "__main__":
    main()
