"""Runs from elsewhere: the form that takes one in, and the word that lets the machine go on with it."""

import asyncio

from fasthtml.core import APIRouter
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cardloom.archive import MOST_ARCHIVE, BadArchive, import_run
from cardloom.engine import Step, next_card
from cardloom.errors import Missing
from cardloom.runs import Run
from cardloom.ui.tags import (
    H1,
    A,
    Button,
    Details,
    Div,
    Form,
    Input,
    Label,
    P,
    Part,
    Small,
    Summary,
)
from cardloom.web.context import context_of, run_address, show

routes = APIRouter()


@routes("/import", methods=["POST"])
async def take_in(request: Request) -> Response:
    """Take in a run that an export wrote, and show it."""
    context = context_of(request)
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MOST_ARCHIVE + 1_000_000:
        raise BadArchive("A zip larger than 2 GB is not taken. Copy the run's folder instead.")
    form = await request.form()
    file, key = form.get("file"), str(form.get("key") or "").strip()
    if not isinstance(file, UploadFile) or not file.filename:
        raise Missing("Choose the zip file of a run first.")
    arrival = await asyncio.to_thread(import_run, context.store, file.file, key=key or None)
    workflow, _, name = arrival.run.partition("/")
    run = context.store.find(workflow, name)
    run.publish()
    if not arrival.said:
        return RedirectResponse(run_address(run), 303)
    return show(
        "Imported",
        H1("Imported" if arrival.new else "It is here already"),
        *(P(sentence, cls="lead") for sentence in arrival.said),
        P(A(f"To {run.name}", href=run_address(run))),
    )


def form() -> Part:
    """The form that takes in a run, folded away."""
    return Details(
        Summary("Import a run", role="button", cls="secondary small"),
        Form(
            Label("A zip that an export wrote", fr="import-file"),
            Input(id="import-file", type="file", name="file", accept=".zip", required=True),
            Label("Its name here, if it is to be another", fr="import-key"),
            Input(id="import-key", name="key", autocomplete="off", maxlength="8000"),
            Button("Import"),
            Small("Data only: nothing in it is run, and nothing that is here is changed."),
            method="post",
            action="/import",
            enctype="multipart/form-data",
        ),
        id="import",
    )


@routes("/runs/{workflow}/{name}/go-on", methods=["POST"])
async def go_on(request: Request, workflow: str, name: str) -> Response:
    """Let the machine go on with a run from elsewhere."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    run.approve()
    return RedirectResponse(run_address(run), 303)


def notice(run: Run) -> list[Part]:
    """Of a run from elsewhere: that the machine waits for a person's word."""
    if run.workflow is None or run.damage or not run.needs_approval():
        return []
    upcoming = next_card(run.workflow, run.state())
    if upcoming is None or upcoming.step not in (Step.WORK, Step.BUSY):
        return []
    told = (
        f"This run came from elsewhere. {upcoming.card.label} would run next, with its answers; "
        "nothing runs until you say so."
    )
    go = Form(
        Button("Go on", cls="small"),
        method="post",
        cls="inline",
        action=run_address(run, "go-on"),
    )
    return [Div(P(told), go, cls="notice", role="status", id="arrived")]
