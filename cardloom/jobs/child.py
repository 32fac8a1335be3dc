"""A card in a process of its own: `python -m cardloom.jobs.child`, spoken to in lines of JSON.

    parent → child   one line: what to run;  then replies to the child's questions
    child → parent   {"write": …} {"progress": …} {"note": …} {"secret": name} {"remember": …}
                     and last {"value": …} or {"failed": …}

Values travel in the journal's own form. The function's prints go to standard error.
"""

import asyncio
import inspect
import json
import os
import queue
import sys
import threading
from pathlib import Path
from typing import Any

from cardloom.catalog import load_file
from cardloom.engine import Skip, decode
from cardloom.jobs.context import CardContext, Recorder, run_coroutine
from cardloom.jobs.http import BlockingHttp, Http
from cardloom.jobs.trace import own_frames, sentence
from cardloom.runs import CardFiles, Files


class Line:
    """The line to the parent: one message a line, a question waits for its reply.

    It is read on a thread of its own: when it ends, the parent is dead, and the work ends with it
    at once, before the next server takes it up.
    """

    def __init__(self) -> None:
        self._replies: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()
        # What the author's code prints must not get between the messages.
        self._out = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def _listen(self) -> None:
        for line in sys.stdin.buffer:
            self._replies.put(json.loads(line))
        os._exit(1)

    def read(self) -> Any:
        return self._replies.get()

    def tell(self, **message: Any) -> None:
        with self._lock:
            self._out.write(json.dumps(message).encode() + b"\n")
            self._out.flush()

    def ask(self, **message: Any) -> Any:
        self.tell(**message)
        return self.read()


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
    line = Line()
    order = line.read()
    path = Path(order["path"])
    try:
        flow = load_file(path)
        card = flow.card(order["card"])
        path = flow.file_of(card.name)
        root, part = Files(Path(order["files"])), Path(order["part"])
        files = CardFiles(root, card.name, order["started"], flow.types, part)

        def secret(name: str) -> str:
            reply = line.ask(secret=name)
            if "refused" in reply:
                raise LookupError(reply["refused"])
            return str(reply["secret"])

        def remember(key: str, stored: Any) -> None:
            line.ask(remember=[key, stored])

        recorder = RemoteRecorder(
            files,
            order["remembered"],
            secret,
            remember,
            flow.types,
            order["key"],
            Path(order["workspace"]),
        )
        recorder.line = line
        given = {
            name: decode(value, flow.types, files.files.fetch)
            for name, value in order["inputs"].items()
        }
        function: Any = card.function

        def body(run: CardContext) -> Any:
            return function(**given, **({"run": run} if card.wants_run else {}))

        if inspect.iscoroutinefunction(function):
            value = asyncio.run(_with_http(body, recorder))
        else:
            value = body(ProcessContext(recorder))
        if isinstance(value, Skip):
            line.tell(skip=value.why)
        else:
            line.tell(value=recorder.encode(value, f"{card.name} returned"))
    except BaseException as error:
        line.tell(failed=sentence(error), trace=own_frames(error, path))
    finally:
        # Threads that the card left behind must not keep the process; all is told and flushed.
        os._exit(0)


async def _with_http(body: Any, recorder: Recorder) -> Any:
    http = Http()
    try:
        return await run_coroutine(body, recorder, http)
    finally:
        await http.close()


if __name__ == "__main__":
    main()
