"""`cardloom provenance`: where the value of a card came from, in words."""

import click

from cardloom.cli.group import store_at, warn, workspace_option
from cardloom.engine import State, Workflow, views_of
from cardloom.engine.provenance import trace
from cardloom.reports.provenance import explain, plain
from cardloom.types import Event


@click.command()
@click.argument("run_name", metavar="RUN")
@click.argument("card", required=False)
@workspace_option
@click.option("--at", type=int, help="As it was at this event.")
def provenance(run_name: str, card: str | None, workspace: str | None, at: int | None) -> None:
    """Tell where the value of CARD of RUN came from; of every card that began, without CARD."""
    opened = store_at(workspace).by_name(run_name)
    state = opened.state() if at is None else opened.state_at(at)
    names = [card] if card else _begun(opened.workflow, state)
    for name in names:
        _tell(opened.workflow, opened.journal.events, name, state.n)
    warn(opened)


def _begun(workflow: Workflow | None, state: State) -> list[str]:
    return [view.name for view in views_of(workflow, state) if view.state.changed]


def _tell(workflow: Workflow | None, events: list[Event], name: str, n: int) -> None:
    found = trace(workflow, events, name, n)
    click.echo(f"{name}: {found.view.label}")
    for heading, lines in explain(found):
        click.echo(f"  {heading}")
        for line in lines:
            click.echo(f"    {plain(line)}")
