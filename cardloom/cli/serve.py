"""`cardloom serve`: the page of a workspace."""

import gc

import click

from cardloom.cli.group import workspace_option
from cardloom.errors import Missing
from cardloom.workspace import PORT, find_workspace


@click.command()
@workspace_option
@click.option(
    "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="0: any."
)
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option("--demo", is_flag=True, help="The same as `cardloom demo`.")
@click.pass_context
def serve(ctx: click.Context, workspace: str | None, port: int, no_open: bool, demo: bool) -> None:
    """Serve the workspace on this machine and open the page."""
    if demo:
        ctx.exit(_demo(ctx, workspace, port))
    place = find_workspace(workspace)
    # What is imported stays until the end: to look through it for garbage takes 30 ms and finds none.
    gc.disable()
    # `cardloom --help` reads this module too, and should not wait for the web rooms.
    from cardloom.apps import SHIPPED
    from cardloom.web.server import serve as start
    from cardloom.web.watchdog import leave_process

    gc.freeze()
    gc.enable()
    leave_process(start(place, port, open_browser=not no_open, say=click.echo, shipped=SHIPPED))


def _demo(ctx: click.Context, workspace: str | None, port: int) -> int:
    """The command of that name, which an app brings; version 0.1.0 had it as this option."""
    group = ctx.find_root().command
    command = group.get_command(ctx, "demo") if isinstance(group, click.Group) else None
    if command is None:
        raise Missing("There is no demo: its app is not among those that load.")
    ctx.invoke(command, workspace=workspace, port=port)
    return 0
