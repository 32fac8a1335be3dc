"""The four folders of an inbox: every move is one rename, and nothing is ever written over.

incoming/x.json                     dropped by another program
processing/x.json                   taken by the server
processing/x.json.began             which run, and where its journal stood: read after a crash
processing/x.json.result            the outcome, whole; from here on the request is done
completed/x.json, failed/x.json     the outcome in its place
failed/x.json.refused               what could not be read as a request, as it came
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cardloom.disk import write_private
from cardloom.errors import Refused
from cardloom.journal import dumps, now, sync_folder
from cardloom.runs import safe_name
from cardloom.workspace import Workspace

FOLDERS = ("incoming", "processing", "completed", "failed")


class Inbox:
    """The folders below `root`. One process at a time works on them: the workspace's server."""

    def __init__(self, root: Path, clock: Callable[[], datetime] = now) -> None:
        self.root = root
        self._clock = clock
        self.incoming, self.processing, self.completed, self.failed = (
            root / name for name in FOLDERS
        )

    def make(self) -> "Inbox":
        """Create what is missing, for the owner alone; Refused where a folder is a link elsewhere."""
        for folder in (self.root, self.incoming, self.processing, self.completed, self.failed):
            if folder.is_symlink():
                raise Refused(f"{folder} is a link. Requests are taken from a real folder only.")
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self

    def waiting(self) -> list[Path]:
        """What lies in `incoming`, by name. Hidden, `.part` and `.tmp` names are not there yet."""
        names = sorted(os.listdir(self.incoming))  # noqa: PTH208 - names of any bytes
        return [
            self.incoming / name
            for name in names
            if not name.startswith(".") and not name.endswith((".part", ".tmp", "~"))
        ]

    def begun(self) -> list[Path]:
        """What an earlier server was working on; outcomes that were ready are put in their place."""
        for ready in sorted(self.processing.glob("*.result")):
            self._publish(ready)
        return sorted(path for path in self.processing.glob("*.json") if path.is_file())

    def take(self, path: Path) -> Path:
        """Move a request from `incoming` to `processing`; its path there."""
        target = _free(self.processing, safe_name(path.name), self._clock())
        path.rename(target)
        sync_folder(self.processing)
        return target

    def refuse(self, path: Path, sentence: str) -> None:
        """Move what is no request to `failed` as it is, and say why beside it."""
        name = safe_name(path.name)
        kept = _free(self.failed, f"{name}.refused", self._clock())
        path.rename(kept)
        told = {"status": "refused", "error": sentence, "original": kept.name, "at": self._at()}
        target = _free(self.failed, _json(name), self._clock())
        # Not synced: ten thousand wrong files must not keep the disk busy, and no run hangs on them.
        write_private(target, dumps(told) + "\n", sync=False)

    def began(self, path: Path) -> dict[str, Any]:
        """What an earlier attempt at this request wrote down; empty for the first one."""
        try:
            found = json.loads(path.with_name(path.name + ".began").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def begin(self, path: Path, run: str, n: int) -> None:
        """Write down which run this request is about, and at which event it began."""
        about = {"run": run, "n": n, "at": self._at()}
        write_private(path.with_name(path.name + ".began"), dumps(about))
        sync_folder(self.processing)

    def finish(self, path: Path, result: dict[str, Any]) -> Path:
        """Put the outcome into `completed` or `failed`; its path there. The request is then gone."""
        ready = path.with_name(path.name + ".result")
        write_private(ready, dumps({**result, "finished": self._at()}) + "\n")
        sync_folder(self.processing)
        return self._publish(ready)

    def _publish(self, ready: Path) -> Path:
        name = ready.name.removesuffix(".result")
        for left in (name, f"{name}.began"):
            (self.processing / left).unlink(missing_ok=True)
        status = json.loads(ready.read_text(encoding="utf-8")).get("status")
        folder = self.completed if status in ("done", "waiting") else self.failed
        target = _free(folder, _json(name), self._clock())
        ready.rename(target)
        sync_folder(folder)
        return target

    def _at(self) -> str:
        return (
            self._clock().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        )


def inboxes_of(workspace: Workspace) -> list[Inbox]:
    """The workspace's inbox, and the one of 0.1 where there is one."""
    old = Inbox(workspace.old_inbox)
    return [Inbox(workspace.inbox), *([old] if old.incoming.is_dir() else [])]


def _json(name: str) -> str:
    return name if name.endswith(".json") else f"{name}.json"


def _free(folder: Path, name: str, moment: datetime) -> Path:
    """A path in `folder` that nothing has: `name`, or with the time, or with the time and a count."""
    path, count = folder / name, 1
    stem, dot, ending = name.partition(".json")
    stamped = f"{stem}-{moment.astimezone(UTC):%Y%m%dT%H%M%S%f}"
    while os.path.lexists(path):
        path = folder / f"{stamped}{'' if count == 1 else f'-{count}'}{dot}{ending}"
        count += 1
    return path
