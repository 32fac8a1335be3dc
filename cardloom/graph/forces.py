"""Forces that pull linked pages together and push all pages apart, fast enough for a whole site.

The push is laid on a grid and added up there by a Fourier transform, so that a round costs the
number of pages plus the number of grid cells, not the number of pairs; pages closer than the
grid can tell push each other one by one. Points are (2, n) here: x and y each in one piece.

Both forces are bounded at short range (Zhong, Xue, Zhang et al., "Force-directed graph layouts
revisited: a new force based on the t-distribution", 2023): with d the distance of two pages,

    pull   = weight · d · (FAR + NEAR / (1 + d²))
    push   = PUSH · mass · d / (1 + d²)²
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, sparse

FAR, NEAR, PUSH = 0.02, 8.0, 1.0
FINEST_CELL = 0.5  # the push changes over a distance of about one
MOST_CELLS = 512
CLOSE = 2.0  # width of the cells in which points push each other one by one
ELBOWS = 2  # how many neighbours in its cell a point pushes in a round

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Bodies:
    """What the forces act on: pairs that pull (first, second, weight), and each body's mass."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    weight: NDArray[np.float64]
    mass: NDArray[np.float64]


@dataclass(frozen=True)
class Territory:
    """Discs (middle (2, k), radius (k,)) and the disc that each point belongs to."""

    middle: Points
    radius: NDArray[np.float64]
    of: NDArray[np.int64]


def bodies_of(weights: sparse.csr_array, mass: NDArray[np.float64]) -> Bodies:
    """The bodies of a symmetric weight matrix; each pair once, the diagonal left out."""
    upper = sparse.triu(weights, k=1).tocoo()
    first, second = (part.astype(np.int64) for part in upper.coords)
    return Bodies(first, second, upper.data, mass)


def settle(
    points: Points,
    bodies: Bodies,
    rounds: int,
    reach: float,
    territory: Territory,
    random: np.random.Generator,
    progress: Callable[[float], object],
) -> Points:
    """The points after `rounds` rounds of moving with the forces, in steps that grow shorter.

    No point moves further than `reach` in the first round, or leaves its territory for long.
    """
    points = points.copy()
    middle, radius = territory.middle[:, territory.of], territory.radius[territory.of]
    for number in range(rounds):
        step = _pull(points, bodies) + _push(points, bodies.mass)
        step += _elbow(points, bodies.mass, random)
        step -= _drift(step, bodies.mass, territory.of)
        length = np.hypot(step[0], step[1])
        longest = reach * (1 - number / rounds) + 0.05
        points += step * (np.minimum(1.0, longest / np.maximum(length, 1e-12)) * 0.9)
        offset = points - middle
        distance = np.hypot(offset[0], offset[1])
        beyond = np.maximum(distance - radius, 0) / np.maximum(distance, 1e-9)
        points -= offset * (0.6 * beyond)
        progress((number + 1) / rounds)
    return points


def _drift(step: Points, mass: NDArray[np.float64], of: NDArray[np.int64]) -> Points:
    """How each territory moves as a whole: their middles are settled, only what is in them moves."""
    total = np.maximum(np.bincount(of, mass), 1e-12)
    return np.stack([(np.bincount(of, part * mass) / total)[of] for part in step])


def _pull(points: Points, bodies: Bodies) -> Points:
    apart = [axis[bodies.second] - axis[bodies.first] for axis in points]
    strength = bodies.weight * (FAR + NEAR / (1 + apart[0] ** 2 + apart[1] ** 2))
    pull = np.empty_like(points)
    for axis, offset in enumerate(apart):
        force = strength * offset
        pull[axis] = np.bincount(bodies.first, force, points.shape[1])
        pull[axis] -= np.bincount(bodies.second, force, points.shape[1])
    return pull


def _elbow(points: Points, mass: NDArray[np.float64], random: np.random.Generator) -> Points:
    """The push between points that share a cell too small for the grid of `_push`.

    The cells lie differently in each round, so that no two neighbours are always kept apart.
    """
    shift = random.random(2)
    column, row = ((a - a.min()) / CLOSE + s for a, s in zip(points, shift, strict=True))
    cell = column.astype(np.int64) * (int(row.max()) + 2) + row.astype(np.int64)
    order = np.argsort(cell, kind="stable")
    (x, y), cell, heavy = points[:, order], cell[order], mass[order]
    push = np.zeros_like(points)
    for ahead in range(1, min(ELBOWS, len(cell) - 1) + 1):
        near = np.flatnonzero(cell[ahead:] == cell[:-ahead])
        other = near + ahead
        across, along = x[other] - x[near], y[other] - y[near]
        square = across**2 + along**2
        strength = PUSH / (0.1 + square)
        for axis, offset in enumerate((across, along)):
            push[axis, other] += offset * strength * heavy[near]
            push[axis, near] -= offset * strength * heavy[other]
    back = np.empty_like(push)
    back[:, order] = push
    return back


def _push(points: Points, mass: NDArray[np.float64]) -> Points:
    """The sum of all pushes on each point, through a grid of cells around the points."""
    low = points.min(axis=1)
    width = float((points.max(axis=1) - low).max()) + 1e-9
    # Few sizes of cell and of grid, so that the kernel need not be made anew in every round.
    coarser = max(0.0, np.ceil(2 * np.log2(width / (MOST_CELLS - 4) / FINEST_CELL)))
    cell = FINEST_CELL * float(2 ** (coarser / 2))
    size = fft.next_fast_len(int(width / cell) + 4, real=True)
    place = (points - low[:, None]) / cell + 1
    corner = place.astype(np.int64)
    part = place - corner
    shares = [
        ((corner[0] + right) * size + corner[1] + up, across * along)
        for right, across in ((0, 1 - part[0]), (1, part[0]))
        for up, along in ((0, 1 - part[1]), (1, part[1]))
    ]
    density = np.zeros(size * size)
    for index, share in shares:
        density += np.bincount(index, mass * share, size * size)
    fields = np.gradient(_potential(density.reshape(size, size), cell), cell)
    push = np.zeros_like(points)
    for axis, field in enumerate(fields):
        flat = field.ravel()
        for index, share in shares:
            push[axis] -= flat[index] * share
    return push


def _potential(density: Points, cell: float) -> Points:
    """What this density adds up to in every cell; its slope is the push."""
    size = len(density)
    kernel = _kernel(size, cell)
    padded = 2 * (kernel.shape[1] - 1)
    moved = fft.rfft2(density, (padded, padded)) * kernel
    everywhere: Points = fft.irfft2(moved, (padded, padded))
    return everywhere[:size, :size]


@lru_cache(maxsize=4)
def _kernel(size: int, cell: float) -> NDArray[np.complex128]:
    """The transform of one body's potential, PUSH / 2 / (1 + d²), on a grid twice as wide."""
    padded = 2 * fft.next_fast_len(size, real=True)
    offset = np.minimum(np.arange(padded), padded - np.arange(padded)) * cell
    potential = PUSH / 2 / (1 + offset[:, None] ** 2 + offset[None, :] ** 2)
    transform: NDArray[np.complex128] = fft.rfft2(potential)
    return transform
