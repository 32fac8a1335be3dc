"""One card's function at work: on a thread or in a process, within its limits.

It knows no journal: what the card is given comes in, what it returns or raises goes out. The driver
writes that down; `reproduce` compares it.
"""

import asyncio
import functools
import inspect
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, cast

from cardloom.engine import Card, Question, Skip, Workflow, decode, encode
from cardloom.engine.questions import KINDS
from cardloom.jobs.context import CardContext, Recorder
from cardloom.jobs.http import Http
from cardloom.jobs.process import Stored, run_process
from cardloom.jobs.thread import run_coroutine, run_thread
from cardloom.trace import sentence

RETRY_WAIT = (1.0, 4.0, 15.0, 60.0)  # seconds before the second, third … attempt


@dataclass(frozen=True)
class Work:
    """What there is to do: the card, the n of its `started` event, its inputs in stored form."""

    workflow: Workflow
    card: Card
    started: int
    inputs: Mapping[str, Any]
    http: Http
    lock: int | None = None  # the descriptor of the run's lock, for a process that may outlive us


async def attempts(work: Work, recorder: Recorder) -> Any:
    """What the card returns: a Skip, a question, or a value as it is Stored; tried again as often as
    its author allows."""
    card = work.card
    for number in range(card.retries + 1):
        try:
            return await attempt(work, recorder)
        except Exception as error:
            if number == card.retries:
                raise
            wait = RETRY_WAIT[min(number, len(RETRY_WAIT) - 1)]
            recorder.note(
                f"Attempt {number + 1} failed: {sentence(error)} "
                f"Trying again in {wait:g} s ({card.retries - number} left)."
            )
            await asyncio.sleep(wait)
    raise AssertionError("unreachable")


async def attempt(work: Work, recorder: Recorder) -> Any:
    """Call the card's function once; RuntimeError when it takes longer than its limit."""
    limit = asyncio.timeout(work.card.timeout)
    try:
        async with limit:
            return await _calling(work, recorder)
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise RuntimeError(
            f"{work.card.name} took longer than its limit of {work.card.timeout:g} s."
        ) from error


def _calling(work: Work, recorder: Recorder) -> Coroutine[Any, Any, Any]:
    card, flow = work.card, work.workflow
    if card.process:
        return run_process(flow.path, card.name, work.started, work.inputs, recorder, work.lock)
    path = flow.file_of(card.name)
    body = functools.partial(_call, work, recorder)
    finish = functools.partial(_taken, card, recorder)
    if inspect.iscoroutinefunction(card.function):
        return run_coroutine(body, recorder, finish, path)
    return run_thread(body, recorder, work.http, finish, path)


def _call(work: Work, recorder: Recorder, run: CardContext) -> Any:
    """On the card's thread, as its values may run its author's code too when they are made."""
    types, fetch = work.workflow.types, recorder.files.files.fetch
    given = {name: decode(value, types, fetch) for name, value in work.inputs.items()}
    function: Any = work.card.function
    return function(**given, **({"run": run} if work.card.wants_run else {}))


def _taken(card: Card, recorder: Recorder, value: Any) -> Any:
    """What the function returned in the form that outlives it; on its thread, for the same reason."""
    if isinstance(value, Skip):
        return Skip(str(value.why))
    if not card.asks:
        return Stored(recorder.encode(value, f"{card.name} returned"))
    question = as_question(card, value)
    recorder.guard(f"{card.name} asked with", question.describe(encode))
    return question


def as_question(card: Card, value: Any) -> Question:
    """What an asking card returned, as a question; TypeError for anything else."""
    if isinstance(value, tuple(KINDS.values())):
        return cast(Question, value)
    raise TypeError(
        f"{card.name} returned {type(value).__name__}. An asking card returns a question "
        "(Text, Number, Choice, Confirm, Form, Upload) or Skip."
    )
