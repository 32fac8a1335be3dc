"""Cardloom's link graph beside pandas, networkx and igraph, in one run on the same files.

    python benchmarks/graph.py [20k|200k|1m] … [--patience 300]

A made-up site (`graph_sample`) of 20,000 pages and 100,000 links, 200,000 and 1,000,000, or
1,000,000 and 10,000,000. Each step runs in a process of its own and is told apart in seconds,
seconds of the processor and peak memory; what takes longer than `patience` seconds is stopped.
The peers are installed with pip into .bench/graph-venv. igraph is GPL: it is measured, never used.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from graph_sample import write_sample

HERE = Path(__file__).resolve().parent
STEPS = HERE / "graph_peers" / "steps.py"
PEERS = HERE.parent / ".bench" / "graph-venv"
SIZES = {"20k": (20_000, 100_000), "200k": (200_000, 1_000_000), "1m": (1_000_000, 10_000_000)}
PACKAGES = ["igraph", "networkx", "numpy", "pandas", "scipy"]
Figures = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", default=["20k"], help=", ".join(SIZES))
    parser.add_argument("--patience", type=int, default=300, help="seconds a step may take")
    given = parser.parse_args()
    unknown = set(given.sizes) - set(SIZES)
    if unknown:
        sys.exit(f"There is no size {', '.join(sorted(unknown))}: take {', '.join(SIZES)}.")
    peers = peers_python()
    for size in given.sizes:
        with tempfile.TemporaryDirectory() as temporary:
            bench(Path(temporary), *SIZES[size], peers, given.patience)


def bench(folder: Path, nodes: int, links: int, peers: Path, patience: int) -> None:
    pages, pairs = write_sample(folder, nodes, links)
    print(f"\n{pages:,} pages, {pairs:,} links\n")
    print(f"{'':44}{'s':>8}{'CPU s':>8}{'peak MB':>9}")

    def run(name: str, step: str, python: Path | str = peers) -> Figures | None:
        command = [str(python), str(STEPS), step, str(folder)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=patience, check=False
            )
        except subprocess.TimeoutExpired:
            print(f"{name:44}{f'over {patience}':>8}", flush=True)
            return None
        if done.returncode:
            print(f"{name:44}{'failed':>8}  {done.stderr.strip().splitlines()[-1][:90]}")
            return None
        figures: Figures = json.loads(done.stdout.splitlines()[-1])
        times = f"{figures['seconds']:>8.2f}{figures['cpu']:>8.2f}{figures['mb']:>9.0f}"
        told = "  ".join(f"{k} {v:.4g}" for k, v in figures.items() if k not in TIMES)
        print(f"{name:44}{times}  {told}", flush=True)
        return figures

    ours = sys.executable
    swap = run("header swap, Cardloom", "swap", ours)
    ratio(run("header swap, pandas read-rename-write", "pandas_swap"), swap)
    read = run("links to integers, Cardloom read_graph", "read", ours)
    ratio(run("links to integers, pandas + factorize", "pandas_read"), read)
    run("links and meta, Cardloom read_graph", "read_meta", ours)
    rank = run("PageRank, Cardloom", "pagerank", ours)
    ratio(run("PageRank, networkx", "networkx_pagerank"), rank)
    ratio(run("PageRank, igraph", "igraph_pagerank"), rank)
    run("depth, components weak and strong, Cardloom", "walks", ours)
    groups = run("communities, Cardloom", "communities", ours)
    ratio(run("communities, igraph multilevel", "igraph_communities"), groups)
    run("findings, Cardloom", "findings", ours)
    places = run("layout, Cardloom", "layout", ours)
    ratio(run("layout, igraph Fruchterman-Reingold", "igraph_fr"), places)
    ratio(run("layout, igraph UMAP", "igraph_umap"), places)
    run("all of build_map, Cardloom", "build", ours)


TIMES = ("seconds", "cpu", "mb")


def ratio(theirs: Figures | None, ours: Figures | None) -> None:
    if theirs and ours:
        print(f"{'  peer ÷ Cardloom, CPU':44}{theirs['cpu'] / ours['cpu']:>15.1f}×")


def peers_python() -> Path:
    python = PEERS / "bin" / "python"
    if not (PEERS / "made").exists():
        venv.create(PEERS, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
        (PEERS / "made").touch()
    return python


if __name__ == "__main__":
    main()
