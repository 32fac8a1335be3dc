"""Where each page lies on the map: the home page in the middle, what belongs together close by.

Coarse to fine: the clusters of clusters are laid out first, then each is opened at its place
and its parts find theirs. It only places; sizes, colours and labels are the viewer's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from cardloom.graph.clusters import Labels, hierarchy, joined
from cardloom.graph.forces import Points, bodies_of, settle
from cardloom.graph.structure import Graph, bonds

GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


@dataclass(frozen=True)
class _Level:
    """A graph of clusters: how they hang together, their pages, and the one that holds home."""

    weights: sparse.csr_array
    mass: NDArray[np.float64]
    home: int | None

    def joined(self, step: Labels) -> "_Level":
        home = None if self.home is None else int(step[self.home])
        return _Level(
            joined(self.weights, step), np.bincount(step, self.mass).astype(np.float64), home
        )


def layout(graph: Graph, seed: int = 0) -> NDArray[np.float32]:
    """A position for every page: float32 (n, 2), no unit, all within 1 of the origin.

    The home page is at (0, 0). Pages without any link lie on a ring around the rest. The same
    graph and seed give the same positions with the same numpy and scipy. The time grows with
    pages and links, not with their squares; from 4,000 pages on fewer rounds are spent.
    """
    count = len(graph)
    if count == 0:
        return np.zeros((0, 2), np.float32)
    weights = bonds(graph)
    linked = np.diff(weights.indptr) > 0
    points = np.zeros((count, 2))
    middle = 0 if graph.home is None else graph.home
    if linked.any():
        inner = np.flatnonzero(linked)
        core = sparse.csr_array(weights[inner][:, inner])
        pinned = int(np.searchsorted(inner, middle)) if linked[middle] else None
        points[inner] = _coarse_to_fine(core, pinned, seed)
    points = _within_one(_lying(points), linked)
    alone = np.flatnonzero(~linked)
    alone = alone[alone != middle]
    points[alone] = _ring(len(alone))
    return points.astype(np.float32)


def _coarse_to_fine(weights: sparse.csr_array, home: int | None, seed: int) -> Points:
    steps = hierarchy(weights, seed)
    levels = [_Level(weights, np.ones(weights.shape[0]), home)]
    for step in steps:
        levels.append(levels[-1].joined(step))
    random = np.random.default_rng(seed)
    points = _spiral(levels[-1].mass)
    for number, level in reversed(list(enumerate(levels))):
        if number < len(steps):
            points = _opened(points, steps[number], level.mass, random)
        bodies = bodies_of(level.weights, level.mass)
        reach = 5.0 if number else 2.0
        points = settle(points, bodies, _rounds(len(level.mass)), reach, pinned=level.home)
    return _spaced(points, home)


def _rounds(count: int) -> int:
    return int(np.clip(1_000_000 / max(count, 1), 60, 250))


def _spiral(mass: NDArray[np.float64]) -> Points:
    """Discs of these masses on a sunflower's spiral: no two on one spot, the first inside."""
    radius = np.sqrt(np.cumsum(mass) - mass / 2)
    angle = np.arange(len(mass)) * GOLDEN_ANGLE
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


def _opened(
    points: Points, step: Labels, mass: NDArray[np.float64], random: np.random.Generator
) -> Points:
    """Each cluster's parts strewn over the disc that the cluster covers."""
    radius = 0.5 * np.sqrt(np.bincount(step, mass))[step] * np.sqrt(random.random(len(step)))
    angle = random.random(len(step)) * 2 * np.pi
    return points[step] + np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


def _spaced(points: Points, home: int | None, rounds: int = 20) -> Points:
    """Points that lie on one another moved apart, to most of what an even spread gives."""
    spread = np.quantile(np.hypot(*(points - points.mean(axis=0)).T), 0.9)
    least = max(float(spread), 1e-6) / np.sqrt(len(points)) * 0.7
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
        if home is not None:
            points[home] = 0
    return points


def _lying(points: Points) -> Points:
    """Turned about the origin so that they spread widest from left to right, as screens do."""
    x, y = (points - points.mean(axis=0)).T
    angle = -0.5 * np.arctan2(2 * (x * y).mean(), (x * x).mean() - (y * y).mean())
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned: Points = points @ turn
    return turned


def _within_one(points: Points, linked: NDArray[np.bool_]) -> Points:
    """Scaled so that the furthest lies at 1, or at 0.9 where a ring of lone pages comes around."""
    furthest = np.hypot(points[:, 0], points[:, 1]).max()
    room = 1.0 if linked.all() else 0.9
    return points * (room / furthest) if furthest > 0 else points


def _ring(count: int) -> Points:
    angle = np.arange(count) * (2 * np.pi / max(count, 1)) - np.pi / 2
    return np.column_stack((np.cos(angle), np.sin(angle)))
