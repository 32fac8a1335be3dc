"""`cardloom new` and `cardloom copy`: a workflow file in the workspace, to be made your own."""

import re
import shutil
from pathlib import Path

import click

from cardloom.cli.group import shelf_at, workspace_option
from cardloom.errors import Missing, Refused
from cardloom.settings import Workspace, find_workspace

TEMPLATE = '''"""{title}: say here in a line what it is for."""

from cardloom import Choice, Text, Workflow

{name} = Workflow("{title}")

{name}.ask(
    who=Text("Who is it for?", placeholder="Ada"),
    tone=Choice("In which tone?", ["friendly", "formal"]),
)


@{name}.do
def greeting(who, tone):
    return f"Hello, {{who}}!" if tone == "friendly" else f"Dear {{who}},"
'''


def free_path(place: Workspace, name: str) -> Path:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", name):
        raise Missing(f"{name!r} can't be a workflow's name. Use small letters, digits and _.")
    path = place.root / f"{name}.py"
    if path.exists():
        raise Refused(f"{path} exists already, and was left as it is.")
    return path


@click.command()
@click.argument("name")
@workspace_option
def new(name: str, workspace: str | None) -> None:
    """Write a first workflow file called NAME into the workspace."""
    path = free_path(find_workspace(workspace).make(), name)
    title = name.replace("_", " ").capitalize()
    path.write_text(TEMPLATE.format(name=name, title=title), encoding="utf-8")
    click.echo(f"Wrote {path}. Open it in your editor; the page shows it at once.")


@click.command()
@click.argument("workflow")
@click.argument("name", required=False)
@workspace_option
def copy(workflow: str, name: str | None, workspace: str | None) -> None:
    """Copy a shipped WORKFLOW into the workspace, as NAME if given, to be made your own."""
    shelf = shelf_at(workspace)
    entry = shelf.catalog.entry(workflow)
    path = free_path(shelf.workspace, name or workflow)
    shutil.copyfile(entry.path, path)
    stands = " It now stands before the shipped one." if path.stem == entry.name else ""
    click.echo(f"Wrote {path}.{stands}")
