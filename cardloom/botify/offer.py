"""What can be asked of each page, in groups for a person to tick; what can't be is there with its reason.

Which fields a project has, Botify tells (`Client.fields`). What stands here is only which of them
people want first, and under which heading.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cardloom.botify.fields import Field

CONSOLE = "search_console"
MOST = 24  # fields of one of the project's own groups
GROUPS = 12  # of them
_FIRST: dict[str, dict[str, str]] = {
    "Search performance": {
        f"{CONSOLE}.count_impressions": "Impressions",
        f"{CONSOLE}.count_clicks": "Clicks",
        f"{CONSOLE}.ctr": "Click-through rate",
        f"{CONSOLE}.avg_position": "Average position",
    },
    "Page type": {
        "segments.pagetype.value": "Page type",
        "segments.pagetype.depth_1": "Page type, first level",
    },
    "Technical": {
        "http_code": "HTTP status",
        "metadata.title.content": "Title",
        "depth": "Depth",
        "compliant.is_compliant": "Indexable",
        "compliant.main_reason": "Why it is not indexable",
        "canonical.to.equal": "Canonical is the page itself",
        "sitemaps.present": "In a sitemap",
        "inlinks_internal.nb.total": "Links to it",
        "outlinks_internal.nb.total": "Links from it",
        "byte_size": "Size in bytes",
    },
}
USUAL = frozenset(
    (
        *(f"{CONSOLE}.count_impressions", f"{CONSOLE}.count_clicks", "segments.pagetype.value"),
        *("http_code", "metadata.title.content", "compliant.is_compliant", "canonical.to.equal"),
        "sitemaps.present",
    )
)


@dataclass(frozen=True, slots=True)
class Item:
    """One field to tick: `field` as `attributes_export` takes it, `label`, whether it is `usual` to
    want it, and the reason why it is `missing`, "" where it is not."""

    field: str
    label: str
    usual: bool = False
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading: its `name`, and the `items` in the order to show them."""

    name: str
    items: tuple[Item, ...]


def menu(crawl: Sequence[Field], console: Sequence[Field] | None) -> list[Group]:
    """What people want first, then what else the crawl has, by its own groups.

    crawl    the fields of the analysis
    console  those of Search Console, None where the project is not connected to it
    """
    known = {field.id: field for field in crawl}
    searched = {f"{CONSOLE}.{field.id}" for field in console or ()}
    first = [
        Group(
            name,
            tuple(_first(field, label, known, searched, console) for field, label in of.items()),
        )
        for name, of in _FIRST.items()
    ]
    told = {field for of in _FIRST.values() for field in of} | {"url"}
    return [*first, *_rest(field for field in crawl if field.id not in told)]


def _first(
    field: str,
    label: str,
    known: dict[str, Field],
    searched: set[str],
    console: Sequence[Field] | None,
) -> Item:
    if field.startswith(f"{CONSOLE}."):
        missing = "" if field in searched else "not in this project's Search Console"
        if console is None:
            missing = "the project is not connected to Search Console"
    else:
        missing = _why_not(known[field]) if field in known else "not in this crawl"
    return Item(field, label, field in USUAL and not missing, missing)


def _rest(fields: Iterable[Field]) -> list[Group]:
    found: dict[str, list[Item]] = {}
    for field in fields:
        if field.kind == "dimension":
            of = found.setdefault(field.group or "Other", [])
            of.append(Item(field.id, field.name, False, _why_not(field)))
    return [Group(name, tuple(items[:MOST])) for name, items in list(found.items())[:GROUPS]]


def _why_not(field: Field) -> str:
    return "a page has several, and each would be a row" if field.multiple else ""
