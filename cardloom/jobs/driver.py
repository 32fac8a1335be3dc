"""The driver of one run: takes it from card to card until a person is needed.

    read → next card → start → work → finish → read …

It trusts only the journal. A job that the journal no longer calls running is stopped, whoever wrote
that: this page, a terminal, another process. Two processes never work on one run: the folder's
claim decides, and the system frees it when its holder dies.
"""

import asyncio
import functools
import time
from typing import Any

from cardloom.engine import (
    Card,
    Late,
    Next,
    Question,
    Skip,
    State,
    Step,
    Workflow,
    describe,
    encode,
    equal_inputs,
    moves,
    next_card,
)
from cardloom.engine.questions import with_parse
from cardloom.engine.status import CardStatus
from cardloom.errors import CardloomError, Refused
from cardloom.jobs.context import Recorder
from cardloom.jobs.http import Http
from cardloom.jobs.process import ChildFailed, Stored
from cardloom.jobs.trace import own_frames, sentence
from cardloom.jobs.work import Work, as_question, attempt, attempts
from cardloom.journal import FileLock
from cardloom.runs import CardFiles, Run
from cardloom.workspace import Secrets

FLUSH = 0.1  # seconds between two looks at what a card streamed
PROGRESS_EVERY = 5  # flushes between two `progressed` events


class Driver:
    """Works on one run. `run_until_blocked` goes as far as the machine can."""

    def __init__(self, run: Run, secrets: Secrets, http: Http) -> None:
        self.run = run
        self._secrets, self._http = secrets, http
        self._claim = FileLock(run.folder / "work.lock")
        self._job: asyncio.Task[Any] | None = None
        self._card, self._started = "", 0
        self._running = asyncio.Lock()

    @property
    def workflow(self) -> Workflow:
        if self.run.workflow is None:
            raise Refused(f"The workflow of {self.run.name} is gone or does not load.")
        return self.run.workflow

    def look(self) -> None:
        """The journal has grown: stop the job if it is no longer wanted."""
        if self._job is None or self._job.done() or self._job is _current_task():
            return
        now = self.run.state().card(self._card)
        if now.status != CardStatus.RUNNING or now.started_n != self._started:
            self._job.cancel()

    async def run_until_blocked(self) -> Next | None:
        """Work until the run waits for a person, stops, or is done. None when it is done.

        Step BUSY or WORK comes back when another process has the run.
        """
        async with self._running:
            try:
                return await self._run_until_blocked()
            finally:
                self._claim.free()

    async def _run_until_blocked(self) -> Next | None:
        while True:
            upcoming = next_card(self.workflow, self.run.state())
            if upcoming is not None and upcoming.step is Step.WAIT and self._as_before(upcoming):
                continue
            if upcoming is None or upcoming.step in (Step.WAIT, Step.STOPPED):
                return upcoming
            if not self._claim.take():
                return upcoming
            if upcoming.step is Step.BUSY:  # nobody holds the run: whoever worked on it is gone
                self.run.move(moves.interrupt)
                continue
            try:
                await self._work(upcoming.card)
            except (Late, Refused):
                if self.run.damage:
                    raise  # nothing can be written, now or at the next try
                # Stopped, or overtaken: the journal says what is next.

    def _as_before(self, upcoming: Next) -> bool:
        """Give the answer that a fork brought along, if there is one and it is accepted."""
        name = upcoming.card.name
        if name not in self.run.state().answers:
            return False
        return bool(self.run.move(lambda state: moves.answer_as_before(self.workflow, state, name)))

    async def _work(self, card: Card) -> None:
        run = self.run
        earlier = run.state().card(card.name)
        before = (earlier.started_n, earlier.inputs)
        # A start that a power cut takes away is made again; one with an effect must not be.
        [event] = run.move(
            lambda state: moves.start(self.workflow, state, card.name), sync=card.once
        )
        state = run.state()
        files = CardFiles(run.files, card.name, event["n"], self.workflow.types)
        # What the journal remembers of an earlier attempt, and its half-written files, go together.
        files.begin(before[0], go_on=equal_inputs(state, before[1], event["inputs"]))
        self._card, self._started = card.name, event["n"]
        self._job = asyncio.create_task(self._run_card(card, state, files))
        try:
            await self._job
        except asyncio.CancelledError:
            if not self._job.cancelled() or self._wanted():
                raise  # not the job but this driver is being stopped
        finally:
            self._job = None

    def _work_of(self, card: Card, state: State, inputs: dict[str, int]) -> Work:
        stored = {name: state.values.get(n) for name, n in inputs.items()}
        return Work(self.workflow, card, self._started, stored, self._http)

    def _wanted(self) -> bool:
        now = self.run.state().card(self._card)
        return now.status == CardStatus.RUNNING and now.started_n == self._started

    async def _run_card(self, card: Card, state: State, files: CardFiles) -> None:
        name, started = card.name, self._started
        now = state.card(name)
        recorder = Recorder(
            files,
            now.remembered,
            self._secrets.get,
            functools.partial(self._remember, name, started, asyncio.get_running_loop()),
            self.workflow.types,
            state.key,
            self.run.workspace,
        )
        flusher = asyncio.create_task(self._flush(name, started, recorder))
        begun = time.monotonic()
        try:
            value = await attempts(self._work_of(card, state, now.inputs), recorder)
            flusher.cancel()
            self._report(name, started, recorder.take())
            await self._finish(card, started, files, value, time.monotonic() - begun, recorder)
        except (Late, asyncio.CancelledError):
            recorder.cancelled = True
            raise
        except Exception as error:
            self._report(name, started, recorder.take())
            self._fail(name, started, error, recorder)
        finally:
            flusher.cancel()

    async def _finish(
        self,
        card: Card,
        started: int,
        files: CardFiles,
        value: Any,
        seconds: float,
        recorder: Recorder,
    ) -> None:
        run, name = self.run, card.name
        if isinstance(value, Skip):
            skipped = Skip(recorder.hide(value.why))
            run.move(lambda state: moves.skip(state, name, started, skipped))
            files.discard()
        elif card.asks:
            question = as_question(card, value)
            recorder.guard(f"{name} asked with", describe(question, encode))
            run.move(lambda state: moves.ask(self.workflow, state, name, started, question))
        else:
            stored = (
                value.json
                if isinstance(value, Stored)
                else recorder.encode(value, f"{name} returned")
            )
            published = await asyncio.to_thread(files.publish) if files.begun else []
            run.move(lambda s: moves.finish(s, name, started, stored, published, seconds))

    def _fail(self, name: str, started: int, error: BaseException, recorder: Recorder) -> None:
        trace = (
            error.trace
            if isinstance(error, ChildFailed)
            else own_frames(error, self.workflow.file_of(name))
        )
        event = {
            "type": "failed",
            "error": recorder.hide(sentence(error)),
            "trace": recorder.hide(trace),
        }
        self.run.move(lambda state: moves.report(state, name, started, event))

    async def _flush(self, name: str, started: int, recorder: Recorder) -> None:
        """Pass on what the card says while it works; a full disk must not stop the work itself."""
        beat = 0
        while True:
            await asyncio.sleep(FLUSH)
            beat += 1
            try:
                self._report(name, started, recorder.take(progress=beat % PROGRESS_EVERY == 1))
            except Refused:
                return
            except CardloomError:
                continue

    def _report(self, name: str, started: int, events: list[dict[str, Any]]) -> None:
        if not events:
            return
        self.run.move(
            lambda state: [
                event for said in events for event in moves.report(state, name, started, said)
            ],
            sync=False,
        )

    def _remember(
        self, name: str, started: int, loop: asyncio.AbstractEventLoop, key: str, stored: Any
    ) -> None:
        """Journal a sub-step, from whatever thread the card runs on; returns when it is synced."""
        event = {"type": "remembered", "key": key, "value": stored}

        def write() -> None:
            self.run.move(lambda state: moves.report(state, name, started, event))

        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is loop:
            write()
            return

        async def on_loop() -> None:
            write()

        asyncio.run_coroutine_threadsafe(on_loop(), loop).result()

    async def question(self, name: str) -> Question:
        """The question that card `name` asks now, with its author's `parse` where it has one."""
        card, state = self.workflow.card(name), self.run.state()
        asked = moves.question_of(card, state)
        told = state.card(name).question or {}
        if card.static or not _has_parse(told):
            return asked
        # `parse` is code and not in the journal: the function is called for it alone.
        now = state.card(name)
        files = CardFiles(self.run.files, name, 0, self.workflow.types)
        recorder = Recorder(
            files,
            {},
            self._secrets.get,
            lambda key, value: None,
            self.workflow.types,
            state.key,
            self.run.workspace,
        )
        again = await attempt(self._work_of(card, state, now.inputs), recorder)
        return with_parse(asked, again) if not isinstance(again, Skip) else asked

    async def stop(self) -> None:
        """The process ends: stop the job and journal the cut, so that the next start goes on."""
        if self._job is not None and not self._job.done():
            self._job.cancel()
            await asyncio.wait([self._job], timeout=2)
            if self._wanted():
                self.run.move(moves.interrupt)


def _has_parse(told: dict[str, Any]) -> bool:
    fields = told.get("fields") or {}
    return bool(told.get("parse")) or any(_has_parse(inner) for inner in fields.values())


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:  # no loop in this thread
        return None
