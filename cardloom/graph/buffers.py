"""Writes a graph as the files a viewer loads: a manifest, binary columns, packed lines of text.

The format is docs/graph-format.md, version 2. `graph.json` is written last: where it stands, the
rest is whole.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cardloom.graph.captions import label_order, title_tails
from cardloom.graph.clusters import communities
from cardloom.graph.files import Entry, Writing
from cardloom.graph.inspection import Finding
from cardloom.graph.measures import MOST_CATEGORIES, Measures, coded, unique_names
from cardloom.graph.positions import layout
from cardloom.graph.ranking import degrees, pagerank
from cardloom.graph.structure import UNKNOWN_DEPTH, UNKNOWN_STATUS, Graph, hubs

MANIFEST = "graph.json"
MOST_HUBS = 1_000
FINDING_ROWS = 100


@dataclass(frozen=True)
class Manifest:
    """What was written: the folder, its files (the manifest last), and how many pages and links."""

    folder: Path
    files: tuple[Path, ...]
    nodes: int
    links: int


def write_buffers(
    graph: Graph,
    folder: str | PathLike[str],
    *,
    positions: NDArray[np.float32] | None = None,
    rank: NDArray[np.float64] | None = None,
    labels: NDArray[np.int64] | None = None,
    findings: Sequence[Finding] = (),
) -> Manifest:
    """Write the viewer's files of this graph into a folder, which is made if it is missing.

    `positions`, `rank` and `labels` are what `layout`, `pagerank` and `communities` returned;
    what is not given is computed here. `findings` are shown beside the map. Files of an earlier
    graph are overwritten, and those it alone had are removed; while that goes on there is no
    manifest, so a viewer sees the old graph, the new one, or none. Files are readable by their
    owner only.

    Raises OSError as `open` does.
    """
    positions = layout(graph) if positions is None else positions
    rank = pagerank(graph) if rank is None else rank
    labels = communities(graph) if labels is None else labels
    folder = Path(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    earlier = _earlier(folder)
    (folder / MANIFEST).unlink(missing_ok=True)
    writing = Writing(folder)
    leaders = _leaders(labels, rank)
    names = _community_names(graph, leaders)
    columns, color_by = _columns(writing, graph, rank, labels, names)
    order, levels = label_order(positions, rank, leaders)
    told = {
        "format": "cardloom-graph",
        "version": 2,
        "byte_order": "little",
        "nodes": len(graph),
        "links": len(graph.links),
        "home": graph.home,
        "positions": writing.numbers("positions", "f32", positions, 2),
        "edges": _edges(writing, graph),
        "outlinks": _neighbours(writing, "out", "targets", graph, 0),
        "inlinks": _neighbours(writing, "in", "sources", graph, 1),
        "labels": writing.numbers("label-order", "u32", order) | {"levels": levels},
        "title_tails": title_tails(graph.titles),
        "urls": writing.lines("urls", graph.urls),
        "titles": writing.lines("titles", graph.titles),
        "size_by": "pagerank",
        "color_by": color_by,
        "columns": columns,
        "hubs": hubs(graph)[:MOST_HUBS].tolist(),
        "alone": len(graph) - len(np.unique(graph.links)),
        "communities": _places(labels, leaders, names, positions),
        "findings": _findings(writing, findings),
    }
    told["hash"] = writing.hash
    for name in earlier - {path.name for path in writing.paths}:
        (folder / name).unlink(missing_ok=True)
    writing.write(MANIFEST, json.dumps(told, ensure_ascii=False, indent=1).encode())
    return Manifest(folder, tuple(writing.paths), len(graph), len(graph.links))


def _earlier(folder: Path) -> set[str]:
    """The files of the map that is here, by what its manifest says."""
    try:
        told = json.loads((folder / MANIFEST).read_bytes())
        found = json.dumps(told)
    except (OSError, ValueError):
        return set()
    names = {path.name for path in folder.iterdir() if path.is_file()}
    return {name for name in names if json.dumps(name) in found and name != MANIFEST} | {
        path.name for path in folder.glob("finding-*.u32")
    }


def _columns(
    writing: Writing,
    graph: Graph,
    rank: NDArray[np.float64],
    labels: NDArray[np.int64],
    names: Sequence[str],
) -> tuple[list[Entry], str]:
    """All columns, and the name of the one to colour by first."""
    measures, every = Measures(writing), np.ones(len(graph), bool)
    inlinks, outlinks = degrees(graph)
    kinds, kind_names = coded(graph.pagetypes)
    measures.number("pagerank", "PageRank", rank, every, "f32")
    measures.category("pagetype", "Page type", kinds, kind_names)
    measures.category("community", "Community", labels, names)
    known = graph.status != UNKNOWN_STATUS
    measures.number("status", "Status", graph.status, known, "u16", UNKNOWN_STATUS)
    known = graph.depth != UNKNOWN_DEPTH
    label = "Depth (clicks from home)"
    measures.number("depth", label, graph.depth, known, "u16", UNKNOWN_DEPTH)
    measures.number("inlinks", "Links in", inlinks, every, "u32")
    measures.number("outlinks", "Links out", outlinks, every, "u32")
    for column in graph.columns:
        measures.add(column)
    return measures.entries, "pagetype" if _tells(kinds) else "community"


def _tells(codes: NDArray[np.int64]) -> bool:
    """Whether colouring by these categories shows anything: no single one covers nearly all."""
    return len(codes) > 0 and int(np.bincount(codes + 1).max()) <= 0.85 * len(codes)


def _edges(writing: Writing, graph: Graph) -> Entry:
    """The links in drawing order: shuffled, those of the site's frame and to oneself last."""
    links, frame = graph.links, np.zeros(len(graph), bool)
    frame[hubs(graph)] = True
    dull = frame[links].any(axis=1) | (links[:, 0] == links[:, 1])
    order = np.random.default_rng(0).permutation(len(links))
    order = np.concatenate((order[~dull[order]], order[dull[order]]))
    return writing.numbers("edges", "u32", links[order], 2) | {"telling": int((~dull).sum())}


def _neighbours(writing: Writing, name: str, others: str, graph: Graph, end: int) -> Entry:
    """Of each node the other ends of its links, end 0 being the source."""
    links = graph.links
    # They are sorted by source and target; a stable sort by target keeps the sources in order.
    order = slice(None) if end == 0 else np.argsort(links[:, 1], kind="stable")
    starts = np.append(0, np.cumsum(np.bincount(links[:, end], minlength=len(graph))))
    return {
        "offsets": writing.numbers(f"{name}-offsets", "u32", starts),
        "nodes": writing.numbers(f"{name}-{others}", "u32", links[order, 1 - end]),
    }


def _leaders(labels: NDArray[np.int64], rank: NDArray[np.float64]) -> NDArray[np.int64]:
    """Of each community its page of the highest PageRank."""
    order = np.lexsort((-rank, labels))
    _, first = np.unique(labels[order], return_index=True)
    return order[first]


def _community_names(graph: Graph, leaders: NDArray[np.int64]) -> list[str]:
    """Each community is called by the title or URL of its leader."""
    urls = [graph.urls[node] for node in leaders]
    return unique_names([graph.titles[node] or graph.urls[node] for node in leaders], urls)


def _places(
    labels: NDArray[np.int64],
    leaders: NDArray[np.int64],
    names: Sequence[str],
    positions: NDArray[np.float32],
) -> list[dict[str, Any]]:
    """Where each of the larger communities lies."""
    order, sizes = np.argsort(labels, kind="stable"), np.bincount(labels)
    shown = sorted(range(len(sizes)), key=lambda label: (-sizes[label], names[label]))
    ends = np.cumsum(sizes)
    places = []
    for category, label in enumerate(shown[:MOST_CATEGORIES]):
        points = positions[order[ends[label] - sizes[label] : ends[label]]]
        middle = np.median(points, axis=0)
        radius = np.quantile(np.hypot(*(points - middle).T), 0.9)
        places.append(
            {
                "category": category,
                "label": names[label],
                "nodes": int(sizes[label]),
                "leader": int(leaders[label]),
                "x": round(float(middle[0]), 5),
                "y": round(float(middle[1]), 5),
                "radius": round(float(radius), 5),
            }
        )
    return places


def _findings(writing: Writing, findings: Sequence[Finding]) -> Entry | None:
    if not findings:
        return None
    told = [
        {
            "name": finding.name,
            "title": finding.title,
            "sentence": finding.sentence,
            "total": finding.total,
            "columns": finding.columns,
            "rows": finding.rows[:FINDING_ROWS],
            "row_nodes": finding.row_nodes[:FINDING_ROWS],
            "nodes": writing.numbers(f"finding-{finding.name}", "u32", finding.nodes),
        }
        for finding in findings
    ]
    content = json.dumps({"findings": told}, ensure_ascii=False).encode()
    return {"file": writing.write("findings.json", content), "bytes": len(content)}
