"""How many pages and links a crawl has at each depth, asked before anything is paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cardloom.botify.address import ProjectAddress
from cardloom.botify.analyses import project_path
from cardloom.botify.errors import BadRequest, Unexpected
from cardloom.botify.lists import all_rows, whole
from cardloom.botify.queries import Query, links_by_depth, links_up_to
from cardloom.botify.transport import Transport

_DEEPEST = 60  # single queries asked at most where the grouped one is refused
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Depth:
    """One depth: its own `links` and `pages`, and those `up_to` it. Pages are None where unknown."""

    depth: int
    links: int
    links_up_to: int
    pages: int | None
    pages_up_to: int | None


@dataclass(frozen=True, slots=True)
class Depths:
    """A crawl by depth, from 0 down. `unreached` pages have no depth: no link leads to them."""

    rows: tuple[Depth, ...]
    unreached: int = 0

    @property
    def links(self) -> int:
        """All internal links of pages that have a depth."""
        return self.rows[-1].links_up_to if self.rows else 0

    def within(self, links: int) -> Depth | None:
        """The deepest depth whose links, with all above, are no more than `links`; None if none is."""
        return next((row for row in reversed(self.rows) if row.links_up_to <= links), None)

    def at(self, depth: int) -> Depth | None:
        """The row of a depth; of the deepest one, where the crawl ends before."""
        return next((row for row in reversed(self.rows) if row.depth <= depth), None)


async def ask_rows(
    transport: Transport, project: ProjectAddress, query: Query, size: int = _PAGE
) -> list[tuple[list[Any], list[Any]]]:
    """The (dimensions, metrics) of all rows of a query."""
    call = query_call(transport, project, query, size)
    rows = await all_rows(transport, call)
    return [(_list(row.get("dimensions")), _list(row.get("metrics"))) for row in rows]


def query_call(transport: Transport, project: ProjectAddress, query: Query, size: int) -> Any:
    path = f"/projects/{project_path(project)}/query"
    return transport.call("POST", path, query, page=1, size=size)


async def ask_depths(transport: Transport, project: ProjectAddress, analysis: str) -> Depths:
    """All depths in one query; one query a depth where that one is refused as it is."""
    try:
        rows = await ask_rows(transport, project, links_by_depth(analysis))
    except BadRequest:
        return await _one_by_one(transport, project, analysis)
    counted: dict[int, tuple[int, int]] = {}
    unreached = 0
    for dimensions, metrics in rows:
        depth = whole(dimensions[0]) if dimensions else None
        found = ((whole(metric) or 0) for metric in [*metrics, 0, 0])
        links, pages = next(found), next(found)
        if depth is None or depth < 0:
            unreached += pages
        else:
            counted[depth] = (links, pages)
    return Depths(_cumulated(counted), unreached)


def _cumulated(counted: dict[int, tuple[int, int]]) -> tuple[Depth, ...]:
    rows: list[Depth] = []
    all_links = all_pages = 0
    for depth in sorted(counted):
        links, pages = counted[depth]
        all_links, all_pages = all_links + links, all_pages + pages
        rows.append(Depth(depth, links, all_links, pages, all_pages))
    return tuple(rows)


async def _one_by_one(transport: Transport, project: ProjectAddress, analysis: str) -> Depths:
    rows: list[Depth] = []
    before = 0
    for depth in range(_DEEPEST):
        links = await count_links(transport, project, analysis, depth)
        if rows and links == before:  # no page of this depth links on, so there is none below it
            break
        rows.append(Depth(depth, links - before, links, None, None))
        before = links
    return Depths(tuple(rows))


async def count_links(
    transport: Transport, project: ProjectAddress, analysis: str, depth: int
) -> int:
    """Internal links of the pages up to a depth: the rows that a links export will have."""
    rows = await ask_rows(transport, project, links_up_to(analysis, depth), size=1)
    if rows and not rows[0][1]:
        raise Unexpected("The count of links has no number in it")
    return (whole(rows[0][1][0]) or 0) if rows else 0


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
