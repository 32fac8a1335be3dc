"""The client: the calls that a link graph needs, one method each, in the order of the story.

    profile → projects → analyses → fields, depths → probe → create_job → wait → download

It holds the session and the token, and nothing else is remembered but which exports it asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Self

from cardloom.botify import jobs
from cardloom.botify.address import API, ProjectAddress
from cardloom.botify.analyses import Analysis, ask_analyses, ask_features
from cardloom.botify.curl import Call
from cardloom.botify.depths import Depths, ask_depths, count_links
from cardloom.botify.download import Download, fetch, write
from cardloom.botify.errors import Expired, JobFailed, StillWaiting
from cardloom.botify.exports import Export
from cardloom.botify.fields import Collection, Field, ask_collections, ask_fields
from cardloom.botify.jobs import Job
from cardloom.botify.patience import Patience
from cardloom.botify.probe import Probe, ask_probe
from cardloom.botify.projects import Profile, Project, ask_profile, ask_projects
from cardloom.botify.receipts import Receipts
from cardloom.botify.transport import Transport

Report = Callable[[float, float | None, str], object]


class Client:
    """Use as `async with Client(token) as client`.

    token     as it was copied from app.botify.com/account; sent to the API's host only
    base      the API's address; the emulator's, to try things out
    patience  pace, retries and waits
    on_call   hears of each `Call` before it is sent: the way to show them

    Every method raises the errors of this room. ValueError for a token or base that cannot be one.
    """

    def __init__(
        self,
        token: str,
        base: str = API,
        *,
        patience: Patience | None = None,
        on_call: Callable[[Call], object] | None = None,
    ) -> None:
        self._transport = Transport(token, base, patience or Patience(), on_call)
        self._receipts = Receipts()
        self._turns: dict[str, asyncio.Lock] = {}

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._transport.__aexit__(*error)

    def __repr__(self) -> str:
        return f"Client({self._transport.base})"

    async def profile(self) -> Profile:
        """Whose token it is: the cheapest proof that it works."""
        return await ask_profile(self._transport)

    async def projects(self, org: str | None = None) -> list[Project]:
        """The projects of an organisation or a user, by name; without `org` of the token's owner."""
        owner = org or (await self.profile()).username
        return await ask_projects(self._transport, owner)

    async def analyses(self, project: ProjectAddress, only_success: bool = True) -> list[Analysis]:
        """The analyses of a project, all pages of the list, newest first."""
        return await ask_analyses(self._transport, project, only_success)

    async def features(self, project: ProjectAddress, analysis: str) -> dict[str, object]:
        """What is switched on in a crawl, by Botify's names; `links` is None without link graph."""
        return await ask_features(self._transport, project, analysis)

    async def collections(self, project: ProjectAddress) -> list[Collection]:
        """The collections of a project; `search_console` is among them where it is connected."""
        return await ask_collections(self._transport, project)

    async def fields(
        self, project: ProjectAddress, analysis: str, collection: str = ""
    ) -> list[Field]:
        """The fields of a crawl, or of another `collection`."""
        name = collection or f"crawl.{analysis}"
        return await ask_fields(self._transport, project, name)

    async def depths(self, project: ProjectAddress, analysis: str) -> Depths:
        """Pages and links at every depth, by one query: what an export would have in it."""
        return await ask_depths(self._transport, project, analysis)

    async def count_links(self, project: ProjectAddress, analysis: str, depth: int) -> int:
        """Links of the pages up to a depth, by the query that is best proved."""
        return await count_links(self._transport, project, analysis, depth)

    async def probe(self, export: Export) -> Probe:
        """One row of an export, free of credits: whether all its columns can be had, and which not."""
        return await ask_probe(self._transport, export)

    def creation(self, export: Export) -> Call:
        """The call with which `create_job` would make the job, to be shown before."""
        return jobs.creation(self._transport, export)

    async def create_job(
        self, export: Export, *, receipt: Path | None = None, again: bool = False
    ) -> Job:
        """The job of an export; this may cost credits, once.

        A job for the same that is there already, and has not failed, is taken (`adopted`). Else
        one request is sent, once. Where its answer is lost the job is looked for, and Unsure is
        raised if it does not turn up.

        receipt  a file in which to note what was asked, before it is: with it the same holds over
                 restarts. One file for each export
        again    make a new job although there may be one: after Unsure, JobFailed or Expired, and
                 by a person's decision only
        """
        async with self._turns.setdefault(export.key, asyncio.Lock()):
            return await jobs.create_job(self._transport, export, self._receipts, receipt, again)

    async def job(self, job_id: str) -> Job:
        """A job as it stands at Botify now."""
        return await jobs.ask_job(self._transport, job_id)

    async def wait(
        self,
        job: Job | str,
        *,
        report: Report | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Job:
        """The job when it is done. `report(seconds, None, note)` fits `run.progress`.

        Raises JobFailed; StillWaiting after `patience.job_seconds`; Stopped once `cancelled()` is
        true, which is asked four times a second; NotThere where the job is gone.
        """
        number = job if isinstance(job, str) else job.id
        return await jobs.wait_for(self._transport, number, report, cancelled)

    async def download(
        self, job: Job | str, export: Export, path: Path, *, report: Report | None = None
    ) -> Download:
        """Write the file of a job that is done to `path`, as CSV with the columns of `export`.

        What was downloaded before a break is gone on with, also by the next call. An address that
        has expired is asked for once more. `report(done, total, note)` counts bytes, then rows.
        Raises Expired, WrongFile, Unavailable, StillWaiting, JobFailed; OSError of the disk.
        """
        number = job if isinstance(job, str) else job.id
        known = await self.job(number) if isinstance(job, str) or not job.download_url else job
        patience, base = self._transport.patience, self._transport.base
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part = await fetch(_place(known), path, number, base, patience, report)
        except Expired:
            fresh = await self.job(number)
            if fresh.download_url == known.download_url:
                raise
            part = await fetch(_place(fresh), path, number, base, patience, report)
        return await write(part, export, path, report)


def _place(job: Job) -> str:
    if job.failed:
        raise JobFailed(message=job.reason, endpoint=f"GET /jobs/{job.id}")
    if not job.done:
        raise StillWaiting(message=f"Botify says {job.status}", endpoint=f"GET /jobs/{job.id}")
    return job.download_url
