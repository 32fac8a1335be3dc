"""The journal beside SQLite on the same disk in the same run: durable appends, opening, folding.

    python benchmarks/journal.py [--rounds 5]

An append is acknowledged after fdatasync; SQLite commits in WAL with synchronous=FULL. The two take
turns, so that a drifting machine hits both alike; what is printed is the median of the rounds.
"""

import argparse
import json
import multiprocessing
import os
import platform
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cardloom.engine import Text, Workflow, fold, survey
from cardloom.journal import ROOT_SUM, Journal, seal

APPENDS = 2000
WRITERS = 8
DRAFT = {"type": "answered", "card": "color", "value": "blue", "inputs": {}, "by": "person"}


def journal_appends(folder: Path, count: int) -> float:
    """Appends a second by one writer."""
    journal = Journal(folder)
    begun = time.perf_counter()
    for _ in range(count):
        journal.append([DRAFT])
    seconds = time.perf_counter() - begun
    journal.close()
    return count / seconds


def sqlite_appends(folder: Path, count: int) -> float:
    """Commits a second by one writer: the same line as one row."""
    connection = _sqlite(folder)
    text = json.dumps(DRAFT)
    begun = time.perf_counter()
    for n in range(count):
        with connection:
            connection.execute("INSERT INTO event (n, line) VALUES (?, ?)", (n, text))
    seconds = time.perf_counter() - begun
    connection.close()
    return count / seconds


def _sqlite(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "events.sqlite", timeout=60)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, n INTEGER, line TEXT)"
    )
    connection.commit()
    return connection


def journal_threads(folder: Path, count: int) -> float:
    """Eight threads of one process on one journal: they share a sync."""
    journal = Journal(folder)
    each = count // WRITERS
    begun = time.perf_counter()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda _: [journal.append([DRAFT]) for _ in range(each)], range(WRITERS)))
    seconds = time.perf_counter() - begun
    assert journal.n == each * WRITERS
    journal.close()
    return each * WRITERS / seconds


def sqlite_threads(folder: Path, count: int) -> float:
    """Eight threads, each with its connection."""
    _sqlite(folder).close()
    each, text = count // WRITERS, json.dumps(DRAFT)

    def work(_: int) -> None:
        connection = _sqlite(folder)
        for n in range(each):
            with connection:
                connection.execute("INSERT INTO event (n, line) VALUES (?, ?)", (n, text))
        connection.close()

    begun = time.perf_counter()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(work, range(WRITERS)))
    return each * WRITERS / (time.perf_counter() - begun)


def _in_processes(work: Callable[[Path, int], float], folder: Path, count: int) -> float:
    each = count // WRITERS
    context = multiprocessing.get_context("spawn")
    with context.Pool(WRITERS) as pool:
        pool.starmap(work, [(folder, 1)] * WRITERS)  # started and imported before the clock runs
        begun = time.perf_counter()
        pool.starmap(work, [(folder, each)] * WRITERS, chunksize=1)
        return each * WRITERS / (time.perf_counter() - begun)


def journal_processes(folder: Path, count: int) -> float:
    """Eight processes on one journal."""
    return _in_processes(journal_appends, folder, count)


def sqlite_processes(folder: Path, count: int) -> float:
    """Eight processes on one database."""
    return _in_processes(sqlite_appends, folder, count)


def bare_sync(folder: Path, count: int) -> float:
    """The disk's own: one write and one fdatasync, nothing else."""
    fd = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    line = b"x" * 180
    begun = time.perf_counter()
    for _ in range(count):
        os.write(fd, line)
        os.fdatasync(fd)
    seconds = time.perf_counter() - begun
    os.close(fd)
    return count / seconds


def write_long(folder: Path, count: int) -> None:
    """A journal of `count` events: a wizard of ten questions, answered and changed again and again."""
    flow = Workflow("Long")
    flow.ask(**{f"q{i}": Text(f"Question {i}?") for i in range(10)})
    previous, lines = ROOT_SUM, []
    for n in range(1, count + 1):
        event = {"n": n, "at": "2026-11-21T08:00:00.123456Z"}
        if n == 1:
            event |= {
                "type": "created",
                "workflow": "long",
                "key": "k",
                "title": "Long",
                "format": 1,
                "cards": flow.outline(),
                "by": "cli",
            }
        else:
            event |= {
                "type": "answered",
                "card": f"q{n % 10}",
                "value": f"answer {n}",
                "inputs": {},
                "code": "0123456789abcdef",
                "by": "person",
            }
        line, previous = seal(event, previous)
        lines.append(line)
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_bytes(b"".join(lines))


def opening(folder: Path) -> tuple[float, float]:
    """Seconds to read and verify a journal, and to fold it."""
    journal = Journal(folder)
    begun = time.perf_counter()
    events = journal.read()
    read = time.perf_counter() - begun
    begun = time.perf_counter()
    state = fold(events)
    survey(None, state)
    return read, time.perf_counter() - begun


PAIRS = [
    ("one writer", journal_appends, sqlite_appends),
    (f"{WRITERS} threads", journal_threads, sqlite_threads),
    (f"{WRITERS} processes", journal_processes, sqlite_processes),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", default=".bench", help="on the disk to measure")
    given = parser.parse_args()
    root = Path(given.folder)
    root.mkdir(exist_ok=True)
    base = Path(tempfile.mkdtemp(dir=root, prefix="journal-"))
    try:
        _measure(base, given.rounds)
    finally:
        shutil.rmtree(base)


def _measure(base: Path, rounds: int) -> None:
    print(
        f"{platform.system()} {platform.release()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )
    bare = [bare_sync(_fresh(base), 1000) for _ in range(rounds)]
    print(f"The disk alone: {statistics.median(bare):,.0f} writes with fdatasync a second\n")
    print("| durable appends a second | Cardloom | SQLite WAL FULL | ratio |")
    print("|---|--:|--:|--:|")
    for name, ours, theirs in PAIRS:
        one, two = [], []
        for _ in range(rounds):
            one.append(ours(_fresh(base), APPENDS))
            two.append(theirs(_fresh(base), APPENDS))
        ratio = statistics.median(a / b for a, b in zip(one, two, strict=True))
        a, b = statistics.median(one), statistics.median(two)
        print(f"| {name} | {a:,.0f} | {b:,.0f} | {ratio:.2f} |")
    print("\n| events | read and verify | fold | together |")
    print("|--:|--:|--:|--:|")
    for count in (1_000, 100_000):
        folder = base / f"long-{count}"
        write_long(folder, count)
        times = [opening(folder) for _ in range(rounds)]
        read, folded = (statistics.median(t[i] for t in times) for i in (0, 1))
        print(
            f"| {count:,} | {read * 1000:.0f} ms | {folded * 1000:.0f} ms | {(read + folded) * 1000:.0f} ms |"
        )


_COUNT = iter(range(1 << 30))


def _fresh(base: Path) -> Path:
    folder = base / str(next(_COUNT))
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
