"""The demo's buttons on the first page, and where they post to."""

from typing import Any

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cardloom.apps.demo.begin import WORKFLOW, begin_demo
from cardloom.catalog import Entry
from cardloom.ui.tags import Button, Form, Small
from cardloom.web.context import context_of, run_address

Part = Any
routes = APIRouter()


@routes("/demo", methods=["POST"])
async def demo(request: Request) -> Response:
    """Crawl Cardloom's own help pages: the main job, with nothing to fill in."""
    run = await begin_demo(context_of(request), request.url.port or 80)
    return RedirectResponse(run_address(run), 303)


def invitation() -> Part:
    """For a newcomer, who has no run yet."""
    return Form(
        Button("See a web site become a link graph"),
        Small("Crawls Cardloom's own help pages on this machine. No network, about three seconds."),
        method="post",
        action="/demo",
        cls="invitation",
    )


def try_it(entry: Entry) -> Part:
    """Below the workflow that the demo runs."""
    if entry.name != WORKFLOW or not entry.shipped:
        return None
    label = "Try it on Cardloom's own help pages"
    return Form(Button(label, cls="quiet"), method="post", action="/demo")
