"""Botify: a client of its API.

    clean_project_url → Client: projects → analyses → depths → probe → create_job → wait → download

This is the whole promise of the room. The client pays for nothing twice by itself and shows its
token to the API's host alone. It was written without access to the real service: docs/botify.md
says how sure each fact is.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cardloom.botify.account import (
        API_SECRET,
        Account,
        clean_api,
        keep_account,
        read_account,
        read_candidates,
    )
    from cardloom.botify.address import API, ProjectAddress, clean_project_url
    from cardloom.botify.analyses import Analysis
    from cardloom.botify.client import Client
    from cardloom.botify.connecting import connect, open_client
    from cardloom.botify.curl import Call, written
    from cardloom.botify.depths import Depth, Depths
    from cardloom.botify.download import Download
    from cardloom.botify.errors import (
        BadRequest,
        BadToken,
        BotifyError,
        Expired,
        JobFailed,
        NoAccess,
        NoCredits,
        NotThere,
        StillWaiting,
        Stopped,
        TooMany,
        Unavailable,
        Unexpected,
        Unsure,
        WrongFile,
    )
    from cardloom.botify.exports import (
        Export,
        attributes_export,
        links_export,
        short_names,
    )
    from cardloom.botify.fetching import Obtained, check_exports, obtain, use
    from cardloom.botify.fields import Collection, Field
    from cardloom.botify.jobs import Job
    from cardloom.botify.kept import Kept, Note, kept_of, place, read_note, set_aside, with_kept
    from cardloom.botify.offer import Group, Item, menu
    from cardloom.botify.patience import Patience
    from cardloom.botify.probe import Probe
    from cardloom.botify.projects import Profile, Project
    from cardloom.botify.token import clean_token
    from cardloom.botify.values import truth

_HOMES = {
    "account": (
        *("API_SECRET", "Account", "clean_api", "keep_account"),
        *("read_account", "read_candidates"),
    ),
    "address": ("API", "ProjectAddress", "clean_project_url"),
    "analyses": ("Analysis",),
    "client": ("Client",),
    "connecting": ("connect", "open_client"),
    "curl": ("Call", "written"),
    "depths": ("Depth", "Depths"),
    "download": ("Download",),
    "errors": (
        *("BadRequest", "BadToken", "BotifyError", "Expired", "JobFailed", "NoAccess", "NoCredits"),
        *(
            "NotThere",
            "StillWaiting",
            "Stopped",
            "TooMany",
            "Unavailable",
            "Unexpected",
            "Unsure",
            "WrongFile",
        ),
    ),
    "exports": ("Export", "attributes_export", "links_export", "short_names"),
    "fields": ("Collection", "Field"),
    "jobs": ("Job",),
    "kept": ("Kept", "Note", "kept_of", "place", "read_note", "set_aside", "with_kept"),
    "offer": ("Group", "Item", "menu"),
    "fetching": ("Obtained", "check_exports", "obtain", "use"),
    "patience": ("Patience",),
    "probe": ("Probe",),
    "projects": ("Profile", "Project"),
    "token": ("clean_token",),
    "values": ("truth",),
}
__all__ = [
    "API",
    "API_SECRET",
    "Account",
    "Analysis",
    "BadRequest",
    "BadToken",
    "BotifyError",
    "Call",
    "Client",
    "Collection",
    "Depth",
    "Depths",
    "Download",
    "Expired",
    "Export",
    "Field",
    "Group",
    "Item",
    "Job",
    "JobFailed",
    "Kept",
    "NoAccess",
    "NoCredits",
    "NotThere",
    "Note",
    "Obtained",
    "Patience",
    "Probe",
    "Profile",
    "Project",
    "ProjectAddress",
    "StillWaiting",
    "Stopped",
    "TooMany",
    "Unavailable",
    "Unexpected",
    "Unsure",
    "WrongFile",
    "attributes_export",
    "check_exports",
    "clean_api",
    "clean_project_url",
    "clean_token",
    "connect",
    "keep_account",
    "kept_of",
    "links_export",
    "menu",
    "obtain",
    "open_client",
    "place",
    "read_account",
    "read_candidates",
    "read_note",
    "set_aside",
    "short_names",
    "truth",
    "use",
    "with_kept",
    "written",
]


# aiohttp alone costs a fifth of a second at the app's start, so a name's module is loaded when
# the name is first used (PEP 562).
def __getattr__(name: str) -> Any:
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
