"""What a person says about a run, and the way to the trash: title, tags, archive, delete.

In the list the forms open inside their row, and the answer is the row; else they are a page of
their own, and the answer leads back to the list.
"""

from dataclasses import replace
from typing import Any

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cardloom.errors import Missing
from cardloom.runs import About, Run, read_about, split_tags
from cardloom.ui.tags import H1, A, Button, Div, Form, Input, Label, Li, P, Part, Section, Small
from cardloom.web.context import by_htmx, context_of, run_address, show
from cardloom.web.live import partial
from cardloom.web.runs import row_id, row_part
from cardloom.workspace import Item
from cardloom.workspace.summary import summarise

routes = APIRouter()


@routes("/runs/{workflow}/{name}/labels", methods=["GET"])
async def labels(request: Request, workflow: str, name: str) -> Response:
    """The forms: in the run's row of the list, or as a page."""
    run = context_of(request).store.find(workflow, name)
    if by_htmx(request):
        return _row(run, panel(run, read_about(run.folder), inside=True))
    return _page(run)


@routes("/runs/{workflow}/{name}/labels", methods=["POST"])
async def label(request: Request, workflow: str, name: str) -> Response:
    """Take the title and the tags as they stand in the fields."""
    store = context_of(request).store
    run = store.find(workflow, name)
    form = await request.form()
    title, tags = str(form.get("title", "")), str(form.get("tags", ""))
    try:
        store.label(
            run, lambda about: replace(about, tags=()).named(title).tagged(split_tags(tags))
        )
    except Missing as error:
        return _refused(request, run, title, tags, str(error))
    return _done(request, run)


@routes("/runs/{workflow}/{name}/archive", methods=["POST"])
async def archive(request: Request, workflow: str, name: str) -> Response:
    """Put the run away: lists leave it out."""
    return _put_away(request, workflow, name, True)


@routes("/runs/{workflow}/{name}/unarchive", methods=["POST"])
async def unarchive(request: Request, workflow: str, name: str) -> Response:
    """Take the run back among the others."""
    return _put_away(request, workflow, name, False)


def _put_away(request: Request, workflow: str, name: str, archived: bool) -> Response:
    store = context_of(request).store
    run = store.find(workflow, name)
    store.label(run, lambda about: replace(about, archived=archived))
    return _done(request, run)


@routes("/runs/{workflow}/{name}/delete", methods=["POST"])
async def delete(request: Request, workflow: str, name: str) -> Response:
    """Move the run to the trash."""
    store = context_of(request).store
    run = store.find(workflow, name)
    key = run.state().key or run.folder.name
    item = store.delete(run)
    if by_htmx(request):
        return HTMLResponse(partial(f"#{row_id(run.name)}", "outerHTML", _gone(run, key, item)))
    return RedirectResponse("/trash", 303)


def _gone(run: Run, key: str, item: Item) -> Part:
    back = Form(
        Input(type="hidden", name="place", value=item.place),
        Button("Put it back", cls="quiet"),
        method="post",
        action="/trash/undelete",
        cls="inline",
    )
    return Li(P(f"{key[:90]} is in the trash. ", back, cls="gone"), id=row_id(run.name))


def _done(request: Request, run: Run) -> Response:
    return _row(run) if by_htmx(request) else RedirectResponse("/runs", 303)


def _row(run: Run, *below: Part, status: int = 200) -> Response:
    drawn = row_part(summarise(run), None, *below)
    return HTMLResponse(partial(f"#{row_id(run.name)}", "outerMorph", drawn), status)


def _refused(request: Request, run: Run, title: str, tags: str, error: str) -> Response:
    if by_htmx(request):
        drawn = panel(run, read_about(run.folder), inside=True, typed=(title, tags), error=error)
        return _row(run, drawn, status=422)
    return _page(run, typed=(title, tags), error=error)


def _page(run: Run, **wrong: Any) -> Response:
    key = run.state().key or run.folder.name
    return show(
        f"Labels of {key}",
        Section(
            P(A("All runs", href="/runs"), cls="over"),
            H1(key),
            panel(run, read_about(run.folder), inside=False, **wrong),
        ),
        status=422 if wrong else 200,
    )


def panel(
    run: Run, about: About, *, inside: bool, typed: tuple[str, str] | None = None, error: str = ""
) -> Part:
    """The forms. `inside` a row they answer with fragments."""
    ident = row_id(run.name)
    title, tags = typed or (about.title, ", ".join(about.tags))
    wrong = {"aria_invalid": "true", "aria_describedby": f"{ident}-error"} if error else {}
    words = Form(
        Label("Title", fr=f"{ident}-title"),
        Input(id=f"{ident}-title", name="title", value=title, autocomplete="off", maxlength="400"),
        Label("Tags", fr=f"{ident}-tags"),
        Input(id=f"{ident}-tags", name="tags", value=tags, autocomplete="off", **wrong),
        P(error, id=f"{ident}-error", cls="error", role="alert") if error else "",
        Small("With commas between them. Kept beside the journal, not in it."),
        Button("Save", cls="small"),
        **_sends(run, "labels", inside),
    )
    away = "unarchive" if about.archived else "archive"
    acts = Div(
        _press(run, away, away.capitalize(), inside),
        _press(run, "delete", "Move to the trash", inside),
        A("Close", href="/runs", hx_get=run_address(run, "row"), hx_swap="none", cls="quiet")
        if inside
        else A("Leave it as it is", href="/runs", cls="quiet"),
        cls="buttons",
    )
    return Div(words, acts, cls="panel")


@routes("/runs/{workflow}/{name}/row", methods=["GET"])
async def row(request: Request, workflow: str, name: str) -> Response:
    """The run's row of the list, closed."""
    run = context_of(request).store.find(workflow, name)
    return _row(run) if by_htmx(request) else RedirectResponse("/runs", 303)


def _press(run: Run, act: str, words: str, inside: bool) -> Part:
    return Form(Button(words, cls="secondary small"), **_sends(run, act, inside))


def _sends(run: Run, act: str, inside: bool) -> dict[str, Any]:
    place = run_address(run, act)
    by_fragment = {"hx_post": place, "hx_swap": "none"} if inside else {}
    return {"method": "post", "action": place, **by_fragment}
