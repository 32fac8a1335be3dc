"""Bringing a backup back: beside the present workspace, never over it, and proved before it has its name."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cardloom.disk import sync_file
from cardloom.errors import NotFound, Refused, Unwritable
from cardloom.journal import now, sync_folder, verify
from cardloom.workspace.manifest import MANIFEST, Manifest, check, read_manifest
from cardloom.workspace.settings import Workspace


def find_backup(workspace: Workspace, name: str) -> Path:
    """The backup called `name`: a folder, or one of the workspace's own."""
    for path in (workspace.backups / name, Path(name)):
        if (path / MANIFEST).exists():
            return path.resolve()
    raise NotFound(f"There is no backup {name}. `cardloom backup --list` names those there are.")


def verify_backup(folder: Path) -> tuple[Manifest, list[str]]:
    """(what the backup says of itself, a sentence for each file that is not as it was kept)."""
    manifest = read_manifest(folder)
    return manifest, check(folder, manifest)


def restore(
    workspace: Workspace, backup: Path, clock: Callable[[], datetime] = now
) -> tuple[Path, Manifest]:
    """Copy `backup` into a new folder beside the workspace; (that folder, what it was made from).

    Raises Refused, naming the files, where the backup or the copy is not whole; Unwritable.
    """
    manifest, faults = verify_backup(backup)
    _refuse(backup, faults)
    root = workspace.root
    when = f"{clock().astimezone(UTC):%Y%m%dT%H%M%S}"
    final = root.with_name(f"{root.name or 'workspace'}-restored-{when}")
    part = final.with_name(f"{final.name}.part")
    if final.exists() or part.exists():
        raise Refused(f"{final} is there already, and was left as it is. Try again in a moment.")
    try:
        part.mkdir(mode=0o700)
        _copy(backup, part, manifest)
        _refuse(part, check(part, manifest) + _journals(part, manifest))
        part.rename(final)
        sync_folder(final.parent)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise Unwritable(
            f"{error.strerror or error}: {backup.name} was not brought back, and nothing of it is "
            f"left beside {root}. Make room, then try again."
        ) from error
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return final, manifest


def _copy(backup: Path, part: Path, manifest: Manifest) -> None:
    """Real copies: what is written in the new workspace must not reach into the backup."""
    for kept in manifest.files:
        target = part / kept.path
        for folder in reversed(target.relative_to(part).parents):
            (part / folder).mkdir(mode=0o700, exist_ok=True)
        shutil.copyfile(backup / kept.path, target)
        target.chmod(0o600)
        sync_file(target)


def _journals(part: Path, manifest: Manifest) -> list[str]:
    """A sentence for each journal that does not hold, but for those that did not when it was kept."""
    known = {sentence.partition(": ")[0] for sentence in manifest.damaged}
    return [
        f"{kept.path}: {damage[0]}"
        for kept in manifest.files
        if kept.kind == "journal" and kept.path not in known
        for damage in [verify((part / kept.path).parent)[1]]
        if damage
    ]


def _refuse(backup: Path, faults: list[str]) -> None:
    if faults:
        listed = "\n  ".join(
            faults[:20] + ([f"and {len(faults) - 20} more"] if faults[20:] else [])
        )
        raise Refused(
            f"{backup} is damaged, and nothing was restored. {len(faults)} of its files are not as "
            f"they were kept; the others are plain copies that you may take:\n  {listed}"
        )
