"""How a command names the workspace that it works in: the option, and the folder it means."""

import click

from cardloom.errors import Missing
from cardloom.workspace.settings import Workspace, find_workspace

workspace_option = click.option(
    "--workspace",
    "-w",
    metavar="DIR",
    help="The workspace. Default: $CARDLOOM_WORKSPACE, else this folder.",
)


def workspace_at(workspace: str | None, *, new: bool = False) -> Workspace:
    """The workspace that the call names. Only a `new` one is made: a slip of the pen makes none."""
    place = find_workspace(workspace)
    nearest = next(folder for folder in (place.root, *place.root.parents) if folder.exists())
    if not new and nearest != place.root and nearest.is_dir():
        raise Missing(
            f"There is no folder {place.root}. `cardloom serve -w {place.root}` begins a workspace "
            "there."
        )
    return place.make()
