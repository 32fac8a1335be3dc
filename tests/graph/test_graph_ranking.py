"""PageRank against a dense linear solve that shares no code with it."""

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardloom.graph import Graph, components, degrees, pagerank, top_pages


def graph_of(count: int, pairs) -> Graph:
    links = np.array(sorted(set(pairs)), np.uint32).reshape(-1, 2)
    empty = ("",) * count
    zeros = np.zeros(count, np.uint16)
    urls = tuple(f"https://example.org/{number:04}" for number in range(count))
    return Graph(urls, links, empty, empty, zeros, zeros, 0 if count else None)


def solved(graph: Graph, damping: float) -> np.ndarray:
    """x = (1-d)/n + d·M x, solved as linear equations; a dead end's column is 1/n."""
    count = len(graph)
    matrix = np.zeros((count, count))
    for source, target in graph.links:
        matrix[target, source] = 1
    sums = matrix.sum(axis=0)
    matrix = np.where(sums > 0, matrix / np.maximum(sums, 1), 1 / count)
    return np.linalg.solve(np.eye(count) - damping * matrix, np.full(count, (1 - damping) / count))


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 12))
    ends = st.integers(0, count - 1)
    return graph_of(count, draw(st.lists(st.tuples(ends, ends), max_size=40)))


@settings(max_examples=150, deadline=None)
@given(graphs(), st.sampled_from([0.0, 0.5, 0.85, 0.99]))
def test_pagerank_is_what_its_equations_say(graph, damping):
    rank = pagerank(graph, damping)
    assert np.abs(rank - solved(graph, damping)).max() < 1e-9
    assert rank.sum() == pytest.approx(1)


def test_the_values_networkx_gives():
    # Made with networkx 3.6.1 on nodes 0 to 6 and these edges: pagerank(g, tol=1e-12,
    # max_iter=1000). 4 is a dead end, 3 links to itself, 6 stands alone.
    graph = graph_of(7, [(0, 1), (0, 2), (1, 2), (2, 0), (3, 2), (3, 3), (2, 4), (5, 0)])
    expected = [0.213983, 0.1392346, 0.293278, 0.0839858, 0.172935, 0.0482918, 0.0482918]
    assert np.abs(pagerank(graph) - expected).max() < 1e-6


def test_no_page_and_one_page():
    assert pagerank(graph_of(0, [])).tolist() == []
    assert pagerank(graph_of(1, [])).tolist() == [1.0]
    assert pagerank(graph_of(1, [(0, 0)])).tolist() == [1.0]


def test_a_damping_that_is_none_is_refused():
    with pytest.raises(ValueError, match="below 1, not 1"):
        pagerank(graph_of(1, []), damping=1)


def test_degrees_count_links_of_a_page_to_itself():
    inlinks, outlinks = degrees(graph_of(3, [(0, 1), (0, 2), (1, 1)]))
    assert inlinks.tolist() == [0, 2, 1]
    assert outlinks.tolist() == [2, 1, 0]


def test_top_pages_are_sorted_and_equals_go_by_url():
    graph = graph_of(5, [(0, 3), (1, 3), (2, 3), (3, 4)])
    pages = top_pages(graph, 4)
    assert [page.url[-1] for page in pages] == ["4", "3", "0", "1"]
    assert (pages[1].inlinks, pages[1].outlinks, pages[1].depth) == (3, 1, 0)
    assert top_pages(graph, 0) == []
    assert len(top_pages(graph, 99)) == 5


def directed(graph: Graph) -> networkx.DiGraph:
    other = networkx.DiGraph()
    other.add_nodes_from(range(len(graph)))
    other.add_edges_from(graph.links.tolist())
    return other


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_pagerank_is_that_of_networkx(graph):
    theirs = networkx.pagerank(directed(graph), tol=1e-12, max_iter=1000)
    assert np.abs(pagerank(graph) - [theirs[node] for node in range(len(graph))]).max() < 1e-6


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_components_are_those_of_networkx_the_largest_first(graph):
    other = directed(graph)
    for strong, theirs in (
        (False, networkx.weakly_connected_components(other)),
        (True, networkx.strongly_connected_components(other)),
    ):
        labels = components(graph, strong)
        ours = [set(np.flatnonzero(labels == label)) for label in range(labels.max() + 1)]
        assert sorted(map(sorted, ours)) == sorted(map(sorted, theirs))
        assert [len(part) for part in ours] == sorted(map(len, ours), reverse=True)
