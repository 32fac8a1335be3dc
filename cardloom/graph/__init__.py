"""A link graph as data: CSV in, metrics, positions and binary buffers out.

    links.csv ─┐                 ┌─ pagerank ─┐
               ├─ read_graph ────┼─ communities ──── write_buffers ──▶ folder for the viewer
    meta.csv ──┘                 └─ layout ───┘

This is the whole promise of the room; `build_map` is all of it in one call. It draws nothing:
the picture is one JS module, and the files in between (`cardloom.graph.buffers`) are the seam.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cardloom.graph.buffers import Manifest, write_buffers
    from cardloom.graph.clusters import communities
    from cardloom.graph.mapping import build_map
    from cardloom.graph.positions import layout
    from cardloom.graph.ranking import Page, degrees, pagerank, top_pages
    from cardloom.graph.reading import read_graph
    from cardloom.graph.structure import Graph, GraphError

__all__ = [
    "Graph",
    "GraphError",
    "Manifest",
    "Page",
    "build_map",
    "communities",
    "degrees",
    "layout",
    "pagerank",
    "read_graph",
    "top_pages",
    "write_buffers",
]

# Each name is looked up in its module when first used (PEP 562). Every workflow may import this
# room, and numpy and scipy cost half a second or more and 45 MB that an app without a graph on
# the table should not pay at each start.
_ROOMS = {
    "Graph": "structure",
    "GraphError": "structure",
    "Manifest": "buffers",
    "Page": "ranking",
    "build_map": "mapping",
    "communities": "clusters",
    "degrees": "ranking",
    "layout": "positions",
    "pagerank": "ranking",
    "read_graph": "reading",
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
