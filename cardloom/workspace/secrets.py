"""Secrets of a workspace: tokens and passwords, in one place, never journaled, logged or shown."""

import json
import os
import re

from cardloom.disk import write_private
from cardloom.errors import Missing
from cardloom.workspace.settings import Workspace


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
