"""A link graph as data: CSV in, metrics, findings, positions and binary buffers out.

    links.csv ─┐                 ┌─ pagerank ─┐
               ├─ read_graph ────┼─ communities ──── write_buffers ──▶ folder for the viewer
    meta.csv ──┘                 ├─ layout ───┤
                                 └─ findings ─┘

This is the whole promise of the room; `build_map` is all of it in one call. It draws nothing:
the picture is one JS module, and the files in between (`cardloom.graph.buffers`) are the seam.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cardloom.graph.buffers import Manifest, write_buffers
    from cardloom.graph.clusters import communities
    from cardloom.graph.comparing import Comparison, Shift, compare
    from cardloom.graph.connection import components
    from cardloom.graph.finding import findings
    from cardloom.graph.headers import swap_header
    from cardloom.graph.inspection import Finding
    from cardloom.graph.mapping import build_map
    from cardloom.graph.positions import layout
    from cardloom.graph.ranking import Page, degrees, pagerank, top_pages
    from cardloom.graph.reading import read_graph
    from cardloom.graph.sheets import LINK_ROLES, PAGE_ROLES, Sheet, look_at_links, look_at_pages
    from cardloom.graph.structure import Column, Graph, GraphError
    from cardloom.graph.taking import Taken, take_links, take_pages

__all__ = [
    "LINK_ROLES",
    "PAGE_ROLES",
    "Column",
    "Comparison",
    "Finding",
    "Graph",
    "GraphError",
    "Manifest",
    "Page",
    "Sheet",
    "Shift",
    "Taken",
    "build_map",
    "communities",
    "compare",
    "components",
    "degrees",
    "findings",
    "layout",
    "look_at_links",
    "look_at_pages",
    "pagerank",
    "read_graph",
    "swap_header",
    "take_links",
    "take_pages",
    "top_pages",
    "write_buffers",
]

# Each name is looked up in its module when first used (PEP 562). Every workflow may import this
# room, and numpy and scipy cost half a second or more and 45 MB that an app without a graph on
# the table should not pay at each start.
_ROOMS = {
    "Column": "structure",
    "Comparison": "comparing",
    "Finding": "inspection",
    "Graph": "structure",
    "GraphError": "structure",
    "LINK_ROLES": "sheets",
    "Manifest": "buffers",
    "PAGE_ROLES": "sheets",
    "Page": "ranking",
    "Sheet": "sheets",
    "Shift": "comparing",
    "Taken": "taking",
    "build_map": "mapping",
    "communities": "clusters",
    "compare": "comparing",
    "components": "connection",
    "degrees": "ranking",
    "findings": "finding",
    "layout": "positions",
    "look_at_links": "sheets",
    "look_at_pages": "sheets",
    "pagerank": "ranking",
    "read_graph": "reading",
    "swap_header": "headers",
    "take_links": "taking",
    "take_pages": "taking",
    "top_pages": "ranking",
    "write_buffers": "buffers",
}


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
