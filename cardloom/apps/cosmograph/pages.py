"""A map's two files for Cosmograph: turned on and off by the person, and given to its page alone.

The one place that answers another origin. A link is a secret of 256 bits, and it is of use only to
pages that are named here; for any other, and for a wrong token, it is as if nothing were shared.
"""

from typing import Any
from urllib.parse import quote

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import NotModifiedResponse

from cardloom.apps.cosmograph import panel as drawing
from cardloom.apps.cosmograph.tables import tables_of
from cardloom.engine import State
from cardloom.errors import NotFound
from cardloom.runs import Run
from cardloom.ui.tags import Part, ft, html
from cardloom.web.context import AppContext, by_htmx, context_of, run_address
from cardloom.web.files import has_it
from cardloom.web.guard import SAFE_METHODS
from cardloom.web.seam.hooks import Panel
from cardloom.workspace import Share

routes = APIRouter()

COSMOGRAPH = "https://cosmograph.app/run/"
# The page's own origin, and the one its makers moved newer addresses of it to.
ORIGINS = frozenset({"https://cosmograph.app", "https://run.cosmograph.app"})
LOOK = "link-spring=.1"
TOLD = "Content-Length, Content-Range, Accept-Ranges, ETag"
TAKEN = "Range, If-Range, If-None-Match, If-Modified-Since"


@routes("/runs/{workflow}/{name}/share/{card}", methods=["POST"])
async def share(request: Request, workflow: str, name: str, card: str) -> Response:
    """Share what the card's map was made of."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    tables = tables_of(run, run.state(), card)
    if not tables:
        raise NotFound(f"{card[:80]} of {run.name} has no map with a links.csv to share.")
    context.store.shares.share(run, card, tables)
    return _done(context, request, run, card)


@routes("/runs/{workflow}/{name}/unshare/{card}", methods=["POST"])
async def unshare(request: Request, workflow: str, name: str, card: str) -> Response:
    """Share it no more: the link is void at once."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    context.store.shares.stop(run, card)
    return _done(context, request, run, card)


def _done(context: AppContext, request: Request, run: Run, card: str) -> Response:
    if by_htmx(request):
        shown = panel(context, run, run.state(), card)
        drawn = shown.draw() if shown else ""
        target = f"#share-{card}"
        return HTMLResponse(html(ft("hx-partial", drawn, hx_target=target, hx_swap="outerMorph")))
    return RedirectResponse(f"{run_address(run)}#card-{quote(card, safe='')}", 303)


@routes("/share/{token}/{shown}", methods=["OPTIONS"])
async def preflight(request: Request, token: str, shown: str) -> Response:
    """A browser asks whether a page may read the file: also whether a public page may reach this
    machine (https://wicg.github.io/private-network-access/).
    """
    _find(context_of(request), token, shown)
    asked = request.headers.get("access-control-request-method", "")
    allowed = _allowed(request)
    if not allowed or asked not in SAFE_METHODS:
        return Response(status_code=403, headers={"vary": "Origin"})
    headers = {
        **allowed,
        "access-control-allow-methods": "GET, HEAD",
        "access-control-allow-headers": TAKEN,
    }
    if request.headers.get("access-control-request-private-network") == "true":
        headers["access-control-allow-private-network"] = "true"
    return Response(status_code=204, headers=headers)


@routes("/share/{token}/{shown}", methods=["GET"])
async def shared_file(request: Request, token: str, shown: str) -> Response:
    """A shared file."""
    path = _find(context_of(request), token, shown)
    answer = FileResponse(
        path,
        media_type="text/csv; charset=utf-8",
        filename=shown,
        stat_result=path.stat(),
        headers={
            "vary": "Origin",
            **_allowed(request),
            "cache-control": "private, no-cache",
            "content-security-policy": "sandbox; default-src 'none'",
        },
    )
    if not has_it(request, answer):
        return answer
    known = NotModifiedResponse(answer.headers)
    known.headers.update(_allowed(request))
    return known


def _allowed(request: Request) -> dict[str, str]:
    """What lets the page of this request read the answer; nothing for pages that may not."""
    origins = request.headers.getlist("origin")
    if len(origins) != 1 or origins[0] not in ORIGINS:
        return {}
    return {
        "access-control-allow-origin": origins[0],
        "access-control-expose-headers": TOLD,
        "vary": "Origin",
    }


def _find(context: AppContext, token: str, shown: str) -> Any:
    """The path of the shared file; one and the same NotFound for all that is not shared."""
    shares = context.store.shares
    found = shares.find(token)
    path = shares.path_of(found, shown) if found else None
    if found is None or path is None or not _lives(context, found):
        raise NotFound("Nothing is shared at this address.")
    return path


def _lives(context: AppContext, found: Share) -> bool:
    """Whether the run is there, and not started over since."""
    try:
        run = context.store.find(*found.run.split("/", 1))
    except NotFound:
        return False
    return run.state().created_at == found.born


def cache_key(context: AppContext, run: Run, state: State, card: str) -> tuple[Any, ...]:
    """What the panel of a card is drawn from; another one when something is shared or stopped."""
    tables, shares = tables_of(run, state, card), context.store.shares
    if not tables:
        return ()
    found = shares.of(run, card)
    held = found is not None and all(shares.path_of(found, name) for name in found.files)
    return (tuple(tables.items()), found, held, context.address)


def panel(context: AppContext, run: Run, state: State, card: str) -> Panel | None:
    """What can be shared of the card, or is; nothing for a card without a map or its files."""
    key = cache_key(context, run, state, card)
    return Panel(key, lambda: _drawn(run, card, key)) if key else None


def _drawn(run: Run, card: str, key: tuple[Any, ...]) -> Part:
    tables, found, held, address = key
    shown = drawing.Shown([name for name, _ in tables])
    if found is not None:
        shown = drawing.Shown(
            list(found.files),
            since=found.at,
            target=cosmograph_address(address, found) if held else "",
            older={n: str(p) for n, p in tables} != {n: h.place for n, h in found.files.items()},
        )
    return drawing.panel(
        card, shown, run_address(run, "share", card), run_address(run, "unshare", card)
    )


def cosmograph_address(address: str, found: Share) -> str:
    """Cosmograph's page with our files in it; it colours by the kind of page where meta.csv is there.

    Its parameters: https://cosmograph.app/docs-app/sharing-graphs
    """
    given = {name: f"{address}/share/{found.token}/{name}" for name in found.files}
    parts = [f"data={quote(given['links.csv'], safe='')}"]
    if "meta.csv" in given:
        parts += [f"meta={quote(given['meta.csv'], safe='')}", "nodeColor=pagetype"]
    return f"{COSMOGRAPH}?{'&'.join([*parts, LOOK])}"
