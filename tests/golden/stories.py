"""Runs with everything in them, made with the product, and what their journals must always mean.

    python tests/golden/stories.py 0.2.0    keeps this release's journals in tests/golden/0.2.0

Kept once for each release and never written again: a later release folds them to the same.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cardloom.catalog import Catalog
from cardloom.engine import CardState, State, fold, moves, redo_target, undo_target
from cardloom.headless import drive
from cardloom.runs import Run
from cardloom.workspace import RunStore, Workspace, fork_run

HERE = Path(__file__).parent
FLOWS = {
    "values": '''
"""Every kind of value."""
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

from cardloom import Choice, Confirm, Form, Number, Text, Upload, Workflow

values = Workflow("Values")
values.ask(
    word=Text("Word?", parse=str.split),
    count=Number("How many?", min=0, max=10),
    some=Choice("Which?", {"a": "Ä", "b": "B", "c": "C"}, multiple=True),
    sure=Confirm("Sure?"),
    who=Form("Who?", first=Text("First"), age=Number("Age")),
    paper=Upload("Paper?", optional=True),
)


@values.do
def plain(word, count):
    return {"none": None, "yes": True, "big": 2**70, "pi": 3.25, "text": "naïve 🂡", "list": word}


@dataclass
class Knight:
    name: str
    born: date


@values.do
def odd(some):
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    galahad = Knight("Galahad", date(1400, 1, 2))
    return [{1, 2}, (1, "two"), b"bytes", Decimal("1.10"), moment, galahad, {"$set": "not one"}]


@values.do
def file(who, *, run):
    path = run.file("report.csv")
    path.write_text("a,b\\n1,2\\n")
    return path
''',
    "work": '''
"""Work that goes on, stops, is not needed, and remembers."""
from pathlib import Path

from cardloom import Choice, Skip, Text, Workflow

work = Workflow("Work")
work.ask(site=Text("Site?"))


@work.do
def crawl(site, *, run):
    for n in range(3):
        run.progress(n + 1, 3, f"page {n + 1}")
        run.write(f"fetched {n + 1}\\n")
    run.note("All fetched.")
    if site == "down":
        raise ValueError("The site is down.")
    return [f"{site}/{n}" for n in range(3)]


@work.ask
def page(crawl):
    return Choice("Which page?", crawl)


@work.do
def extra(page):
    return Skip("Nothing more is there.") if page.endswith("0") else page.upper()


@work.do(once=True)
def sent(page, *, run):
    return run.once("mail", lambda: f"sent {page}")
''',
}


async def tell(root: Path) -> list[Run]:
    """Every story once, in the workspace `root`; the runs."""
    for name, source in FLOWS.items():
        (root / f"{name}.py").write_text(source, encoding="utf-8")
    store = RunStore(Workspace(root).make(), Catalog(root))
    try:
        return [run async for run in _stories(store)]
    finally:
        store.close()


async def _stories(store: RunStore) -> Any:

    async def worked(flow: str, key: str, **answers: Any) -> Run:
        run = store.open(store.catalog.workflow(flow), key, by="cli")
        await drive(store, run, answers, by="cli")
        return run

    def change(run: Run, name: str, raw: Any, **said: Any) -> None:
        run.move(moves.answering(run.workflow, name, raw, by="person", change=True, **said))

    ada = await worked("bridge", "ada", name="Ada", quest="To seek", color="red")
    change(ada, "color", "blue", why="it was a mistake")
    await drive(store, ada, {}, by="cli")
    for kind, target in (("undo", undo_target), ("redo", redo_target), ("undo", undo_target)):
        to = target(ada.journal.events)
        ada.move(lambda state, to=to, kind=kind: moves.rewind(state, to, by="person", kind=kind))
    ada.move(lambda state: moves.finalize(state, by="person", why="for the record"))
    ada.move(lambda state: moves.unfinalize(state, by="person"))
    ada.move(lambda state: moves.rewind(state, 3, by="cli", why="from the second question"))
    yield ada
    bob = fork_run(store, ada, "bob", changes={"name": "Bob"}, at=6, by="person", why="a twin")
    await drive(store, bob, {}, by="cli")
    yield bob
    yield fork_run(store, ada, "cyd", at=0, by="cli")
    yield await worked(
        "values",
        "all",
        word="warp and weft",
        count="7",
        some=["a", "c"],
        sure="yes",
        who={"first": "Ada", "age": "36"},
        paper=None,
    )
    site = store.open(store.catalog.workflow("work"), "https://example.org/", by="person")
    site.move(moves.answering(site.workflow, "site", "down", by="person"))
    for stop in (moves.interrupt, lambda state: moves.cancel(state, "crawl", by="person")):
        site.move(lambda state: moves.start(site.workflow, state, "crawl"))
        site.move(stop)
        site.move(lambda state: moves.reopen(site.workflow, state, "crawl", by="person"))
    try:
        await drive(store, site, {}, by="cli")
    except Exception as error:
        assert "down" in str(error)
    change(site, "site", "up")
    await drive(store, site, {"page": "up/0"}, by="cli")
    yield site
    yield fork_run(store, site, "twin", by="person")


def meaning(events: list[dict[str, Any]]) -> dict[str, Any]:
    """What a journal means: the state at its end, and how the cards stood after each event."""
    return {"end": _state(fold(events)), "events": list(_steps(events))}


def _steps(events: list[dict[str, Any]]) -> Iterator[str]:
    for n in range(1, len(events) + 1):
        state = fold(events[:n])
        cards = (f"{name} {card.status}" for name, card in sorted(state.cards.items()))
        yield f"{n}: {', '.join(cards)}{' (locked)' if state.finalized else ''}"


def _state(state: State) -> dict[str, Any]:
    return {
        "workflow": state.workflow,
        "key": state.key,
        "from": state.source,
        "answers": state.answers,
        "held": sorted(state.held),
        "finalized": state.finalized,
        "notes": state.notes,
        "cards": {name: _card(card) for name, card in sorted(state.cards.items())},
    }


def _card(card: CardState) -> dict[str, Any]:
    kept = ("status", "value", "typed", "inputs", "by", "why", "error", "output", "files")
    return {name: getattr(card, name) for name in (*kept, "remembered", "notes", "attempt")}


def keep(place: Path) -> None:
    """Write the journals and their meanings into `place`."""
    place.mkdir()
    with tempfile.TemporaryDirectory() as root:
        for run in asyncio.run(tell(Path(root))):
            flow, name = run.name.split("/")
            journal = (run.folder / "journal.jsonl").read_bytes()
            events = [json.loads(line) for line in journal.splitlines()]
            told = json.dumps(meaning(events), indent=1, ensure_ascii=False)
            (place / f"{flow}-{name.partition('~')[0]}.jsonl").write_bytes(journal)
            (place / f"{flow}-{name.partition('~')[0]}.json").write_text(told + "\n", "utf-8")


if __name__ == "__main__":
    keep(HERE / sys.argv[1])
