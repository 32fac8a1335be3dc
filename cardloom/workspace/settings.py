"""The folder that the app works in, and the places inside it.

workspace/
  *.py                your workflows and apps
  runs/<workflow>/<run>/journal.jsonl, files/, draft.json, about.json
  inbox/              incoming/, processing/, completed/, failed/: requests of other programs
  jobs/               the inbox of 0.1: what is dropped there is taken still
  backups/            copies of all this, one folder each
  trash/<time>/<workflow>/<run>/      deleted runs
  suggestions.json    workflows in which earlier answers are suggested
  .cardloom/          server.json and its lock, secrets.json, shares.json and its lock, index.sqlite:
                      private to this machine
  .cardloom/apps/     tables and settings of apps
"""

import os
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
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def old_inbox(self) -> Path:
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
