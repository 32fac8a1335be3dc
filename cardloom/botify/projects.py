"""Whose token it is, and the projects it opens. Shapes differ between sources; all are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cardloom.botify.address import APP, ProjectAddress
from cardloom.botify.errors import Unexpected
from cardloom.botify.lists import SIZE, all_rows, at, text
from cardloom.botify.transport import Transport

_NAMES = (("data", "username"), ("username",), ("user", "username"), ("data", "login"), ("login",))


@dataclass(frozen=True, slots=True)
class Profile:
    """Whose token it is: `username`, and the name and e-mail address where they are told."""

    username: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A project: `org` (an organisation's slug or a login), `slug`, `name`, its `url` in the app."""

    org: str
    slug: str
    name: str
    url: str

    @property
    def address(self) -> ProjectAddress:
        return ProjectAddress(self.org, self.slug, self.url)


async def ask_profile(transport: Transport) -> Profile:
    body = await transport.get("/authentication/profile")
    username = next((found for path in _NAMES if (found := text(at(body, *path)))), "")
    if not username:
        raise Unexpected("The profile names no user", endpoint="GET /authentication/profile")
    told = at(body, "data") if isinstance(at(body, "data"), dict) else body
    name = f"{text(at(told, 'first_name'))} {text(at(told, 'last_name'))}".strip()
    return Profile(username, name, text(at(told, "email")))


async def ask_projects(transport: Transport, org: str) -> list[Project]:
    """The projects of a user or an organisation, sorted by name; those without a slug left out."""
    call = transport.call("GET", f"/projects/{quote(org, safe='')}", page=1, size=SIZE)
    rows = await all_rows(transport, call)
    found = {
        (project.org, project.slug): project for row in rows if (project := _project(row, org))
    }
    return sorted(found.values(), key=lambda project: (project.name.casefold(), project.slug))


def _project(row: dict[str, Any], asked: str) -> Project | None:
    slug = text(row.get("slug"))
    owner = (
        text(at(row, "user", "login"))
        or text(at(row, "organization", "slug"))
        or text(at(row, "organization", "owner", "username"))
        or asked
    )
    if not slug:
        return None
    return Project(owner, slug, text(row.get("name")) or slug, f"https://{APP}/{owner}/{slug}/")
