"""The analyses (crawls) of a project, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from cardloom.botify.address import ANALYSIS, ProjectAddress
from cardloom.botify.errors import Unexpected
from cardloom.botify.lists import SIZE, all_rows, at, text, whole
from cardloom.botify.transport import Transport


@dataclass(frozen=True, slots=True)
class Analysis:
    """A crawl of a project.

    slug    `20240101`, or `20240101-2` for the second of a day
    name    for people
    status  success, failed, crawling …; "" where it is not told
    pages   addresses crawled, None where it is not told
    day     the date in the slug, None where there is none
    """

    slug: str
    name: str
    status: str = ""
    pages: int | None = None
    finished: str = ""

    @property
    def day(self) -> date | None:
        return day_of(self.slug)


async def ask_analyses(
    transport: Transport, project: ProjectAddress, only_success: bool
) -> list[Analysis]:
    path = f"/analyses/{project_path(project)}/light"
    asked = "true" if only_success else "false"
    call = transport.call("GET", path, only_success=asked, page=1, size=SIZE)
    rows = await all_rows(transport, call)
    found = {slug: _analysis(slug, row) for row in rows if (slug := text(row.get("slug")))}
    return sorted(found.values(), key=lambda each: order(each.slug), reverse=True)


async def ask_features(
    transport: Transport, project: ProjectAddress, analysis: str
) -> dict[str, Any]:
    """What is switched on in a crawl: the object `features`, {} where it is not told."""
    path = f"/analyses/{project_path(project)}/{quote(analysis, safe='')}"
    body = await transport.get(path)
    if not isinstance(body, dict):
        raise Unexpected("The analysis is no object", endpoint=f"GET {path}")
    features = at(body, "features")
    return features if isinstance(features, dict) else {}


def _analysis(slug: str, row: dict[str, Any]) -> Analysis:
    name = text(row.get("friendly_name")) or text(row.get("name")) or slug
    pages = whole(row.get("urls_done"))
    return Analysis(slug, name, text(row.get("status")), pages, text(row.get("date_finished")))


def project_path(project: ProjectAddress) -> str:
    return f"{quote(project.org, safe='')}/{quote(project.slug, safe='')}"


def order(slug: str) -> tuple[str, int, str]:
    """A key by which slugs sort in time: `-10` comes after `-2`, which as text it would not."""
    found = ANALYSIS.fullmatch(slug)
    if not found:
        return "", 0, slug
    return "".join(found.groups()[:3]), int(found[4] or 1), slug


def day_of(slug: str) -> date | None:
    """The day in an analysis' slug, None where there is none."""
    found = ANALYSIS.fullmatch(slug)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None
