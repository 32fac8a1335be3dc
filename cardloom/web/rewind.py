"""A run's past: the moment at any event, rewind, undo and redo.

The past is drawn by the renderer of the present, from the fold of the events until then, with
nothing to press but what leads back, on, or into a fork.
"""

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cardloom.engine import State, moves, redo_target, undo_target, views_of
from cardloom.errors import Missing, Refused
from cardloom.types import Event
from cardloom.ui import timeline as ui_timeline
from cardloom.ui.tags import Div
from cardloom.web import export
from cardloom.web.cards import respond, why_of
from cardloom.web.context import by_htmx, context_of, event_of, moment_address, number, run_address
from cardloom.web.live import partial
from cardloom.web.run_page import past_cards, progress
from cardloom.web.timeline import past_acts

routes = APIRouter()


@routes("/runs/{workflow}/{name}/moment", methods=["GET"])
async def moment(request: Request, workflow: str, name: str) -> Response:
    """The run as it was at event `at`, as fragments for a page that stands open."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    at = event_of(run, request.query_params.get("at", ""))
    if not by_htmx(request):
        return RedirectResponse(moment_address(run, at), 303)
    state = run.state_at(at)
    views = views_of(run.workflow, state)
    events = run.journal.events
    parts = [
        partial("#cards", "innerHTML", *past_cards(context, run, state, views)),
        partial("#run-progress", "outerMorph", progress(run, state, views, past=True)),
        partial(
            "#moment",
            "outerMorph",
            ui_timeline.moment(events, at, past=True, acts=past_acts(run, at)),
        ),
        partial("#run-acts", "outerHTML", export.alone(run, at)),
        partial("#live", "outerHTML", Div(id="live")),
    ]
    return HTMLResponse("".join(parts))


@routes("/runs/{workflow}/{name}/rewind", methods=["POST"])
async def rewind(request: Request, workflow: str, name: str) -> Response:
    """Make the state that of event `to` again."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    form = await request.form()
    to = number(str(form.get("to", "")))
    if to is None:
        raise Missing("Give the number of the event to rewind to.")
    why = why_of(form)
    run.move(lambda state: moves.rewind(state, to, by="person", why=why))
    place = run_address(run)
    if by_htmx(request):
        return Response(status_code=204, headers={"hx-redirect": place})
    return RedirectResponse(place, 303)


@routes("/runs/{workflow}/{name}/undo", methods=["POST"])
async def undo(request: Request, workflow: str, name: str) -> Response:
    """Take back the person's last act."""
    return await _step(request, workflow, name, "undo")


@routes("/runs/{workflow}/{name}/redo", methods=["POST"])
async def redo(request: Request, workflow: str, name: str) -> Response:
    """Give again what the last undo or rewind took back."""
    return await _step(request, workflow, name, "redo")


async def _step(request: Request, workflow: str, name: str, kind: str) -> Response:
    context = context_of(request)
    run = context.store.find(workflow, name)
    why = why_of(await request.form())
    target = {"undo": undo_target, "redo": redo_target}[kind]

    def decide(state: State) -> list[Event]:
        to = target(run.journal.events)
        if to is None:
            raise Refused(f"There is nothing to {kind}.")
        return moves.rewind(state, to, by="person", why=why, kind=kind)

    run.move(decide)
    return await respond(request, context, run)
