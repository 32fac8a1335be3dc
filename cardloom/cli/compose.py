"""`cardloom compose`: several runs as one run, or several workflows as one workflow file."""

import click

from cardloom.catalog.files import write_composed
from cardloom.cli.group import store_at, workspace_option
from cardloom.engine import RECORDS
from cardloom.errors import Missing
from cardloom.workspace import compose_runs


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME NAME…")
@workspace_option
@click.option("--as", "name", required=True, metavar="NAME", help="What to call the new one.")
@click.option(
    "--workflow",
    metavar="FOLDER",
    help=f"Of runs: the folder that the new run lies in. Default: {RECORDS}.",
)
def compose(names: tuple[str, ...], workspace: str | None, name: str, workflow: str | None) -> None:
    """Compose runs (workflow/key) into a record of them all, or workflows into one of all cards.

    A composed run tells what happened in each run, in the order of time; nothing in it runs again.
    A composed workflow is a file in the workspace, to be run anew.
    """
    store = store_at(workspace)
    of_runs = ["/" in each for each in names]
    if all(of_runs):
        moments = [store.moment(each) for each in names]
        made = compose_runs(store, moments, name, workflow=workflow or RECORDS, by="cli")
        click.echo(f"Composed {made.name}. `cardloom show {made.name}` shows its cards.")
    elif any(of_runs):
        raise Missing("Name runs (workflow/key) or workflows, not some of each.")
    elif workflow is not None:
        raise Missing("--workflow is for composed runs; a workflow's name is given with --as.")
    else:
        path = write_composed(store.catalog, store.workspace.root, names, name)
        click.echo(f"Wrote {path}. Begin a run of it: cardloom run {name} KEY, or on the page.")
