"""The demo: the main job on Cardloom's own help pages, with nothing to fill in."""

from typing import TYPE_CHECKING, Any

from cardloom.catalog import Entry
from cardloom.web.seam.app import App
from cardloom.web.seam.hooks import hook

if TYPE_CHECKING:
    from fasthtml.core import APIRouter


# Loaded when first asked for: a command that no page is drawn for does without FastHTML.
def _pages() -> Any:
    from cardloom.apps.demo import pages

    return pages


@hook
def routes() -> "APIRouter":
    return _pages().routes


@hook
def home_section(app: App) -> Any:
    return None if app.store.recent(1) else _pages().invitation()


@hook
def workflow_panel(workflow: Entry) -> Any:
    return _pages().try_it(workflow)


@hook
def commands() -> dict[str, str]:
    return {"demo": "cardloom.apps.demo.command:demo"}
