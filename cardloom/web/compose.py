"""`/compose`: several runs told as one run, or several workflows written as one."""

from collections.abc import Sequence
from typing import Any

from fasthtml.core import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cardloom.catalog.files import write_composed
from cardloom.errors import CardloomError
from cardloom.ui.tags import (
    H1,
    H2,
    Button,
    Code,
    Div,
    Form,
    Input,
    Label,
    Option,
    P,
    Part,
    Section,
    Select,
)
from cardloom.web.choice import run_boxes
from cardloom.web.context import AppContext, context_of, run_address, show
from cardloom.workspace import compose_runs

routes = APIRouter()

MOST = 20  # runs or workflows of one form
PLACES = ("First", "Then", "And then")


@routes("/compose", methods=["GET"])
async def compose(request: Request) -> Response:
    """The two forms; runs named by `run=workflow/key` are ticked. Nothing is written."""
    return _page(context_of(request), _named(request.query_params.getlist("run")))


@routes("/compose/runs", methods=["POST"])
async def compose_record(request: Request) -> Response:
    """Make the run that tells the chosen ones as one, and go there."""
    context = context_of(request)
    form = await request.form()
    names, key = _named(form.getlist("run")), _text(form, "key")
    try:
        moments = [context.store.moment(name) for name in names]
        made = compose_runs(context.store, moments, key, by="person")
    except CardloomError as error:
        return _page(context, names, key=key, error=error, wrong="runs")
    return RedirectResponse(run_address(made), 303)


@routes("/compose/workflows", methods=["POST"])
async def compose_workflow(request: Request) -> Response:
    """Write the workflow that is composed of the chosen ones, and go to where it is begun."""
    context = context_of(request)
    form = await request.form()
    parts, name = _named(form.getlist("part")), _text(form, "name")
    try:
        path = write_composed(context.catalog, context.workspace.root, parts, name)
    except CardloomError as error:
        return _page(context, [], parts=parts, name=name, error=error, wrong="workflows")
    return RedirectResponse(f"/#{path.stem}", 303)


def _named(given: Sequence[Any]) -> list[str]:
    names = [each.strip() for each in given if isinstance(each, str) and each.strip()]
    return list(dict.fromkeys(names))[:MOST]


def _text(form: FormData, name: str) -> str:
    return str(form.get(name) or "").strip()


def _page(
    context: AppContext,
    runs: Sequence[str],
    *,
    key: str = "",
    parts: Sequence[str] = (),
    name: str = "",
    error: CardloomError | None = None,
    wrong: str = "",
) -> Response:
    said = P(str(error), cls="notice", role="alert") if error else ""
    return show(
        "Compose",
        H1("Compose"),
        P("Several runs told as one, or several workflows made one.", cls="lead"),
        Section(
            H2("Tell runs as one"),
            P(
                "What happened in each, in the order of time, as a record: to read, replay and "
                "export. Nothing in it is asked or runs again, and the runs stay as they are."
            ),
            said if wrong == "runs" else "",
            _of_runs(context, runs, key),
            id="runs",
        ),
        Section(
            H2("Make one workflow of several"),
            P(
                "The cards of the first, then those of the second, which may name the first's. It "
                "is a file in your workspace, and runs like any other."
            ),
            said if wrong == "workflows" else "",
            _of_workflows(context, parts, name),
            id="workflows",
        ),
        status=error.status if error else 200,
    )


def _of_runs(context: AppContext, names: Sequence[str], key: str) -> Part:
    return Form(
        run_boxes(context, names, []),
        Label("Another run, or one as it was at an event", fr="another"),
        Input(id="another", name="run", placeholder="workflow/run@9", autocomplete="off"),
        Label("Name of the new run", fr="compose-key"),
        Input(
            id="compose-key",
            name="key",
            value=key,
            required=True,
            maxlength="8000",
            autocomplete="off",
        ),
        Div(Button("Compose the runs"), cls="buttons"),
        method="post",
        action="/compose/runs",
        cls="choose",
    )


def _of_workflows(context: AppContext, parts: Sequence[str], name: str) -> Part:
    titles = {entry.name: entry.title for entry in context.catalog.entries().values()}
    chosen = [*parts, *([""] * len(PLACES))]
    fields = [
        part
        for number, label in enumerate(PLACES)
        for part in _select(label, f"part-{number}", titles, chosen[number], needed=number < 2)
    ]
    return Form(
        *fields,
        Label("Name of the new workflow", fr="compose-name"),
        Input(
            id="compose-name",
            name="name",
            value=name,
            required=True,
            maxlength="61",
            placeholder="my_day",
            autocomplete="off",
        ),
        P("Small letters, digits and ", Code("_"), ": it becomes the file's name.", cls="note"),
        Div(Button("Write the workflow"), cls="buttons"),
        method="post",
        action="/compose/workflows",
        cls="choose",
    )


def _select(
    label: str, ident: str, titles: dict[str, str], chosen: str, *, needed: bool
) -> list[Part]:
    nothing = Option("choose one" if needed else "nothing more", value="")
    made = [
        Option(f"{title} ({name})", value=name, selected=name == chosen)
        for name, title in titles.items()
    ]
    return [
        Label(label, fr=ident),
        Select(nothing, *made, name="part", id=ident, required=needed),
    ]
