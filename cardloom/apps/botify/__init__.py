"""Botify: connect an account, begin a Link Graph from its projects, and look after the exports."""

from typing import TYPE_CHECKING, Any

from cardloom.catalog import Entry
from cardloom.engine import View
from cardloom.web.seam.app import App
from cardloom.web.seam.hooks import Link, hook

if TYPE_CHECKING:
    from fasthtml.core import APIRouter


# Loaded when first asked for: a command that no page is drawn for does without FastHTML.
def _pages() -> Any:
    from cardloom.apps.botify import connect

    return connect


@hook
def routes() -> "list[APIRouter]":
    from cardloom.apps.botify import connect, exports

    return [connect.routes, exports.routes]


@hook
def menu() -> Link:
    return Link("Botify", "/botify")


@hook
def workflow_panel(app: App, workflow: Entry) -> Any:
    return _pages().ways(app.cardloom) if _pages().is_ours(workflow) else None


@hook
def suggested_keys(app: App, workflow: Entry) -> list[str] | None:
    return _pages().projects(app.workspace) if _pages().is_ours(workflow) else None


@hook
def card_panel(card: View) -> Any:
    return _pages().remedy(card.state.error) if card.status == "failed" else None


@hook
def commands() -> dict[str, str]:
    return {
        "botify-connect": "cardloom.apps.botify.connect_command:connect",
        "botify-emulator": "cardloom.apps.botify.emulator_command:emulator",
    }
