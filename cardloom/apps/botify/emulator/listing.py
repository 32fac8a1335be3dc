"""The emulator's answers about what there is: profile, projects, analyses, collections, fields."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from cardloom.apps.botify.emulator.desk import DESK, Desk, page_of, refused, told
from cardloom.apps.botify.emulator.site import CONSOLE, FIELDS, MULTIPLE
from cardloom.apps.botify.emulator.world import Crawl, Emulated
from cardloom.botify.address import ANALYSIS
from cardloom.botify.analyses import order


class Absent(Exception):
    """What is asked for is not there, or closed: the answer to give."""

    def __init__(self, answer: web.Response) -> None:
        super().__init__()
        self.answer = answer


def project_of(desk: Desk, org: str, slug: str) -> Emulated:
    found = desk.world.project(org, slug)
    if found is None:
        raise Absent(refused(404, 1010, "Project not found"))
    if found.closed:
        raise Absent(refused(403, 1002, "Permission denied"))
    return found


def asked_project(request: web.Request) -> Emulated:
    return project_of(request.app[DESK], request.match_info["org"], request.match_info["project"])


async def profile(request: web.Request) -> web.Response:
    desk = request.app[DESK]
    user = {"username": desk.world.user, "email": f"{desk.world.user}@demo.example"}
    first, _, last = desk.world.user.partition(".")
    user |= {"first_name": first.title(), "last_name": last.title()}
    if desk.faults.take("profile", "profile-flat"):
        return told(user)
    if desk.faults.take("profile", "profile-user"):
        return told({"user": user})
    return told({"data": user})


async def projects(request: web.Request) -> web.Response:
    desk = request.app[DESK]
    found = desk.world.of(request.match_info["owner"])
    if found is None:
        return refused(404, 1007, "User not found")
    name = request.query.get("name", "").lower()
    other = desk.faults.take("projects", "organization") is not None
    rows = [_project(each, other) for each in found if name in each.name.lower()]
    return page_of(desk, request, rows)


def _project(project: Emulated, other: bool) -> dict[str, Any]:
    owner: dict[str, Any] = {"user": {"login": project.org, "is_organization": True}}
    if other:
        owner = {"organization": {"slug": project.org, "name": project.org}}
    seen = {"has_crawl": bool(project.crawls), "has_logs": False, "active": True}
    url = f"https://app.botify.com/{project.org}/{project.slug}/"
    return {"name": project.name, "slug": project.slug, "url": url, **owner, **seen}


async def project(request: web.Request) -> web.Response:
    return told(_project(asked_project(request), False))


async def light_analyses(request: web.Request) -> web.Response:
    found = asked_project(request)
    every = request.query.get("only_success", "true").lower() in ("false", "0")
    crawls = [crawl for crawl in found.crawls if every or crawl.status == "success"]
    rows = [_analysis(found, crawl) for crawl in sorted(crawls, key=_text_order, reverse=True)]
    return page_of(request.app[DESK], request, rows)


def _text_order(crawl: Crawl) -> str:
    """As text, which is not the order in time: a client has to sort by itself."""
    return crawl.slug


def _analysis(project: Emulated, crawl: Crawl) -> dict[str, Any]:
    found = ANALYSIS.fullmatch(crawl.slug)
    day = "-".join(found.groups()[:3]) if found else "2024-01-01"
    times = {f"date_{what}": f"{day}T10:07:03.309416Z" for what in ("created", "launched")}
    nth = order(crawl.slug)[1]
    name = day if nth == 1 else f"{day} ({nth})"
    return {
        "pk": 30_000 + len(crawl.slug) * 100 + nth,
        "slug": crawl.slug,
        "name": name,
        "friendly_name": "",
        "status": crawl.status,
        "urls_done": len(crawl.site.pages) if crawl.site else 0,
        "urls_in_queue": 0,
        "url": f"https://app.botify.com/{project.org}/{project.slug}/{crawl.slug}/",
        **times,
        "date_finished": times["date_launched"] if crawl.site else None,
        "comparable": True,
        "excluded_from_trends": False,
        "has_raw_pages": False,
    }


async def analysis(request: web.Request) -> web.Response:
    found = asked_project(request)
    crawl = found.crawl(request.match_info["analysis"])
    if crawl is None:
        return refused(404, 1004, "Analysis not found")
    typed = crawl.site is not None and "segments.pagetype.value" in crawl.site.fields
    names = ["pagetype"] if typed else []
    features = {
        "main": {},
        "links": {"page_rank": True, "top_anchors": True} if crawl.site else None,
        "segments": {"names": names} if typed else None,
        "search_engines": None,
    }
    config = {"start_urls": [crawl.site.pages[0]["url"]] if crawl.site else [], "max_depth": 100}
    return told({**_analysis(found, crawl), "features": features, "config": config, "failures": []})


async def advanced_export(request: web.Request) -> web.Response:
    found = asked_project(request)
    if found.crawl(request.match_info["analysis"]) is None:
        return refused(404, 1004, "Analysis not found")
    fields = ["url", "outlinks_internal.graph.url"]
    row = {"id": "links", "name": "Links", "group": "links", "type": "links", "fields": fields}
    if request.app[DESK].faults.take("advanced_export", "export-list"):
        return told([row])
    return told({"exporters": [row]})


async def collections(request: web.Request) -> web.Response:
    found = asked_project(request)
    rows: list[dict[str, Any]] = [
        {"id": "global", "name": "URL Scheme and Segmentation", "timestamped": False}
    ]
    for crawl in found.crawls:
        if crawl.site:
            rows.append({"id": f"crawl.{crawl.slug}", "name": crawl.slug, "timestamped": False})
    if found.console:
        days = {"date_start": "2020-01-01", "date_end": "2024-01-31"}
        rows.append({"id": "search_console", "name": "Search Console", "timestamped": True, **days})
    return told(rows)  # a bare list, whatever Botify's own description says


async def fields(request: web.Request) -> web.Response:
    found = asked_project(request)
    name = request.match_info["collection"]
    crawl = found.crawl(name.removeprefix("crawl."))
    if name == "search_console" and found.console:
        rows = [_field(each, *CONSOLE[each], "metric") for each in CONSOLE]
    elif name.startswith("crawl.") and crawl is not None and crawl.site is not None:
        known = crawl.site.fields
        rows = [_field(each, *FIELDS[each], "dimension") for each in FIELDS if each in known]
        rows.append(_field("count_urls_crawl", "No. of URLs", "integer", "metric"))
    else:
        return refused(404, 1004, f"Collection {name} not found")
    dataset = {"id": name, "name": name, "groups": [], "fields": rows, "multiple": False}
    return told({"datasets": [dataset], "metadata": {"date_start": None, "date_end": None}})


def _field(name: str, said: str, kind: str, role: str) -> dict[str, Any]:
    many = name in MULTIPLE
    group = name.partition(".")[0]
    return {"id": name, "name": said, "type": kind, "kind": role, "group": group, "multiple": many}
