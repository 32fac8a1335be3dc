"""A run without a page: the same workflow, the same journal, from Python or a terminal.

    result = bridge.run("ada", name="Ada", quest="Grail", color="blue")
    result.value, result["verdict"], result.run

Where a server has the run already, it does the work and this follows the journal.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardloom.catalog import Catalog
from cardloom.engine import (
    MISSING,
    Card,
    Next,
    Question,
    Step,
    Workflow,
    fresh,
    moves,
    next_card,
    same,
)
from cardloom.engine.plan import needs_confirmation
from cardloom.engine.status import CardStatus
from cardloom.errors import CardloomError, Missing, Refused
from cardloom.jobs import Driver, Http
from cardloom.runs import (
    Run,
    check_ahead,
    default_key,
    has_question,
    naming_card,
)
from cardloom.types import Event
from cardloom.workspace import RunStore, Secrets, find_workspace

Answers = Mapping[str, Any]
Ask = Callable[[Card, Question], Any]

WANTED: Any = object()  # no answer is given, and one is needed
LOOK = 0.02  # seconds between two looks at a journal that another process writes


class Failed(CardloomError):
    """A card failed, or was stopped; the text is its sentence."""


@dataclass(frozen=True)
class Result:
    """A finished run: `values` by card name, `value` the last card's, `folder` on disk."""

    run: str
    folder: Path
    values: Mapping[str, Any]

    @property
    def value(self) -> Any:
        return next(reversed(list(self.values.values())), None)

    def __getitem__(self, card: str) -> Any:
        return self.values[card]


def run(workflow: Workflow, key: str | None, answers: Answers) -> Result:
    """Run `workflow` in the current workspace and return its values.

    Without a key, `default_key` gives it, so that the same call finds the same run. Raises
    Missing naming the answers that are wanting, Failed with a card's sentence, Refused.
    """
    workflow.check()
    if unknown := [name for name in answers if name not in workflow]:
        workflow.card(unknown[0])  # raises, with the nearest name
    workspace = find_workspace().make()
    store = RunStore(workspace, Catalog(workspace.root))
    chosen = key if key is not None else default_key(workflow, answers)
    look_ahead(store, store.place(workflow, chosen), answers)
    opened = store.open(workflow, chosen, by="notebook")
    opened.workflow = workflow  # as it stands in this session, not as it is on disk
    steps = drive(store, opened, answers, by="notebook")
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(steps)
    else:  # in a notebook a loop is running already: a thread of our own has room for another
        import threading

        failure: list[BaseException] = []

        def apart() -> None:
            try:
                asyncio.run(steps)
            except BaseException as error:
                failure.append(error)

        thread = threading.Thread(target=apart)
        thread.start()
        thread.join()
        if failure:
            raise failure[0]
    return result_of(opened)


def result_of(opened: Run) -> Result:
    """The values of every settled card."""
    flow = opened.workflow
    names = [card.name for card in flow.cards] if flow else []
    values = {name: opened.value(name) for name in names if opened.state().card(name).settled}
    return Result(opened.name, opened.folder, values)


def look_ahead(
    store: RunStore, opened: Run, answers: Answers, *, asks: bool = False, defaults: bool = False
) -> None:
    """Raise Missing for answers that are wrong or wanting, before anything is written.

    Questions that depend on earlier cards are not known yet; they are met on the way. `asks` says
    that whatever is wanting can be asked.
    """
    flow = opened.loaded()
    check_ahead(flow, answers)
    if not asks:
        wanting = _wanting(store, opened, answers, defaults)
        if any(flow.card(name).static for name in wanting):
            raise Missing(_missing(wanting))


async def drive(
    store: RunStore,
    opened: Run,
    answers: Answers,
    *,
    by: str,
    why: str = "",
    ask: Ask | None = None,
    defaults: bool = False,
    watch: Callable[[], None] = lambda: None,
) -> None:
    """Take the run to its end with the answers given, else `ask`, else defaults, else Missing.

    `why` goes with what the call changes and with a card that it has tried again.
    """
    http = Http()
    driver = Driver(opened, Secrets(store.workspace), http)

    def follow(run: Run, events: Sequence[Event]) -> None:
        driver.look()
        watch()

    opened.listeners.add(follow)
    try:
        due = dict(answers)
        await _change(driver, due, by, why)
        _try_again(driver, by, why)
        while True:
            upcoming = await _run_until_blocked(driver, watch)
            if await _change(driver, due, by, why):
                continue
            if upcoming is None:
                return
            if upcoming.step is Step.STOPPED:
                raise Failed(_stopped(opened, upcoming.card))
            due.pop(upcoming.card.name, None)
            await _answer(store, driver, upcoming.card, answers, by=by, ask=ask, defaults=defaults)
    finally:
        await driver.stop()
        await http.close()
        opened.listeners.discard(follow)


def _try_again(driver: Driver, by: str, why: str) -> None:
    """Who runs a stopped run wants it to go on; only what must not be repeated waits for the page."""
    upcoming = next_card(driver.workflow, driver.run.state())
    if upcoming is None or upcoming.step is not Step.STOPPED or upcoming.card.once:
        return
    name = upcoming.card.name
    if needs_confirmation(upcoming.card, driver.run.state()):
        return
    driver.run.move(lambda state: moves.reopen(driver.workflow, state, name, by=by, why=why))


async def _run_until_blocked(driver: Driver, watch: Callable[[], None]) -> Next | None:
    """As far as the machine goes; while another process works on the run, wait for it."""
    while True:
        task = asyncio.ensure_future(driver.run_until_blocked())
        while not task.done():
            await asyncio.wait([task], timeout=LOOK)
            driver.look()
        upcoming = task.result()
        if upcoming is None or upcoming.step in (Step.WAIT, Step.STOPPED):
            return upcoming
        watch()
        await asyncio.sleep(LOOK)


async def _change(driver: Driver, due: dict[str, Any], by: str, why: str) -> bool:
    """Change cards that are settled to what is `due`, and take that out of it; whether any differs.

    A question that is to be worked out again is not known yet.
    """
    differs = False
    for name in list(due):
        card, state = driver.workflow.card(name), driver.run.state()
        now = state.card(name)
        if now.settled and (card.static or (has_question(card, state) and fresh(state, now))):
            question = await driver.intake.question(name)
            with naming_card():
                given = driver.intake.take(name, due.pop(name), question)
                await driver.intake.check(given)
                differs |= driver.intake.settle(given, by=by, why=why)
    return differs


async def _answer(
    store: RunStore,
    driver: Driver,
    card: Card,
    answers: Answers,
    *,
    by: str,
    ask: Ask | None,
    defaults: bool,
) -> None:
    intake = driver.intake
    question = await intake.question(card.name)
    signed, why = by, ""
    if card.name in answers:
        raw = answers[card.name]
    elif (
        defaults and (usual := _by_default(store, driver.run, card.name, question))[0] is not WANTED
    ):
        raw, why = usual
        signed = "default"
    elif ask is not None:
        raw = ask(card, question)
    else:
        wanting = _wanting(store, driver.run, answers, defaults)
        raise Missing(_missing(wanting or [card.name]))
    with naming_card():
        given = intake.take(card.name, raw, question)
        await intake.check(given)
        try:
            intake.answer(given, by=signed, why=why)
        except Refused:
            now = driver.run.state().card(card.name)
            if not now.settled or not same(given.value(), now.value):
                raise  # another process gave another answer, and was first


def _wanting(store: RunStore, opened: Run, answers: Answers, defaults: bool) -> list[str]:
    """The asking cards that have no answer yet and are given none."""
    state = opened.state()
    return [
        card.name
        for card in opened.loaded().cards
        if card.asks
        and card.name not in answers
        and not state.card(card.name).settled
        and not (
            defaults
            and card.question is not None
            and _by_default(store, opened, card.name, card.question)[0] is not WANTED
        )
    ]


def _by_default(store: RunStore, opened: Run, card: str, question: Question) -> tuple[Any, str]:
    """What `--defaults` answers, and why: the default, the usual answer where the person wants
    those suggested, nothing where that is allowed, else WANTED."""
    if question.default is not MISSING:
        return question.default, ""
    if (habit := store.habits.usual(opened, card, question)) is not None:
        if not question.parts:
            return habit.value, habit.said
        given = {n: inner.default for n, inner in question.parts.items()} | habit.value
        needed = [n for n, q in question.parts.items() if not q.optional]
        if all(given[name] is not MISSING for name in needed):
            return {n: value for n, value in given.items() if value is not MISSING}, habit.said
    return MISSING if question.optional else WANTED, ""


def _missing(names: list[str]) -> str:
    noun = "An answer is" if len(names) == 1 else "Answers are"
    return f"{noun} missing: {', '.join(names)}. Give {'it' if len(names) == 1 else 'them'} as {names[0]}=…"


def _stopped(opened: Run, card: Card) -> str:
    now = opened.state().card(card.name)
    if now.status == CardStatus.FAILED:
        return f"{card.name} failed: {now.error}"
    if now.status == CardStatus.PENDING:
        return (
            f"{card.name} waits for your word: it was begun before, and it has an effect that must not "
            "be repeated by itself. Run it from its card on the page."
        )
    if now.status == CardStatus.INTERRUPTED or (now.settled and card.once):
        return (
            f"{card.name} has an effect that must not be repeated by the machine. Look at what it "
            "did, then run it again from its card on the page."
        )
    return f"{card.name} was {now.status}. Run it again from its card on the page."
