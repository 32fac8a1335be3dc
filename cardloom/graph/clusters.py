"""Which pages belong together: communities by modularity, found level by level.

The Louvain method, with one round for all pages at once instead of page by page, so that numpy
does the work: of a seeded random half of the pages each moves to its best neighbouring cluster.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cardloom.graph.structure import Graph, bonds

Labels = NDArray[np.int64]
ROUNDS = 20


def communities(graph: Graph, seed: int = 0) -> Labels:
    """The community of every page: int64 (n,), 0 the largest; the same for the same graph.

    Link weights are those of `structure.bonds`. Pages without links are communities of one.

    Source: Blondel, Guillaume, Lambiotte, Lefebvre, "Fast unfolding of communities in large
    networks", 2008; the parallel round after Staudt and Meyerhenke's PLM, 2016.
    """
    labels = np.arange(len(graph), dtype=np.int64)
    for step in hierarchy(bonds(graph), seed):
        labels = step[labels]
    return _by_size(labels)


def hierarchy(weights: sparse.csr_array, seed: int = 0) -> list[Labels]:
    """The clusters of a symmetric weight matrix, then the clusters of these, and so on.

    Entry k gives, for every node of level k, its node of level k + 1; level 0 are the rows of
    `weights`. Empty when nothing can be joined.
    """
    random = np.random.default_rng(seed)
    steps: list[Labels] = []
    while True:
        labels = _moved(weights, random)
        count = int(labels.max(initial=-1)) + 1
        if count == len(labels):
            return steps
        steps.append(labels)
        weights = joined(weights, labels)


def joined(weights: sparse.csr_array, labels: Labels) -> sparse.csr_array:
    """The weights between the clusters, weights within a cluster on the diagonal."""
    member = _membership(labels)
    return sparse.csr_array(member.T @ weights @ member)


def _moved(weights: sparse.csr_array, random: np.random.Generator) -> Labels:
    """Nodes moved between clusters, from each on its own, until hardly one wants to."""
    count = weights.shape[0]
    labels: Labels = np.arange(count, dtype=np.int64)
    strength = np.asarray(weights.sum(axis=1)).ravel()
    total = strength.sum()
    if total == 0:
        return labels
    for _ in range(ROUNDS):
        best, better = _wishes(weights, labels, strength, total)
        # Two neighbours that move to each other's cluster at once would swap for ever.
        moving = better & (random.random(count) < 0.5)
        labels = np.where(moving, best, labels)
        if better.sum() <= count // 200:
            break
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _wishes(
    weights: sparse.csr_array, labels: Labels, strength: NDArray[np.float64], total: float
) -> tuple[Labels, NDArray[np.bool_]]:
    """Each node's best cluster, and whether it beats the one it is in."""
    count = len(labels)
    near = sparse.csr_array(weights @ _membership(labels, count))
    rows = np.repeat(np.arange(count), np.diff(near.indptr))
    columns = near.indices.astype(np.int64)
    at_home = columns == labels[rows]
    mass = np.bincount(labels, strength, minlength=count)
    others = mass[columns] - np.where(at_home, strength[rows], 0.0)
    inner = near.data - np.where(at_home, weights.diagonal()[rows], 0.0)
    gain = inner - strength[rows] * others / total

    stay = -strength * (mass[labels] - strength) / total
    stay[rows[at_home]] = gain[at_home]
    best, top = labels.copy(), np.full(count, -np.inf)
    linked = np.flatnonzero(np.diff(near.indptr))
    if len(linked):
        top[linked] = np.maximum.reduceat(gain, near.indptr[linked])
        winning = np.where(gain == top[rows], columns, count)  # of equals, the smallest label
        best[linked] = np.minimum.reduceat(winning, near.indptr[linked])
    return best, top > stay + 1e-12


def _membership(labels: Labels, width: int | None = None) -> sparse.csr_array:
    width = int(labels.max(initial=-1)) + 1 if width is None else width
    entries = (np.ones(len(labels)), (np.arange(len(labels)), labels))
    return sparse.csr_array(entries, shape=(len(labels), width))


def _by_size(labels: Labels) -> Labels:
    """The labels renumbered: the largest cluster 0, equals in order of their first page."""
    _, first, inverse, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    place = np.empty(len(sizes), np.int64)
    place[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return place[inverse]
