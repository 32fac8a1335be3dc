"""`cardloom list`, `show` and `reindex`: what there is and how it stands; no run is written to."""

import click

from cardloom.brief import brief
from cardloom.cli.group import store_at, warn, workspace_option
from cardloom.engine import views_of
from cardloom.engine.status import CardStatus
from cardloom.journal import dumps
from cardloom.workspace import STATUSES, Query, Row, RunStore, status


@click.command("list")
@workspace_option
@click.option("--status", type=click.Choice(STATUSES), help="Only runs that stand so.")
@click.option("--tag", default="", help="Only runs with this tag.")
@click.option(
    "--search", default="", help="Only runs with these words in key, title, tags or workflow."
)
@click.option("--workflow", default="", help="Only runs of this workflow.")
@click.option("--archived", is_flag=True, help="Archived runs in place of the others.")
@click.option("--most", default=50, show_default=True, help="So many runs at most.")
def list_(workspace: str | None, archived: bool, most: int, **wanted: str | None) -> None:
    """List workflows, and the runs written to last. With a filter, only the runs it lets through."""
    store = store_at(workspace)
    filters = {name: value for name, value in wanted.items() if value}
    query = Query(**filters, archived="yes" if archived else "no")
    _update_index(store)
    rows = store.index.find(query, most=max(1, most))
    if not filters and not archived:
        for entry in store.catalog.entries().values():
            shown = entry.title if entry.workflow else f"does not load. {entry.trouble}"
            click.echo(f"{entry.name:<20} {shown}")
        for name, shown in _apps(store):
            click.echo(f"{name:<20} {shown}")
        if rows:
            click.echo()
    for row in rows:
        click.echo(_line(row))
        if row.trouble:
            click.echo(f"{row.name}: {row.trouble}", err=True)
    if (total := store.index.count(query)) > len(rows):
        click.echo(f"… and {total - len(rows):,} more: --most {total} lists them all.", err=True)
    if not rows and (filters or archived):
        click.echo("No run is so.", err=True)


def _apps(store: RunStore) -> list[tuple[str, str]]:
    # They are loaded for the whole list alone: a look at some runs does without them.
    from cardloom.cli.apps import list_apps

    return list_apps(store.workspace.root)


def _update_index(store: RunStore) -> None:
    """The index as the files are: between two commands nobody watched them."""
    store.index.check()
    store.index.wait()


def _line(row: Row) -> str:
    said = [row.title, *(f"#{tag}" for tag in row.tags)]
    told = f"{row.name:<40} {row.status:<9} {row.settled}/{row.cards}  {row.changed[:19]}"
    return "  ".join([told, *(word for word in said if word)])


@click.command()
@workspace_option
def reindex(workspace: str | None) -> None:
    """Make the index of runs anew from their journals. It is never needed, and never does harm."""
    count = store_at(workspace).index.rebuild()
    click.echo(f"{count:,} {'run is' if count == 1 else 'runs are'} in the index.")


@click.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
@click.option("--at", type=int, help="As it was at this event.")
@click.option("--json", "as_json", is_flag=True, help="Print the stored values as JSON.")
def show(run_name: str, workspace: str | None, at: int | None, as_json: bool) -> None:
    """Show the cards of RUN as they are, or as they were."""
    opened = store_at(workspace).by_name(run_name)
    state = opened.state() if at is None else opened.state_at(at)
    views = views_of(opened.workflow, state)
    if as_json:
        told = {v.name: {"status": v.status, "value": v.state.value} for v in views}
        click.echo(dumps({"run": opened.name, "n": state.n, "cards": told}))
        return
    click.echo(
        f"{state.title} · {state.key}   ({status(opened) if at is None else f'at event {at}'})"
    )
    for view in views:
        value = (
            view.state.error
            if view.status == CardStatus.FAILED
            else brief(view.state.value)
            if view.state.settled
            else ""
        )
        click.echo(f"  {view.status:<11} {view.name:<18} {value}".rstrip())
    warn(opened)
