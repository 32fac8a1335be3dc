"""From two CSV files to the folder that a viewer shows, in one call that tells how far it is.

It only puts the other modules in order; each step is theirs.
"""

import hashlib
import os
from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cardloom.graph.buffers import Manifest, write_buffers
from cardloom.graph.clusters import communities
from cardloom.graph.finding import findings
from cardloom.graph.positions import layout
from cardloom.graph.ranking import pagerank
from cardloom.graph.reading import read_graph
from cardloom.graph.structure import Graph

Report = Callable[[int, int, str], object]
STEPS = 100
LAYOUT = "2"  # changes when the same links would be laid out otherwise


def build_map(
    links: str | PathLike[str],
    folder: str | PathLike[str],
    meta: str | PathLike[str] | None = None,
    report: Report | None = None,
    cache: str | PathLike[str] | None = None,
) -> Manifest:
    """Read links.csv and meta.csv, measure, lay out, and write the viewer's files into a folder.

    `report(done, total, note)` is called as the work goes on, of a total of 100. An exception it
    raises ends the work there, and the folder keeps what it had; so a card that was cancelled
    can stop it. `cache` is a folder where positions are kept by a hash of the links: the same
    links are laid out once.

    Raises GraphError for a file that is not as `read_graph` wants it; OSError as `open` does.
    """
    tell = report or (lambda done, total, note: None)
    tell(0, STEPS, "Reading the links")
    graph = read_graph(links, meta)
    size = f"{len(graph):,} pages, {len(graph.links):,} links"
    tell(20, STEPS, f"Ranking {size}")
    rank = pagerank(graph)
    tell(24, STEPS, f"Finding what belongs together among {size}")
    labels = communities(graph)
    tell(30, STEPS, f"Placing {size}")
    positions = _positions(
        graph, cache, lambda share: tell(30 + int(50 * share), STEPS, f"Placing {size}")
    )
    tell(80, STEPS, "Looking for what is wrong")
    found = findings(graph, rank)
    tell(88, STEPS, "Writing the map")
    manifest = write_buffers(
        graph, folder, positions=positions, rank=rank, labels=labels, findings=found
    )
    tell(STEPS, STEPS, f"Mapped {size}")
    return manifest


def _positions(
    graph: Graph, cache: str | PathLike[str] | None, progress: Callable[[float], object]
) -> NDArray[np.float32]:
    if cache is None:
        return layout(graph, progress=progress)
    digest = hashlib.sha256(f"{LAYOUT} {len(graph)} {graph.home} ".encode())
    digest.update(np.ascontiguousarray(graph.links, "<u4").tobytes())
    path = Path(cache) / f"positions-{digest.hexdigest()[:32]}.f32"
    if path.is_file() and path.stat().st_size == 8 * len(graph):
        kept: NDArray[np.float32] = np.fromfile(path, "<f4").reshape(-1, 2)
        return kept
    positions = layout(graph, progress=progress)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_suffix(f".part-{os.getpid()}")
    partial.write_bytes(positions.astype("<f4").tobytes())
    partial.replace(path)  # whoever looks meanwhile finds a whole file, or none
    return positions
