"""A run as a download, of every kind of export.

An export is always a download, never a page of this origin: what stands in it came from anywhere.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from fasthtml.core import APIRouter
from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from cardloom.reports import file_name, kind_of, kinds_of
from cardloom.runs import Run
from cardloom.ui.tags import A, Details, Div, Part, Small, Summary
from cardloom.web.context import context_of, moment_of, run_address

routes = APIRouter()

IN_MEMORY = 8_000_000  # bytes of an export; a larger one waits in a temporary file
CHUNK = 1 << 18


@routes("/runs/{workflow}/{name}/export/{kind}", methods=["GET"])
async def download(request: Request, workflow: str, name: str, kind: str) -> Response:
    """The run as a file of this kind; `?at=n` as it was at event n. Changes nothing."""
    run = context_of(request).store.find(workflow, name)
    wanted, at = kind_of(kind), moment_of(request, run)
    # A run of its own for the thread: the page's belongs to the loop.
    apart = Run(run.folder, run.workflow)
    # Closed when it has been sent.
    out = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115
    try:
        await asyncio.to_thread(wanted.write, apart, at, out)
    except BaseException:
        out.close()
        raise
    finally:
        apart.journal.close()
    size = out.tell()
    return StreamingResponse(
        iterate_in_threadpool(_chunks(out)),
        media_type=wanted.media_type,
        headers={
            "content-length": str(size),
            "content-disposition": f'attachment; filename="{file_name(run, kind)}"',
            "content-security-policy": "sandbox; default-src 'none'",
        },
    )


def _chunks(out: BinaryIO) -> Iterator[bytes]:
    with out:
        out.seek(0)
        while chunk := out.read(CHUNK):
            yield chunk


def menu(run: Run, at: int | None = None) -> Part:
    """The links to every kind of export, folded away; `at` is the event that the page shows."""
    query = f"?at={at}" if at is not None else ""
    links = [
        A(
            kind.label,
            Small(f".{kind.ending}"),
            href=run_address(run, "export", name) + query,
            download=file_name(run, name),
        )
        for name, kind in kinds_of(run).items()
    ]
    summary = Summary("Export", role="button", cls="secondary small")
    return Details(summary, Div(*links, cls="popover"), cls="pop", id="export")


def alone(run: Run, at: int | None = None) -> Part:
    """The acts of a run with which nothing else can be done now: its past, or a damaged one."""
    return Div(menu(run, at), id="run-acts", cls="buttons")
