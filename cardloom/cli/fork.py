"""`cardloom fork`: a new run that goes on from another, with some answers changed."""

from typing import Any

import click

from cardloom.cli.answers import changes_of
from cardloom.cli.group import store_at, workspace_option
from cardloom.cli.words import split_words
from cardloom.engine import fork as fork_events
from cardloom.engine import next_card
from cardloom.errors import Missing
from cardloom.reports.plan import plan_line
from cardloom.runs import Run
from cardloom.workspace import fork_run, free_key


@click.command()
@click.argument("run_name", metavar="RUN")
@click.argument("words", nargs=-1, metavar="[KEY] [CARD=VALUE]…")
@workspace_option
@click.option(
    "--at", type=int, help="The event to fork at; 0 takes the answers alone. Default: the last."
)
@click.option("--why", default="", help="One line for the journal.")
@click.option(
    "--plan", is_flag=True, help="Print what the fork would set in motion, and make none."
)
def fork(
    run_name: str,
    words: tuple[str, ...],
    workspace: str | None,
    at: int | None,
    why: str,
    plan: bool,
) -> None:
    """Begin a new run that repeats RUN up to an event and goes on by itself. RUN stays as it is.

    KEY names the new run; an open server, or `cardloom run WORKFLOW KEY`, works it out.
    """
    store = store_at(workspace)
    opened = store.workable(run_name)
    flow = opened.loaded()
    keys, answers = split_words(flow, words)
    if len(keys) > 1:
        raise Missing(f"{keys[1]!r} is neither an answer nor the key, which is {keys[0]!r}.")
    changes = changes_of(store, opened, answers, at)
    if plan:
        click.echo(_plan(opened, at, changes))
        return
    key = keys[0] if keys else free_key(store, opened)
    if not key:
        raise Missing(f"Give the fork a key: cardloom fork {run_name} KEY.")
    made = fork_run(store, opened, key, at=at, by="cli", why=why, **changes)
    upcoming = next_card(flow, made.state())
    where = "It is finished." if upcoming is None else f"Next: {upcoming.card.name}."
    click.echo(f"{made.name} forked from {opened.name}. {where}")


def _plan(opened: Run, at: int | None, changes: dict[str, Any]) -> str:
    events, flow = opened.journal.read(), opened.loaded()
    moment = len(events) if at is None else at
    made = fork_events(flow, events, moment, origin=opened.name, key="-", by="cli", **changes)
    return plan_line(made.plan)
