"""The trash: a deleted run's folder, moved aside whole until the person empties it.

    trash/20261121T080000123456/bridge/ada/journal.jsonl, files/, about.json …

Deleting is one rename, and so is taking back; only `empty` removes bytes.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cardloom.errors import NotFound, Refused, Unwritable
from cardloom.journal import NAME, sync_folder
from cardloom.runs.names import is_folder_name
from cardloom.workspace.settings import Workspace


@dataclass(frozen=True)
class Item:
    """A deleted run: `place` is time/workflow/folder, `at` when it was deleted (UTC)."""

    place: str
    at: str
    folder: Path

    @property
    def name(self) -> str:
        """`workflow/folder`, as it was called and will be again."""
        return self.place.partition("/")[2]


class Trash:
    """The trash of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.root = workspace.root / "trash"

    def items(self) -> list[Item]:
        """What is in it, newest first."""
        found = []
        for folder in self.root.glob("*/*/*"):
            when, workflow, name = folder.parts[-3:]
            at = _time(when)
            if at and is_folder_name(workflow) and is_folder_name(name) and folder.is_dir():
                found.append(Item(f"{when}/{workflow}/{name}", at, folder))
        return sorted(found, key=lambda item: item.place, reverse=True)

    def find(self, name: str) -> Item:
        """The item at this place, or the one deleted last of this name; NotFound without any."""
        for item in self.items():
            if name in (item.place, item.name):
                return item
        raise NotFound(f"There is no run {name[:120]} in the trash.")

    def take(self, folder: Path, now: datetime) -> Item:
        """Move the run's folder into the trash."""
        while True:
            when = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
            place = f"{when}/{folder.parent.name}/{folder.name}"
            if not (self.root / place).exists():
                break
            now = now.replace(microsecond=(now.microsecond + 1) % 1_000_000)
        _move(folder, self.root / place)
        return Item(place, _time(when), self.root / place)

    def take_back(self, item: Item) -> Path:
        """Move a deleted run to where it was; Refused where another stands by now."""
        home = self.workspace.runs / item.name
        if (home / NAME).exists():
            raise Refused(
                f"There is a run {item.name} again. Delete it first, then take this one back."
            )
        if home.exists():
            raise Refused(f"{home} is in the way. Move it aside, then take the run back.")
        _move(item.folder, home)
        for empty in (item.folder.parent, item.folder.parent.parent):
            try:
                empty.rmdir()
            except OSError:  # another run deleted in the same moment lies there
                break
        return home

    def empty(self) -> int:
        """Remove everything in the trash for good; how many runs that were."""
        items = self.items()
        for item in items:
            if item.folder.is_symlink():
                item.folder.unlink()
            else:
                shutil.rmtree(item.folder)
            for parent in (item.folder.parent, item.folder.parent.parent):
                if not any(parent.iterdir()):
                    parent.rmdir()
        return len(items)


def _time(when: str) -> str:
    try:
        return datetime.strptime(when, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC).isoformat()
    except ValueError:
        return ""


def _move(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        source.rename(target)
        sync_folder(target.parent)
        sync_folder(source.parent)
    except OSError as error:
        raise Unwritable(
            f"{source} could not be moved to {target} ({error.strerror or error}). Nothing was changed."
        ) from error
