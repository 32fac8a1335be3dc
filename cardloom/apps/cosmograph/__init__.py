"""Share a card's map with Cosmograph's page.

The button stands below a map; the files are given to that page alone, until the person stops it.
"""

from typing import TYPE_CHECKING, Any

from cardloom.engine import State, View
from cardloom.runs import Run
from cardloom.web.seam.app import App
from cardloom.web.seam.hooks import Panel, hook

if TYPE_CHECKING:
    from fasthtml.core import APIRouter


# Loaded when first asked for: a command that no page is drawn for does without FastHTML.
def _pages() -> Any:
    from cardloom.apps.cosmograph import pages

    return pages


@hook
def routes() -> "APIRouter":
    return _pages().routes


@hook
def card_panel(app: App, run: Run, state: State, card: View) -> Panel | None:
    return _pages().panel(app.cardloom, run, state, card.name) if card.state.settled else None
