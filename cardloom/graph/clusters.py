"""Which pages belong together: communities by modularity, found level by level.

The Louvain method, as scikit-network does it in compiled code on one core; without shuffling, so
that the same graph has the same communities each time.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sknetwork.clustering import Louvain

from cardloom.graph.structure import Graph, bonds

Labels = NDArray[np.int64]


def communities(graph: Graph, seed: int = 0) -> Labels:
    """The community of every page: int64 (n,), 0 the largest; the same for the same graph.

    Link weights are those of `structure.bonds`. Pages without links are communities of one.

    Source: Blondel, Guillaume, Lambiotte, Lefebvre, "Fast unfolding of communities in large
    networks", 2008, with Newman's modularity at resolution 1.
    """
    labels = np.arange(len(graph), dtype=np.int64)
    for step in hierarchy(bonds(graph), seed):
        labels = step[labels]
    return by_size(labels)


def hierarchy(weights: sparse.csr_array, seed: int = 0) -> list[Labels]:
    """The clusters of a symmetric weight matrix, then the clusters of these, and so on.

    Entry k gives, for every node of level k, its node of level k + 1; level 0 are the rows of
    `weights`. Empty when nothing can be joined.
    """
    steps: list[Labels] = []
    while weights.nnz:
        # One level a call: scikit-network keeps only the last, and the layout needs all of them.
        method = Louvain(n_aggregations=1, random_state=seed)
        found = method.fit_predict(sparse.csr_matrix(weights))
        labels = np.unique(found, return_inverse=True)[1].astype(np.int64)
        if int(labels.max()) + 1 == len(labels):
            break
        steps.append(labels)
        weights = joined(weights, labels)
    return steps


def joined(weights: sparse.csr_array, labels: Labels) -> sparse.csr_array:
    """The weights between the clusters, weights within a cluster on the diagonal."""
    entries = (np.ones(len(labels)), (np.arange(len(labels)), labels))
    member = sparse.csr_array(entries, shape=(len(labels), int(labels.max(initial=-1)) + 1))
    return sparse.csr_array(member.T @ weights @ member)


def by_size(labels: Labels) -> Labels:
    """The labels renumbered: the largest cluster 0, equals in order of their first page."""
    _, first, inverse, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    place = np.empty(len(sizes), np.int64)
    place[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return place[inverse]
