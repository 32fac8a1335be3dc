"""`cardloom activity`: what happened lately in the workspace, as the feed has it."""

import time

import click

from cardloom.cli.group import store_at, workspace_option
from cardloom.workspace import NOTABLE


@click.command()
@workspace_option
@click.option("-n", "most", default=12, show_default=True, type=click.IntRange(0, 10_000))
@click.option("--follow", "-f", is_flag=True, help="Go on with what happens, until Ctrl+C.")
def activity(workspace: str | None, most: int, follow: bool) -> None:
    """Print what happened lately: runs begun, finished, failed, waiting; backups; requests."""
    feed = store_at(workspace).activity
    shown = feed.queue.n
    lines = feed.recent(most)[::-1] if most else []
    if not lines and not follow:
        click.echo("Nothing has happened here yet.")
    try:
        while True:
            for line in lines:
                _print(line)
            if not follow:
                return
            time.sleep(0.2)
            lines = [e for e in feed.queue.replay(after=shown) if e.get("kind") in NOTABLE]
            shown = max(shown, feed.queue.n if not lines else lines[-1]["n"])
    except KeyboardInterrupt:
        pass


def _print(line: dict[str, object]) -> None:
    parts = [str(line["at"])[:19], NOTABLE[str(line["kind"])], line.get("run"), line.get("text")]
    click.echo("  ".join(str(part) for part in parts if part))
