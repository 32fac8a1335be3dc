"""Apps: what is added to Cardloom by the seam, a folder each; and the names that an app may import.

    from cardloom.apps import Action, Link, Router, hook

These names are the whole promise to authors of apps; docs/apps.md tells of each. Nothing outside an
app's folder names the app.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fasthtml.core import APIRouter as Router
    from starlette.requests import Request

    from cardloom.ui import tags
    from cardloom.web.seam.app import App
    from cardloom.web.seam.hooks import Action, Link, Panel, hook
    from cardloom.web.seam.replies import app_of, back, page
    from cardloom.workspace.option import workspace_option

_HOMES = {
    "Action": "cardloom.web.seam.hooks:Action",
    "App": "cardloom.web.seam.app:App",
    "Link": "cardloom.web.seam.hooks:Link",
    "Panel": "cardloom.web.seam.hooks:Panel",
    "Request": "starlette.requests:Request",
    "Router": "fasthtml.core:APIRouter",
    "app_of": "cardloom.web.seam.replies:app_of",
    "back": "cardloom.web.seam.replies:back",
    "hook": "cardloom.web.seam.hooks:hook",
    "page": "cardloom.web.seam.replies:page",
    "tags": "cardloom.ui:tags",
    "workspace_option": "cardloom.workspace.option:workspace_option",
}
__all__ = [
    "Action",
    "App",
    "Link",
    "Panel",
    "Request",
    "Router",
    "app_of",
    "back",
    "hook",
    "page",
    "tags",
    "workspace_option",
]

# Modules of the shipped apps, one for each folder beside this file.
SHIPPED = tuple(
    f"{__name__}.{found.name}" for found in pkgutil.iter_modules(__path__) if found.ispkg
)


# FastHTML costs a fifth of a second, so a name is loaded when it is first used (PEP 562).
def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    found = import_module(module)
    value = getattr(found, attribute, None) or import_module(f"{module}.{attribute}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
