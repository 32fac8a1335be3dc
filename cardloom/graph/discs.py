"""Discs on a plane without overlap, those that belong together side by side, the whole round.

Each community of pages is one disc; its pages find their places within it.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Points = NDArray[np.float64]
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
MOST_DISCS = 1_500  # of these all pairs are looked at
ROUNDS = 240


def packed(radius: NDArray[np.float64], weights: sparse.csr_array, rounds: int = ROUNDS) -> Points:
    """The middles of discs of these radii: (n, 2) around the origin; linked ones close by.

    `weights` is symmetric. The largest 1,500 find their places by pulling and pushing, the
    others are strewn around them.
    """
    order = np.argsort(-radius, kind="stable")
    large, small = order[:MOST_DISCS], order[MOST_DISCS:]
    middles = np.zeros((len(radius), 2))
    middles[large] = _settled(radius[large], sparse.csr_array(weights[large][:, large]), rounds)
    if len(small):
        reach = np.hypot(*middles[large].T) + radius[large]
        middles[small] = strewn(radius[small], float(reach.max()) * 1.03)
    return middles


def strewn(radius: NDArray[np.float64], inner: float = 0.0) -> Points:
    """Discs on a sunflower's spiral around a hole of the radius `inner`."""
    area = 1.6 * radius**2
    distance = np.sqrt(inner**2 + np.cumsum(area) - area / 2)
    angle = np.arange(len(radius)) * GOLDEN_ANGLE
    return np.column_stack((distance * np.cos(angle), distance * np.sin(angle)))


def _settled(radius: NDArray[np.float64], weights: sparse.csr_array, rounds: int) -> Points:
    # A disc pulls those it shares the larger part of its links with, whatever their number.
    weights = sparse.csr_array(weights - sparse.diags_array(weights.diagonal()))
    total = np.asarray(weights.sum(axis=1)).ravel()
    share = sparse.csr_array(sparse.diags_array(1 / np.maximum(total, 1e-12)) @ weights)
    linked = total > 0
    points = strewn(radius) * 1.5
    first, second = _near(points, radius)
    for number in range(rounds):
        heat = 1 - number / rounds
        to_others = (share @ points - points) * linked[:, None]
        step = 0.25 * heat * to_others - (0.02 + 0.05 * (1 - heat)) * points
        points += step
        if number % 4 == 0:
            first, second = _near(points, radius * 1.6)
        for _ in range(2 if heat > 0.3 else 4):
            points += _parted(points, radius, first, second)
    for _ in range(rounds):
        first, second = _near(points, radius)
        move = _parted(points, radius, first, second)
        points += move
        if not len(first) or np.abs(move).max() < 1e-3 * radius.max():
            break
    return points


def _near(points: Points, radius: NDArray[np.float64]) -> tuple[NDArray[np.int64], ...]:
    """All pairs of discs that overlap, each once."""
    x, y, r = (part.astype(np.float32) for part in (points[:, 0], points[:, 1], radius))
    apart = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2
    return np.nonzero(np.triu(apart < (r[:, None] + r) ** 2, k=1))


def _parted(
    points: Points,
    radius: NDArray[np.float64],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
) -> Points:
    """The moves that part overlapping pairs, the larger of two moving less."""
    apart = points[second] - points[first]
    length = np.hypot(apart[:, 0], apart[:, 1]) + 1e-9
    lacking = np.maximum(radius[first] + radius[second] - length, 0)
    area = radius**2
    give = area[second] / (area[first] + area[second])
    push = apart * (0.5 * lacking / length)[:, None]
    move = np.zeros_like(points)
    for axis in (0, 1):
        move[:, axis] -= np.bincount(first, push[:, axis] * give, len(points))
        move[:, axis] += np.bincount(second, push[:, axis] * (1 - give), len(points))
    return move
