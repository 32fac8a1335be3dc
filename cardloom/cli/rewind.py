"""`cardloom rewind`, `undo` and `redo`: to any event of a run; nothing is deleted."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from cardloom.cli.group import store_at, workspace_option
from cardloom.engine import moves, next_card, redo_target, undo_target
from cardloom.errors import Refused
from cardloom.runs import Run

Target = Callable[[Sequence[Any]], int | None]


@click.command()
@click.argument("run_name", metavar="RUN")
@click.argument("event", type=int)
@workspace_option
@click.option("--why", default="", help="One line for the journal.")
def rewind(run_name: str, event: int, workspace: str | None, why: str) -> None:
    """Make RUN what it was at EVENT, and go on from there. A later event is a rewind away."""
    opened = store_at(workspace).workable(run_name)
    opened.move(lambda state: moves.rewind(state, event, by="cli", why=why))
    _say(opened, f"{opened.name} is as it was at event {event}.")


@click.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
@click.option("--why", default="", help="One line for the journal.")
def undo(run_name: str, workspace: str | None, why: str) -> None:
    """Take back the last answer, change or press of a button."""
    _step(run_name, workspace, "undo", undo_target, why)


@click.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
@click.option("--why", default="", help="One line for the journal.")
def redo(run_name: str, workspace: str | None, why: str) -> None:
    """Give again what the last undo or rewind took back."""
    _step(run_name, workspace, "redo", redo_target, why)


def _step(run_name: str, workspace: str | None, kind: str, target: Target, why: str) -> None:
    opened = store_at(workspace).workable(run_name)

    def decide(state: Any) -> list[Any]:
        to = target(opened.journal.events)
        if to is None:
            raise Refused(f"There is nothing to {kind} in {opened.name}.")
        return moves.rewind(state, to, by="cli", why=why, kind=kind)

    [*_, event] = opened.move(decide)
    _say(opened, f"{opened.name} is as it was at event {event['to']}.")


def _say(opened: Run, sentence: str) -> None:
    assert opened.workflow is not None
    upcoming = next_card(opened.workflow, opened.state())
    click.echo(
        f"{sentence} {'It is finished.' if upcoming is None else f'Next: {upcoming.card.name}.'}"
    )
