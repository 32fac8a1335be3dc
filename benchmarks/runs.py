"""Ten thousand generated runs: the list, a search, a filter, the index made anew, and insights.

    python benchmarks/runs.py [--runs 10000] [--told 1000]

Each beside a peer in the same minute: walking the folders and reading every journal, which is what
a list without an index does; and the same table asked by sqlite3 alone, which is what the list costs
below everything of ours. Medians of the rounds, after one that is not counted.
"""

import argparse
import contextlib
import json
import platform
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cardloom.catalog import Catalog
from cardloom.journal import ROOT_SUM, seal
from cardloom.workspace import Query, RunStore, Workspace

WORKFLOW = """
from cardloom import Choice, Text, Workflow

made = Workflow("Made")
made.ask(name=Text("Name?"), color=Choice("Colour?", ["red", "blue", "green"]), last=Text("Last?"))


@made.do
def first(name):
    return name


@made.do
def second(first, color):
    return first + color
"""


def journal(number: int, events: int) -> bytes:
    """A journal of some `events` events: answered, done, changed and done again, perhaps finished."""
    drafts = [
        {
            "type": "created",
            "workflow": "made",
            "key": f"key {number:05}",
            "title": "Made",
            "cards": [],
        },
        {"type": "answered", "card": "name", "value": f"name {number % 97}", "by": "person"},
        {
            "type": "answered",
            "card": "color",
            "value": ["red", "blue", "green"][number % 3],
            "by": "person",
        },
    ]
    if number % 4:
        drafts.append({"type": "answered", "card": "last", "value": "x", "by": "person"})
    while len(drafts) < events:
        n = len(drafts) + 1
        drafts += [
            {"type": "started", "card": "first", "inputs": {"name": 2}, "attempt": 1},
            {"type": "wrote", "card": "first", "started": n, "text": "some text that a card wrote\n"},
            {"type": "finished", "card": "first", "started": n, "value": "v", "inputs": {"name": 2},
             "seconds": number % 50 / 10},
            {"type": "started", "card": "second", "inputs": {"first": n + 2, "color": 3}},
            {"type": "finished", "card": "second", "started": n + 3, "value": "w",
             "inputs": {"first": n + 2, "color": 3}, "seconds": 0.5},
        ]  # fmt: skip
    lines, last = [], ROOT_SUM
    for n, draft in enumerate(drafts, 1):
        at = f"2026-{1 + number % 12:02}-{1 + number % 28:02}T08:00:00.{n:06}Z"
        line, last = seal({"n": n, "at": at, **draft}, last)
        lines.append(line)
    return b"".join(lines)


def generate(root: Path, runs: int, events: int) -> None:
    (root / "made.py").write_text(WORKFLOW)
    for number in range(runs):
        folder = root / "runs" / "made" / f"run{number:05}"
        folder.mkdir(parents=True)
        (folder / "journal.jsonl").write_bytes(journal(number, events))
        if number % 10 == 0:
            (folder / "about.json").write_text(
                json.dumps({"title": f"T {number}", "tags": ["tenth"]})
            )


@contextlib.contextmanager
def store_at(root: Path) -> Iterator[RunStore]:
    store = RunStore(Workspace(root).make(), Catalog(root))
    yield store
    store.close()


def timed(act: Callable[[], object], rounds: int = 15) -> tuple[float, float]:
    """(median, slowest) in milliseconds."""
    act()
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        act()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken), max(taken)


def once(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


def walk(root: Path) -> list[tuple[float, str]]:
    """The peer that stats every journal, as the first page did before there was an index."""
    found = [(p.stat().st_mtime, p.parent.name) for p in (root / "runs").glob("*/*/journal.jsonl")]
    return sorted(found, reverse=True)[:50]


def read_all(root: Path, word: str) -> int:
    """The peer that finds a word as grep does: in the first line of every journal."""
    found = 0
    for path in (root / "runs").glob("*/*/journal.jsonl"):
        with path.open("rb") as file:
            found += word in json.loads(file.readline())["key"]
    return found


def alone(root: Path, where: str, value: object) -> None:
    """The peer that asks the same file with sqlite3, and makes nothing of the rows."""
    with contextlib.closing(sqlite3.connect(root / ".cardloom" / "index.sqlite")) as table:
        sql = f"SELECT * FROM runs WHERE archived = 0 AND {where} ORDER BY changed DESC, name LIMIT 50"
        table.execute(sql, (value,)).fetchall()
        table.execute(
            f"SELECT count(*) FROM runs WHERE archived = 0 AND {where}", (value,)
        ).fetchone()


def measure_lists(root: Path, runs: int) -> None:
    with store_at(root) as store:
        print(
            f"index made anew        {once(store.index.rebuild):9.0f} ms   for {runs:,} runs, by its process"
        )
        print(
            f"all compared, no news  {once(lambda: (store.index.check(), store.index.wait())):9.1f} ms"
        )
        rows = [
            ("list, newest 50", Query(), "?", 1),
            ("last page, by name", Query(sort="name"), "?", 1),
            ("search 'key 00042'", Query(search="key 00042"), "instr(words, ?)", "key 00042"),
            ("filter by tag", Query(tag="tenth"), "instr(tags, ?)", "\ntenth\n"),
            ("filter by status", Query(status="waiting"), "status = ?", "waiting"),
        ]
        for name, query, where, value in rows:
            skip = runs - 50 if name.startswith("last") else 0
            ours, most = timed(
                lambda q=query, s=skip: (store.index.find(q, skip=s), store.index.count(q))
            )
            theirs, _ = timed(lambda w=where, v=value: alone(root, w, v))
            print(
                f"{name:<22} {ours:9.2f} ms   (slowest {most:.2f})   sqlite3 alone {theirs:.2f} ms"
            )
        print(f"first page's 30 runs   {timed(lambda: store.recent(30))[0]:9.2f} ms")
    print(f"peer: walk and stat    {timed(lambda: walk(root), 5)[0]:9.1f} ms")
    print(
        f"peer: first lines read {timed(lambda: read_all(root, 'key 00042'), 3)[0]:9.1f} ms   for one search"
    )


def measure_insights(root: Path, told: int) -> None:
    with store_at(root) as store:
        flow = store.catalog.workflow("made")
        store.index.rebuild()
        marks = store.index.marks("made")
        first = once(lambda: store.habits.insights(flow))
        again, _ = timed(lambda: store.habits.insights(flow), 5)
        print(
            f"insights of {told:,} runs   {first:9.0f} ms   again {again:.1f} ms, {len(marks):,} told"
        )
    begun = time.perf_counter()
    for path in (root / "runs").glob("*/*/journal.jsonl"):
        for line in path.read_bytes().splitlines():
            json.loads(line)
    print(
        f"peer: json reads it    {(time.perf_counter() - begun) * 1000:9.0f} ms   nothing made of it"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--told", type=int, default=1_000)
    given = parser.parse_args()
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}"
    )
    for events, runs, work in ((12, given.runs, measure_lists), (50, given.told, measure_insights)):
        root = Path(tempfile.mkdtemp(prefix="cardloom-runs-"))
        try:
            generate(root, runs, events)
            print(f"\n{runs:,} runs of some {events} events")
            work(root, runs)
        finally:
            shutil.rmtree(root)


if __name__ == "__main__":
    main()
