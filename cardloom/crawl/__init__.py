"""A polite site crawler that survives a kill: pages and links in one SQLite file, then two CSVs.

The door of the room, and the whole promise: what is not named here may change. It crawls one
site, for one person; it does not run scripts, log in, or leave the site's scope.

    clean_site → crawl(site, limits, database) → write_links · write_meta · summary
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cardloom.crawl.address import clean_site, clean_sitemap
    from cardloom.crawl.csvfiles import write_links, write_meta
    from cardloom.crawl.limits import Limits, Totals
    from cardloom.crawl.overview import summary
    from cardloom.crawl.sitting import crawl

__all__ = [
    "Limits",
    "Totals",
    "clean_site",
    "clean_sitemap",
    "crawl",
    "summary",
    "write_links",
    "write_meta",
]

_HOMES = {
    "Limits": "limits",
    "Totals": "limits",
    "clean_site": "address",
    "clean_sitemap": "address",
    "crawl": "sitting",
    "summary": "overview",
    "write_links": "csvfiles",
    "write_meta": "csvfiles",
}


# The app imports this door at its start, when no one crawls yet. aiohttp alone costs about a
# fifth of a second, so a name's module is loaded when the name is first used (PEP 562).
def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
