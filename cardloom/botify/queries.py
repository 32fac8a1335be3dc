"""Queries in Botify's language (BQLv2) as plain data. Nothing here is sent.

Source: Botify's developer pages and published notebooks; docs/botify.md says how sure each is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from cardloom.botify.analyses import day_of

Query = dict[str, Any]
CONSOLE = "search_console"
TARGET = "outlinks_internal.graph.url"
EDGES = "outlinks_internal.nb.total"
_PERIOD_DAYS = 7


def links_by_depth(analysis: str) -> Query:
    """Pages and internal links of every depth, in one query."""
    metrics = [_sum(analysis, EDGES), f"crawl.{analysis}.count_urls_crawl"]
    inner = {"dimensions": [f"crawl.{analysis}.depth"], "metrics": metrics, "sort": [0]}
    return {"collections": [f"crawl.{analysis}"], "query": inner}


def links_up_to(analysis: str, depth: int) -> Query:
    """Internal links of the pages up to one depth: one row with one number."""
    inner: Query = {"dimensions": [], "metrics": [_sum(analysis, EDGES)]}
    inner["filters"] = _up_to(analysis, depth)
    return {"collections": [f"crawl.{analysis}"], "query": inner}


def links(analysis: str, depth: int | None) -> Query:
    """Each internal link of the pages up to a depth: (source, target)."""
    dimensions = [f"crawl.{analysis}.url", f"crawl.{analysis}.{TARGET}"]
    return _rows(analysis, dimensions, depth)


def attributes(
    analysis: str, fields: Sequence[str], depth: int | None, period: tuple[date, date] | None
) -> Query:
    """Each page up to a depth with some fields. Those of Search Console come over a period."""
    full = [qualified(analysis, field) for field in fields]
    dimensions = [f"crawl.{analysis}.url"] + [name for name in full if not is_metric(name)]
    query = _rows(analysis, dimensions, depth)
    query["query"]["metrics"] = [name for name in full if is_metric(name)]
    if any(name.startswith(f"{CONSOLE}.") for name in full):
        first, last = period or period_of(analysis)
        query["collections"].append(CONSOLE)
        query["periods"] = [[first.isoformat(), last.isoformat()]]
    return query


def period_of(analysis: str) -> tuple[date, date]:
    """The seven days that end on the day of the crawl. ValueError where its slug has no day."""
    day = day_of(analysis)
    if day is None:
        raise ValueError(f"The crawl {analysis!r} has no date in its name: say which period.")
    return day - timedelta(days=_PERIOD_DAYS - 1), day


def qualified(analysis: str, field: str) -> str:
    """A field's full name: `depth` → `crawl.20240101.depth`, `search_console.ctr` → with period_0."""
    if field.startswith(f"{CONSOLE}."):
        rest = field.removeprefix(f"{CONSOLE}.")
        return field if rest.startswith("period_") else f"{CONSOLE}.period_0.{rest}"
    return field if field.startswith("crawl.") else f"crawl.{analysis}.{field}"


def is_metric(name: str) -> bool:
    """Whether a full name is counted over rows rather than grouped by."""
    last = name.rpartition(".")[2]
    if name.startswith(f"{CONSOLE}."):
        return last.startswith("count_") or last in ("ctr", "avg_position")
    return name.startswith("crawl.") and last.startswith("count_")


def _rows(analysis: str, dimensions: list[str], depth: int | None) -> Query:
    inner: Query = {"dimensions": dimensions, "metrics": []}
    if depth is not None:
        inner["filters"] = _up_to(analysis, depth)
    return {"collections": [f"crawl.{analysis}"], "query": inner}


def _up_to(analysis: str, depth: int) -> Query:
    return {"field": f"crawl.{analysis}.depth", "predicate": "lte", "value": depth}


def _sum(analysis: str, field: str) -> Query:
    return {"function": "sum", "args": [f"crawl.{analysis}.{field}"]}
