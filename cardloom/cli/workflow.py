"""`cardloom new` and `cardloom copy`: a workflow file in the workspace, to be made your own."""

import shutil

import click

from cardloom.catalog.files import free_path
from cardloom.cli.group import store_at, workspace_at, workspace_option

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


@click.command()
@click.argument("name")
@workspace_option
def new(name: str, workspace: str | None) -> None:
    """Write a first workflow file called NAME into the workspace."""
    path = free_path(workspace_at(workspace, new=True).root, name)
    title = name.replace("_", " ").capitalize()
    path.write_text(TEMPLATE.format(name=name, title=title), encoding="utf-8")
    click.echo(f"Wrote {path}. Open it in your editor; the page shows it at once.")


@click.command()
@click.argument("workflow")
@click.argument("name", required=False)
@workspace_option
def copy(workflow: str, name: str | None, workspace: str | None) -> None:
    """Copy a shipped WORKFLOW into the workspace, as NAME if given, to be made your own."""
    store = store_at(workspace)
    entry = store.catalog.entry(workflow)
    path = free_path(store.workspace.root, name or workflow)
    shutil.copyfile(entry.path, path)
    stands = " It now stands before the shipped one." if path.stem == entry.name else ""
    click.echo(f"Wrote {path}.{stands}")
