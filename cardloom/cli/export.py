"""`cardloom export` and `cardloom import`: a run written down for others, and taken in from them."""

import os
import sys
from pathlib import Path

import click

from cardloom.archive import DamagedArchive, import_run
from cardloom.cli.group import store_at, workspace_option
from cardloom.errors import Missing, Refused
from cardloom.reports import KINDS, Kind, file_name
from cardloom.runs import Run


@click.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
@click.option("--to", required=True, type=click.Choice(list(KINDS)), help="What to make of it.")
@click.option("--out", metavar="FILE", help="Where to write it; - is standard output.")
@click.option("--at", type=int, help="As it was at this event.")
def export(run_name: str, workspace: str | None, to: str, out: str | None, at: int | None) -> None:
    """Write RUN (workflow/key) down: a report, data, the run itself, or a script that repeats it.

    Without --out the file lies in this folder, called after the run; one that is there is kept.
    """
    opened = store_at(workspace).by_name(run_name)
    kind = KINDS[to]
    if out == "-":
        kind.write(opened, at, sys.stdout.buffer)
        return
    path = Path(out or file_name(opened, to))
    if out is None and path.exists():
        raise Refused(f"{path} is here already and was left as it is. Give another name as --out.")
    _write(path, kind, opened, at)
    click.echo(f"{path}")


def _write(path: Path, kind: Kind, opened: Run, at: int | None) -> None:
    """The file whole, or not at all."""
    if not path.parent.is_dir():
        raise Missing(f"There is no folder {path.parent}.")
    part = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            kind.write(opened, at, out)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@click.command("import")
@click.argument("file", metavar="FILE.zip", type=click.Path(path_type=Path))
@workspace_option
@click.option("--as", "key", metavar="KEY", help="The name it gets here. Default: its own.")
@click.option(
    "--damaged", is_flag=True, help="Take it though its journal is damaged, to read only."
)
def import_(file: Path, workspace: str | None, key: str | None, damaged: bool) -> None:
    """Take in a run that `cardloom export --to zip` wrote. Data only: nothing of it is run.

    A run that is here already is never touched: one of the same name comes in beside it.
    """
    if not file.is_file():
        raise Missing(f"There is no file {file}.")
    store = store_at(workspace, new=True)
    with file.open("rb") as zipped:
        try:
            arrival = import_run(store, zipped, key=key, damaged=damaged)
        except DamagedArchive as error:
            raise DamagedArchive(f"{error} To read what holds of it, add --damaged.") from error
    for sentence in arrival.said:
        click.echo(sentence, err=True)
    click.echo(arrival.run)
