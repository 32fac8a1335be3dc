"""The map: the same each time, home in the middle, what belongs together close by."""

import time

import numpy as np
import pytest
from test_graph_ranking import graph_of

from cardloom.graph import communities, layout


def clustered(clusters: int, size: int, seed: int = 1):
    """Clusters of pages that link among themselves, all linked with one home page, 0."""
    random = np.random.default_rng(seed)
    pairs = set()
    for page in range(1, clusters * size + 1):
        first = 1 + (page - 1) // size * size
        pairs |= {(0, page), (page, 0)}
        pairs |= {(page, int(other)) for other in first + random.integers(0, size, 5)}
    return graph_of(clusters * size + 1, pairs)


def cluster_of(size: int, count: int):
    return (np.arange(1, count) - 1) // size


def test_the_same_graph_gives_the_same_map():
    graph = clustered(4, 40)
    assert np.array_equal(layout(graph), layout(graph))
    assert not np.array_equal(layout(graph), layout(graph, seed=1))


def test_home_is_in_the_middle_and_all_lie_within_one():
    points = layout(clustered(5, 60))
    assert points.dtype == np.float32
    assert points[0].tolist() == [0, 0]
    assert np.hypot(*points.T).max() == pytest.approx(1, abs=1e-5)


def test_communities_are_the_clusters_and_lie_together():
    graph = clustered(6, 50)
    truth = cluster_of(50, len(graph))
    found = communities(graph)[1:]
    assert len(set(zip(truth.tolist(), found.tolist(), strict=True))) <= 8
    points = layout(graph)[1:]
    centres = np.array([points[truth == cluster].mean(axis=0) for cluster in range(6)])
    nearest = np.linalg.norm(points[:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == truth).mean() > 0.95


def test_no_two_pages_on_one_spot():
    graph = clustered(3, 100)
    points = layout(graph)
    gaps = np.linalg.norm(points[:, None] - points, axis=2) + np.eye(len(graph))
    assert gaps.min() > 0.003


def test_pages_without_links_lie_on_a_ring_around_the_rest():
    points = layout(graph_of(10, [(0, 1), (1, 2), (2, 0)]))
    radius = np.hypot(*points.T)
    assert radius[:3].max() < 0.95
    assert radius[3:] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("pairs", [[], [(0, 0)]])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_graph(count, pairs):
    if count or not pairs:
        graph = graph_of(count, pairs)
        assert np.isfinite(layout(graph)).all()
        assert layout(graph).shape == (count, 2)
        assert len(communities(graph)) == count


@pytest.mark.parametrize(
    "pairs",
    [
        [(n, n + 1) for n in range(199)],  # a chain
        [(0, n) for n in range(1, 200)],  # a star
        [(n, n ^ 1) for n in range(200)],  # pairs that know nobody else
        [(a, b) for a in range(40) for b in range(40)],  # all to all, and 160 alone
    ],
)
def test_odd_shapes_are_placed_too(pairs):
    points = layout(graph_of(200, pairs))
    assert np.isfinite(points).all()
    assert len(np.unique(points, axis=0)) == 200


def test_communities_are_numbered_by_size():
    sizes = np.bincount(communities(graph_of(60, [(0, n) for n in range(1, 20)])))
    assert sizes.tolist() == sorted(sizes, reverse=True)
    assert sizes[0] == 20


def test_some_thousand_pages_take_seconds():
    began = time.process_time()
    layout(clustered(40, 75))
    assert time.process_time() - began < 20  # two seconds alone; others share this machine
