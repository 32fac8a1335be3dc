"""`cardloom backup` and `cardloom restore`: copies of the workspace, and bringing one back."""

from pathlib import Path

import click

from cardloom.cli.group import store_at, workspace_option
from cardloom.errors import CardloomError, Refused
from cardloom.workspace import find_workspace
from cardloom.workspace.backup import back_up, backups
from cardloom.workspace.manifest import read_manifest
from cardloom.workspace.restore import find_backup, verify_backup
from cardloom.workspace.restore import restore as bring_back


@click.command()
@workspace_option
@click.option("--to", metavar="DIR", help="Where to put it. Default: backups/ in the workspace.")
@click.option("--list", "listing", is_flag=True, help="List the backups there are, and make none.")
@click.option("--verify", is_flag=True, help="Prove every file of every backup, and make none.")
def backup(workspace: str | None, to: str | None, listing: bool, verify: bool) -> None:
    """Copy the workspace, also while it is in use. Secrets and hidden files are left out."""
    store = store_at(workspace)
    place = Path(to).resolve() if to else None
    if listing or verify:
        _look(place or store.workspace.backups, verify)
        return
    made = back_up(store.workspace, place)
    about = read_manifest(made)
    click.echo(f"Kept {len(about.files)} files ({about.size:,} bytes) in {made}")
    click.echo("Left out: secrets, hidden files, locks and half-written files.")
    for sentence in about.damaged:
        click.echo(f"Damaged before it was kept: {sentence}", err=True)


def _look(place: Path, prove: bool) -> None:
    """A line for each backup; Refused when one does not hold."""
    found, bad = backups(place), 0
    for folder in found:
        try:
            manifest, faults = verify_backup(folder) if prove else (read_manifest(folder), [])
        except CardloomError as error:
            bad += 1
            click.echo(f"{folder.name}: {error}")
            continue
        held = "" if not prove else ", all hold" if not faults else f", {len(faults)} damaged:"
        click.echo(
            f"{folder.name}: {len(manifest.files)} files, {manifest.size:,} bytes, "
            f"made {manifest.made[:19]}{held}"
        )
        for fault in faults:
            click.echo(f"  {fault}")
        bad += bool(faults)
    if not found:
        click.echo(f"There is no backup in {place}.")
    if bad:
        raise Refused(f"{bad} of {len(found)} backups do not hold.")


@click.command()
@click.argument("backup")
@workspace_option
def restore(backup: str, workspace: str | None) -> None:
    """Bring BACKUP (a name, or a folder) back beside the workspace, as a new folder, and prove it."""
    place = find_workspace(workspace)
    restored, about = bring_back(place, find_backup(place, backup))
    click.echo(f"Restored {len(about.files)} files, all proved, to {restored}")
    for sentence in about.damaged:
        click.echo(f"Damaged before it was kept: {sentence}", err=True)
    click.echo(
        f"Start it with `cardloom serve --workspace {restored}`. Secrets are not in a backup: set "
        "them again with `cardloom secret`."
    )
