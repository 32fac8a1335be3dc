"""Export jobs: made once, looked at, waited for. `POST /jobs` is never sent twice by itself.

A job costs credits and Botify knows no key to tell a repeated request by. So the list of jobs is
read first, a receipt is written, the request is sent once, and where its answer does not come the
list is read again. What stays unknown is said, as Unsure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cardloom.botify.curl import Call
from cardloom.botify.errors import (
    BotifyError,
    JobFailed,
    NotThere,
    StillWaiting,
    Stopped,
    TooMany,
    Unavailable,
    Unexpected,
    Unsure,
    one_line,
)
from cardloom.botify.exports import Export
from cardloom.botify.lists import SIZE, all_rows, at, text, whole
from cardloom.botify.patience import backoff
from cardloom.botify.receipts import Receipt, Receipts
from cardloom.botify.transport import Transport

DONE = frozenset({"DONE", "COMPLETE", "COMPLETED", "SUCCESS"})
FAILED = frozenset({"FAILED", "FAILURE", "ERROR", "CANCELLED", "CANCELED"})
_LIST_PAGES = 5  # of the list of jobs, which may hold years
_LOOKED_INTO = 10  # jobs that the list gives without their payload
_SLICE = 0.25  # seconds between two questions whether one still waits
_COMPARED = ("username", "project", "connector", "formatter", "export_size", "query")


@dataclass(frozen=True, slots=True)
class Job:
    """An export at Botify.

    status        Botify's word: CREATED, PROCESSING, DONE, FAILED, or one that is not known
    download_url  where the file lies once it is done; it needs no token and expires
    rows          of the file, None where it is not told
    reason        why it failed
    adopted       the job was there already; nothing was paid for it now
    """

    id: str
    status: str
    download_url: str = ""
    rows: int | None = None
    reason: str = ""
    created: str = ""
    adopted: bool = False

    @property
    def done(self) -> bool:
        return self.status.upper() in DONE

    @property
    def failed(self) -> bool:
        return self.status.upper() in FAILED


def creation(transport: Transport, export: Export) -> Call:
    """The call that makes a job, to be shown before it is sent."""
    return transport.call("POST", "/jobs", export.payload())


async def ask_job(transport: Transport, job_id: str) -> Job:
    path = f"/jobs/{quote(job_id, safe='')}"
    return _job(await transport.get(path), f"GET {path}", job_id)


async def create_job(
    transport: Transport, export: Export, receipts: Receipts, path: Path | None, again: bool
) -> Job:
    """The job of an export: the one that is there, or a new one by one request."""
    receipt = None if again else receipts.find(export.key, path)
    if receipt is not None:
        return await _taken_up(transport, export, receipts, receipt, path)
    there = await _same_or_none(transport, export)
    alive = [] if again else [job for job in there or () if not job.failed]
    before = tuple(job.id for job in there or ())
    if alive:
        newest = max(alive, key=lambda job: job.created)
        receipts.made(Receipt(export.key, before=before), newest.id, path)
        return newest
    asking = receipts.ask(export.key, before, path, over=again)
    if asking is None:
        other = receipts.find(export.key, path) or Receipt(export.key, before=before)
        return await _taken_up(transport, export, receipts, other, path)
    receipt = asking
    try:
        body = await transport.ask(creation(transport, export), again=False)
        job = _job(body, "POST /jobs")
    except BotifyError as error:
        if _certainly_not(error):
            receipts.forget(export.key, path)
            raise
        if there is None and again:
            raise _unsure(str(error)) from None  # an older job of the kind could be taken for it
        return await _found(transport, export, receipts, receipt, path, str(error))
    receipts.made(receipt, job.id, path)
    return job


def _certainly_not(error: BotifyError) -> bool:
    """Whether Botify made no job: it refused, or the request never left."""
    if isinstance(error, Unavailable):
        return not error.sent
    return 400 <= error.http_status < 500 and error.http_status != 408


async def _taken_up(
    transport: Transport, export: Export, receipts: Receipts, receipt: Receipt, path: Path | None
) -> Job:
    if receipt.job_id:
        return replace(await ask_job(transport, receipt.job_id), adopted=True)
    why = "it was asked for before, and the answer never came"
    return await _found(transport, export, receipts, receipt, path, why)


async def _found(
    transport: Transport,
    export: Export,
    receipts: Receipts,
    receipt: Receipt,
    path: Path | None,
    why: str,
) -> Job:
    """The job that a request made whose answer was lost; Unsure if it does not turn up."""
    for attempt in range(max(1, transport.patience.lookups)):
        if attempt:
            await asyncio.sleep(backoff(transport.patience, attempt))
        there = await _same_or_none(transport, export)
        new = [job for job in there or () if job.id not in receipt.before]
        if new:
            job = max(new, key=lambda each: each.created)
            receipts.made(receipt, job.id, path)
            return job
    raise _unsure(why)


def _unsure(why: str) -> Unsure:
    return Unsure(message=one_line(why), endpoint="POST /jobs")


async def _same_or_none(transport: Transport, export: Export) -> list[Job] | None:
    """The listed jobs that ask for the same; None where the list cannot be had."""
    project = export.project.slug
    call = transport.call("GET", "/jobs", job_type="export", project=project, page=1, size=SIZE)
    try:
        rows = await all_rows(transport, call, pages=_LIST_PAGES, whole=False)
        return [
            replace(_job(row, "GET /jobs"), adopted=True)
            for row in await _with_payload(transport, rows)
            if _asks_the_same(row, export) and _number(row)
        ]
    except BotifyError:
        return None


async def _with_payload(transport: Transport, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    bare = [row for row in rows if not isinstance(row.get("payload"), dict) and _number(row)]
    whole_rows = [row for row in rows if isinstance(row.get("payload"), dict)]
    for row in bare[:_LOOKED_INTO]:
        try:
            body = await transport.get(f"/jobs/{quote(_number(row), safe='')}")
        except NotThere:
            continue
        whole_rows += [body] if isinstance(body, dict) else []
    return whole_rows


def _asks_the_same(row: dict[str, Any], export: Export) -> bool:
    theirs, ours = row.get("payload"), export.payload()["payload"]
    return isinstance(theirs, dict) and all(theirs.get(key) == ours[key] for key in _COMPARED)


async def wait_for(
    transport: Transport,
    job_id: str,
    report: Callable[[float, float | None, str], object] | None,
    cancelled: Callable[[], bool] | None,
) -> Job:
    """Look at a job until it is done.

    Raises JobFailed, StillWaiting, Stopped; NotThere where the job is gone; BadToken, NoAccess.
    Anything that may pass is waited out.
    """
    patience, clock = transport.patience, asyncio.get_running_loop().time
    begun, pause = clock(), patience.poll_first
    while True:
        try:
            job = await ask_job(transport, job_id)
            note = f"Botify says {job.status}"
        except (TooMany, Unavailable, Unexpected) as error:
            job, note = None, error.what
        if job is not None and job.done:
            return job
        if job is not None and job.failed:
            raise JobFailed(message=job.reason, endpoint=f"GET /jobs/{job_id}")
        elapsed = clock() - begun
        if elapsed >= patience.job_seconds:
            raise StillWaiting(message=note, endpoint=f"GET /jobs/{job_id}")
        if report is not None:
            report(round(elapsed), None, note)
        await _pause(min(pause, patience.job_seconds - elapsed), cancelled, job_id)
        pause = min(pause * 1.5, patience.poll_longest)


async def _pause(seconds: float, cancelled: Callable[[], bool] | None, job_id: str) -> None:
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    while True:
        if cancelled is not None and cancelled():
            raise Stopped(endpoint=f"GET /jobs/{job_id}")
        left = until - clock()
        if left <= 0:
            return
        await asyncio.sleep(min(left, _SLICE))


def _job(body: Any, endpoint: str, asked: str = "") -> Job:
    found = _number(body) or asked
    if not isinstance(body, dict) or not found:
        raise Unexpected("The answer names no job", endpoint=endpoint)
    results = body.get("results")
    rows = (at(results, name) for name in ("nb_lines", "row_count", "nb_results"))
    return Job(
        id=found,
        status=text(body.get("job_status")) or text(body.get("status")) or "unknown",
        download_url=text(at(results, "download_url")),
        rows=next((n for each in rows if (n := whole(each)) is not None), None),
        reason=_reason(body),
        created=text(body.get("date_created")),
    )


def _number(body: Any) -> str:
    """A job's number, which is a number or a text, or the end of its address."""
    found = text(at(body, "job_id"))
    return found or text(at(body, "job_url")).partition("?")[0].rstrip("/").rpartition("/")[2]


def _reason(body: dict[str, Any]) -> str:
    """Why a job failed, in any of the shapes that were seen or could be."""
    for place in (body, at(body, "results"), at(body, "metadata")):
        error = at(place, "error")
        if isinstance(error, dict) and error.get("message"):
            return one_line(error["message"])
        for value in (error, at(place, "failure_reason"), at(place, "message")):
            if isinstance(value, str) and value:
                return one_line(value)
    return "it gives no reason" if text(body.get("job_status")).upper() in FAILED else ""
