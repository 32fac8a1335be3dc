"""What has changed between two crawls of a site: pages and links gained and lost, and what moved.

Pages are the same when their addresses are. It compares; which change is good is not said here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cardloom.graph.ranking import pagerank
from cardloom.graph.structure import UNKNOWN_DEPTH, Graph

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Shift:
    """A page of both crawls with a number that changed."""

    url: str
    before: float
    after: float


@dataclass(frozen=True)
class Comparison:
    """What `compare` found: counts of all, and the first rows of each list.

    Lists of pages are URLs, of links pairs of URLs, both sorted; `deeper` and `shallower` have
    the largest change first, `risen` and `fallen` likewise, by PageRank times pages (1 is what
    a page has on average, so that crawls of different size can be compared).
    """

    pages_gained: int
    pages_lost: int
    links_gained: int
    links_lost: int
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    new_links: Pairs
    lost_links: Pairs
    deeper: tuple[Shift, ...]
    shallower: tuple[Shift, ...]
    risen: tuple[Shift, ...]
    fallen: tuple[Shift, ...]


def compare(before: Graph, after: Graph, rows: int = 100) -> Comparison:
    """What changed from one crawl to the next; at most `rows` rows a list, counts of all."""
    place = {url: node for node, url in enumerate(after.urls)}
    there = np.fromiter((place.get(url, -1) for url in before.urls), np.int64, len(before))
    kept = np.flatnonzero(there >= 0)
    came = np.ones(len(after), bool)
    came[there[kept]] = False
    gained, lost = np.flatnonzero(came), np.flatnonzero(there < 0)
    new, gone = _links(before, after, there)
    depth = _depths(before, after, kept, there[kept])
    rank = _ranks(before, after, kept, there[kept])
    return Comparison(
        pages_gained=len(gained),
        pages_lost=len(lost),
        links_gained=len(new),
        links_lost=len(gone),
        gained=tuple(after.urls[node] for node in gained[:rows]),
        lost=tuple(before.urls[node] for node in lost[:rows]),
        new_links=tuple((after.urls[a], after.urls[b]) for a, b in new[:rows]),
        lost_links=tuple((before.urls[a], before.urls[b]) for a, b in gone[:rows]),
        deeper=_moved(before, kept, depth, 1, rows),
        shallower=_moved(before, kept, depth, -1, rows),
        risen=_moved(before, kept, rank, 1, rows),
        fallen=_moved(before, kept, rank, -1, rows),
    )


def _links(
    before: Graph, after: Graph, there: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The rows of `after.links` that are new, and those of `before.links` that are gone."""
    count = max(len(after), 1)
    now = after.links[:, 0].astype(np.int64) * count + after.links[:, 1]
    ends = there[before.links]
    was = np.where((ends >= 0).all(axis=1), ends[:, 0] * count + ends[:, 1], -1)
    return after.links[~np.isin(now, was)], before.links[~np.isin(was, now)]


def _depths(
    before: Graph, after: Graph, old: NDArray[np.int64], new: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Depth before and after of pages in both: (k, 2), nan where unknown."""
    both: NDArray[np.float64] = np.column_stack((before.depth[old], after.depth[new])).astype(float)
    both[both == UNKNOWN_DEPTH] = np.nan
    return both


def _ranks(
    before: Graph, after: Graph, old: NDArray[np.int64], new: NDArray[np.int64]
) -> NDArray[np.float64]:
    first, second = pagerank(before) * len(before), pagerank(after) * len(after)
    # Rounded: what the iteration cannot tell apart has not moved.
    both: NDArray[np.float64] = np.column_stack((first[old], second[new]))
    return both.round(6)


def _moved(
    before: Graph, kept: NDArray[np.int64], both: NDArray[np.float64], sign: int, rows: int
) -> tuple[Shift, ...]:
    change = sign * (both[:, 1] - both[:, 0])
    found = np.flatnonzero(change > 0)
    found = found[np.lexsort((found, -change[found]))][:rows]
    return tuple(
        Shift(before.urls[kept[k]], float(both[k, 0]), float(both[k, 1])) for k in found.tolist()
    )
