"""Queries in Botify's language, answered from a Site: dimensions, metrics, filters, sorting.

It refuses what it does not know with Botify's codes, so that a client's mistakes show. It knows
one crawl (others by their pages' addresses), the graph's targets, and Search Console's numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cardloom.apps.botify.emulator.site import CONSOLE, FIELDS, TARGET, Page, searched
from cardloom.apps.botify.emulator.world import Emulated

Row = tuple[Page, str | None]  # a page, and one of its targets where targets are asked for
Get = Callable[[Row], Any]
_PERIOD = re.compile(r"search_console\.period_(\d)\.(\w+)")
_FIELD = re.compile(r"crawl\.([\d-]+)\.(.+)")


class Bad(Exception):
    """A query that is refused: Botify's code and a sentence."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Query:
    """One query of a project, checked. `rows()` gives (dimensions, metrics)."""

    def __init__(self, project: Emulated, body: Any) -> None:
        inner = body.get("query") if isinstance(body, dict) else None
        if not isinstance(inner, dict):
            raise Bad(1021, "Query missing")
        self._project = project
        self._collections = body.get("collections")
        self._periods = body.get("periods") or []
        self._check_collections()
        for key in ("dimensions", "metrics"):
            if not isinstance(inner.get(key), list):
                raise Bad(1016, f"Field {key} is mandatory")
        self.names = [_named(each) for each in (*inner["dimensions"], *inner["metrics"])]
        self._dimensions = [self._getter(each) for each in inner["dimensions"]]
        self._metrics = [self._metric(each) for each in inner["metrics"]]
        filters = inner.get("filters")
        self._wanted = self._filter(filters) if filters else lambda row: True
        self._sort = [self._order(each) for each in inner.get("sort") or []]
        self.of_links = any(TARGET in name for name in self.names)

    def _check_collections(self) -> None:
        known = {f"crawl.{crawl.slug}" for crawl in self._project.crawls if crawl.site}
        known |= {"search_console"} if self._project.console else set()
        asked = self._collections
        if not isinstance(asked, list) or not asked:
            raise Bad(1016, "Field collections is mandatory")
        for name in asked:
            if name != "global" and name not in known:
                raise Bad(1022, f"Collection {name} does not exist")
        crawls = [name for name in asked if name.startswith("crawl.")]
        if not crawls:
            raise Bad(1044, "These collections cannot be queried alone")
        crawl = self._project.crawl(crawls[0].removeprefix("crawl."))
        if crawl is None or crawl.site is None:
            raise Bad(1022, f"Collection {crawls[0]} does not exist")
        self._slug, self._site = crawl.slug, crawl.site

    def rows(self) -> Iterator[tuple[list[Any], list[Any]]]:
        """All rows. Sorted or counted ones are gathered first, others come as they are made."""
        if not self._metrics and not self._sort:
            for row in self._base():
                yield [get(row) for get in self._dimensions], []
            return
        groups: dict[tuple[Any, ...], list[Row]] = {}
        for row in self._base():
            groups.setdefault(tuple(get(row) for get in self._dimensions), []).append(row)
        if not self._dimensions:
            groups.setdefault((), [])
        made = [
            (list(key), [metric(group) for metric in self._metrics])
            for key, group in groups.items()
        ]
        for side, index, down in reversed(self._sort):
            made.sort(key=lambda row: _ranked(row[side][index]), reverse=down)
        yield from made

    def _base(self) -> Iterator[Row]:
        links, wanted = self._site.links, self._wanted
        for page in self._site.pages:
            targets: Sequence[str | None] = (None,)
            if self.of_links:
                targets = links.get(page["url"]) or (None,)
            for target in targets:
                if wanted((page, target)):
                    yield page, target

    def _getter(self, spec: Any) -> Get:
        if isinstance(spec, dict) and "field" in spec:
            spec = spec["field"]
        if isinstance(spec, dict) and spec.get("function") == "eq":
            get, value = self._getter(spec["args"][0]), spec["args"][1]
            return lambda row: get(row) == value
        if not isinstance(spec, str):
            raise Bad(1022, "A dimension is the name of a field")
        if found := _PERIOD.fullmatch(spec):
            return self._console(int(found[1]), found[2])
        slug, name = self._slug, spec
        if found := _FIELD.fullmatch(spec):
            slug, name = found[1], found[2]
        elif spec not in ("url", "segments.pagetype.value"):
            raise Bad(1029, f"Field does not exist: {spec}")
        return self._crawled(slug, name, spec)

    def _crawled(self, slug: str, name: str, spec: str) -> Get:
        crawl = self._project.crawl(slug)
        listed = f"crawl.{slug}" in self._collections
        if crawl is None or crawl.site is None or not listed or name not in crawl.site.fields:
            raise Bad(1029, f"Field does not exist: {spec}")
        if name == TARGET:
            return lambda row: row[1]
        if slug == self._slug:
            return lambda row: row[0].get(name)
        others = {page["url"]: page for page in crawl.site.pages}
        return lambda row: others.get(row[0]["url"], {}).get(name)

    def _console(self, period: int, name: str) -> Get:
        if "search_console" not in self._collections or name not in CONSOLE:
            raise Bad(1029, f"Field does not exist: search_console.period_{period}.{name}")
        if period >= len(self._periods):
            raise Bad(1020, f"There is no period {period}")
        return lambda row: searched(row[0]["url"], period)[name]

    def _metric(self, spec: Any) -> Callable[[list[Row]], Any]:
        if isinstance(spec, dict) and "field" in spec:
            spec = spec["field"]
        if spec == f"crawl.{self._slug}.count_urls_crawl":
            return len
        if isinstance(spec, str) and (found := _PERIOD.fullmatch(spec)):
            get = self._console(int(found[1]), found[2])
            mean = found[2] in ("ctr", "avg_position")
            return lambda group: _mean(list(map(get, group))) if mean else sum(map(get, group))
        if not isinstance(spec, dict) or spec.get("function") not in _FUNCTIONS:
            raise Bad(1022, f"Metric does not exist: {_named(spec)}")
        args = spec.get("args")
        if not isinstance(args, list) or not args:
            raise Bad(1020, "A function needs args")
        inner, count, rest = self._getter(args[0]), _FUNCTIONS[spec["function"]], args[1:]
        return lambda group: count(list(map(inner, group)), *rest)

    def _filter(self, spec: Any) -> Callable[[Row], bool]:
        if not isinstance(spec, dict):
            raise Bad(1020, "A filter is an object")
        for word, joined in (("and", all), ("or", any)):
            if word in spec:
                parts = [self._filter(each) for each in spec[word]]
                return lambda row: joined(part(row) for part in parts)
        if "not" in spec:
            inner = self._filter(spec["not"])
            return lambda row: not inner(row)
        if "field" not in spec:
            raise Bad(1016, "A filter needs a field")
        get, predicate = self._getter(spec["field"]), spec.get("predicate", "eq")
        if predicate not in _PREDICATES:
            raise Bad(1020, f"Unknown predicate: {predicate}")
        holds, value = _PREDICATES[predicate], spec.get("value")
        return lambda row: bool(holds(get(row), value))

    def _order(self, spec: Any) -> tuple[int, int, bool]:
        if isinstance(spec, int):
            spec = {"index": spec}
        side = 1 if isinstance(spec, dict) and spec.get("type") == "metrics" else 0
        index = spec.get("index") if isinstance(spec, dict) else None
        if isinstance(spec, dict) and "field" in spec and spec["field"] in self.names:
            index = self.names.index(spec["field"])
            side, index = (0, index) if index < len(self._dimensions) else (1, index)
            index -= len(self._dimensions) if side else 0
        sides = (self._dimensions, self._metrics)
        if not isinstance(index, int) or not 0 <= index < len(sides[side]):
            raise Bad(1020, "Nothing to sort by")
        return side, index, spec.get("order") == "desc"


def _named(spec: Any) -> str:
    if isinstance(spec, dict):
        return str(spec.get("name") or spec.get("field") or spec.get("function"))
    return str(spec)


def verbose(name: str) -> str:
    """A column's name for people."""
    if found := _PERIOD.fullmatch(name):
        return CONSOLE[found[2]][0]
    field = found[2] if (found := _FIELD.fullmatch(name)) else name
    return FIELDS[field][0] if field in FIELDS else field


def _ranked(value: Any) -> tuple[int, Any]:
    if value is None:
        return 0, 0
    return (2, value) if isinstance(value, str) else (1, value)


def _mean(values: list[Any]) -> float | None:
    there = [value for value in values if value is not None]
    return round(sum(there) / len(there), 4) if there else None


def _there(values: list[Any]) -> list[Any]:
    return [value for value in values if value is not None]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sum": lambda values: sum(_there(values)),
    "avg": _mean,
    "min": lambda values: min(_there(values), default=None),
    "max": lambda values: max(_there(values), default=None),
    "count": lambda values: len(_there(values)),
    "count_distinct": lambda values: len(set(_there(values))),
    "count_distinct_approx": lambda values: len(set(_there(values))),
    "count_true": lambda values: sum(value is True for value in values),
    "count_false": lambda values: sum(value is False for value in values),
    "count_null": lambda values: sum(value is None for value in values),
    "count_eq": lambda values, than: sum(value == than for value in values),
    "count_gt": lambda values, than: sum(value > than for value in _there(values)),
    "count_gte": lambda values, than: sum(value >= than for value in _there(values)),
    "count_lt": lambda values, than: sum(value < than for value in _there(values)),
    "count_lte": lambda values, than: sum(value <= than for value in _there(values)),
}
_PREDICATES: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda value, than: value == than,
    "contains": lambda value, than: value is not None and str(than) in str(value),
    "starts": lambda value, than: value is not None and str(value).startswith(str(than)),
    "ends": lambda value, than: value is not None and str(value).endswith(str(than)),
    "re": lambda value, than: value is not None and re.search(str(than), str(value)),
    "lt": lambda value, than: value is not None and value < than,
    "lte": lambda value, than: value is not None and value <= than,
    "gt": lambda value, than: value is not None and value > than,
    "gte": lambda value, than: value is not None and value >= than,
    "between": lambda value, than: value is not None and than[0] <= value <= than[1],
    "exists": lambda value, _: value is not None,
}
