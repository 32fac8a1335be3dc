"""`cardloom sweep`: the same workflow with many answers, a run for each, and what came out."""

import asyncio
import itertools
import shlex
from typing import Any

import click

from cardloom.brief import brief
from cardloom.cli.answers import changes_of
from cardloom.cli.group import store_at, workspace_option
from cardloom.cli.words import split_words
from cardloom.engine import Workflow
from cardloom.engine.compare import delta
from cardloom.errors import CardloomError, Missing
from cardloom.headless import drive, look_ahead
from cardloom.journal import dumps
from cardloom.runs import Run
from cardloom.runs.compare import MOST as MOST_COMPARED
from cardloom.workspace import RunStore, fork_run

MOST = 1_000  # runs of one sweep


@click.command()
@click.argument("workflow")
@click.argument("words", nargs=-1, required=True, metavar="CARD=VALUE,VALUE…")
@workspace_option
@click.option(
    "--from", "base", metavar="RUN", help="The run whose answers and results to go on from."
)
@click.option("--name", default="sweep", show_default=True, help="How the keys of the runs begin.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the values as JSON, a line for each run."
)
def sweep(
    workflow: str,
    words: tuple[str, ...],
    workspace: str | None,
    base: str | None,
    name: str,
    as_json: bool,
) -> None:
    """Run WORKFLOW once for each combination of answers, and compare what came out.

    Values are parted by commas; a value that holds one is given as a CARD=VALUE of its own, again
    and again. With --from each run is a fork, and only what depends on the answers runs.
    """
    store = store_at(workspace)
    flow = store.catalog.workflow(workflow)
    keys, answers = split_words(flow, words)
    if keys:
        raise Missing(f"{keys[0]!r} is not an answer. Write CARD=VALUE,VALUE.")
    grid = {card: _values(raw) for card, raw in answers.items()}
    combinations = [
        dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())
    ]
    if len(combinations) > MOST:
        raise Missing(f"These are {len(combinations):,} runs; a sweep has at most {MOST:,}.")
    varied = [card for card, values in grid.items() if len(values) > 1]
    origin = store.workable(base) if base else None
    if origin is not None and origin.workflow is not flow:
        raise Missing(f"{base} is not a run of {workflow}.")
    changes = [_look_ahead(flow, store, name, given, origin) for given in combinations]
    made = [
        _one(store, flow, name, varied, given, origin, changed)
        for given, changed in zip(combinations, changes, strict=True)
    ]
    failures = [
        _drive(store, opened, given) for opened, given in zip(made, combinations, strict=True)
    ]
    _print(flow, made, varied, failures, as_json)
    if any(failures):
        raise SystemExit(1)


def _values(raw: Any) -> list[Any]:
    if isinstance(raw, list):
        return raw
    if isinstance(raw, str):
        return [value.strip() for value in raw.split(",")]
    return [raw]


def _look_ahead(
    flow: Workflow, store: RunStore, name: str, given: dict[str, Any], origin: Run | None
) -> dict[str, Any]:
    """Raise for an answer that is wrong or wanting, before the first run begins; else what a fork
    of `origin` changes."""
    if origin is not None:
        return changes_of(store, origin, given)
    look_ahead(store, store.place(flow, name), given)
    return {}


def _one(
    store: RunStore,
    flow: Workflow,
    name: str,
    varied: list[str],
    given: dict[str, Any],
    origin: Run | None,
    changes: dict[str, Any],
) -> Run:
    """The run of one combination: the one that is there from an earlier sweep, or a new one."""
    key = " ".join([name, *(f"{card}={given[card]}" for card in varied)])
    place = store.place(flow, key)
    if place.exists:
        return place
    if origin is None:
        return store.open(flow, key, by="cli")
    return fork_run(store, origin, key, by="cli", why="sweep", **changes)


def _drive(store: RunStore, opened: Run, given: dict[str, Any]) -> str:
    """Work the run out; the sentence of what stopped it, or nothing."""
    try:
        asyncio.run(drive(store, opened, given, by="cli"))
    except CardloomError as error:
        return str(error)
    return ""


def _told(varied: bool, first: Any, value: Any) -> str:
    """A value in a word; of a number that came out, how far it is from the first run's."""
    change = "" if varied else delta(first, value)
    return f"{brief(value)}  {change}" if change else brief(value)


def _print(
    flow: Workflow, made: list[Run], varied: list[str], failures: list[str], as_json: bool
) -> None:
    cards = [card.name for card in flow.cards]
    stored = [{name: opened.state().card(name).value for name in cards} for opened in made]
    if as_json:
        for opened, values, failure in zip(made, stored, failures, strict=True):
            click.echo(dumps({"run": opened.name, "values": values, "error": failure or None}))
        return
    told = [name for name in cards if len({dumps(values[name]) for values in stored}) > 1]
    columns = varied + [name for name in told if name not in varied]
    rows = [
        [opened.name, *(_told(name in varied, stored[0][name], values[name]) for name in columns)]
        for opened, values in zip(made, stored, strict=True)
    ]
    widths = [
        max(len(row[i]) for row in [["run", *columns], *rows]) for i in range(len(columns) + 1)
    ]
    for row in [["run", *columns], *rows]:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
    equal = [name for name in cards if name not in columns]
    if equal and len(made) > 1:
        click.echo(f"Equal in all: {', '.join(equal)}.")
    if 1 < len(made) <= MOST_COMPARED:
        names = " ".join(shlex.quote(opened.name) for opened in made)
        click.echo(f"Side by side: cardloom compare {names}")
    for opened, failure in zip(made, failures, strict=True):
        if failure:
            click.echo(f"{opened.name}: {failure}", err=True)
