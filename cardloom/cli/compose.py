"""`cardloom compose`: several runs as one run, or several workflows as one workflow file."""

import json
from pathlib import Path

import click

from cardloom.catalog import Entry, find_parts
from cardloom.cli.group import shelf_at, workspace_option
from cardloom.cli.workflow import free_path
from cardloom.engine import Workflow
from cardloom.engine.composed import join
from cardloom.errors import Missing, WorkflowError
from cardloom.runs import FOLDER, Shelf, compose_runs, find_moment

TEMPLATE = '''"""{about}"""

from cardloom import composed

{name} = composed({title}, {parts})
'''


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME NAME…")
@workspace_option
@click.option("--as", "name", required=True, metavar="NAME", help="What to call the new one.")
@click.option(
    "--workflow",
    metavar="FOLDER",
    help=f"Of runs: the folder that the new run lies in. Default: {FOLDER}.",
)
def compose(names: tuple[str, ...], workspace: str | None, name: str, workflow: str | None) -> None:
    """Compose runs (workflow/key) into a record of them all, or workflows into one of all cards.

    A composed run tells what happened in each run, in the order of time; nothing in it runs again.
    A composed workflow is a file in the workspace, to be run anew.
    """
    shelf = shelf_at(workspace)
    of_runs = ["/" in each for each in names]
    if all(of_runs):
        moments = [find_moment(shelf, each) for each in names]
        made = compose_runs(shelf, moments, name, workflow=workflow or FOLDER, by="cli")
        click.echo(f"Composed {made.name}. `cardloom show {made.name}` shows its cards.")
    elif any(of_runs):
        raise Missing("Name runs (workflow/key) or workflows, not some of each.")
    elif workflow is not None:
        raise Missing("--workflow is for composed runs; a workflow's name is given with --as.")
    else:
        _write(shelf, names, name)


def _write(shelf: Shelf, names: tuple[str, ...], name: str) -> None:
    path = free_path(shelf.workspace, name)
    if name == FOLDER:
        raise Missing(f"{FOLDER} is where composed runs lie. Choose another name with --as.")
    if name in names:
        raise Missing(f"{name} can't be composed of itself. Choose another name with --as.")
    for each in names:
        if each not in shelf.catalog.entries():
            shelf.catalog.entry(each)  # raises, with the nearest name
    title = _checked(path, names)
    about = " ".join(title.replace("\\", "").replace('"', "'").split())
    told = ", ".join(_quoted(each) for each in names)
    text = TEMPLATE.format(about=f"{about}.", name=name, title=_quoted(title), parts=told)
    path.write_text(text, encoding="utf-8", errors="replace")
    click.echo(f"Wrote {path}. Begin a run of it: cardloom run {name} KEY, or on the page.")


def _checked(path: Path, names: tuple[str, ...]) -> str:
    """The title of the workflow; what can't be one workflow is said before anything is written."""
    try:
        parts = find_parts(path, names)
        title = ", then ".join(part.title for part in parts)
        join(Workflow(title), parts).check()
    except WorkflowError as error:
        raise WorkflowError(Entry(path.stem, path, False, error=error).trouble) from error
    return title


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
