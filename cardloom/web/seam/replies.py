"""What the pages of an app answer with, and how they find their app."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cardloom.errors import NotFound
from cardloom.runs import Run
from cardloom.ui.tags import P
from cardloom.web.context import by_htmx, context_of, run_address, show
from cardloom.web.live import partial, single
from cardloom.web.seam.app import App

Part = Any


def app_of(request: Request, name: str) -> App:
    """The app called `name`: a workspace's file is called by its name without `.py`."""
    app = context_of(request).seam.apps.get(name)
    if app is None:
        raise NotFound(f"There is no app called {name[:80]!r}.")
    return app


def page(title: str, *content: Part, status: int = 200) -> Response:
    """A whole page with Cardloom's top bar and look."""
    return show(title, *content, status=status)


def back(request: Request, run: Run, card: str = "", sentence: str = "") -> Response:
    """Back to the run, where `card` is drawn again; the sentence is shown at the foot of the page."""
    if not by_htmx(request):
        return RedirectResponse(
            f"{run_address(run)}#card-{card}" if card else run_address(run), 303
        )
    drawn = single(context_of(request), run, card) if card else ""
    said = partial("#toast", "innerHTML", P(sentence)) if sentence else ""
    return HTMLResponse(drawn + said)
