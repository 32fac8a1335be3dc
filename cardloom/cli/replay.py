"""`cardloom replay`: a run played back in the terminal, event by event."""

import time

import click

from cardloom.cli.group import store_at, warn, workspace_option
from cardloom.engine.replay import pauses
from cardloom.reports.sentences import tell, who


@click.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
@click.option("--speed", type=click.FloatRange(0.1, 10_000), default=1.0, show_default=True)
@click.option("--step", is_flag=True, help="Wait for Enter before each event.")
@click.option("--from", "start", type=click.IntRange(1), default=1, help="The event to begin with.")
def replay(run_name: str, workspace: str | None, speed: float, step: bool, start: int) -> None:
    """Play RUN back as it happened. Pauses longer than two seconds are shortened to two."""
    opened = store_at(workspace).by_name(run_name)
    events = opened.journal.read()
    try:
        for n, seconds in pauses(events, start - 1, speed):
            event = events[n - 1]
            said = " · ".join(part for part in (who(event), str(event.get("why", ""))) if part)
            line = f"{n:>6}  {str(event.get('at', ''))[11:19]}  {tell(event)}"
            if not step:
                time.sleep(seconds)
            click.echo(f"{line}  ({said})" if said else line)
            if step and n < len(events):
                click.pause("", err=True)
    except KeyboardInterrupt:
        pass
    warn(opened)
