"""Connect: whose Botify account this workspace works with, and its projects to begin with.

The token is checked before it is kept, goes to the address it was checked at, and is never shown.
"""

from urllib.parse import urlsplit

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cardloom import botify as door  # its names load at first use, so annotations quote them
from cardloom.catalog import Entry
from cardloom.errors import CardloomError, Missing
from cardloom.ui.tags import (
    H1,
    H2,
    H3,
    A,
    Button,
    Code,
    Datalist,
    Dd,
    Details,
    Div,
    Dl,
    Dt,
    Form,
    Input,
    Label,
    Li,
    Option,
    P,
    Part,
    Section,
    Small,
    Span,
    Summary,
    Ul,
)
from cardloom.web.context import AppContext, context_of, show
from cardloom.workspace import Workspace

routes = APIRouter()

WORKFLOW = "link_graph"
CANDIDATES = "candidates.txt"
SHOWN = 300  # projects on the page; any other can be typed


@routes("/botify", methods=["GET"])
async def botify(request: Request) -> Response:
    """Who you are at Botify, or the fields to connect."""
    return _page(context_of(request))


@routes("/botify", methods=["POST"])
async def connect(request: Request) -> Response:
    """Check a token, and keep it with the account it belongs to; a refusal keeps nothing."""
    context = context_of(request)
    form = await request.form()
    pasted, typed = str(form.get("token", "")), str(form.get("api", ""))[:2000]
    try:
        token = door.clean_token(pasted)
    except ValueError as error:
        return _page(context, api=typed, wrong="token", error=str(error))
    try:
        base = door.clean_api(typed)
    except ValueError as error:
        return _page(context, api=typed, wrong="api", error=str(error))
    try:
        account = await door.connect(token, base)
    except door.BotifyError as error:
        wrong = "token" if isinstance(error, door.BadToken) else "api"
        return _page(context, api=typed, wrong=wrong, error=str(error))
    context.secrets.set(door.API_SECRET, token)
    door.keep_account(context.workspace.root, account)
    return RedirectResponse("/botify", 303)


@routes("/botify/refresh", methods=["POST"])
async def refresh(request: Request) -> Response:
    """Ask Botify for the account and its projects again."""
    context = context_of(request)
    account = door.read_account(context.workspace.root)
    try:
        base = account.base if account else door.API
        found = await door.connect(context.secrets.get(door.API_SECRET), base)
    except (CardloomError, ValueError) as error:
        return _page(context, wrong="api", error=str(error))
    door.keep_account(context.workspace.root, found)
    return RedirectResponse("/botify", 303)


@routes("/botify/disconnect", methods=["POST"])
async def disconnect(request: Request) -> Response:
    """Forget the token and the account. What was exported stays."""
    context = context_of(request)
    context.secrets.set(door.API_SECRET, "")
    door.keep_account(context.workspace.root, None)
    return RedirectResponse("/botify", 303)


# -- what other pages show of it -----------------------------------------------------------------


def is_ours(entry: Entry) -> bool:
    """Whether it is the workflow that asks Botify."""
    return entry.name == WORKFLOW and entry.shipped


def ways(context: AppContext) -> Part:
    """From the workflow on the landing page: who is connected, or the way to connect."""
    account = door.read_account(context.workspace.root)
    if account is None or not _has_token(context):
        return P(A("Connect Botify", href="/botify"), " first.", cls="note ways")
    who = f"Connected as {account.username}"
    return P(who, " · ", A("Choose a project", href="/botify"), cls="note ways")


def remedy(error: str) -> Part:
    """The way to the Connect page, for a card that failed for want of a token that works."""
    if error and (f"secret '{door.API_SECRET}' is not set" in error or door.BadToken.what in error):
        return P(A("Connect Botify", href="/botify"), ", then press Retry.", cls="remedy")
    return None


def projects(workspace: Workspace) -> list[str]:
    """Addresses of the account's projects, and of those in candidates.txt."""
    account = door.read_account(workspace.root)
    listed = door.read_candidates(workspace.root / CANDIDATES)
    urls = [*(account.projects if account else ()), *(address.url for address in listed)]
    return list(dict.fromkeys(urls))[:SHOWN]


def _has_token(context: AppContext) -> bool:
    try:
        return bool(context.secrets.get(door.API_SECRET))
    except Missing:
        return False


# -- the page ------------------------------------------------------------------------------------


def _page(context: AppContext, *, api: str = "", wrong: str = "", error: str = "") -> Response:
    account = door.read_account(context.workspace.root)
    connected = account is not None and _has_token(context)
    parts = (
        [_who(context, account, error), _another(api, wrong, error), *_begin(context)]
        if connected and account is not None
        else [
            P(
                "Link Graph asks Botify for the links of a crawl. Paste your token once; it stays on "
                "this machine and goes to Botify alone.",
                cls="lead",
            ),
            _fields(api, wrong, error),
        ]
    )
    title = "Botify" if connected else "Connect Botify"
    back = P(A("Link Graph", href=f"/#{WORKFLOW}"), cls="over")
    return show(
        title, Section(back, H1(title), *parts, cls="connect"), status=422 if error else 200
    )


def _fields(api: str, wrong: str, error: str) -> Part:
    def told(name: str) -> dict[str, str | None]:
        mine = wrong == name
        return {
            "aria_invalid": "true" if mine else None,
            "aria_describedby": f"{name}-error {name}-help" if mine else f"{name}-help",
        }

    def problem(name: str) -> Part:
        return P(error, id=f"{name}-error", cls="error", role="alert") if wrong == name else ""

    return Form(
        Label("Token", fr="token"),
        Input(
            type="password",
            id="token",
            name="token",
            required=True,
            autocomplete="off",
            maxlength="2000",
            **told("token"),
        ),
        problem("token"),
        Small("You find it at app.botify.com/account.", id="token-help"),
        Label("Address of the API", fr="api"),
        Input(
            id="api",
            name="api",
            value=api,
            placeholder=door.API.removesuffix("/v1"),
            autocomplete="off",
            maxlength="2000",
            **told("api"),
        ),
        problem("api"),
        Small(
            "Leave it empty for Botify itself. Without an account, an ",
            A("emulator on this machine", href="/help/botify"),
            " gives you an address and a token to put here.",
            id="api-help",
        ),
        Div(Button("Connect"), cls="buttons"),
        method="post",
        action="/botify",
        cls="connect-fields",
    )


def _who(context: AppContext, account: "door.Account", error: str) -> Part:
    name = f"{account.name} ({account.username})" if account.name else account.username
    figures = {"You are": name, "At": urlsplit(account.base).netloc}
    facts = Dl(*(Div(Dt(key), Dd(value)) for key, value in figures.items()), cls="figures")
    acts = Div(
        _press("/botify/refresh", "Read the projects again"),
        _press("/botify/disconnect", "Disconnect"),
        cls="buttons",
    )
    return Div(facts, acts, cls="who")


def _another(api: str, wrong: str, error: str) -> Part:
    return Details(
        Summary("Connect with another token"),
        _fields(api, wrong, error),
        open=bool(error),
        cls="another",
    )


def _press(place: str, label: str) -> Part:
    return Form(Button(label, cls="secondary small"), method="post", action=place)


def _begin(context: AppContext) -> list[Part]:
    """Projects to begin with, by organisation; any other by its address."""
    ident, known = "projects", projects(context.workspace)
    typed = Form(
        Input(type="hidden", name="workflow", value=WORKFLOW),
        Label("Address of a project", fr="key"),
        Div(
            Input(
                id="key",
                name="key",
                list=ident,
                required=True,
                autocomplete="off",
                maxlength="8000",
                placeholder="https://app.botify.com/organisation/project/",
            ),
            Button("Begin"),
            cls="with-button",
        ),
        Datalist(*(Option(value=url) for url in known), id=ident),
        method="post",
        action="/runs",
    )
    orgs: dict[str, list[tuple[str, str]]] = {}
    for url in known:
        address = door.clean_project_url(url)
        orgs.setdefault(address.org, []).append((address.slug, url))
    lists = [
        part
        for org, listed in orgs.items()
        for part in (H3(org), Ul(*(_project(slug, url) for slug, url in listed), cls="projects"))
    ]
    none = P("Your account lists no projects. Paste the address of one.", cls="note")
    more = P(
        "Projects of other organisations can be listed in ", Code(CANDIDATES), ", a file in the "
        "workspace: a line for each organisation, its projects indented below.", cls="note",
    )  # fmt: skip
    return [H2("Begin a Link Graph"), typed, *(lists or [none]), more]


def _project(slug: str, url: str) -> Part:
    return Li(
        Span(slug, cls="key"),
        A(
            "Exports",
            Span(f" of {slug}", cls="listen"),
            href=f"/botify/exports{urlsplit(url).path}".rstrip("/"),
            cls="quiet",
        ),
        Form(
            Input(type="hidden", name="workflow", value=WORKFLOW),
            Input(type="hidden", name="key", value=url),
            Button("Begin", Span(f" {slug}", cls="listen"), cls="secondary small"),
            method="post",
            action="/runs",
        ),
    )
