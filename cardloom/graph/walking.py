"""Where a site begins, and how many clicks away each page is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from cardloom.graph.structure import UNKNOWN_DEPTH


def likely_home(
    urls: Sequence[str], links: NDArray[np.uint32], depth: NDArray[np.uint16]
) -> int | None:
    """Of the pages of depth 0, else of those with links, the one of the shortest URL."""
    if not urls:
        return None
    first = np.flatnonzero(depth == 0)
    linking = np.unique(links[:, 0])
    choice = first if len(first) else linking if len(linking) else np.arange(len(urls))
    return int(min(choice, key=lambda node: (len(urls[node]), node)))


def depths_from(home: int | None, links: NDArray[np.uint32], count: int) -> NDArray[np.uint16]:
    """Clicks from the home page to every page: uint16 (count,), 65535 where none lead there."""
    if home is None:
        return np.full(count, UNKNOWN_DEPTH, np.uint16)
    entries = (np.ones(len(links)), (links[:, 0], links[:, 1]))
    matrix = sparse.csr_array(entries, shape=(count, count))
    clicks: NDArray[np.float64] = csgraph.dijkstra(matrix, unweighted=True, indices=home)
    # Depths beyond the type's range are unknown too: such a chain is a trap, not a site.
    return np.minimum(clicks, UNKNOWN_DEPTH).astype(np.uint16)
