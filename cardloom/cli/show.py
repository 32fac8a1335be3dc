"""`cardloom list` and `cardloom show`: what there is and how it stands; nothing is written."""

import click

from cardloom.cli.group import shelf_at, warn, workspace_option
from cardloom.engine import brief, survey
from cardloom.journal import dumps
from cardloom.runs import status


@click.command("list")
@workspace_option
def list_(workspace: str | None) -> None:
    """List workflows, and the runs written to last."""
    shelf = shelf_at(workspace)
    for entry in shelf.catalog.entries().values():
        shown = entry.title if entry.workflow else f"does not load. {entry.trouble}"
        click.echo(f"{entry.name:<20} {shown}")
    recent = shelf.recent(50)
    if recent:
        click.echo()
    for line in recent:
        click.echo(f"{line.name:<40} {line.status:<9} {line.settled}/{line.cards}  {line.at[:19]}")


@click.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
@click.option("--at", type=int, help="As it was at this event.")
@click.option("--json", "as_json", is_flag=True, help="Print the stored values as JSON.")
def show(run_name: str, workspace: str | None, at: int | None, as_json: bool) -> None:
    """Show the cards of RUN as they are, or as they were."""
    opened = shelf_at(workspace).by_name(run_name)
    state = opened.state() if at is None else opened.state_at(at)
    views = survey(opened.workflow, state)
    if as_json:
        told = {v.name: {"status": v.mark, "value": v.state.value} for v in views}
        click.echo(dumps({"run": opened.name, "n": state.n, "cards": told}))
        return
    click.echo(
        f"{state.title} · {state.key}   ({status(opened) if at is None else f'at event {at}'})"
    )
    for view in views:
        value = (
            view.state.error
            if view.mark == "failed"
            else brief(view.state.value)
            if view.state.settled
            else ""
        )
        click.echo(f"  {view.mark:<11} {view.name:<18} {value}".rstrip())
    warn(opened)
