"""What the commands share: sentences for errors, a workspace, and loading each command when it is called.

A command's module is imported for its own call alone (and for `--help`, which tells of them all), so that
no command pays for the rooms that only another one needs.
"""

from importlib import import_module
from typing import Any

import click

from cardloom.catalog import Catalog
from cardloom.errors import CardloomError
from cardloom.runs import Run
from cardloom.workspace import RunStore
from cardloom.workspace.option import workspace_at, workspace_option

__all__ = ["Commands", "store_at", "warn", "workspace_at", "workspace_option"]


def command_at(place: str) -> click.Command:
    """The command at `module:function`; TypeError where something else is there."""
    module, _, function = place.partition(":")
    command = getattr(import_module(module), function)
    if not isinstance(command, click.Command):
        raise TypeError(f"{place} is no click command")
    return command


class Commands(click.Group):
    """Commands by name, each at `module:function` below cardloom.cli; after them those of apps.

    An alias is not listed.

    Every error of the house ends as one sentence and its exit code.
    """

    def __init__(
        self, *args: Any, places: dict[str, str], aliases: dict[str, str], **rest: Any
    ) -> None:
        super().__init__(*args, **rest)
        self._places = places
        self._aliases = aliases

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*self._places, *self._of_apps()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if place := self._places.get(self._aliases.get(cmd_name, cmd_name)):
            return command_at(f"cardloom.cli.{place}")
        # Apps take longer to load than any command to run: only a name that is not ours needs them.
        from cardloom.cli.apps import find_command

        return find_command(cmd_name)

    def _of_apps(self) -> dict[str, click.Command | str]:
        from cardloom.cli.apps import commands

        return commands()

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
