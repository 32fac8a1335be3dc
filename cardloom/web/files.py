"""Files of a run, and the app's own static files.

A run's file may hold anything, a crawled page's HTML for instance: it is given to be saved, or, for
pictures and data that the page itself draws, shown under a type that runs nothing.
"""

from pathlib import Path

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse

from cardloom.errors import NotFound
from cardloom.web.context import STATIC, below, context_of

routes = APIRouter()

SHOWN = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
}
STATIC_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@routes("/runs/{workflow}/{name}/files/{shown:path}", methods=["GET"])
async def run_file(request: Request, workflow: str, name: str, shown: str) -> Response:
    """A published file of the run."""
    run = context_of(request).store.find(workflow, name)
    if below(run.files.root, shown) is None:
        raise NotFound(f"There is no file {shown[:80]!r} in this run.")
    path = run.files.find(shown)
    ending = path.suffix.lower()
    kind = SHOWN.get(ending, "application/octet-stream")
    asks_to_save = ending not in SHOWN or ending == ".csv"
    answer = FileResponse(
        path,
        media_type=kind,
        filename=path.name if asks_to_save else None,
        stat_result=path.stat(),
        # A run that starts over publishes other files under the same names.
        headers={
            "cache-control": "private, no-cache",
            "content-security-policy": "sandbox; default-src 'none'",
        },
    )
    # A map is megabytes, asked for again with each look at its card; ranges Starlette knows itself.
    return NotModifiedResponse(answer.headers) if has_it(request, answer) else answer


def has_it(request: Request, answer: FileResponse) -> bool:
    """Whether the browser holds these bytes already (RFC 9110, 13.1.2)."""
    tags = request.headers.get("if-none-match", "").split(",")
    return answer.headers["etag"] in [tag.strip().removeprefix("W/") for tag in tags]


@routes("/static/{version}/{name:path}", methods=["GET"])
async def static_file(request: Request, version: str, name: str) -> Response:
    """A file of the app itself."""
    path, kind = below(STATIC, name), STATIC_TYPES.get(Path(name).suffix)
    if path is None or kind is None:
        raise NotFound("There is no such file.")
    # Read here and now: the first page waits for five of them, and a thread for each would cost more.
    return Response(path.read_bytes(), media_type=kind, headers={"cache-control": "max-age=3600"})
