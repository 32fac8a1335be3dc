"""From two CSV files to the folder that a viewer shows, in one call that tells how far it is.

It only puts the other modules in order; each step is theirs.
"""

from collections.abc import Callable
from os import PathLike

from cardloom.graph.buffers import Manifest, write_buffers
from cardloom.graph.clusters import communities
from cardloom.graph.positions import layout
from cardloom.graph.ranking import pagerank
from cardloom.graph.reading import read_graph

Report = Callable[[int, int, str], object]
STEPS = 5


def build_map(
    links: str | PathLike[str],
    folder: str | PathLike[str],
    meta: str | PathLike[str] | None = None,
    report: Report | None = None,
) -> Manifest:
    """Read links.csv and meta.csv, measure, lay out, and write the viewer's files into a folder.

    `report(done, total, note)` is called before each of the steps and after the last one. An
    exception it raises ends the work there, and the folder keeps what it had; so a card that
    was cancelled can stop it.

    Raises GraphError for a file that is not as `read_graph` wants it; OSError as `open` does.
    """
    tell = report or (lambda done, total, note: None)
    tell(0, STEPS, "Reading the links")
    graph = read_graph(links, meta)
    size = f"{len(graph):,} pages, {len(graph.links):,} links"
    tell(1, STEPS, f"Ranking {size}")
    rank = pagerank(graph)
    tell(2, STEPS, f"Finding what belongs together among {size}")
    labels = communities(graph)
    tell(3, STEPS, f"Placing {size}")
    positions = layout(graph)
    tell(4, STEPS, "Writing the map")
    manifest = write_buffers(graph, folder, positions=positions, rank=rank, labels=labels)
    tell(5, STEPS, f"Mapped {size}")
    return manifest
