"""The emulator's answers that compute: queries, and export jobs."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from cardloom.apps.botify.emulator.bql import Bad, Query
from cardloom.apps.botify.emulator.desk import DESK, Desk, page_of, refused, told
from cardloom.apps.botify.emulator.ledger import Record, failure
from cardloom.apps.botify.emulator.listing import Absent, asked_project, project_of

_MOST = 1000  # rows of one page of a query
_NEEDED = ("username", "project", "connector", "formatter", "export_size", "query")


async def query(request: web.Request) -> web.Response:
    desk, project = request.app[DESK], asked_project(request)
    try:
        asked = Query(project, await _json(request))
        rows = [{"dimensions": dims, "metrics": metrics} for dims, metrics in asked.rows()]
    except Bad as error:
        return refused(400, error.code, str(error))
    grouped = bool(asked.names) and asked.names[0].endswith(".depth")
    if grouped and desk.faults.take("query", "no-grouping"):
        return refused(400, 1044, "The query cannot be executed")
    return page_of(desk, request, rows, _MOST)


async def create(request: web.Request) -> web.Response:
    desk, body = request.app[DESK], await _json(request)
    inside = body.get("payload") if isinstance(body, dict) else None
    if not isinstance(inside, dict) or body.get("job_type") != "export":
        return refused(400, 1016, "Fields job_type and payload are mandatory")
    for key in _NEEDED:
        if key not in inside:
            return refused(400, 1016, f"Field payload.{key} is mandatory")
    if inside["connector"] != "direct_download" or inside["formatter"] != "csv":
        return refused(400, 1020, "The emulator knows direct_download and csv only")
    size = inside["export_size"]
    if not isinstance(size, int) or not 0 < size <= 10_000_000:
        return refused(400, 1020, "export_size is out of bounds")
    project = project_of(desk, str(inside["username"]), str(inside["project"]))
    record = desk.ledger.make(project, body, desk.faults)
    return told(_shown(desk, record, "CREATED"), 201)


async def jobs(request: web.Request) -> web.Response:
    desk = request.app[DESK]
    if desk.faults.take("jobs", "unlisted"):
        return refused(404, 1006, "Not found")
    records = sorted(desk.ledger.jobs.values(), key=lambda record: -record.number)
    if records and desk.faults.take("jobs", "late-list"):
        records = records[1:]
    wanted = request.query.get("project")
    kind = request.query.get("job_type")
    rows = [
        _shown(desk, record, _listed(record))
        for record in records
        if wanted in (None, record.body["payload"]["project"])
        and kind in (None, record.body["job_type"])
    ]
    if desk.faults.take("jobs", "bare-list"):
        for row in rows:
            del row["payload"]
    return page_of(desk, request, rows)


def _listed(record: Record) -> str:
    """A job's status in the list, which is no look at it."""
    if record.failure or any(name.startswith("failed") for name in record.odd):
        return "FAILED"
    return "DONE" if record.work is not None and record.work.done() else "PROCESSING"


async def job(request: web.Request) -> web.Response:
    desk, number = request.app[DESK], request.match_info["number"]
    record = desk.ledger.jobs.get(int(number)) if number.isdigit() else None
    if record is None or "vanished" in record.odd:
        return refused(404, 1006, "Url export not found")
    return told(_shown(desk, record, await desk.ledger.status(record)))


def _shown(desk: Desk, record: Record, status: str) -> dict[str, Any]:
    number: Any = record.number
    path = f"/v1/jobs/{number}"
    absolute = desk.faults.take("job", "absolute-url") is not None
    shown: dict[str, Any] = {
        "job_id": str(number) if desk.faults.take("job", "text-ids") else number,
        "job_type": record.body["job_type"],
        "job_url": desk.url.removesuffix("/v1") + path if absolute else path,
        "job_status": status,
        "payload": record.body["payload"],
        "results": None,
        "date_created": record.created.isoformat().replace("+00:00", "Z"),
        "user": desk.world.user,
        "metadata": None,
    }
    if desk.faults.take("job", "no-ids"):
        del shown["job_id"]
    if status in ("DONE", "COMPLETE") and "no-url" not in record.odd:
        packed = "zip" if "zip" in record.odd else "csv.gz"
        url = f"{desk.files_url}/exports/{number}/export.{packed}"
        shown["results"] = {"download_url": url, "nb_lines": record.rows}
    if status == "FAILED":
        shown |= failure(record)
    return shown


async def _json(request: web.Request) -> Any:
    try:
        return await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise Absent(refused(400, 1020, "Badly formatted request")) from None
