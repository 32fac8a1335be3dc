"""What can be set, where it is kept, and the names of a workspace's folders.

workspace/
  *.py                your workflows
  runs/<workflow>/<run>/journal.jsonl, files/, draft.json, about.json
  jobs/               incoming/, processing/, completed/, failed/: requests of other programs
  backups/            copies of all this, one folder each
  trash/<time>/<workflow>/<run>/      deleted runs
  suggestions.json    workflows in which earlier answers are suggested
  .cardloom/          server.json and its lock, secrets.json, shares.json and its lock, index.sqlite:
                      private to this machine
  .cardloom/activity/ what happened lately, for the first page
"""

import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cardloom.errors import Missing

PORT = 5001


@dataclass(frozen=True)
class Workspace:
    """The folder the app was started in, and the places inside it."""

    root: Path

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def private(self) -> Path:
        return self.root / ".cardloom"

    @property
    def activity(self) -> Path:
        return self.private / "activity"

    @property
    def requests(self) -> Path:
        return self.root / "jobs"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    def make(self) -> "Workspace":
        """Create what is missing; Missing says it when the folder cannot be used."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self.runs.mkdir(mode=0o700, exist_ok=True)
            self.private.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise Missing(
                f"{self.root} can't be the workspace ({error.strerror}). Choose another folder with "
                "--workspace DIR."
            ) from error
        return self


def find_workspace(given: str | Path | None = None) -> Workspace:
    """The workspace given, else `$CARDLOOM_WORKSPACE`, else the folder one stands in."""
    return Workspace(Path(given or os.environ.get("CARDLOOM_WORKSPACE") or ".").resolve())


def write_private(path: Path, text: str, *, sync: bool = True) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fd, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


class Secrets:
    """The one place of secrets: `$CARDLOOM_SECRET_<NAME>`, else the workspace's secrets.json (600)."""

    def __init__(self, workspace: Workspace) -> None:
        self.path = workspace.private / "secrets.json"

    def get(self, name: str) -> str:
        """The secret called `name`; Missing says how to set it."""
        variable = "CARDLOOM_SECRET_" + re.sub(r"\W", "_", name).upper()
        value = os.environ.get(variable) or self._stored().get(name)
        if not value:
            raise Missing(
                f"The secret {name!r} is not set. Set it with `cardloom secret {name}`, or in the "
                f"environment as {variable}."
            )
        return value

    def set(self, name: str, value: str) -> None:
        """Keep a secret; an empty value forgets it."""
        stored = self._stored()
        stored.pop(name, None)
        if value:
            stored[name] = value
        write_private(self.path, json.dumps(stored, indent=1))

    def _stored(self) -> dict[str, str]:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise Missing(
                f"{self.path} is not JSON. Mend it, or delete it and set again."
            ) from error
        return {str(k): str(v) for k, v in found.items()}
