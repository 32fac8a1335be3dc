"""persist-queue's SQLite queue with auto_commit: each append is one item put."""

from pathlib import Path

import persistqueue
from writers import DRAFT


def opened(folder: Path) -> persistqueue.SQLiteQueue:
    return persistqueue.SQLiteQueue(str(folder), auto_commit=True, multithreading=True, timeout=60)


def work(queue: persistqueue.SQLiteQueue, me: int, count: int) -> None:
    for _ in range(count):
        queue.put(DRAFT)
