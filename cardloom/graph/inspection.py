"""What a finding is, and the site that the findings look at, each number counted once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cardloom.graph.ranking import degrees, pagerank
from cardloom.graph.structure import UNKNOWN_DEPTH, UNKNOWN_STATUS, Column, Graph

ROWS = 100
TRAFFIC = ("visits", "clicks", "impressions", "sessions")

Cell = str | int | float | None
Nodes = NDArray[np.int64]


@dataclass(frozen=True)
class Finding:
    """One finding: `rows` are the first of `total`, `row_nodes` the page of each, `nodes` all pages."""

    name: str
    title: str
    sentence: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    row_nodes: tuple[int | None, ...]
    nodes: Nodes
    total: int


@dataclass(frozen=True)
class Site:
    graph: Graph
    rank: NDArray[np.float64]
    inlinks: Nodes
    outlinks: Nodes
    inward: tuple[Nodes, Nodes]  # offsets and sources: who links to a page

    def best_first(self, nodes: Nodes, by: NDArray[Any] | None = None) -> Nodes:
        """The nodes in order of a number, the highest first: of PageRank if none is given."""
        by = self.rank if by is None else by
        ordered: Nodes = nodes[np.lexsort((nodes, -by[nodes]))]
        return ordered

    def linking(self, node: int) -> Nodes:
        """The pages that link to this one."""
        offsets, sources = self.inward
        return sources[offsets[node] : offsets[node + 1]]

    def fine(self) -> NDArray[np.bool_]:
        """Pages that answered well; all, where no status is known."""
        status = self.graph.status
        if not status.any():
            return np.ones(len(status), bool)
        return (status >= 200) & (status < 300)

    def traffic(self) -> Column | None:
        """The first column of numbers that counts people."""
        for name in TRAFFIC:
            column = self.graph.column(name)
            if column is not None and column.kind == "number":
                return column
        return None


def site_of(graph: Graph, rank: NDArray[np.float64] | None = None) -> Site:
    """The site of this graph; `rank` is its PageRank, if known."""
    rank = pagerank(graph) if rank is None else rank
    inlinks, outlinks = degrees(graph)
    order = np.argsort(graph.links[:, 1], kind="stable")
    offsets = np.append(0, np.cumsum(inlinks))
    sources = graph.links[order, 0].astype(np.int64)
    return Site(graph, rank, inlinks, outlinks, (offsets, sources))


def of_pages(site: Site, name: str, title: str, sentence: str, nodes: Nodes) -> Finding | None:
    """A finding whose rows are pages, the highest PageRank first."""
    graph, nodes = site.graph, site.best_first(nodes)
    told = sentence.format(n=f"{len(nodes):,}", pages="page is" if len(nodes) == 1 else "pages are")
    return found(name, title, told, _PAGE, list(_pages(graph, site, nodes[:ROWS])), nodes)


_PAGE = ("Page", "Title", "Status", "Depth", "Links to it", "PageRank")


def _pages(graph: Graph, site: Site, nodes: Nodes) -> Iterator[tuple[Cell, ...]]:
    for node in nodes.tolist():
        status, depth = int(graph.status[node]), int(graph.depth[node])
        yield (
            graph.urls[node],
            graph.titles[node],
            None if status == UNKNOWN_STATUS else status,
            None if depth == UNKNOWN_DEPTH else depth,
            int(site.inlinks[node]),
            float(site.rank[node]),
        )


def found(
    name: str,
    title: str,
    sentence: str,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Cell, ...]],
    nodes: Nodes,
    total: int | None = None,
    row_nodes: Sequence[int] | None = None,
) -> Finding | None:
    """A finding, or None where it names no page; each row is about the node beside it."""
    if not len(nodes):
        return None
    places = nodes.tolist() if row_nodes is None else row_nodes
    return Finding(
        name,
        title,
        sentence,
        columns,
        tuple(rows),
        tuple(places[: len(rows)]),
        np.unique(nodes),
        len(nodes) if total is None else total,
    )


def many(count: int, one: str, more: str) -> str:
    """`1 page is` or `2 pages are`."""
    return f"{count:,} {one if count == 1 else more}"
