"""Writes a graph as the files a viewer loads: one manifest, binary columns, and lines of text.

The format, version 1. `graph.json` is UTF-8 JSON and is written last: where it stands, the rest
is whole. It names every other file; a viewer takes names, types and labels from it.

    format, version   "cardloom-graph", 1
    byte_order        "little", in every binary file
    nodes, links      how many; home: the index of the home page or null
    positions, edges  {file, type, width}: `width` numbers a node or a link, row after row
    urls, titles      {file}: UTF-8, exactly one line a node, each ended by one \\n
    size_by, color_by the names of the columns to begin with
    columns           [{name, label, kind, file, type, …}], one number a node:
                      kind "number" has `missing` (the value that stands for none, or null);
                      kind "category" has `categories`, the labels the numbers index

Binary files hold nothing but their numbers; `type` is f32, u32 or u16. An edge is (source,
target) as node indices. Positions have no unit and lie within 1 of the origin.
"""

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cardloom.graph.clusters import communities
from cardloom.graph.positions import layout
from cardloom.graph.ranking import pagerank
from cardloom.graph.structure import UNKNOWN_DEPTH, UNKNOWN_STATUS, Graph

MANIFEST = "graph.json"
MOST_CATEGORIES = 1_000
OTHER = "other"
_TYPES = {"f32": "<f4", "u32": "<u4", "u16": "<u2"}

Column = dict[str, object]


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
) -> Manifest:
    """Write the viewer's files of this graph into a folder, which is made if it is missing.

    `positions`, `rank` and `labels` are what `layout`, `pagerank` and `communities` returned;
    what is not given is computed here. Files of an earlier graph are overwritten; while that
    goes on there is no manifest, so a viewer sees the old graph, the new one, or none. Files are
    readable by their owner only.

    Raises OSError as `open` does.
    """
    positions = layout(graph) if positions is None else positions
    rank = pagerank(graph) if rank is None else rank
    labels = communities(graph) if labels is None else labels
    folder = Path(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    kinds, kind_names = _categories([name or "none" for name in graph.pagetypes])
    groups, group_names = _categories(_community_names(graph, labels, rank))
    status = _number("status", "Status", "status.u16", "u16", UNKNOWN_STATUS)
    depth = _number("depth", "Depth (clicks from home)", "depth.u16", "u16", UNKNOWN_DEPTH)
    columns: list[tuple[Column, NDArray[Any]]] = [
        (_number("pagerank", "PageRank", "size.f32", "f32", None), rank),
        (_category("pagetype", "Page type", "pagetype.u16", kind_names), kinds),
        (_category("community", "Community", "community.u16", group_names), groups),
        (status, graph.status),
        (depth, graph.depth),
    ]
    files = [
        _write_numbers(folder / "positions.f32", "f32", positions),
        _write_numbers(folder / "edges.u32", "u32", graph.links),
        *(_write_column(folder, column, values) for column, values in columns),
        _write(folder / "urls.txt", "".join(f"{url}\n" for url in graph.urls).encode()),
        _write(folder / "titles.txt", "".join(f"{title}\n" for title in graph.titles).encode()),
    ]
    manifest = {
        "format": "cardloom-graph",
        "version": 1,
        "byte_order": "little",
        "nodes": len(graph),
        "links": len(graph.links),
        "home": graph.home,
        "positions": {"file": "positions.f32", "type": "f32", "width": 2},
        "edges": {"file": "edges.u32", "type": "u32", "width": 2},
        "urls": {"file": "urls.txt"},
        "titles": {"file": "titles.txt"},
        "size_by": "pagerank",
        "color_by": "pagetype" if _tells(kinds) else "community",
        "columns": [column for column, _ in columns],
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    files.append(_write(folder / MANIFEST, text.encode()))
    return Manifest(folder, tuple(files), len(graph), len(graph.links))


def _number(name: str, label: str, file: str, kind: str, missing: int | None) -> Column:
    return {
        "name": name, "label": label, "kind": "number", "file": file, "type": kind,
        "missing": missing,
    }  # fmt: skip


def _category(name: str, label: str, file: str, categories: Sequence[str]) -> Column:
    return {
        "name": name, "label": label, "kind": "category", "file": file, "type": "u16",
        "categories": categories,
    }  # fmt: skip


def _categories(values: Sequence[str]) -> tuple[NDArray[np.uint16], list[str]]:
    """Each value's number, and the labels they index: the most frequent first, the rare as one."""
    counts = Counter(values)
    names = sorted(counts, key=lambda name: (-counts[name], name))[:MOST_CATEGORIES]
    numbers = {name: number for number, name in enumerate(names)}
    if len(counts) > len(names):
        numbers.setdefault(OTHER, len(names))
        names += [OTHER] * (len(numbers) - len(names))
    rest = numbers.get(OTHER, 0)
    return np.array([numbers.get(value, rest) for value in values], np.uint16), names


def _community_names(
    graph: Graph, labels: NDArray[np.int64], rank: NDArray[np.float64]
) -> list[str]:
    """Each page's community, called by the title or URL of its page of the highest PageRank."""
    order = np.lexsort((-rank, labels))
    _, first = np.unique(labels[order], return_index=True)
    leading = order[first]
    names = [graph.titles[node] or graph.urls[node] for node in leading]
    seen = Counter(names)
    # Two communities may be led by pages of one title: the address tells them apart.
    names = [
        f"{name} ({graph.urls[node]})" if seen[name] > 1 else name
        for name, node in zip(names, leading, strict=True)
    ]
    return [names[label] for label in labels]


def _tells(numbers: NDArray[np.uint16]) -> bool:
    """Whether colouring by these categories shows anything: no single one covers nearly all."""
    return len(numbers) > 0 and int(np.bincount(numbers).max()) <= 0.85 * len(numbers)


def _write_column(folder: Path, column: Column, values: NDArray[Any]) -> Path:
    return _write_numbers(folder / str(column["file"]), str(column["type"]), values)


def _write_numbers(path: Path, kind: str, values: NDArray[Any]) -> Path:
    return _write(path, np.ascontiguousarray(values, _TYPES[kind]).tobytes())


def _write(path: Path, content: bytes) -> Path:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return path
