"""An export from the order to the file: what is there is used, what was asked for is taken up.

    the file is there ─▶ use it
    else  a job, remembered ─▶ wait ─▶ download ─▶ the file, and a note of what it is

It asks for a job again only where Botify says that the one before has failed, or where a person has
said `anew`; and for each such decision once, however often it is cut off in the middle.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cardloom.botify.client import Client, Report
from cardloom.botify.download import Download
from cardloom.botify.errors import BadRequest, Expired, Unsure
from cardloom.botify.exports import Export
from cardloom.botify.jobs import Job
from cardloom.botify.kept import (
    Note,
    bring_back,
    digest,
    examine,
    has_arrived,
    is_whole,
    make_folder,
    read_note,
    replace_with,
    write_note,
)

Once = Callable[[str, Callable[[], Any]], Awaitable[Any]]
_LOOK = 0.5  # seconds between two looks whether it is our turn
_TRIES = 50  # jobs that Botify let fail, one after the other


@dataclass(frozen=True, slots=True)
class Obtained:
    """A file that is there: `path`, its `note`, whether it was there `before`, and whether the job
    was `adopted`: Botify had it already, and nothing was paid now."""

    path: Path
    note: Note
    before: bool
    adopted: bool

    def told(self, workspace: Path) -> dict[str, Any]:
        """The same as plain data, for a card's value; the path as it is below the workspace."""
        known = asdict(self.note) | {"columns": list(self.note.columns)}
        where = self.path.relative_to(workspace).as_posix()
        return {"path": where, **known, "before": self.before, "adopted": self.adopted}


async def check_exports(client: Client, exports: Sequence[Export]) -> dict[str, Any]:
    """One row of each export, which is free: a page with its columns, of the last.

    Raises BadRequest with Botify's words for each column that can't be had.
    """
    sample: dict[str, Any] = {}
    for export in exports:
        probe = await client.probe(export)
        if not probe.good:
            named = "; ".join(f"{name}: {why}" for name, why in probe.refused.items())
            raise BadRequest(
                f"Botify would refuse the export of {export.kind}",
                message=named or probe.message,
                advice="Nothing was paid. Change the attributes, or choose another crawl.",
            )
        sample = probe.sample
    return sample


async def obtain(
    client: Client,
    export: Export,
    path: Path,
    *,
    once: Once,
    anew: bool = False,
    depth: int | None = None,
    report: Report | None = None,
    turn: Callable[[], bool] | None = None,
) -> Obtained:
    """The file of an export at `path`; used where it is there, else asked for and fetched.

    once   `run.once`: what it remembers outlives a restart
    anew   make a new job, paid again, though Botify may have one: a person's decision
    depth  for the note beside the file
    turn   says whether it is this caller's turn at `path`, where others may want the same file;
           asked until it is

    A file of another export (another depth, other columns) keeps a name of its own when this one
    takes its place. Raises what `create_job`, `wait` and `download` raise.
    """
    make_folder(path.parent)
    while turn is not None and not turn():
        if report is not None:
            report(0, None, "Another run is fetching this file")
        await asyncio.sleep(_LOOK)
    if (found := use(path, export)) is not None:
        return found
    if bring_back(path, export.key):
        return Obtained(path, read_note(path), True, False)
    job = await _job(client, export, path, once, anew)
    if has_arrived(path, export.key):  # and then it was cut off
        return _arrived(export, job, path, depth)
    try:
        done = await client.wait(job, report=report)
        replace_with(path, export.key)
        got = await client.download(done, export, path, report=report)
    except Expired as error:
        raise _advised(error) from None
    return _noted(export, job, got, depth)


def use(path: Path, export: Export | None = None) -> Obtained | None:
    """The file at `path` without asking anyone; None where it is not there.

    With an `export` only a file of that one, or one from elsewhere, will do.
    """
    if not is_whole(path):
        return None
    note = read_note(path)
    fits = export is None or note.key in ("", export.key)
    return Obtained(path, note, True, False) if fits else None


async def _job(client: Client, export: Export, path: Path, once: Once, anew: bool) -> Job:
    mark = await once("anew", _mark) if anew else ""
    for number in range(1, _TRIES):
        name = "-".join(part for part in (export.key, mark, str(number)) if part)
        receipt = path.parent / "receipts" / f"{name}.json"
        asked = False

        async def ask(receipt: Path = receipt) -> dict[str, Any]:
            nonlocal asked
            asked = True
            # A receipt that is there says that this very decision was carried out, or begun.
            again = anew and not receipt.exists()
            job = await client.create_job(export, receipt=receipt, again=again)
            return {"job": job.id, "adopted": job.adopted}

        try:
            known = await once(f"job {number}", ask)
        except Unsure as error:
            raise _advised(
                error,
                "Look at the exports in the Botify app first; Retry looks for it again and costs nothing.",
            ) from None
        job = await client.job(known["job"])
        if asked or not job.failed:
            return Job(
                job.id, job.status, job.download_url, job.rows, job.reason, "", known["adopted"]
            )
    raise RuntimeError(f"Botify let {_TRIES} exports fail, one after the other.")


def _mark() -> str:
    return os.urandom(4).hex()


def _advised(error: Expired | Unsure, more: str = "") -> Expired | Unsure:
    """The same error with what to do about it here, where a person decides on a card."""
    return type(error)(
        message=error.message,
        http_status=error.http_status,
        endpoint=error.endpoint,
        advice=f"To make a new one, which is paid again, change “Export?”. {more}".strip(),
    )


def _arrived(export: Export, job: Job, path: Path, depth: int | None) -> Obtained:
    found = examine(path)
    note = replace(
        found, key=export.key, depth=depth, job=job.id, cut_off=found.rows >= export.size
    )
    write_note(path, note)
    return Obtained(path, note, True, job.adopted)


def _noted(export: Export, job: Job, got: Download, depth: int | None) -> Obtained:
    note = Note(
        key=export.key,
        rows=got.rows,
        received=got.received,
        incomplete=got.incomplete,
        cut_off=got.cut_off,
        depth=depth,
        columns=export.columns,
        job=job.id,
        size=got.path.stat().st_size,
        sha256=digest(got.path),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    write_note(got.path, note)
    return Obtained(got.path, note, False, job.adopted)
