"""One step of the graph benchmark, in a process of its own: `steps.py STEP FOLDER`.

Prints one line of JSON: the seconds and processor seconds of the step alone, without reading
what it needs, the process's peak memory in MB, and what can be said of the outcome.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Outcome = dict[str, float]


def main() -> None:
    step, folder = sys.argv[1], Path(sys.argv[2])
    work = globals()[f"step_{step}"](folder)
    wall, cpu = time.perf_counter(), time.process_time()
    outcome: Outcome = work() or {}
    seconds, used = time.perf_counter() - wall, time.process_time() - cpu
    peak = peak_megabytes()
    judged = outcome.pop("judge", None)
    if judged is not None:
        outcome |= quality(*judged)
    print(json.dumps({"seconds": seconds, "cpu": used, "mb": peak} | outcome))


def peak_megabytes() -> float:
    # ru_maxrss begins with what the parent had (Linux keeps it over exec); this mark does not.
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


# ours: cardloom is imported here only, as the peers' environment has none of it


def step_swap(folder: Path) -> Callable[[], Any]:
    from cardloom.graph import swap_header

    return lambda: {"bytes": swap_header(folder / "links.csv", folder / "x.csv", ("from", "to"))}


def step_read(folder: Path) -> Callable[[], Any]:
    from cardloom.graph import read_graph

    return lambda: {"links": len(read_graph(folder / "links.csv").links)}


def step_read_meta(folder: Path) -> Callable[[], Any]:
    from cardloom.graph import read_graph

    return lambda: {"columns": len(read_graph(folder / "links.csv", folder / "meta.csv").columns)}


def graph_of(folder: Path) -> Any:
    """The graph, and its links kept for the peers."""
    from cardloom.graph import read_graph

    graph = read_graph(folder / "links.csv", folder / "meta.csv")
    np.save(folder / "links.npy", graph.links)
    return graph


def step_pagerank(folder: Path) -> Callable[[], Any]:
    from cardloom.graph import pagerank

    graph = graph_of(folder)
    return lambda: np.save(folder / "rank.npy", pagerank(graph))


def step_walks(folder: Path) -> Callable[[], Any]:
    from cardloom.graph import components
    from cardloom.graph.walking import depths_from

    graph = graph_of(folder)

    def work() -> Outcome:
        depths_from(graph.home, graph.links, len(graph))
        weak, strong = components(graph), components(graph, strong=True)
        return {"weak": weak.max() + 1.0, "strong": strong.max() + 1.0}

    return work


def step_communities(folder: Path) -> Callable[[], Any]:
    from cardloom.graph import communities

    graph = graph_of(folder)
    return lambda: {"communities": float(communities(graph).max() + 1)}


def step_findings(folder: Path) -> Callable[[], Any]:
    from cardloom.graph import findings

    graph = graph_of(folder)
    return lambda: {"findings": len(findings(graph))}


def step_layout(folder: Path) -> Callable[[], Any]:
    from cardloom.graph import layout

    graph = graph_of(folder)
    return lambda: {"judge": (layout(graph), graph.links)}


def step_build(folder: Path) -> Callable[[], Any]:
    from cardloom.graph import build_map

    return lambda: {
        "nodes": build_map(folder / "links.csv", folder / "map", folder / "meta.csv").nodes
    }


# peers


def step_pandas_swap(folder: Path) -> Callable[[], Any]:
    import pandas

    def work() -> None:
        frame = pandas.read_csv(folder / "links.csv")
        frame = frame.rename(columns={"source": "from", "target": "to"})
        frame.to_csv(folder / "x.csv", index=False)

    return work


def step_pandas_read(folder: Path) -> Callable[[], Any]:
    import pandas

    def work() -> Outcome:
        frame = pandas.read_csv(folder / "links.csv")
        codes, _ = pandas.factorize(pandas.concat([frame["source"], frame["target"]]), sort=True)
        return {"links": len(codes) / 2}

    return work


def links_of(folder: Path) -> tuple[np.ndarray, int]:
    links = np.load(folder / "links.npy")
    return links, len(np.load(folder / "rank.npy"))


def step_networkx_pagerank(folder: Path) -> Callable[[], Any]:
    import networkx

    links, count = links_of(folder)
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(links.tolist())

    def work() -> Outcome:
        rank = networkx.pagerank(graph, tol=1e-10, max_iter=1000)
        ours = np.load(folder / "rank.npy")
        theirs = np.array([rank[node] for node in range(count)])
        return {"largest difference": float(np.abs(ours - theirs).max())}

    return work


def igraph_of(folder: Path, directed: bool) -> tuple[Any, np.ndarray]:
    import igraph

    links, count = links_of(folder)
    graph = igraph.Graph(count, links.tolist(), directed=directed)
    return (graph if directed else graph.simplify()), links


def step_igraph_pagerank(folder: Path) -> Callable[[], Any]:
    graph, _ = igraph_of(folder, True)

    def work() -> Outcome:
        ours = np.load(folder / "rank.npy")
        return {"largest difference": float(np.abs(ours - graph.pagerank()).max())}

    return work


def step_igraph_communities(folder: Path) -> Callable[[], Any]:
    graph, _ = igraph_of(folder, False)
    return lambda: {"communities": len(graph.community_multilevel())}


def step_igraph_fr(folder: Path) -> Callable[[], Any]:
    graph, links = igraph_of(folder, False)
    return lambda: {"judge": (np.array(graph.layout_fruchterman_reingold().coords), links)}


def step_igraph_umap(folder: Path) -> Callable[[], Any]:
    graph, links = igraph_of(folder, False)
    return lambda: {"judge": (np.array(graph.layout_umap().coords), links)}


def quality(points: np.ndarray, links: np.ndarray) -> Outcome:
    """Links to hubs aside (more than 200 links, or 0.5 % of all pages), as no map can show them:

    - kept: of a page's linked pages the share that is among its 30 nearest, at most 30 counted;
    - length: the median length of a link over that of a random pair.
    """
    from scipy.spatial import cKDTree

    count = len(points)
    pairs = np.unique(np.sort(links[links[:, 0] != links[:, 1]].astype(np.int64), axis=1), axis=0)
    hub = np.bincount(pairs.ravel(), minlength=count) > max(200, 0.005 * count)
    pairs = pairs[~hub[pairs].any(axis=1)]
    degree = np.bincount(pairs.ravel(), minlength=count)
    random = np.random.default_rng(0)
    judged = np.flatnonzero(degree)
    judged = random.permutation(judged)[:20_000]
    near = cKDTree(points).query(points[judged], 31)[1]
    keys = np.sort(np.concatenate((pairs @ [count, 1], pairs @ [1, count])))
    asked = judged[:, None] * count + near
    place = np.searchsorted(keys, asked).clip(max=len(keys) - 1)
    kept = (keys[place] == asked).sum(axis=1) / np.minimum(degree[judged], 30)
    length = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    others = random.integers(0, count, (20_000, 2))
    apart = np.linalg.norm(points[others[:, 0]] - points[others[:, 1]], axis=1)
    return {"kept": float(kept.mean()), "length": float(np.median(length) / np.median(apart))}


if __name__ == "__main__":
    main()
