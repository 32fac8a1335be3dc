"""One peer's fork, once: prints the calls it made and the seconds it took.

python forking.py fork_cardloom FOLDER
"""

import importlib
import json
import sys
import time
from pathlib import Path

import graph12


def main(name: str, folder: Path) -> None:
    peer = importlib.import_module(name).Peer(folder)
    if peer.first() != graph12.expected(graph12.FIRST):
        raise SystemExit("the first run gave another result")
    graph12.CALLS.clear()
    begun = time.perf_counter()
    found = peer.fork()
    seconds = time.perf_counter() - begun
    if found != graph12.expected(graph12.OTHER):
        raise SystemExit("the fork gave another result")
    print(json.dumps({"calls": graph12.CALLS, "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
