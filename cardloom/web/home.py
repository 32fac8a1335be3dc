"""The landing page: begin a run, or go on with one."""

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cardloom.catalog import Entry
from cardloom.errors import Missing
from cardloom.runs import default_key
from cardloom.ui.tags import (
    H1,
    H2,
    H3,
    A,
    Article,
    Button,
    Code,
    Datalist,
    Div,
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
    Ul,
)
from cardloom.web import apps, imports
from cardloom.web.context import AppContext, context_of, row_address, run_address, show
from cardloom.web.run_page import STATUS_WORDS, ago
from cardloom.web.seam.drawing import sections
from cardloom.workspace import Row

routes = APIRouter()


@routes("/", methods=["GET"])
async def home(request: Request) -> Response:
    """Workflows to begin, and recent runs to go on with."""
    return landing(context_of(request))


@routes("/runs", methods=["POST"])
async def begin(request: Request) -> Response:
    """Open the run of this workflow and key: a new one, or the one that is there."""
    context = context_of(request)
    form = await request.form()
    name, typed = str(form.get("workflow", "")), str(form.get("key", ""))
    flow = context.catalog.workflow(name)
    key = typed or default_key(flow, {})
    try:
        run = context.store.open(flow, key, by="person")
    except Missing as error:
        return landing(context, wrong=name, typed=typed, error=str(error))
    run.publish()  # a run that is here already may have been left in the middle
    return RedirectResponse(run_address(run), 303)


def landing(context: AppContext, wrong: str = "", typed: str = "", error: str = "") -> Response:
    entries = list(context.catalog.entries().values())
    recent = context.store.recent(30)
    counts = context.store.index.workflows()
    good = [entry for entry in entries if entry.workflow is not None]
    broken = [entry for entry in entries if entry.workflow is None]
    groups: dict[str, list[Entry]] = {}
    for entry in good:
        assert entry.workflow is not None
        groups.setdefault(entry.workflow.group, []).append(entry)
    parts: list[Part] = [
        *_notices(context),
        _welcome(recent),
        *sections(context.seam, "home_section"),
    ]
    if recent:
        parts.append(_recent(recent))
    parts.append(
        Section(
            H2("Begin a run" if recent else "Begin with one of these"),
            *(
                part
                for group, members in groups.items()
                for part in (
                    *([H3(group)] if group else []),
                    Div(
                        *(
                            _begin(context, e, counts.get(e.name, 0), wrong, typed, error)
                            for e in members
                        ),
                        cls="workflows",
                    ),
                )
            ),
        )
    )
    if broken:
        parts.append(_broken(broken))
    parts += apps.troubles(context)
    parts.append(imports.form())
    parts.append(
        P(
            Small(
                "Workspace: ",
                Code(str(context.workspace.root)),
                ". A workflow is a Python file in it; ",
                Code("cardloom new"),
                " writes a first one, and ",
                A("one can be composed of several", href="/compose#workflows"),
                ".",
            ),
            cls="note",
        )
    )
    return show("Cardloom", *parts, status=422 if error else 200)


def _welcome(recent: list[Row]) -> Part:
    if recent:
        return Section(H1("Your runs"), id="welcome", cls="listen")
    return Section(
        H1("Fill in a card. Get the next."),
        P(
            "Everything that happens here is one line in a plain file on this machine. Close the tab, "
            "pull the plug, come back next year: nothing is lost.",
            cls="lead",
        ),
        id="welcome",
    )


def _recent(recent: list[Row]) -> Part:
    rows = [
        Li(
            A(
                Span(_called(row), cls="key"),
                Span(row.flow, cls="of"),
                Span(
                    STATUS_WORDS.get(row.status, row.status), cls="status", data_status=row.status
                ),
                Span(f"{row.settled}/{row.cards}", cls="count"),
                Span(ago(row.changed), cls="when"),
                href=row_address(row.name),
            ),
            P(row.trouble, cls="note") if row.trouble else "",
        )
        for row in recent
    ]
    every = P(A("All runs: search, label, archive", href="/runs"), cls="note")
    return Section(H2("Recent runs"), Ul(*rows, cls="runs"), every, id="recent")


def _notices(context: AppContext) -> list[Part]:
    """What belongs to no run and needs the person: a backup that failed, a request."""
    return [P(said, cls="notice", role="alert") for said in context.store.notices.sentences()]


def _called(row: Row) -> str:
    key = row.key if len(row.key) < 90 else row.key[:89] + "…"
    return f"{key} · {row.title}" if row.title else key


def _begin(
    context: AppContext, entry: Entry, count: int, wrong: str, typed: str, error: str
) -> Part:
    flow = entry.workflow
    assert flow is not None
    ident = f"key-{entry.name}"
    mine = entry.name == wrong and error
    about = flow.about.partition("\n\n")[0].replace("\n", " ")
    known = list(dict.fromkeys(context.seam.texts("suggested_keys", workflow=entry)))
    field = Input(
        id=ident,
        list=f"{ident}-known" if known else None,
        name="key",
        required=True,
        autocomplete="off",
        maxlength="8000",
        placeholder=flow.example or "a name for this run",
        value=typed if mine else "",
        aria_invalid="true" if mine else None,
        aria_describedby=f"{ident}-error" if mine else None,
    )
    problem = P(error, id=f"{ident}-error", cls="error", role="alert") if mine else ""
    return Article(
        H3(flow.title),
        P(about, cls="help") if about and about != flow.title else "",
        Form(
            Input(type="hidden", name="workflow", value=entry.name),
            Label("Name of the run", fr=ident, cls="listen"),
            Div(field, Button("Begin"), cls="with-button"),
            problem,
            Datalist(*(Option(value=key) for key in known), id=f"{ident}-known") if known else "",
            method="post",
            action="/runs",
        ),
        *sections(context.seam, "workflow_panel", workflow=entry),
        _ways(entry, count),
        id=entry.name,
        cls="workflow",
    )


def _ways(entry: Entry, count: int) -> Part:
    """To the workflow's runs and to what they tell, where there are any."""
    if not count:
        return ""
    runs = A(f"{count:,} {'run' if count == 1 else 'runs'}", href=f"/runs?workflow={entry.name}")
    return P(runs, " · ", A("Insights", href=f"/workflows/{entry.name}/insights"), cls="note ways")


def _trouble(entry: Entry) -> list[Part]:
    """What is wrong, after the file's own name where the trouble lies in another file."""
    own = entry.trouble.startswith(entry.path.name)
    return [Span(entry.trouble)] if own else [Code(entry.path.name), " ", Span(entry.trouble)]


def _broken(broken: list[Entry]) -> Part:
    rows = [Li(*_trouble(entry)) for entry in broken]
    return Section(H2("These files do not load"), Ul(*rows, cls="broken"), id="broken")
