"""A fork with one input changed: twelve steps, step 5 gets another answer, three steps need it.

    python benchmarks/fork.py [--rounds 5]

Cardloom, LangGraph and Burr fork the same graph (`fork_peers/graph12.py`), each with its own durable
storage on the same disk, in turns. Calls of step functions are counted; all must give the same end.
Step 8 takes half a second and does not need step 5. The peers are those of `journal.py --peers`.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from journal import PEERS_VENV, install_peers

HERE = Path(__file__).resolve().parent
PEERS = {"cardloom": "Cardloom", "langgraph": "LangGraph", "burr": "Burr"}


def fork(peer: str, folder: Path) -> dict[str, Any]:
    """What one fork by `peer` took: the steps called, in order, and seconds."""
    python = sys.executable if peer == "cardloom" else str(PEERS_VENV / "bin/python")
    script = HERE / "fork_peers" / "forking.py"
    done = subprocess.run(
        [python, str(script), f"fork_{peer}", str(folder)], capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{PEERS[peer]} did not fork:\n{done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", default=".bench", help="on the disk to measure")
    given = parser.parse_args()
    root = Path(given.folder).resolve()
    root.mkdir(exist_ok=True)
    install_peers()
    found: dict[str, list[dict[str, Any]]] = {peer: [] for peer in PEERS}
    for _ in range(given.rounds):
        for peer, told in found.items():
            with tempfile.TemporaryDirectory(dir=root, prefix="fork-") as folder:
                told.append(fork(peer, Path(folder)))
    print(
        f"{platform.system()} {platform.release()}, {os.cpu_count()} cores, {given.rounds} rounds\n"
    )
    print("| | steps called again | which | seconds (median) | times Cardloom's |")
    print("|---|--:|---|--:|--:|")
    for peer, title in PEERS.items():
        calls = found[peer][0]["calls"]
        if any(told["calls"] != calls for told in found[peer]):
            raise SystemExit(f"{title} called other steps in another round.")
        seconds = statistics.median(told["seconds"] for told in found[peer])
        ratio = statistics.median(
            theirs["seconds"] / ours["seconds"]
            for theirs, ours in zip(found[peer], found["cardloom"], strict=True)
        )
        which = ", ".join(map(str, calls))
        print(f"| {title} | {len(calls)} | {which} | {seconds:.3f} | {ratio:.1f} |")


if __name__ == "__main__":
    main()
