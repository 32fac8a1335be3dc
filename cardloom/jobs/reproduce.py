"""Run every computed card of a run again, with the inputs it had, and say whether the same comes out.

Files go to a scratch folder and nothing to the journal. A card marked `once` is never repeated, and
what a card remembered with `run.once` is recalled from the journal, not done again.
"""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardloom.engine import Card, CardState, Skip, Workflow, fold, views_of
from cardloom.engine.status import CardStatus
from cardloom.errors import Missing
from cardloom.jobs.compare import compare
from cardloom.jobs.context import Recorder
from cardloom.jobs.http import Http
from cardloom.jobs.work import Work, attempts
from cardloom.journal import Event
from cardloom.runs import CardFiles, Run
from cardloom.trace import sentence
from cardloom.workspace import Secrets

SAME, DIFFERS, FAILED, LEFT = "same", "differs", "failed", "not run"


@dataclass(frozen=True)
class Outcome:
    """What came of one card: same, differs, failed or not run; why; what differs, line by line.

    `code_changed` says that its function is another one now; `recalled` how many sub-steps were
    recalled from the journal.
    """

    card: str
    verdict: str
    why: str = ""
    differences: tuple[str, ...] = ()
    code_changed: bool = False
    recalled: int = 0

    @property
    def well(self) -> bool:
        """Whether nothing speaks against the recorded value."""
        return self.verdict in (SAME, LEFT)


async def reproduce(
    run: Run,
    secrets: Secrets,
    *,
    card: str = "",
    tell: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """The outcome of every computed card of `run`, in file order, or of `card` alone.

    `tell` hears of each as it comes. Missing where the card asks and computes
    nothing; what `Run.loaded` raises where the workflow does not load.
    """
    flow = run.loaded()
    if card and flow.card(card).asks:
        raise Missing(f"{card} asks; only a card that Python works out can be run again.")
    run.state()
    events = list(run.journal.read())
    outcomes, http = [], Http()
    try:
        for name in _computed(flow, events):
            if not card or name == card:
                outcomes.append(await _one(run, flow, events, name, secrets, http))
                tell(outcomes[-1])
    finally:
        await http.close()
    return outcomes


def _computed(flow: Workflow, events: Sequence[Event]) -> list[str]:
    """The doing cards of the workflow, then those that only the journal knows."""
    state = fold(events)
    known = [card.name for card in flow.cards if not card.asks]
    told = [view.name for view in views_of(None, state) if not view.asks and view.name not in flow]
    return [*known, *told]


async def _one(
    run: Run, flow: Workflow, events: Sequence[Event], name: str, secrets: Secrets, http: Http
) -> Outcome:
    state = fold(events)
    now = state.card(name)
    if name not in flow:
        return Outcome(name, LEFT, "the workflow has no such card any more")
    card = flow.card(name)
    if why := _why_not(card, now):
        return Outcome(name, LEFT, why)
    gave = events[now.value_n - 1]
    before = fold(events[: now.value_n - 1])
    remembered = before.card(name).remembered
    changed = bool(now.code) and now.code != card.code
    inputs = {param: state.values.get(n) for param, n in now.inputs.items()}
    if set(inputs) != set(card.params):
        return Outcome(name, LEFT, "its parameters are others now", code_changed=True)
    with tempfile.TemporaryDirectory(prefix="cardloom-reproduce-") as folder:
        part = Path(folder) / "files"
        part.mkdir()
        started = int(gave.get("started") or now.value_n)
        files = CardFiles(run.files, name, started, flow.types, part)
        recorder = Recorder(
            files,
            remembered,
            secrets.get,
            lambda key, value: None,
            flow.types,
            state.key,
            run.workspace,
        )
        work = Work(flow, card, started, inputs, http)
        try:
            found = await _value(work, recorder)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            why = recorder.hide(sentence(error))
            return Outcome(name, FAILED, why, (), changed, len(remembered))
        told = await asyncio.to_thread(compare, now, *found, run.files, files)
    verdict = DIFFERS if told else SAME
    shown = tuple(recorder.hide(line) for line in told)
    return Outcome(name, verdict, "", shown, changed, len(remembered))


async def _value(work: Work, recorder: Recorder) -> tuple[Any, list[Any]]:
    """(stored value or Skip, stored files) of one more run of the card."""
    value = await attempts(work, recorder)
    if isinstance(value, Skip):
        return value, []
    return value.json, recorder.files.describe()


def _why_not(card: Card, now: CardState) -> str:
    if card.asks:
        return "it asks now"
    if card.once:
        return "it has an effect that must not be repeated"
    if now.settled:
        return ""
    if now.status == CardStatus.FAILED:
        return f"it failed: {now.error}"
    return {CardStatus.PENDING: "it has not been run", CardStatus.RUNNING: "it is running"}.get(
        now.status, f"it was {now.status}"
    )
