"""The page of the apps: which take part, which do not load, and what each lets a person set."""

from typing import Any

from fasthtml.core import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cardloom.engine import Form as FormQuestion
from cardloom.engine import Wrong
from cardloom.errors import NotFound
from cardloom.ui import fields
from cardloom.ui.tags import (
    H1,
    H2,
    A,
    Article,
    Button,
    Code,
    Details,
    Div,
    Form,
    Li,
    P,
    Section,
    Summary,
    Ul,
)
from cardloom.web.context import AppContext, context_of, show
from cardloom.web.seam.app import App
from cardloom.web.seam.finding import own_files
from cardloom.web.seam.seam import Seam

Part = Any
routes = APIRouter()

ORIGINS = {
    "shipped": "Comes with Cardloom",
    "installed": "An installed package",
    "workspace": "A file of this workspace",
}


@routes("/apps", methods=["GET"])
async def apps(request: Request) -> Response:
    """Every app, with its settings."""
    return _page(context_of(request))


@routes("/apps/{name}/settings", methods=["POST"])
async def set_settings(request: Request, name: str) -> Response:
    """Keep an app's settings, or say at the field what is wrong with one."""
    context = context_of(request)
    app = context.seam.apps.get(name)
    if app is None or not app.asks:
        raise NotFound(f"There is no app called {name[:80]!r} with settings.")
    form = await request.form()
    asked = _asked(app)
    try:
        app.set_settings(asked.check(fields.read(asked, form)))
    except Wrong as wrong:
        return _page(context, name, form, wrong)
    return RedirectResponse(f"/apps#{name}", 303)


def menu(seam: Seam) -> Part:
    """The menu of the top bar: the apps' own pages, and the page of all apps."""
    links = [A(link.label, href=link.address) for link in seam.links("menu")]
    every = A("All apps", href="/apps", cls="all")
    return Details(Summary("Apps"), Div(*links, every, cls="popover"), cls="pop")


def troubles(context: AppContext) -> list[Part]:
    """The apps that failed or do not load, each with file, line and sentence."""
    seam = context.seam
    rows = [_trouble(name, text) for name, text in sorted(seam.troubles.items())]
    rows += [_trouble(name, text) for name, text in _unseen(context)]
    if not rows:
        return []
    return [Section(H2("These apps need mending"), Ul(*rows, cls="broken"), id="broken-apps")]


def _trouble(name: str, text: str) -> Part:
    own = text.startswith(f"{name}.py")
    return Li(text) if own else Li(Code(name), " ", text)


def _unseen(context: AppContext) -> list[tuple[str, str]]:
    """Files that have become apps, or have changed, since the server started."""
    seen = context.seam.versions
    return [
        (path.stem, f"{path.name} has changed since the start. Start Cardloom again to load it.")
        for path, changed in own_files(context.workspace.root).items()
        if seen.get(path) != changed
    ]


def _page(
    context: AppContext, name: str = "", form: FormData | None = None, wrong: Wrong | None = None
) -> Response:
    seam = context.seam
    shown = [
        _app(app, form if app.name == name else None, wrong if app.name == name else None)
        for app in sorted(seam.apps.values(), key=lambda app: app.name)
    ]
    return show(
        "Apps",
        H1("Apps"),
        P("What an app adds: pages, buttons, commands. ", A("Write one", href="/help/apps"), "."),
        *troubles(context),
        *shown,
        status=422 if wrong else 200,
    )


def _app(app: App, form: FormData | None, wrong: Wrong | None) -> Part:
    about = P(f"{ORIGINS[app.origin]}.", cls="note")
    settings = _settings(app, form, wrong) if app.asks else ""
    return Article(H2(app.title), about, settings, id=app.name, cls="workflow")


def _settings(app: App, form: FormData | None, wrong: Wrong | None) -> Part:
    asked = _asked(app)
    return Form(
        *fields.fields(
            asked,
            app.name,
            typed=fields.typed_of(asked, form) if form is not None else None,
            value=app.settings,
            error=str(wrong) if wrong else "",
            wrong_field=wrong.field if wrong else "",
        ),
        Div(Button("Keep", type="submit"), cls="buttons"),
        method="post",
        action=f"/apps/{app.name}/settings",
    )


def _asked(app: App) -> FormQuestion:
    asks: dict[str, Any] = dict(app.asks)
    return FormQuestion(f"Settings of {app.title}", **asks)
