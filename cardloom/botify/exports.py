"""What to export, as data: the two exports of a link graph, their cost, their columns. Free of IO."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cardloom.botify import queries
from cardloom.botify.address import ProjectAddress

MOST_ROWS = 1_000_000  # what Botify gives by default; a plan can raise it
_KNOWN = {  # what a field is called in files that a graph is read from
    "http_code": "status",
    "metadata.title.content": "title",
    "segments.pagetype.value": "pagetype",
    "compliant.is_compliant": "is_compliant",
    "canonical.to.equal": "canonical_equal",
    "sitemaps.present": "sitemaps_present",
    "search_console.count_impressions": "impressions",
    "search_console.count_clicks": "clicks",
    "search_console.period_0.count_impressions": "impressions",
    "search_console.period_0.count_clicks": "clicks",
}


@dataclass(frozen=True, slots=True)
class Export:
    """An export as it will be asked for.

    kind     links or attributes
    columns  of the file that `download` writes; the first names the page
    order    for each of `columns`, its place among the columns as Botify sends them
    size     rows at most; Botify cuts there and does not say so
    query    in Botify's language
    """

    kind: str
    project: ProjectAddress
    analysis: str
    columns: tuple[str, ...]
    order: tuple[int, ...]
    size: int
    query: dict[str, Any]

    def payload(self) -> dict[str, Any]:
        """The body of `POST /jobs`."""
        inside = {
            "username": self.project.org,
            "project": self.project.slug,
            "connector": "direct_download",
            "formatter": "csv",
            # Botify's sources disagree about the defaults, so nothing is left to them.
            "formatter_config": {
                "delimiter": ",",
                "print_delimiter": False,
                "print_header": True,
                "header_format": "slug",
            },
            "export_size": self.size,
            "query": self.query,
        }
        return {"job_type": "export", "payload": inside}

    @property
    def key(self) -> str:
        """The same for two exports exactly when they ask for the same."""
        text = json.dumps(self.payload(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]

    def sent(self) -> tuple[str, ...]:
        """The full names of the columns in the order in which Botify sends them."""
        inner = self.query["query"]
        return (*inner["dimensions"], *inner["metrics"])

    def credits(self, rows: int | None = None) -> float:
        """Export credits for so many rows, `size` if not given: 1 a row, 0.1 a row of links."""
        counted = min(self.size, self.size if rows is None else rows)
        return math.ceil(counted) / 10 if self.kind == "links" else float(math.ceil(counted))


def links_export(
    project: ProjectAddress, analysis: str, depth: int | None = None, size: int = MOST_ROWS
) -> Export:
    """Each internal link of the pages up to `depth` (None: all), as columns source and target."""
    _check(depth, size)
    query = queries.links(analysis, depth)
    return Export("links", project, analysis, ("source", "target"), (0, 1), size, query)


def attributes_export(
    project: ProjectAddress,
    analysis: str,
    fields: Sequence[str] | Mapping[str, str],
    depth: int | None = None,
    size: int = MOST_ROWS,
    period: tuple[date, date] | None = None,
) -> Export:
    """Each page up to `depth` with `fields`, as columns id and those.

    fields  names of fields without their collection, which are then the columns' names too; or
            column → field. The columns stand in the order given
    period  first and last day for fields of Search Console; without it, the seven days that end
            on the day of the crawl

    Raises ValueError for no field, a column named twice or `id`, or a crawl without a day.
    """
    _check(depth, size)
    named = dict(fields) if isinstance(fields, Mapping) else {each: each for each in fields}
    if isinstance(fields, str) or not named:
        raise ValueError("An export of attributes needs a list of at least one field.")
    if "id" in named or (not isinstance(fields, Mapping) and len(named) != len(fields)):
        raise ValueError("Each column needs a name of its own, and `id` is the page's address.")
    asked = list(dict.fromkeys(named.values()))
    query = queries.attributes(analysis, asked, depth, period)
    inner = query["query"]
    sent = [*inner["dimensions"], *inner["metrics"]]
    order = [sent.index(queries.qualified(analysis, field)) for field in named.values()]
    return Export("attributes", project, analysis, ("id", *named), (0, *order), size, query)


def short_names(fields: Sequence[str]) -> dict[str, str]:
    """Column → field with the short names that `cardloom.graph` knows: status, title, pagetype …

    A field without one, or whose short name is taken, keeps its own.
    """
    named: dict[str, str] = {}
    for field in fields:
        short = _KNOWN.get(field, field)
        named[short if short not in named else field] = field
    return named


def _check(depth: int | None, size: int) -> None:
    if depth is not None and depth < 0:
        raise ValueError(f"The depth of an export is 0 or more, not {depth}.")
    if size < 1:
        raise ValueError(f"An export has at least one row, not {size}.")
