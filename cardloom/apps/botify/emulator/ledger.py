"""The emulator's jobs and what they cost: every `POST /jobs` is counted, whatever became of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cardloom.apps.botify.emulator.bql import Bad, Query
from cardloom.apps.botify.emulator.faults import Faults
from cardloom.apps.botify.emulator.files import SHAPES, write_file
from cardloom.apps.botify.emulator.world import Emulated

FATES = (
    *("failed-message", "failed-reason", "failed-null", "unknown-status", "complete", "vanished"),
    *("stuck", "no-url"),
)


@dataclass
class Record:
    """One job. `looks` is how often it was looked at; `work` makes its file."""

    number: int
    body: dict[str, Any]
    created: datetime
    odd: dict[str, str]
    file: Path
    looks: int = 0
    rows: int = 0
    failure: str = ""
    work: asyncio.Task[None] | None = None


@dataclass
class Ledger:
    """All jobs, how often one was asked for, and the credits they cost."""

    folder: Path
    created_looks: int = 1
    processing_looks: int = 1
    posts: int = 0
    credits: float = 0.0
    jobs: dict[int, Record] = field(default_factory=dict)

    def make(self, project: Emulated, body: dict[str, Any], faults: Faults) -> Record:
        """A new job, at work from now on. A query that is wrong makes a job that will fail."""
        number = 1001 + len(self.jobs)
        odd = {}
        for name in (*SHAPES, *FATES):
            if fault := faults.take("job", name):
                odd[name] = fault.value
        # Two jobs made in one instant still have an order.
        created = datetime.now(UTC) + timedelta(microseconds=number)
        record = Record(number, body, created, odd, self.folder / f"{number}.bin")
        self.jobs[number] = record
        record.work = asyncio.create_task(self._work(project, record))
        return record

    async def _work(self, project: Emulated, record: Record) -> None:
        inside = record.body["payload"]
        extra = inside.get("extra_config") or {}
        kind = "zip" if "zip" in (extra.get("filetype"), extra.get("compression")) else "gzip"
        try:
            query = Query(project, inside["query"])
            asked = (int(inside["export_size"]), inside.get("formatter_config") or {})
            record.rows = await asyncio.to_thread(
                write_file, record.file, query, *asked, record.odd, kind
            )
        except Bad as error:
            record.failure = str(error)
            return
        if not any(name.startswith("failed") for name in record.odd):
            self.credits += record.rows / 10 if query.of_links else record.rows

    async def status(self, record: Record) -> str:
        """A job's status at one more look at it."""
        record.looks += 1
        if "stuck" in record.odd:
            return "PROCESSING"
        if record.looks <= self.created_looks:
            return "CREATED"
        if "unknown-status" in record.odd and record.looks <= self.created_looks + 2:
            return record.odd["unknown-status"] or "SHUFFLING"
        if record.looks <= self.created_looks + self.processing_looks:
            return "PROCESSING"
        if record.work is not None and not record.work.done():
            return "PROCESSING"
        if record.failure or any(name.startswith("failed") for name in record.odd):
            return "FAILED"
        return "COMPLETE" if "complete" in record.odd else "DONE"

    async def close(self) -> None:
        for record in self.jobs.values():
            if record.work is not None:
                await asyncio.gather(record.work, return_exceptions=True)


def failure(record: Record) -> dict[str, Any]:
    """What a failed job says, in the shape that was asked for."""
    why = record.failure or "The export could not be made"
    if "failed-null" in record.odd:
        return {"results": None}
    if "failed-reason" in record.odd:
        return {"results": {"failure_reason": why}}
    return {"results": None, "error": {"message": why, "type": "ExportError"}}
