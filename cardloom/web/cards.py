"""Acts on a card: answer, change, keep a draft, run again, cancel. Each reads, acts, renders.

To a page with JavaScript the answer is the changed cards as fragments; to one without, a redirect
to the run's page. A refusal is the same card with one sentence, and nothing is written.
"""

import asyncio
import functools
from contextlib import suppress
from typing import Any

from fasthtml.core import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cardloom.engine import BadAnswer, Question, moves
from cardloom.errors import CardloomError
from cardloom.runs import Run
from cardloom.ui import fields
from cardloom.ui.why import LONGEST
from cardloom.web.context import AppContext, by_htmx, context_of, number, run_address
from cardloom.web.live import LiveView, single, toast
from cardloom.web.run_page import render, takes_answer

routes = APIRouter()

QUICK = 0.04  # seconds an answer waits for quick cards, so that one swap shows their result too
UNHURRIED = 1.0  # the same for a page without JavaScript, which cannot follow


def why_of(form: FormData) -> str:
    """The person's own reason, as a form brings it: one line."""
    return " ".join(str(form.get("why") or "")[:LONGEST].split())


async def respond(
    request: Request,
    context: AppContext,
    run: Run,
    shown: LiveView | None = None,
    card: str = "",
) -> Response:
    """What an accepted act shows: the cards that differ from those `shown` before, or all."""
    quick = by_htmx(request)
    await context.jobs.run_until_blocked(run, QUICK if quick else UNHURRIED)
    if quick:
        view = shown or LiveView(context, run, 0)
        return HTMLResponse(view.cards(card, whole=shown is None))
    place = run_address(run)
    return RedirectResponse(f"{place}#card-{card}" if card else place, 303)


@routes("/runs/{workflow}/{name}/answer/{card}", methods=["POST"])
async def answer(request: Request, workflow: str, name: str, card: str) -> Response:
    """Take the answer to a card, or a changed one."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    form = await request.form(max_part_size=4_000_000)
    shown = LiveView(context, run)
    question: Question | None = None
    changing = form.get("change") == "yes"
    try:
        intake = context.jobs.driver(run).intake
        question = await intake.question(card)
        take = functools.partial(intake.take, card, fields.read(question, form), question)
        # A large file takes its time, and the other runs must not wait for it.
        given = await asyncio.to_thread(take) if question.uploads else take()
        await intake.check(given)
        seen = number(str(form.get("seen", "")))
        intake.answer(given, by="person", why=why_of(form), change=changing, seen=seen)
    except CardloomError as error:
        return _refused(request, context, run, card, error, question, form, changing)
    answered = await respond(request, context, run, shown, card)
    # What was typed has become the answer; nobody needs to wait until it is forgotten.
    asyncio.get_running_loop().call_soon(_forget_draft, run, card)
    return answered


def _forget_draft(run: Run, card: str) -> None:
    with suppress(OSError):  # a draft of an answered card is not shown: it does no harm
        run.drop_draft(card)


def _refused(
    request: Request,
    context: AppContext,
    run: Run,
    card: str,
    error: CardloomError,
    question: Question | None,
    form: FormData,
    changing: bool,
) -> Response:
    """The same card with one sentence: what was typed stays, and the winner's answer is shown."""
    told: dict[str, Any] = {"card": card, "error": str(error)}
    known = run.workflow is not None and card in run.workflow
    if not known or question is None:
        raise error
    if isinstance(error, BadAnswer):
        told["wrong_field"] = error.field
    if not takes_answer(run, card, changing):  # its form is not there any more to say it in
        if by_htmx(request):
            return HTMLResponse(
                LiveView(context, run, 0).cards(whole=True) + toast(str(error)), error.status
            )
        return render(context, run, notice=str(error), status_code=error.status)
    told["typed"] = fields.typed_of(question, form)
    if by_htmx(request):
        return HTMLResponse(single(context, run, card, changing=changing, **told), error.status)
    return render(context, run, changing=card if changing else "", status_code=error.status, **told)


@routes("/runs/{workflow}/{name}/change/{card}", methods=["GET"])
async def change(request: Request, workflow: str, name: str, card: str) -> Response:
    """The card's form again, with what a change would set in motion. Changes nothing yet."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    run.loaded().card(card)
    if by_htmx(request):
        return HTMLResponse(single(context, run, card, changing=True))
    return RedirectResponse(f"{run_address(run)}?change={card}#card-{card}", 303)


@routes("/runs/{workflow}/{name}/fold/{card}", methods=["GET"])
async def fold_card(request: Request, workflow: str, name: str, card: str) -> Response:
    """Leave a change: the card as it is."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    run.loaded().card(card)
    if by_htmx(request):
        return HTMLResponse(single(context, run, card))
    return RedirectResponse(f"{run_address(run)}#card-{card}", 303)


@routes("/runs/{workflow}/{name}/draft/{card}", methods=["POST"])
async def draft(request: Request, workflow: str, name: str, card: str) -> Response:
    """Keep what is typed and not sent, beside the journal."""
    run = context_of(request).store.find(workflow, name)
    form = await request.form(max_part_size=4_000_000)
    question = moves.question_of(run.loaded().card(card), run.state())
    # A draft may be overtaken by the answer that it became.
    if not run.state().card(card).settled:
        run.keep_draft(card, fields.typed_of(question, form))
    return Response(status_code=204)


@routes("/runs/{workflow}/{name}/again/{card}", methods=["POST"])
async def again(request: Request, workflow: str, name: str, card: str) -> Response:
    """Run a settled, failed or stopped card again."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    shown = LiveView(context, run)
    flow = run.loaded()
    why = why_of(await request.form())
    run.move(lambda state: moves.reopen(flow, state, card, by="person", why=why))
    return await respond(request, context, run, shown, card)


@routes("/runs/{workflow}/{name}/cancel/{card}", methods=["POST"])
async def cancel(request: Request, workflow: str, name: str, card: str) -> Response:
    """Stop a running card."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    shown = LiveView(context, run)
    run.loaded().card(card)
    why = why_of(await request.form())
    run.move(lambda state: moves.cancel(state, card, by="person", why=why))
    return await respond(request, context, run, shown, card)
