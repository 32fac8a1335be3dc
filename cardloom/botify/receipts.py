"""Receipts: what is known of an export that was asked for, kept before anything is sent.

    no receipt ─▶ asking ─▶ made (its job's number)
                    └─ the answer never came: look for the job, never ask again by itself

A receipt in a file survives a restart; one in memory lives as long as the client.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from cardloom.disk import write_private
from cardloom.errors import Refused


@dataclass(frozen=True, slots=True)
class Receipt:
    """key of the export; `job_id`, "" while asking; `before`: such jobs as were there already."""

    key: str
    job_id: str = ""
    before: tuple[str, ...] = ()
    started: str = ""


class Receipts:
    """Where receipts are kept: in memory, and in a file where one is given."""

    def __init__(self) -> None:
        self._kept: dict[str, Receipt] = {}

    def find(self, key: str, path: Path | None) -> Receipt | None:
        """The receipt of an export. Refused where the file holds another export's."""
        if path is not None and (stored := _read(path)) is not None:
            if stored.key != key:
                raise Refused(
                    f"{path.name} is the receipt of another export. Use a file of its own for each."
                )
            return stored
        return self._kept.get(key)

    def ask(
        self, key: str, before: tuple[str, ...], path: Path | None, *, over: bool = False
    ) -> Receipt | None:
        """Write down that an export is about to be asked for; durable when this returns.

        None where another process wrote its receipt first, unless `over` it: that one asks.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        receipt = Receipt(key, "", before, now)
        if path is None or over:
            return self._keep(receipt, path)
        if not _claim(path, receipt):
            return None
        self._kept[key] = receipt
        return receipt

    def made(self, receipt: Receipt, job_id: str, path: Path | None) -> None:
        self._keep(Receipt(receipt.key, job_id, receipt.before, receipt.started), path)

    def forget(self, key: str, path: Path | None) -> None:
        """Botify certainly made nothing of it."""
        self._kept.pop(key, None)
        if path is not None:
            path.unlink(missing_ok=True)

    def _keep(self, receipt: Receipt, path: Path | None) -> Receipt:
        self._kept[receipt.key] = receipt
        if path is not None:
            write_private(path, json.dumps(asdict(receipt), indent=1))
        return receipt


def _claim(path: Path, receipt: Receipt) -> bool:
    """Write the receipt if there is none; whoever is first asks, and nobody else."""
    mine = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    write_private(mine, json.dumps(asdict(receipt), indent=1))
    try:
        os.link(mine, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        mine.replace(path)
    finally:
        mine.unlink(missing_ok=True)
    return True


def _read(path: Path) -> Receipt | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        before = tuple(str(each) for each in found["before"])
        return Receipt(str(found["key"]), str(found["job_id"]), before, str(found["started"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise Refused(
            f"{path.name} should be the receipt of an export and cannot be read. Look at the exports "
            "in the Botify app before you delete it."
        ) from None
