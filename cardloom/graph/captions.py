"""Which names a map shows first: one for each cell of a grid, the grid ever finer."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

CELLS = 8  # across the map at level 0
LEVELS = 12
_TAIL = re.compile(r".*\S(\s[|·–—-]\s.*|\s\(.*)", re.DOTALL)


def label_order(
    positions: NDArray[np.float32], rank: NDArray[np.float64], leaders: NDArray[np.int64]
) -> tuple[NDArray[np.int64], list[int]]:
    """All nodes in the order in which their names should be tried, and how many at each level.

    Level k has at most one name a cell of a grid of 8 · 2^k cells across: of the page that
    leads its community, else of the highest rank. The last level has all that is left.
    """
    count = len(positions)
    leading = np.zeros(count, bool)
    leading[leaders] = True
    todo = np.lexsort((np.arange(count), -rank, ~leading))
    placed, parts, levels = np.zeros(0, np.int64), list[NDArray[np.int64]](), list[int]()
    for level in range(LEVELS):
        if not len(todo):
            break
        cells = CELLS * 2**level
        column, row = np.clip((positions.T + 1) / 2 * cells, 0, cells - 1).astype(np.int64)
        cell = row * cells + column
        _, first = np.unique(cell[todo], return_index=True)
        free = ~np.isin(cell[todo[first]], cell[placed])
        chosen = np.sort(first[free])
        parts.append(todo[chosen])
        placed = np.concatenate((placed, todo[chosen]))
        todo = np.delete(todo, chosen)
        levels.append(len(placed))
    if len(todo):
        parts.append(todo)
        levels.append(count)
    return np.concatenate(parts) if parts else np.zeros(0, np.int64), levels


def title_tails(titles: Sequence[str]) -> list[str]:
    """Endings such as ` — The Docs` that more than a quarter of the titles have, longest first."""
    tails = Counter(match[1] for match in map(_TAIL.fullmatch, titles) if match)
    named = sum(map(bool, titles))
    return sorted((tail for tail, n in tails.items() if n > named / 4), key=len, reverse=True)
