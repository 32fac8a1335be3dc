"""The trash: deleted runs, to be put back, or removed for good all at once."""

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cardloom.ui.tags import (
    H1,
    A,
    Button,
    Details,
    Div,
    Form,
    Input,
    Li,
    P,
    Part,
    Section,
    Span,
    Summary,
    Ul,
)
from cardloom.web.context import context_of, run_address, show
from cardloom.web.run_page import ago
from cardloom.workspace import Item

routes = APIRouter()

MOST = 500  # rows shown; the rest is on the disk


@routes("/trash", methods=["GET"])
async def trash(request: Request) -> Response:
    """What is in the trash, newest first."""
    items = context_of(request).store.trash.items()
    return show(
        "Trash",
        Section(
            P(A("All runs", href="/runs"), cls="over"),
            H1("Trash"),
            *(_full(items) if items else [P("The trash is empty.", cls="lead")]),
        ),
    )


@routes("/trash/undelete", methods=["POST"])
async def undelete(request: Request) -> Response:
    """Put one run back where it was."""
    context = context_of(request)
    form = await request.form()
    run = context.store.undelete(str(form.get("place", "")))
    return RedirectResponse(run_address(run), 303)


@routes("/trash/empty", methods=["POST"])
async def empty(request: Request) -> Response:
    """Remove everything in the trash for good."""
    context_of(request).store.trash.empty()
    return RedirectResponse("/trash", 303)


def _full(items: list[Item]) -> list[Part]:
    count = f"{len(items):,} {'run' if len(items) == 1 else 'runs'}"
    said = (
        f"{count}, each whole: journal, files and labels. Nothing goes until you empty the trash."
    )
    more = [P(f"The newest {MOST} are shown.", cls="note")] if len(items) > MOST else []
    for_good = Details(
        Summary("Empty the trash", role="button", cls="secondary small"),
        Div(
            P(f"{count} will be removed from the disk. This can't be undone."),
            Form(
                Button(f"Remove {count} for good", cls="small"),
                method="post",
                action="/trash/empty",
            ),
            cls="popover",
        ),
        cls="pop run-acts",
    )
    return [P(said), Ul(*(_row(item) for item in items[:MOST]), cls="runs trash"), *more, for_good]


def _row(item: Item) -> Part:
    return Li(
        Span(item.name, cls="key"),
        Span(f"deleted {ago(item.at)}", cls="when"),
        Form(
            Input(type="hidden", name="place", value=item.place),
            Button("Put back", Span(f" {item.name}", cls="listen"), cls="quiet"),
            method="post",
            action="/trash/undelete",
        ),
    )
