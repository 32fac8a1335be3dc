"""`cardloom activity`: what happened lately in the workspace, read from the journals."""

import time

import click

from cardloom.cli.group import store_at, workspace_option
from cardloom.reports.sentences import tell, who
from cardloom.workspace.activity import newest

FOLLOWED = 200  # newest events that are looked at again while following


@click.command()
@workspace_option
@click.option("-n", "most", default=12, show_default=True, type=click.IntRange(0, 10_000))
@click.option("--follow", "-f", is_flag=True, help="Go on with what happens, until Ctrl+C.")
def activity(workspace: str | None, most: int, follow: bool) -> None:
    """Print the newest events of all runs, oldest first."""
    store = store_at(workspace)
    lines = newest(store, max(most, FOLLOWED if follow else 0))
    seen = {(name, event["n"]) for name, event in lines}
    lines = lines[len(lines) - most :] if most else []
    if not lines and not follow:
        click.echo("Nothing has happened here yet.")
    try:
        while True:
            for name, event in lines:
                said = " ".join(filter(None, [tell(event), who(event)]))
                click.echo(f"{str(event['at'])[:19]}  {name}  {said}")
            if not follow:
                return
            time.sleep(0.2)
            lines = [
                each for each in newest(store, FOLLOWED) if (each[0], each[1]["n"]) not in seen
            ]
            seen |= {(name, event["n"]) for name, event in lines}
    except KeyboardInterrupt:
        pass
