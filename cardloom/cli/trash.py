"""`cardloom delete`, `undelete` and `trash`: runs moved aside, taken back, or removed for good."""

import click

from cardloom.cli.group import store_at, workspace_option


@click.command()
@click.argument("run_names", nargs=-1, required=True, metavar="RUN…")
@workspace_option
def delete(run_names: tuple[str, ...], workspace: str | None) -> None:
    """Move RUN to the trash, with its journal and all its files."""
    store = store_at(workspace)
    for opened in [store.by_name(name) for name in run_names]:
        item = store.delete(opened, idle=True)
        click.echo(f"{item.name} is in the trash. `cardloom undelete {item.name}` takes it back.")


@click.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
def undelete(run_name: str, workspace: str | None) -> None:
    """Take RUN out of the trash: the one deleted last of that name, or the one at TIME/RUN."""
    click.echo(f"{store_at(workspace).undelete(run_name).name} is back.")


@click.command()
@workspace_option
@click.option("--empty", is_flag=True, help="Remove all of it for good.")
def trash(workspace: str | None, empty: bool) -> None:
    """List the runs in the trash, or empty it."""
    store = store_at(workspace)
    if empty:
        count = store.trash.empty()
        click.echo(f"{count} {'run is' if count == 1 else 'runs are'} gone for good.")
        return
    items = store.trash.items()
    for item in items:
        click.echo(item.place)
    if not items:
        click.echo("The trash is empty.", err=True)
