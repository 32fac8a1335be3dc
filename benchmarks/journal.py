"""The journal beside SQLite and its peers on the same disk in the same run: durable appends, opening.

    python benchmarks/journal.py [--rounds 5] [--peers]

An append is acknowledged after fdatasync; SQLite commits in WAL with synchronous=FULL. All take
turns in every round, so that a drifting machine hits them alike; what is printed is the median of
the rounds, and of each round's ratio. `journal_peers/` has a file for each that is measured; with
--peers those of others too, installed with pip into .bench/journal-venv.
"""

import argparse
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cardloom.engine import Text, Workflow, fold, views_of
from cardloom.journal import ROOT_SUM, Journal, seal

HERE = Path(__file__).resolve().parent
PEERS = HERE / "journal_peers"
PEERS_VENV = HERE.parent / ".bench" / "journal-venv"
OURS = {
    "cardloom": "Cardloom",
    "sqlite": "SQLite WAL FULL",
    "sqlite_sealed": "SQLite, sealed lines",
}
THEIRS = {
    "dbos": "DBOS",
    "langgraph": "LangGraph",
    "burr": "Burr",
    "persistqueue": "persist-queue",
}
WAYS = [("threads", 1), ("threads", 8), ("threads", 32), ("processes", 8), ("processes", 32)]
LIMIT = 300  # seconds for one measurement


def appends(peer: str, way: str, writers: int, count: int, folder: Path) -> float | str:
    """Durable appends a second, or why there is no figure."""
    python = PEERS_VENV / "bin/python" if peer in THEIRS else sys.executable
    words = [f"peer_{peer}", way, str(writers), str(count), str(folder)]
    try:
        done = subprocess.run(
            [str(python), str(PEERS / "writers.py"), *words],
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        return f"more than {LIMIT} s"
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["?"])[-1][:70]
    return float(done.stdout.splitlines()[-1])


def install_peers() -> None:
    """An environment of their own, made again when the pinned versions change."""
    wanted, stamp = PEERS / "requirements.txt", PEERS_VENV / "installed.txt"
    if stamp.exists() and stamp.read_text() == wanted.read_text():
        return
    print(f"journal: installing the peers into {PEERS_VENV}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEERS_VENV)], check=True)
    pip = [str(PEERS_VENV / "bin/python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "-r", str(wanted)], check=True)
    stamp.write_text(wanted.read_text())


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
    views_of(None, state)
    return read, time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--appends", type=int, default=1920, help="of all writers together")
    parser.add_argument("--peers", action="store_true", help="measure other step logs too")
    parser.add_argument("--folder", default=".bench", help="on the disk to measure")
    given = parser.parse_args()
    root = Path(given.folder).resolve()
    root.mkdir(exist_ok=True)
    if given.peers:
        install_peers()
    base = Path(tempfile.mkdtemp(dir=root, prefix="journal-"))
    try:
        print(
            f"{platform.system()} {platform.release()}, {os.cpu_count()} cores, Python "
            f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}, {given.rounds} rounds"
        )
        bare = [bare_sync(_fresh(base), 1000) for _ in range(given.rounds)]
        print(f"The disk alone: {statistics.median(bare):,.0f} writes with fdatasync a second\n")
        measure_appends(base, given.rounds, given.appends, OURS | (THEIRS if given.peers else {}))
        measure_opening(base, given.rounds)
    finally:
        shutil.rmtree(base)


def measure_appends(base: Path, rounds: int, count: int, peers: dict[str, str]) -> None:
    print("Durable appends a second; in brackets, how many times as many Cardloom did.\n")
    print(f"| writers | {' | '.join(peers.values())} |")
    print(f"|---|{'--:|' * len(peers)}")
    for way, writers in WAYS:
        found: dict[str, list[float | str]] = {peer: [] for peer in peers}
        for _ in range(rounds):
            for peer in peers:
                found[peer].append(appends(peer, way, writers, count, _fresh(base)))
        name = "1" if writers == 1 else f"{writers} {way}"
        cells = [_cell(found["cardloom"], found[peer], peer == "cardloom") for peer in peers]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _cell(ours: list[float | str], theirs: list[float | str], alone: bool) -> str:
    # One failed round is told, and not a median of those that went well.
    if failed := [figure for figure in theirs if isinstance(figure, str)]:
        return f"failed: {failed[0]}"
    said = f"{statistics.median(theirs):,.0f}"  # type: ignore[type-var]
    if alone or any(isinstance(figure, str) for figure in ours):
        return said
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))  # type: ignore[operator]
    return f"{said} ({ratio:.2f}×)"


def measure_opening(base: Path, rounds: int) -> None:
    print("\n| events | size | read and verify | fold | together |")
    print("|--:|--:|--:|--:|--:|")
    for count in (1_000, 100_000, 1_000_000):
        folder = base / f"long-{count}"
        write_long(folder, count)
        size = (folder / "journal.jsonl").stat().st_size / 1e6
        times = [opening(folder) for _ in range(rounds)]
        read, folded = (statistics.median(t[i] for t in times) * 1000 for i in (0, 1))
        print(
            f"| {count:,} | {size:,.1f} MB | {read:,.0f} ms | {folded:,.0f} ms | "
            f"{read + folded:,.0f} ms |",
            flush=True,
        )
        shutil.rmtree(folder)


_COUNT = iter(range(1 << 30))


def _fresh(base: Path) -> Path:
    folder = base / str(next(_COUNT))
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
