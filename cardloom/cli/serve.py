"""`cardloom serve`: the page of a workspace, and the demo."""

import gc
import sys

import click

from cardloom.cli.group import workspace_option
from cardloom.workspace import PORT, find_workspace


@click.command()
@workspace_option
@click.option(
    "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="0: any."
)
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option("--demo", is_flag=True, help="Run the demo, print its summary, and stop.")
def serve(workspace: str | None, port: int, no_open: bool, demo: bool) -> None:
    """Serve the workspace on this machine and open the page."""
    place = find_workspace(workspace)
    if demo:
        from cardloom.demo import run_demo

        sys.exit(run_demo(place, port))
    # What is imported stays until the end: to look through it for garbage takes 30 ms and finds none.
    gc.disable()
    # `cardloom --help` reads this module too, and should not wait for the web rooms.
    from cardloom.web.server import serve as start
    from cardloom.web.watchdog import leave_process

    gc.freeze()
    gc.enable()
    leave_process(start(place, port, open_browser=not no_open, say=click.echo))
