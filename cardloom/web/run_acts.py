"""Acts on a whole run: finalize, unfinalize, start over, read the journal again."""

import functools

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cardloom.engine import moves
from cardloom.engine.status import CardStatus
from cardloom.errors import Refused
from cardloom.runs import Run
from cardloom.web.cards import respond, why_of
from cardloom.web.context import by_htmx, context_of, run_address

routes = APIRouter()


@routes("/runs/{workflow}/{name}/finalize", methods=["POST"])
async def finalize(request: Request, workflow: str, name: str) -> Response:
    """Lock the run against any change."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    why = why_of(await request.form())
    run.move(lambda state: moves.finalize(state, by="person", why=why))
    return await respond(request, context, run)


@routes("/runs/{workflow}/{name}/unfinalize", methods=["POST"])
async def unfinalize(request: Request, workflow: str, name: str) -> Response:
    """Open a locked run."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    why = why_of(await request.form())
    run.move(lambda state: moves.unfinalize(state, by="person", why=why))
    return await respond(request, context, run)


@routes("/runs/{workflow}/{name}/restart", methods=["POST"])
async def restart(request: Request, workflow: str, name: str) -> Response:
    """Begin the run anew; the old journal stays beside the new one."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    flow, state = run.loaded(), run.state()
    if state.finalized:
        raise Refused("This run is finalized. Unfinalize it before you start it over.")
    for card, now in state.cards.items():
        if now.status == CardStatus.RUNNING:
            run.move(functools.partial(moves.cancel, name=card, by="person", why="started over"))
    key, why = state.key, why_of(await request.form())
    run.start_over()
    run.move(lambda s: moves.create(flow, key, "person", why))
    return _to_page(request, run)


@routes("/runs/{workflow}/{name}/reopen", methods=["POST"])
async def reopen(request: Request, workflow: str, name: str) -> Response:
    """Read the journal from the disk again, after the disk refused."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    run.journal.reopen()
    run.stop_with("")
    return _to_page(request, run)


def _to_page(request: Request, run: Run) -> Response:
    place = run_address(run)
    if by_htmx(request):
        return Response(status_code=204, headers={"hx-redirect": place})
    return RedirectResponse(place, 303)
