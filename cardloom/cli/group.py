"""What the commands share: sentences for errors, a workspace, and loading each command when it is called.

A command's module is imported for its own call alone (and for `--help`, which tells of them all), so that
no command pays for the rooms that only another one needs.
"""

from importlib import import_module
from typing import Any

import click

from cardloom.catalog import Catalog
from cardloom.errors import CardloomError, Missing
from cardloom.runs import Run
from cardloom.workspace import RunStore, Workspace, find_workspace

workspace_option = click.option(
    "--workspace",
    "-w",
    metavar="DIR",
    help="The workspace. Default: $CARDLOOM_WORKSPACE, else this folder.",
)


class Commands(click.Group):
    """Commands by name, each at `module:function` below cardloom.cli; an alias is not listed.

    Every error of the house ends as one sentence and its exit code.
    """

    def __init__(
        self, *args: Any, places: dict[str, str], aliases: dict[str, str], **rest: Any
    ) -> None:
        super().__init__(*args, **rest)
        self._places = places
        self._aliases = aliases

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = self._places.get(self._aliases.get(cmd_name, cmd_name))
        if place is None:
            return None
        module, _, function = place.partition(":")
        command = getattr(import_module(f"cardloom.cli.{module}"), function)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CardloomError as error:
            click.echo(str(error), err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            raise  # whoever read has had enough; click knows what to do
        except OSError as error:
            where = f": {error.filename}" if error.filename else ""
            click.echo(f"The system refused: {error.strerror or error}{where}.", err=True)
            ctx.exit(3)


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


def store_at(workspace: str | None, *, new: bool = False) -> RunStore:
    """The runs of the workspace that the call names."""
    place = workspace_at(workspace, new=new)
    return RunStore(place, Catalog(place.root))


def warn(opened: Run) -> None:
    """Say on standard error what of the run's journal does not hold."""
    opened.journal.read()
    for damage in opened.damage:
        click.echo(
            f"Damaged: {damage} `cardloom repair {opened.name}` keeps what is good.", err=True
        )
