"""One card's function at work: on the loop, on a thread or in a process, within its limits.

It knows no journal: what the card is given comes in, what it returns or raises goes out. The driver
writes that down; `reproduce` compares it.
"""

import asyncio
import functools
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from cardloom.engine import Card, Question, Workflow, decode
from cardloom.engine.questions import KINDS
from cardloom.jobs.context import Recorder, run_coroutine, run_thread
from cardloom.jobs.http import Http
from cardloom.jobs.process import run_process
from cardloom.jobs.trace import sentence

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
    """What the card returns (a Stored from a process); tried again as often as its author allows."""
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
    card = work.card
    if card.process:
        calling = run_process(
            work.workflow.path, card.name, work.started, work.inputs, recorder, work.lock
        )
    else:
        types, fetch = work.workflow.types, recorder.files.files.fetch
        given = {name: decode(value, types, fetch) for name, value in work.inputs.items()}
        body = functools.partial(_call, card, given)
        on_loop = inspect.iscoroutinefunction(card.function)
        calling = (run_coroutine if on_loop else run_thread)(body, recorder, work.http)
    limit = asyncio.timeout(card.timeout)
    try:
        async with limit:
            return await calling
    except TimeoutError as error:
        if not limit.expired():
            raise  # the card's own
        raise RuntimeError(
            f"{card.name} took longer than its limit of {card.timeout:g} s."
        ) from error


def _call(card: Card, given: dict[str, Any], run: Any) -> Any:
    function: Any = card.function
    return function(**given, **({"run": run} if card.wants_run else {}))


def as_question(card: Card, value: Any) -> Question:
    """What an asking card returned, as a question; TypeError for anything else."""
    if isinstance(value, tuple(KINDS.values())):
        return cast(Question, value)
    raise TypeError(
        f"{card.name} returned {type(value).__name__}. An asking card returns a question "
        "(Text, Number, Choice, Confirm, Form, Upload) or Skip."
    )
