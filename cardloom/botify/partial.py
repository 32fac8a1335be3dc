"""The half of a download that is on the disk: `NAME.part`, and beside it what it is a half of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from cardloom.disk import write_private


@dataclass(frozen=True, slots=True)
class Source:
    """What a server said of the file: a validator (ETag or Last-Modified) and its size in bytes."""

    job: str
    validator: str
    total: int | None


class Partial:
    """Bytes so far, and whether a server may be asked for the rest alone."""

    def __init__(self, target: Path, job: str) -> None:
        self.path = target.with_name(target.name + ".part")
        self._note = target.with_name(target.name + ".part.json")
        self._job = job

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def source(self) -> Source | None:
        """What the bytes on the disk are part of; None, and none are left, where that is unknown."""
        try:
            found = json.loads(self._note.read_text(encoding="utf-8"))
            total = found["total"]
            source = Source(str(found["job"]), str(found["validator"]), total and int(total))
        except (OSError, ValueError, KeyError, TypeError):
            source = None
        # Without a validator nobody can say that the rest belongs to what is here.
        if source is None or source.job != self._job or not source.validator or not self.size:
            self.forget()
            return None
        return source

    def begin(self, source: Source) -> None:
        self.forget()
        told = {"job": source.job, "validator": source.validator, "total": source.total}
        write_private(self._note, json.dumps(told), sync=False)

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
