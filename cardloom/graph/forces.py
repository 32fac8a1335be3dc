"""Forces that pull linked pages together and push all pages apart, fast enough for a whole site.

The push is laid on a grid and added up there by a Fourier transform, so that a round costs the
number of pages plus the number of grid cells, not the number of pairs.

Both forces are bounded at short range (Zhong, Xue, Zhang et al., "Force-directed graph layouts
revisited: a new force based on the t-distribution", 2023): with d the distance of two pages,

    pull   = weight · d · (FAR + NEAR / (1 + d²))
    push   = PUSH · mass · d / (1 + d²)²
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, sparse

FAR, NEAR, PUSH = 0.1, 8.0, 2.0
FINEST_CELL = 0.5  # the push changes over a distance of about one
MOST_CELLS = 512

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Bodies:
    """What the forces act on: pairs that pull (first, second, weight), and each body's mass."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    weight: NDArray[np.float64]
    mass: NDArray[np.float64]


def bodies_of(weights: sparse.csr_array, mass: NDArray[np.float64]) -> Bodies:
    """The bodies of a symmetric weight matrix; each pair once, the diagonal left out."""
    upper = sparse.triu(weights, k=1).tocoo()
    first, second = (part.astype(np.int64) for part in upper.coords)
    return Bodies(first, second, upper.data, mass)


def settle(
    points: Points, bodies: Bodies, rounds: int, reach: float, pinned: int | None = None
) -> Points:
    """The points after `rounds` rounds of moving with the forces, in steps that grow shorter.

    No point moves further than `reach` in the first round. The middle of all
    points stays at 0, 0, and so does the `pinned` one.
    """
    points = points.copy()
    for number in range(rounds):
        step = _pull(points, bodies) + _push(points, bodies.mass)
        step -= 0.002 * points  # what is not linked to the rest should not drift out of sight
        length = np.hypot(step[:, 0], step[:, 1])
        longest = reach * (1 - number / rounds) + 0.01
        points += step * np.minimum(1.0, longest / np.maximum(length, 1e-12))[:, None] * 0.9
        points -= points.mean(axis=0)
        if pinned is not None:
            points[pinned] = 0
    return points


def _pull(points: Points, bodies: Bodies) -> Points:
    apart = points[bodies.second] - points[bodies.first]
    strength = bodies.weight * (FAR + NEAR / (1 + (apart**2).sum(axis=1)))
    pull = np.empty_like(points)
    for axis in (0, 1):
        force = strength * apart[:, axis]
        pull[:, axis] = np.bincount(bodies.first, force, len(points))
        pull[:, axis] -= np.bincount(bodies.second, force, len(points))
    return pull


def _push(points: Points, mass: NDArray[np.float64]) -> Points:
    """The sum of all pushes on each point, through a grid of cells around the points."""
    low = points.min(axis=0)
    width = float((points.max(axis=0) - low).max()) + 1e-9
    # Few sizes of cell and of grid, so that the kernel need not be made anew in every round.
    coarser = max(0.0, np.ceil(2 * np.log2(width / (MOST_CELLS - 4) / FINEST_CELL)))
    cell = FINEST_CELL * float(2 ** (coarser / 2))
    size = fft.next_fast_len(int(width / cell) + 4, real=True)
    place = (points - low) / cell + 1
    corner = place.astype(np.int64)
    part = place - corner
    shares = [
        ((corner[:, 0] + right) * size + corner[:, 1] + up, across * along)
        for right, across in ((0, 1 - part[:, 0]), (1, part[:, 0]))
        for up, along in ((0, 1 - part[:, 1]), (1, part[:, 1]))
    ]
    density = np.zeros(size * size)
    for index, share in shares:
        density += np.bincount(index, mass * share, size * size)
    fields = np.gradient(_potential(density.reshape(size, size), cell), cell)
    push = np.zeros_like(points)
    for axis, field in enumerate(fields):
        for index, share in shares:
            push[:, axis] -= field.ravel()[index] * share
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
