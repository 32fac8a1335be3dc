"""Which pages count: PageRank, degrees, and the pages at the top.

Numbers only; what they mean for a site is for the one who reads them to say.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cardloom.graph.structure import UNKNOWN_DEPTH, Graph, adjacency

TOLERANCE = 1e-12


@dataclass(frozen=True)
class Page:
    """One page with its numbers: `pagerank` is a share of 1, `depth` None where unknown."""

    url: str
    title: str
    status: int
    depth: int | None
    inlinks: int
    outlinks: int
    pagerank: float


def pagerank(graph: Graph, damping: float = 0.85) -> NDArray[np.float64]:
    """The PageRank of every page: float64 (n,), sum 1, in the order of `graph.urls`.

    It is the one vector x with

        x[v] = (1 - damping) / n  +  damping · ( Σ x[u] / out(u)  +  Σ x[w] / n )

    the first sum over pages u that link to v, out(u) being u's number of distinct targets, the
    second over pages w without links: what a dead end holds is spread evenly over all pages.
    Links count once however often they stand on a page, and a page's link to itself counts.
    networkx's `pagerank` has the same definition (it stops earlier, at its `tol` of 1e-6 a page).
    Found by power iteration until the absolute changes of a round sum to less than 1e-12.

    Source: Page, Brin, Motwani, Winograd, "The PageRank Citation Ranking", 1999.
    Raises ValueError when `damping` is not at least 0 and below 1.
    """
    if not 0 <= damping < 1:
        raise ValueError(f"The damping factor must be at least 0 and below 1, not {damping}.")
    count = len(graph)
    if count == 0:
        return np.zeros(0)
    out = np.bincount(graph.links[:, 0], minlength=count)
    dead = out == 0
    share = np.where(dead, 0.0, 1.0 / np.maximum(out, 1))
    incoming = adjacency(graph).T.tocsr()
    rank: NDArray[np.float64] = np.full(count, 1.0 / count)
    change = np.inf
    while change >= TOLERANCE:  # each round shrinks it to `damping` times what it was, or less
        before = rank
        flow = incoming @ (before * share) + before[dead].sum() / count
        rank = (1 - damping) / count + damping * flow
        rank /= rank.sum()  # rounding would let the sum drift over many rounds
        change = np.abs(rank - before).sum()
    return rank


def degrees(graph: Graph) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many pages link to each page, and to how many each links: (in-links, out-links).

    Two int64 arrays (n,) in the order of `graph.urls`. A page's link to itself counts in both.
    """
    count = len(graph)
    inlinks = np.bincount(graph.links[:, 1], minlength=count).astype(np.int64)
    outlinks = np.bincount(graph.links[:, 0], minlength=count).astype(np.int64)
    return inlinks, outlinks


def top_pages(graph: Graph, count: int = 20, rank: NDArray[np.float64] | None = None) -> list[Page]:
    """The `count` pages of the highest PageRank, highest first, equals in order of their URL.

    `rank` is what `pagerank` returned, for those who have it already.
    """
    scores = pagerank(graph) if rank is None else rank
    inlinks, outlinks = degrees(graph)
    # Scores that differ by less than the iteration can tell must not shuffle the list.
    order = np.argsort(-np.round(scores, 10), kind="stable")[: max(count, 0)]
    return [
        Page(
            url=graph.urls[node],
            title=graph.titles[node],
            status=int(graph.status[node]),
            depth=None if graph.depth[node] == UNKNOWN_DEPTH else int(graph.depth[node]),
            inlinks=int(inlinks[node]),
            outlinks=int(outlinks[node]),
            pagerank=float(scores[node]),
        )
        for node in order
    ]
