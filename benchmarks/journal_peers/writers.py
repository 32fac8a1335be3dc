"""Durable appends a second by several writers at once, measured alike for everyone.

    python writers.py PEER threads|processes WRITERS APPENDS FOLDER     prints appends a second

PEER is a module beside this one with `opened(folder)`, made once in each process, and
`work(opened, me, count)`, which returns when `count` appends of writer `me` are durable. The clock
runs from the moment when all writers are open until the last has ended.
"""

import importlib
import multiprocessing
import sys
import threading
import time
from pathlib import Path
from typing import Any

PATIENCE = 120  # seconds until all writers have started

DRAFT = {"type": "answered", "card": "color", "value": "blue", "inputs": {}, "by": "person"}


def in_threads(peer: Any, writers: int, count: int, folder: Path) -> float:
    opened = peer.opened(folder)
    peer.work(opened, writers, 1)  # tables made, modules loaded
    begin, failed = threading.Barrier(writers + 1), []

    def write(me: int) -> None:
        begin.wait(PATIENCE)
        try:
            peer.work(opened, me, count // writers)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(me,)) for me in range(writers)]
    for thread in threads:
        thread.start()
    begin.wait(PATIENCE)
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    if failed:
        raise failed[0]
    return count // writers * writers / seconds


def _child(name: str, me: int, count: int, folder: Path, begin: Any) -> None:
    peer = importlib.import_module(name)
    opened = peer.opened(folder, me) if hasattr(peer, "NAMED") else peer.opened(folder)
    peer.work(opened, 1000 + me, 1)
    begin.wait(PATIENCE)
    peer.work(opened, me, count)


def in_processes(peer: Any, writers: int, count: int, folder: Path) -> float:
    # The first makes the tables: whoever makes them together gets in each other's way.
    context = multiprocessing.get_context("spawn")
    alone = context.Barrier(1)
    first = context.Process(target=_child, args=(peer.__name__, 500, 1, folder, alone), daemon=True)
    first.start()
    first.join()
    begin = context.Barrier(writers + 1)
    children = [
        context.Process(
            target=_child, args=(peer.__name__, me, count // writers, folder, begin), daemon=True
        )
        for me in range(writers)
    ]
    for child in children:
        child.start()
    begin.wait(PATIENCE)
    begun = time.perf_counter()
    for child in children:
        child.join()
    seconds = time.perf_counter() - begun
    if failed := [child.exitcode for child in children if child.exitcode]:
        raise RuntimeError(f"{len(failed)} of {writers} processes failed")
    return count // writers * writers / seconds


WAYS = {"threads": in_threads, "processes": in_processes}

if __name__ == "__main__":
    name, way, writers, count, folder = sys.argv[1:]
    print(WAYS[way](importlib.import_module(name), int(writers), int(count), Path(folder)))
