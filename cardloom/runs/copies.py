"""Files that a new run repeats from another: copied, never shared, and synced before its journal.

A new run that was cut in the middle is a folder without a journal: no list shows it, and the next
try takes it over.
"""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from cardloom.disk import sync_file
from cardloom.engine import files
from cardloom.journal import sync_folder
from cardloom.runs.run import Run
from cardloom.types import Json


def copy_files(
    run: Run, made: Run, events: Iterable[Mapping[str, Json]], folders: Mapping[str, str]
) -> None:
    """Copy every file of `run` that the events of `made` name; one that is missing there stays so.

    `folders` are the names of folders in `made` by their names in `run`.
    """
    olds = {new: old for old, new in folders.items()}
    named = {file.path for event in events for file in files(dict(event))}
    changed = {made.files.root}
    for shown in sorted(named):
        folder, _, rest = shown.partition("/")
        source = run.files.root / olds.get(folder, folder) / rest
        target = made.files.root / folder / rest
        if not _inside(source, run.files.root) or not _inside(target, made.files.root):
            continue  # a journal is data, and may name anything
        if not source.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy2(source, target)
        sync_file(target)
        changed |= {target.parent}
    for folder_path in sorted(changed, reverse=True):
        if folder_path.is_dir():
            sync_folder(folder_path)


def _inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, ValueError):
        return False
