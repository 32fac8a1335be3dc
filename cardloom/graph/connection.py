"""Which pages hang together: by links in any direction, or so that each leads to each."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csgraph

from cardloom.graph.clusters import by_size
from cardloom.graph.structure import Graph, adjacency


def components(graph: Graph, strong: bool = False) -> NDArray[np.int64]:
    """The component of every page: int64 (n,), 0 the largest, equals by their first page.

    Two pages are of one component when links lead from one to the other, whichever way they
    point; with `strong`, when links lead there and back.
    """
    connection = "strong" if strong else "weak"
    _, labels = csgraph.connected_components(adjacency(graph), connection=connection)
    return by_size(labels.astype(np.int64))
