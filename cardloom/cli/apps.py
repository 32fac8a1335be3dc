"""The apps as the command knows them: what they add to it, and which do not load."""

from functools import cache
from pathlib import Path

import click

from cardloom.apps import SHIPPED
from cardloom.cli.group import command_at
from cardloom.web.seam.finding import find_apps, said
from cardloom.web.seam.seam import Seam
from cardloom.workspace import find_workspace


@cache
def _seam(workspace: Path) -> Seam:
    return Seam(find_apps(workspace, SHIPPED))


def commands() -> dict[str, click.Command | str]:
    """The commands of the apps, those of the workspace that the terminal is in among them."""
    return _seam(find_workspace().root).commands()


def find_command(name: str) -> click.Command | None:
    """The command that an app calls `name`. Without one, what is wrong with apps is said."""
    found = commands().get(name)
    if found is None:
        for app, trouble in sorted(_seam(find_workspace().root).troubles.items()):
            click.echo(f"The app {app} does not load. {trouble}", err=True)
    return _loaded(name, found) if isinstance(found, str) else found


def _loaded(name: str, place: str) -> click.Command | None:
    try:
        return command_at(place)
    except (Exception, SystemExit) as error:  # the help of all commands goes on without it
        click.echo(f"The command {name} of an app does not load. {said(error)}", err=True)
        return None


def list_apps(workspace: Path) -> list[tuple[str, str]]:
    """The apps that a person added, and those that do not load: name, and title or what is wrong."""
    seam = _seam(workspace)
    seam.commands()
    wrong = {name: f"does not load. {trouble}" for name, trouble in seam.troubles.items()}
    added = {
        app.name: f"app · {app.title}" for app in seam.apps.values() if app.origin != "shipped"
    }
    return sorted((added | wrong).items())
