"""Files that a person shared on purpose, under an unguessable token, until they stop it.

    .cardloom/shares.json    {token: {"run", "born", "card", "at", "files": {"links.csv": …}}}

A share holds for exactly the files of the moment it was made: one that has changed since, or whose
run was deleted or started over, gives nothing. A file that can't be read shares nothing.
"""

import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from cardloom.disk import write_private
from cardloom.errors import Refused
from cardloom.journal import FileLock, now, stamp
from cardloom.runs.run import Run
from cardloom.types import Json
from cardloom.workspace.settings import Workspace

_PATIENCE = 5.0  # seconds that another process may be at the list


@dataclass(frozen=True)
class Held:
    """One shared file: where it lies, and what it was when it was shared."""

    place: str
    size: int
    changed: int  # ns


@dataclass(frozen=True)
class Share:
    """What one token gives: files of one card, by the name under which they are given."""

    token: str
    run: str
    born: str  # when the run was created: who starts it over shares nothing of the new one
    card: str
    at: str
    files: Mapping[str, Held]


class Shares:
    """The shares of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.path = workspace.private / "shares.json"

    def find(self, token: str) -> Share | None:
        """The share with this token."""
        # All are compared, and each to its end: how long it takes tells nothing of a token.
        sought = token.encode()
        right = [s for s in self._read() if hmac.compare_digest(s.token.encode(), sought)]
        return right[0] if right else None

    def of(self, run: Run, card: str) -> Share | None:
        """What is shared of this card of the run."""
        born = run.state().created_at
        return next(
            (s for s in self._read() if (s.run, s.born, s.card) == (run.name, born, card)), None
        )

    def share(self, run: Run, card: str, files: Mapping[str, Path]) -> Share:
        """Share these files of the card, by the names they are to have, under a new token.

        What was shared of the card before is shared no more.
        """
        made = Share(
            secrets.token_urlsafe(32),
            run.name,
            run.state().created_at,
            card,
            stamp(now()),
            {name: _hold(path) for name, path in files.items()},
        )
        self._change(lambda shares: [*_without(shares, run.name, card), made])
        return made

    def stop(self, run: Run, card: str) -> None:
        """Share nothing of this card any more."""
        self._change(lambda shares: _without(shares, run.name, card))

    def forget(self, run: str) -> None:
        """Share nothing of the run of this name any more."""
        if any(share.run == run for share in self._read()):
            self._change(lambda shares: [share for share in shares if share.run != run])

    def path_of(self, share: Share, name: str) -> Path | None:
        """The shared file `name`, if it is there and as it was when it was shared."""
        held = share.files.get(name)
        if held is None:
            return None
        path = Path(held.place)
        try:
            return path if path.resolve() == path and _hold(path) == held else None
        except (OSError, ValueError):
            return None

    def _read(self) -> list[Share]:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
            return [_share(token, told) for token, told in found.items()]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return []

    def _change(self, change: Callable[[list[Share]], list[Share]]) -> None:
        """Write the list anew; never over what another process has just stopped."""
        claim = FileLock(self.path.with_suffix(".lock"))
        end = time.monotonic() + _PATIENCE
        while not claim.take():
            if time.monotonic() > end:
                raise Refused(
                    f"Another process holds {claim.path}. Nothing was changed; try again."
                )
            time.sleep(0.005)
        try:
            shares = {share.token: asdict(share) for share in change(self._read())}
            for told in shares.values():
                del told["token"]
            write_private(self.path, json.dumps(shares, indent=1) + "\n")
        finally:
            claim.free()


def _hold(path: Path) -> Held:
    found = path.stat()
    return Held(str(path), found.st_size, found.st_mtime_ns)


def _share(token: str, told: dict[str, Json]) -> Share:
    files = {str(name): Held(**held) for name, held in told["files"].items()}
    return Share(token, told["run"], told["born"], told["card"], told["at"], files)


def _without(shares: list[Share], run: str, card: str) -> list[Share]:
    return [share for share in shares if (share.run, share.card) != (run, card)]
