"""The help: the docs folder as pages, the same words that stand beside the code."""

from pathlib import Path

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response

from cardloom.errors import NotFound
from cardloom.markdown import render
from cardloom.ui.tags import A, Div, Nav, NotStr, P
from cardloom.web.context import below, show

routes = APIRouter()

# In a checkout the docs lie beside the package; in an installed one, inside it.
_INSIDE = Path(__file__).parent.parent / "help"
_BESIDE = Path(__file__).parent.parent.parent / "docs"
DOCS = _INSIDE if _INSIDE.is_dir() else _BESIDE

MOVED = {"requests": "inbox", "why": "provenance"}  # pages under the names that they had before
ROBOTS = "User-agent: *\nAllow: /help\nDisallow: /\n"


@routes("/robots.txt", methods=["GET"])
async def robots(request: Request) -> Response:
    """The help is for everyone, crawlers included; runs are a person's own."""
    return PlainTextResponse(ROBOTS)


@routes("/help", methods=["GET"])
async def index(request: Request) -> Response:
    """The first help page, where links from page to page resolve as they do in the folder."""
    return RedirectResponse("/help/index", 303)


@routes("/help/{name:path}", methods=["GET"])
async def help_page(request: Request, name: str) -> Response:
    """One help page, by its file's name with or without .md."""
    if name in MOVED:
        return RedirectResponse("/help/" + MOVED[name], 303)
    if name.endswith(".md"):
        return RedirectResponse("/help/" + name.removesuffix(".md"), 303)
    if name.endswith(".png"):
        return FileResponse(_find(name), media_type="image/png")
    return _page(name)


def _find(name: str) -> Path:
    path = below(DOCS, name)
    if path is None:
        raise NotFound(f"There is no help page called {name[:80]!r}. Begin at /help.")
    return path


def _page(name: str) -> Response:
    path = _find(f"{name}.md")
    text = path.read_text(encoding="utf-8")
    title = text.partition("\n")[0].lstrip("# ").strip()
    html = render(text, pictures=True).replace('.md"', '"').replace(".md#", "#")
    up = P(A("All help pages", href="/help"), cls="over") if name != "index" else ""
    return show(title, Nav(up, aria_label="Help"), Div(NotStr(html), cls="prose help-page"))
