"""Where each page lies on the map: communities as territories, in each what is linked close by.

    communities ── discs without overlap ── their clusters ── pages ── the frame, then lone pages

Coarse to fine: each cluster is opened at its place and its parts find theirs. Pages of the
site's frame pull nothing and are placed afterwards. It only places; sizes, colours and labels
are the viewer's.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from cardloom.graph.clusters import Labels, hierarchy, joined
from cardloom.graph.discs import GOLDEN_ANGLE, packed
from cardloom.graph.forces import Points, Territory, bodies_of, settle
from cardloom.graph.structure import Graph, adjacency, bonds

GAP = 1.12  # a disc with the border around it, in radii
APART = 0.3  # how much further from the middle territories are settled
REACH = 3.0  # how far a page moves in the first round, in spacings
RIM = 0.92  # what is linked lies within this radius; lone pages on the ring outside

Progress = Callable[[float], object]


def layout(graph: Graph, seed: int = 0, progress: Progress | None = None) -> NDArray[np.float32]:
    """A position for every page: float32 (n, 2), no unit, all within 1 of the origin.

    The home page is at (0, 0). Pages without any link lie on a ring around the rest, between
    0.94 and 1. The same graph and seed give the same positions with the same numpy and scipy.
    The time grows with pages and links, not with their squares. `progress(share)` is told the
    share of the work that is done; what it raises ends the work.
    """
    tell = progress or (lambda share: None)
    count = len(graph)
    if count == 0:
        return np.zeros((0, 2), np.float32)
    weights = bonds(graph)
    inner = np.flatnonzero(np.diff(weights.indptr) > 0)
    points = np.zeros((count, 2))
    placed = np.zeros(count, bool)
    if len(inner):
        core = sparse.csr_array(weights[inner][:, inner])
        reach = RIM if _any_alone(graph) else 1.0
        points[inner] = _within(_coarse_to_fine(core, seed, tell), reach)
        placed[inner] = True
    _place_frame(graph, points, placed)
    if graph.home is not None:
        points[graph.home] = 0
        placed[graph.home] = True
    alone = np.flatnonzero(~placed)
    points[alone] = _ring(len(alone))
    tell(1.0)
    return points.astype(np.float32)


def _coarse_to_fine(weights: sparse.csr_array, seed: int, tell: Progress) -> Points:
    steps = hierarchy(weights, seed)
    cluster = steps[0] if steps else np.arange(weights.shape[0])
    community = np.arange(int(cluster.max()) + 1)
    for step in steps[1:]:
        community = step[community]
    tell(0.15)
    between = joined(weights, cluster)
    mass = np.bincount(cluster).astype(float)
    radius = np.sqrt(np.bincount(community, mass))
    middles = packed(radius * GAP, joined(between, community))
    tell(0.25)
    points = middles[community] + _nested(between, community, radius, np.sqrt(mass))
    tell(0.4)
    random = np.random.default_rng(seed)
    points = _opened(points, cluster, random)
    of = community[cluster]
    # Territories push each other's pages over the border; so they are settled further apart.
    away = APART * middles
    points = settle(
        (points + away[of]).T, bodies_of(weights, np.ones(len(of))), _rounds(len(of)), REACH,
        Territory((middles + away).T, radius, of), random, lambda done: tell(0.4 + 0.5 * done),
    ).T  # fmt: skip
    points = _spread_out(points - away[of], Territory(middles.T, radius, of))
    return _spaced(points)


def _nested(
    weights: sparse.csr_array, of: Labels, outer: NDArray[np.float64], radius: NDArray[np.float64]
) -> Points:
    """Where in its community each cluster lies: offsets from the community's middle."""
    order = np.argsort(of, kind="stable")
    ends = np.cumsum(np.bincount(of))
    offsets = np.zeros((len(of), 2))
    for community, members in enumerate(np.split(order, ends[:-1])):
        if len(members) < 2:
            continue
        own = sparse.csr_array(weights[members][:, members])
        found = packed(radius[members], own, rounds=60)
        reach = float((np.hypot(found[:, 0], found[:, 1]) + radius[members]).max())
        offsets[members] = found * (outer[community] / reach)
    return offsets


def _rounds(count: int) -> int:
    return int(np.clip(8_000_000 / max(count, 1), 40, 100))


def _opened(points: Points, cluster: Labels, random: np.random.Generator) -> Points:
    """Each cluster's pages strewn over the disc that the cluster covers."""
    radius = 0.8 * np.sqrt(np.bincount(cluster))[cluster] * np.sqrt(random.random(len(cluster)))
    angle = random.random(len(cluster)) * 2 * np.pi
    return points[cluster] + np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


def _spread_out(points: Points, territory: Territory) -> Points:
    """Each territory filled: its pages moved most of the way to where an even spread would have them."""
    of = territory.of
    offset = points - territory.middle.T[of]
    distance = np.hypot(offset[:, 0], offset[:, 1])
    order = np.lexsort((distance, of))
    sizes = np.bincount(of, minlength=len(territory.radius))
    rank = np.empty(len(of))
    rank[order] = np.arange(len(of)) - (np.cumsum(sizes) - sizes)[of[order]]
    even = territory.radius[of] * np.sqrt((rank + 0.5) / sizes[of])
    wanted = 0.7 * even + 0.3 * np.minimum(distance, territory.radius[of])
    return territory.middle.T[of] + offset * (wanted / np.maximum(distance, 1e-9))[:, None]


def _spaced(points: Points, rounds: int = 5) -> Points:
    """Points that lie on one another moved apart, to most of what an even spread gives."""
    least = 1.1
    for _ in range(rounds):
        pairs = cKDTree(points).query_pairs(least, output_type="ndarray")
        if not len(pairs):
            break
        apart = points[pairs[:, 1]] - points[pairs[:, 0]]
        length = np.hypot(apart[:, 0], apart[:, 1])
        # Two on the very same spot have no direction to part in: the pair's number gives one.
        turn = np.arange(len(pairs)) * GOLDEN_ANGLE
        same = length < 1e-9
        apart[same] = np.column_stack((np.cos(turn), np.sin(turn)))[same]
        length[same] = 1.0
        move = apart * ((least - np.where(same, 0, length)) / length / 3)[:, None]
        for axis in (0, 1):
            points[:, axis] += np.bincount(pairs[:, 1], move[:, axis], len(points))
            points[:, axis] -= np.bincount(pairs[:, 0], move[:, axis], len(points))
    return points


def _place_frame(graph: Graph, points: Points, placed: NDArray[np.bool_]) -> None:
    """Pages that the forces left out in the middle of those they are linked with."""
    links = adjacency(graph)
    both = sparse.csr_array(links + links.T)
    todo = np.flatnonzero(~placed & (np.diff(both.indptr) > 0))
    if not len(todo) or not placed.any():
        return
    near = both[todo]
    known = near @ placed.astype(float)
    middle = (near @ (points * placed[:, None])) / np.maximum(known, 1)[:, None]
    # Many of them have the same middle: a spiral keeps them apart, the most linked innermost.
    todo_order = np.argsort(-known, kind="stable")
    todo, middle = todo[todo_order], middle[todo_order]
    turn = np.arange(len(todo)) * GOLDEN_ANGLE
    reach = min(0.012, 0.3 / np.sqrt(len(todo))) * np.sqrt(np.arange(len(todo)) + 1)
    points[todo] = middle + np.column_stack((np.cos(turn), np.sin(turn))) * reach[:, None]
    placed[todo] = True


def _any_alone(graph: Graph) -> bool:
    """Whether the ring around the rest will hold any page."""
    to_others = graph.links[graph.links[:, 0] != graph.links[:, 1]]
    linked = np.zeros(len(graph), bool)
    linked[to_others.ravel()] = True
    if graph.home is not None:
        linked[graph.home] = True
    return not linked.all()


def _within(points: Points, reach: float) -> Points:
    points = points - points.mean(axis=0)
    furthest = float(np.hypot(points[:, 0], points[:, 1]).max())
    return points * (reach / furthest) if furthest > 0 else points


def _ring(count: int) -> Points:
    """Lone pages on as many circles from 0.94 to 1 as keep them apart."""
    circles = int(np.clip(np.ceil(count / 1_500), 1, 12))
    angle = np.arange(count) * (2 * np.pi / max(count, 1)) - np.pi / 2
    radius = 1 - 0.06 * (np.arange(count) % circles) / max(circles - 1, 1)
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))
