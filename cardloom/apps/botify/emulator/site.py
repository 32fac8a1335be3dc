"""A crawled site as the emulator exports it: pages with fields by Botify's names, and links.

It comes from the two files that our crawler writes, or from `demo.py`. What the files do not say
is not invented, but for Search Console's numbers, which are made up and always the same.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cardloom.errors import Missing

Page = dict[str, Any]
TARGET = "outlinks_internal.graph.url"

# field → (name for people, type); `multiple` are those with several values a page
FIELDS: dict[str, tuple[str, str]] = {
    "url": ("Full URL", "string"),
    "depth": ("Depth", "integer"),
    "http_code": ("HTTP Status Code", "integer"),
    "byte_size": ("Byte Size", "integer"),
    "metadata.title.content": ("Title", "string"),
    "segments.pagetype.value": ("Pagetype", "string"),
    "compliant.is_compliant": ("Is Compliant", "boolean"),
    "canonical.to.equal": ("Canonical To Self", "boolean"),
    "sitemaps.present": ("In Sitemaps", "boolean"),
    "outlinks_internal.nb.total": ("Number of Internal Outlinks", "integer"),
    "inlinks_internal.nb.total": ("Number of Internal Inlinks", "integer"),
    TARGET: ("Internal Outlinks", "string"),
}
CONSOLE = {
    "count_impressions": ("Impressions", "integer"),
    "count_clicks": ("Clicks", "integer"),
    "ctr": ("CTR", "float"),
    "avg_position": ("Avg. Position", "float"),
}
MULTIPLE = frozenset({TARGET})


@dataclass(frozen=True, slots=True)
class Site:
    """pages in order; links: source → targets in order, repeated and own ones among them."""

    pages: list[Page]
    links: dict[str, list[str]]
    fields: frozenset[str] = field(default_factory=lambda: frozenset(FIELDS))

    def counted(self) -> Site:
        """The site with the number of links to and from each page filled in."""
        inward: dict[str, int] = {}
        for targets in self.links.values():
            for target in targets:
                inward[target] = inward.get(target, 0) + 1
        for page in self.pages:
            page["outlinks_internal.nb.total"] = len(self.links.get(page["url"], ()))
            page["inlinks_internal.nb.total"] = inward.get(page["url"], 0)
        return self


def read_site(links: Path, meta: Path) -> Site:
    """The site in a links.csv and a meta.csv of ours. Addresses never asked for are no pages.

    Raises Missing where a file is not such a file.
    """
    try:
        with meta.open(encoding="utf-8", newline="") as file:
            pages = [_page(row) for row in csv.DictReader(file) if row["status"] not in ("", None)]
        out: dict[str, list[str]] = {}
        with links.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                out.setdefault(row["source"], []).append(row["target"])
    except (KeyError, ValueError, csv.Error) as error:
        raise Missing(
            f"{links.parent} holds no crawl of ours: links.csv needs source and target, meta.csv the "
            f"columns that the crawler writes ({error})."
        ) from None
    return Site(pages, out).counted()


def _page(row: dict[str, str]) -> Page:
    canonical = row["canonical"]
    return {
        "url": row["id"],
        "depth": _whole(row["depth"]),
        "http_code": _whole(row["status"]),
        "byte_size": _whole(row["bytes"]),
        "metadata.title.content": row["title"] or None,
        "segments.pagetype.value": row["pagetype"] or None,
        "compliant.is_compliant": row["indexable"] == "true",
        "canonical.to.equal": None if not canonical else canonical == row["id"],
        "sitemaps.present": row["in_sitemap"] == "true",
    }


def _whole(text: str) -> int | None:
    return int(text) if text else None


def searched(url: str, period: int) -> dict[str, Any]:
    """Search Console's numbers for a page: made up from its address, so that they stay the same."""
    seed = hashlib.sha256(f"{period} {url}".encode("utf-8", "replace")).digest()
    impressions = int.from_bytes(seed[:2]) % 5000
    clicks = impressions * seed[2] // 2560
    return {
        "count_impressions": impressions,
        "count_clicks": clicks,
        "ctr": round(clicks / impressions, 4) if impressions else 0.0,
        "avg_position": round(1 + seed[3] / 8, 1),
    }
