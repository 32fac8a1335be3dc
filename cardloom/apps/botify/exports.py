"""What was exported from Botify into the workspace: to download, to look at, to export again."""

import functools
from pathlib import Path
from urllib.parse import quote

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from cardloom import botify as door  # its names load at first use, so annotations quote them
from cardloom.apps.botify.connect import WORKFLOW
from cardloom.brief import file_size
from cardloom.engine import State, Workflow, moves
from cardloom.errors import CardloomError, Missing, NotFound
from cardloom.runs import Run
from cardloom.types import Event
from cardloom.ui.tags import (
    H1,
    H2,
    A,
    Article,
    Button,
    Dd,
    Details,
    Div,
    Dl,
    Dt,
    Form,
    Input,
    Li,
    P,
    Part,
    Section,
    Summary,
    Ul,
)
from cardloom.web.context import AppContext, below, context_of, run_address, show

routes = APIRouter()

EXPORTING = ("order", "links", "meta")  # what is paid for is asked anew, then done anew
SAVED = {".csv": "text/csv; charset=utf-8", ".gz": "application/gzip"}


@routes("/downloads/{shown:path}", methods=["GET"])
async def download(request: Request, shown: str) -> Response:
    """A file below the workspace's folder of downloads, to be saved."""
    path = below(context_of(request).workspace.root / "downloads", shown)
    if path is None or path.suffix.lower() not in SAVED:
        raise NotFound(f"There is no file {shown[:80]!r} among the downloads.")
    return FileResponse(
        path,
        media_type=SAVED[path.suffix.lower()],
        filename=path.name,
        headers={
            "cache-control": "private, no-cache",
            "content-security-policy": "sandbox; default-src 'none'",
        },
    )


@routes("/botify/exports/{org}/{project}", methods=["GET"])
async def exports(request: Request, org: str, project: str) -> Response:
    """The exports of one project that lie in the workspace."""
    context, address = context_of(request), _address(org, project)
    run = _run(context, address)
    found = sorted(
        door.kept_of(context.workspace.root, address), key=lambda kept: kept.analysis, reverse=True
    )
    shown = [_export(context, kept, run) for kept in found]
    none = P("Nothing of this project has been exported into the workspace yet.", cls="lead")
    to_run = P(A("To its run", href=run_address(run)), cls="note") if run is not None else ""
    return show(
        f"Exports of {address.slug}",
        Section(
            P(A("Botify", href="/botify"), cls="over"),
            H1(f"Exports of {address.org}/{address.slug}"),
            to_run,
            *(shown or [none]),
            cls="kept-exports",
        ),
    )


@routes("/botify/exports/aside", methods=["POST"])
async def aside(request: Request) -> Response:
    """Give the files of an analysis other names, so that it can be exported again."""
    context = context_of(request)
    form = await request.form()
    address = _address(str(form.get("org", "")), str(form.get("project", "")))
    kept = door.place(context.workspace.root, address, str(form.get("analysis", "")))
    if not kept.here:
        raise NotFound(f"There is no export of {kept.analysis} in the workspace.")
    door.set_aside(kept)
    run = _run(context, address)
    if run is None:
        return RedirectResponse(_place(address), 303)
    try:
        _ask_again(run, kept.analysis)
    except CardloomError:
        pass  # finalized or damaged: it stays as it is
    return RedirectResponse(run_address(run), 303)


def _ask_again(run: Run, analysis: str) -> None:
    """The list of crawls says what is here, and that has changed; so has what is to be exported."""
    flow, state = run.workflow, run.state()
    if flow is None:
        return
    cards = ["analyses", *(EXPORTING if state.card("analysis").value == analysis else ())]
    for name in cards:
        if state.card(name).settled:
            run.move(functools.partial(_reopen, flow, name))


def _reopen(flow: Workflow, name: str, state: State) -> list[Event]:
    return moves.reopen(flow, state, name, by="person")


def _address(org: str, project: str) -> "door.ProjectAddress":
    try:
        return door.clean_project_url(f"{org}/{project}")
    except ValueError as error:
        raise NotFound(str(error)) from error


def _place(address: "door.ProjectAddress") -> str:
    return f"/botify/exports/{quote(address.org, safe='')}/{quote(address.slug, safe='')}"


def _run(context: AppContext, address: "door.ProjectAddress") -> Run | None:
    """The run of the project, if there is one."""
    try:
        return context.store.find(WORKFLOW, address.url)
    except Missing:
        return None


def _export(context: AppContext, kept: "door.Kept", run: Run | None) -> Part:
    paths = [path for path in (kept.links, kept.meta) if path.is_file()]
    at = _mapped(context, run, kept) if run is not None else 0
    look = (
        P(A("Open its map", href=f"{run_address(run)}?at={at}#card-graph"), cls="open-map")
        if run is not None and at
        else P(
            f"To open its map, choose “Open {kept.analysis}” in the run of the project.", cls="note"
        )
    )
    return Article(
        H2(kept.analysis),
        P(kept.here.capitalize() + ".", cls="note"),
        Ul(*(_file(context, path) for path in paths), cls="files"),
        look,
        _again(kept),
        cls="kept-export",
        id=f"export-{kept.analysis}",
    )


def _file(context: AppContext, path: Path) -> Part:
    shown = path.relative_to(context.workspace.root).as_posix()
    try:
        note = door.read_note(path)
    except CardloomError as error:
        return Li(A(path.name, href="/" + quote(shown)), P(str(error), cls="error"))
    figures = {"Rows": f"{note.rows:,}", "Size": file_size(note.size), "Since": note.at[:10]}
    figures |= {"Up to depth": str(note.depth)} if note.depth is not None else {}
    figures |= {"": "cut off at the limit"} if note.cut_off else {}
    facts = Dl(*(Div(Dt(name), Dd(value)) for name, value in figures.items()), cls="figures")
    return Li(A(path.name, href="/" + quote(shown), download=path.name), facts)


def _again(kept: "door.Kept") -> Part:
    """Set the files aside: said with what it means before it is done."""
    return Details(
        Summary("Export again", role="button", cls="secondary small"),
        Div(
            P(
                "The files get other names, and the crawl can be chosen again. An export that Botify "
                "still has is fetched again without being paid."
            ),
            Form(
                Input(type="hidden", name="org", value=kept.project.org),
                Input(type="hidden", name="project", value=kept.project.slug),
                Input(type="hidden", name="analysis", value=kept.analysis),
                Button(f"Set the files of {kept.analysis} aside", cls="small"),
                method="post",
                action="/botify/exports/aside",
            ),
            cls="popover",
        ),
        cls="pop",
    )


def _mapped(context: AppContext, run: Run, kept: "door.Kept") -> int:
    """The last event at which the run had a map of these files; 0 for none."""
    shown = kept.links.relative_to(context.workspace.root).as_posix()
    found = 0
    for event in run.journal.read():
        if event.get("type") == "finished" and event.get("card") == "graph":
            value = event.get("value")
            files = value.get("files") if isinstance(value, dict) else None
            found = event["n"] if isinstance(files, list) and shown in files else found
    return found
