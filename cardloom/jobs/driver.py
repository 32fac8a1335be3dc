"""The driver of one run: takes it from card to card until a person is needed.

    read → next card → start → work → finish → read …

It trusts only the journal. A job that the journal no longer calls running is stopped, whoever wrote
that: this page, a terminal, another process. Two processes never work on one run: the folder's
claim decides, and the system frees it when its holder dies.
"""

import asyncio
import functools
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from cardloom.apart import Raised, call_apart
from cardloom.engine import (
    BadAnswer,
    Card,
    Late,
    Next,
    Question,
    Skip,
    State,
    Step,
    Workflow,
    equal_inputs,
    moves,
    next_card,
)
from cardloom.engine.questions import Wrong
from cardloom.engine.status import CardStatus
from cardloom.errors import CardloomError, Refused
from cardloom.jobs.context import Recorder
from cardloom.jobs.http import Http
from cardloom.jobs.work import Work, attempt, attempts
from cardloom.journal import FileLock
from cardloom.runs import CardFiles, Intake, Run
from cardloom.trace import sentence
from cardloom.types import Event
from cardloom.workspace import Secrets

FLUSH = 0.1  # seconds between two looks at what a card streamed
PROGRESS_EVERY = 5  # flushes between two `progressed` events
PARSE = 20.0  # seconds that an author's `parse` may take
LAST = 4.0  # seconds that a job has for its end: its processes have two until they are killed

SOON = 3.0  # seconds after its start in which an end of the process counts as the card's doing


class Driver:
    """Works on one run. `run_until_blocked` goes as far as the machine can."""

    def __init__(self, run: Run, secrets: Secrets, http: Http) -> None:
        self.run = run
        self._secrets, self._http = secrets, http
        self._claim = FileLock(run.folder / "work.lock")
        self._job: asyncio.Task[Any] | None = None
        self._card, self._started = "", 0
        self._running = asyncio.Lock()
        self._stopped = False
        self._begun = 0.0

    @property
    def workflow(self) -> Workflow:
        return self.run.loaded()

    @property
    def intake(self) -> Intake:
        """The intake of the run's answers."""
        return Intake(self.run, self.work_out, self.check)

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
            if self._stopped:
                return upcoming
            if upcoming is not None and upcoming.step is Step.WAIT:
                if await self._as_before(upcoming.card):
                    continue
                return upcoming
            if upcoming is None or upcoming.step is Step.STOPPED:
                return upcoming
            if not self._claim.take():
                return upcoming
            if upcoming.step is Step.BUSY:  # nobody holds the run: whoever worked on it is gone
                self.run.move(lambda state: moves.recover(self.workflow, state))
                continue
            try:
                await self._work(upcoming.card)
            except (Late, Refused):
                if self.run.damage:
                    raise  # nothing can be written, now or at the next try
                # Stopped, or overtaken: the journal says what is next.

    async def _as_before(self, card: Card) -> bool:
        """Give the answer that a fork brought along, if there is one and it is accepted."""
        if card.name not in self.run.state().answers:
            return False
        question = card.question.remembering() if card.question else None

        def answer(state: State) -> list[Event]:
            return moves.answer_as_before(self.workflow, state, card.name, question)

        await self._rehearse(card.name, answer, question)
        return bool(self.run.move(answer))

    async def _rehearse(self, name: str, move: moves.Move, question: Question | None) -> None:
        """Make a move where its author's `parse` does no harm; `question` recalls what came of it."""
        if question is None or not question.parses:
            return
        state = self.run.state()
        with suppress(Exception):  # the move itself tells
            await call_apart(lambda: move(state), limit=PARSE, name=f"The check of {name}")

    async def check(self, name: str, question: Question, raw: Any) -> None:
        """Give an answer to its author's `parse`, away from the loop; the move that follows recalls
        what came of it. BadAnswer where it takes too long."""
        if not question.parses:
            return
        try:
            checking = functools.partial(question.check, raw)
            await call_apart(checking, limit=PARSE, name=f"The check of {name}")
        except Raised as error:
            raise BadAnswer(str(error), name) from error
        except (Wrong, CardloomError):
            pass  # the move tells it

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
        self._begun = time.monotonic()
        self._job = asyncio.create_task(self._run_card(card, state, files))
        try:
            await self._job
        except asyncio.CancelledError:
            if not self._job.cancelled() or self._wanted():
                raise  # not the job but this driver is being stopped
        finally:
            self._job = None

    def _recorder(
        self, files: CardFiles, state: State, name: str, remember: Callable[[str, Any], None]
    ) -> Recorder:
        return Recorder(
            files,
            state.card(name).remembered,
            self._secrets.get,
            remember,
            self.workflow.types,
            state.key,
            self.run.workspace,
        )

    def _work_of(self, card: Card, state: State, inputs: dict[str, int]) -> Work:
        stored = {name: state.values.get(n) for name, n in inputs.items()}
        return Work(self.workflow, card, self._started, stored, self._http, self._claim.fd)

    def _wanted(self) -> bool:
        now = self.run.state().card(self._card)
        return now.status == CardStatus.RUNNING and now.started_n == self._started

    async def _run_card(self, card: Card, state: State, files: CardFiles) -> None:
        name, started = card.name, self._started
        now = state.card(name)
        remember = functools.partial(self._remember, name, started, asyncio.get_running_loop())
        recorder = self._recorder(files, state, name, remember)
        work = self._work_of(card, state, now.inputs)
        flusher = asyncio.create_task(self._flush(name, started, recorder))
        begun = time.monotonic()
        try:
            value = await attempts(work, recorder)
            flusher.cancel()
            self._report(name, started, recorder.take())
            await self._finish(work, files, value, time.monotonic() - begun, recorder)
        except (Late, asyncio.CancelledError):
            recorder.cancelled = True
            raise
        except Exception as error:
            self._report(name, started, recorder.take())
            self._fail(name, started, error, recorder)
        finally:
            flusher.cancel()

    async def _finish(
        self, work: Work, files: CardFiles, value: Any, seconds: float, recorder: Recorder
    ) -> None:
        # The workflow as it was at the start: a save may have broken it since.
        run, flow, name, started = self.run, work.workflow, work.card.name, work.started
        if isinstance(value, Skip):
            skipped = Skip(recorder.hide(value.why))
            run.move(lambda state: moves.skip(state, name, started, skipped))
            files.discard()
        elif work.card.asks:
            question = value.remembering()

            def ask(state: State) -> list[Event]:
                return moves.ask(flow, state, name, started, question)

            await self._rehearse(name, ask, question)
            run.move(ask)
        else:
            published = await asyncio.to_thread(files.publish) if files.begun else []
            run.move(lambda s: moves.finish(s, name, started, value.json, published, seconds))

    def _fail(self, name: str, started: int, error: BaseException, recorder: Recorder) -> None:
        trace = error.trace if isinstance(error, Raised) else ""
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

    async def work_out(self, card: Card, state: State) -> Question | Skip:
        """What the function of an asking card returns, called again with its inputs in `state`."""
        files = CardFiles(self.run.files, card.name, 0, self.workflow.types)
        recorder = self._recorder(files, state, card.name, lambda key, value: None)
        try:
            found: Question | Skip = await attempt(
                self._work_of(card, state, state.card(card.name).inputs), recorder
            )
            return found
        except Exception as error:
            why = recorder.hide(sentence(error))
            raise Refused(f"The answer to {card.name} can't be checked now: {why}") from error

    async def stop(self) -> None:
        """The process ends: stop the job and journal the cut, so that the next start goes on."""
        self._stopped = True
        if self._job is not None and not self._job.done():
            self._job.cancel()
            await asyncio.wait([self._job], timeout=LAST)
            if self._wanted():
                self.run.move(self._cut)

    def _cut(self, state: State) -> list[Event]:
        # A card may have asked for the end itself, by a signal to its own process.
        if self.run.workflow is not None and time.monotonic() - self._begun < SOON:
            return moves.recover(self.run.workflow, state)
        return moves.interrupt(state)


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:  # no loop in this thread
        return None
