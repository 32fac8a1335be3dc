"""`cardloom diagram`: the cards of a run, or of a workflow, as Mermaid text."""

import click

from cardloom.cli.group import store_at, warn, workspace_option
from cardloom.engine import State
from cardloom.errors import Missing
from cardloom.reports.diagram import draw, mermaid


@click.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
@click.option("--at", type=int, help="As it was at this event.")
@click.option("--workflow", "of_workflow", is_flag=True, help="RUN is a workflow: its cards alone.")
def diagram(run_name: str, workspace: str | None, at: int | None, of_workflow: bool) -> None:
    """Print the diagram of RUN (workflow/key) as Mermaid text: cards, what each takes, how it stands."""
    store = store_at(workspace)
    if of_workflow:
        if at is not None:
            raise Missing("A workflow has no events: leave --at or --workflow away.")
        click.echo(mermaid(draw(store.catalog.workflow(run_name), State())), nl=False)
        return
    opened = store.by_name(run_name)
    state = opened.state() if at is None else opened.state_at(at)
    click.echo(mermaid(draw(opened.workflow, state)), nl=False)
    warn(opened)
