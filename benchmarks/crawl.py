"""Cardloom's crawler beside Scrapy on one site, in one run: same server, same politeness.

    python benchmarks/crawl.py [jdk|postgresql|python|FOLDER] [--concurrency 16] [--once]

A folder of Debian's HTML docs is served on 127.0.0.1 by a process of its own. Each crawler runs
twice: on one core, its reading process included, and on all. Then the link sets are compared
with each other and with a count by lxml, and a crawl is killed with -9 and resumed.
Scrapy is installed with pip into .bench/scrapy-venv. No traffic leaves this machine.
"""

import argparse
import contextlib
import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path

from crawl_peers.lxml_count import count

HERE = Path(__file__).resolve().parent
PEERS = HERE / "crawl_peers"
SCRAPY = HERE.parent / ".bench" / "scrapy-venv"
SITES = {
    "jdk": "/usr/share/doc/openjdk-17-doc/api",
    "postgresql": "/usr/share/doc/postgresql-doc-15/html",
    "python": "/usr/share/doc/python3.11/html",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", nargs="?", default="jdk", help=f"{', '.join(SITES)} or a folder")
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--once", action="store_true", help="on one core only")
    given = parser.parse_args()
    root = Path(SITES.get(given.site, given.site)).resolve()
    if not root.is_dir():
        sys.exit(f"There is no {root}: apt-get install the docs, or name a folder of HTML.")
    with tempfile.TemporaryDirectory() as temporary, serving(root) as url:
        bench(root, url, Path(temporary), given.concurrency, given.once)


def bench(root: Path, url: str, folder: Path, concurrency: int, once: bool) -> None:
    print(f"{root}, {concurrency} requests at a time, {os.cpu_count()} cores\n")
    print(f"{'':32}{'pages/s':>9}{'pages':>8}{'links':>9}{'s':>8}{'CPU ms/page':>13}{'peak MB':>9}")
    scrapy = scrapy_python()
    ours, theirs = (PEERS / name for name in ("cardloom_crawl.py", "scrapy_crawl.py"))
    arguments = [url, str(folder), str(concurrency)]
    run("warming the server's memory", [sys.executable, str(ours), *arguments], False)
    for one_core in (True,) if once else (True, False):
        where = "one core" if one_core else "all cores"
        (folder / "crawl.db").unlink(missing_ok=True)
        mine = run(f"Cardloom, {where}", [sys.executable, str(ours), *arguments], one_core)
        for way in ("feed", "lean") if one_core else ("feed",):
            peer = [str(scrapy), str(theirs), *arguments, way]
            figures = run(f"Scrapy ({way}), {where}", peer, one_core)
            ratio = pace(mine) / pace(figures)
            print(f"{f'  Cardloom ÷ Scrapy ({way})':32}{ratio:>8.1f}×")
    compare(root, url, folder)
    kill_and_resume(url, folder, concurrency)


def pace(figures: dict[str, float]) -> float:
    return figures["pages"] / figures["seconds"]


def run(name: str, command: list[str], one_core: bool) -> dict[str, float]:
    done = subprocess.run(
        [*(["taskset", "-c", "0"] if one_core else []), *command],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr[-3000:]}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    pages, cpu = figures["pages"], figures["cpu"] * 1000 / figures["pages"]
    counts = f"{pages:>8}{figures['links']:>9}{figures['seconds']:>8.1f}"
    print(f"{name:32}{pace(figures):>9.0f}{counts}{cpu:>13.2f}{figures['mb']:>9.0f}", flush=True)
    return figures


@contextlib.contextmanager
def serving(root: Path) -> Iterator[str]:
    core = ["taskset", "-c", str((os.cpu_count() or 1) - 1)]
    command = [*core, sys.executable, str(PEERS / "server.py"), str(root), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/"
        finally:
            server.kill()


def scrapy_python() -> Path:
    python = SCRAPY / "bin" / "python"
    if not (SCRAPY / "bin" / "scrapy").exists():
        venv.create(SCRAPY, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "scrapy"], check=True)
    return python


def edges(path: Path) -> set[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {(row[0], row[1]) for row in csv.reader(file) if row[0] != "source"}


# Scrapy asks for its start page a second time when a page links to it (start requests pass its
# duplicate filter), so its row counts may be higher; the sets below are of distinct links.
def compare(root: Path, url: str, folder: Path) -> None:
    mine = edges(folder / "links.csv")
    print(f"\nLinks: Cardloom {len(mine):,}")
    for name, theirs in (
        ("Scrapy", edges(folder / "scrapy.csv")),
        ("lxml over the files", count(root, url)),
    ):
        alike = "the same set" if mine == theirs else "not the same set"
        print(f"  {name} {len(theirs):,}: {alike}")
        for who, only in (("Cardloom", mine - theirs), (name, theirs - mine)):
            if only:
                print(f"    only {who}: {len(only):,}, for example")
                for source, target in sorted(only)[:4]:
                    print(f"      {source} → {target}")


def kill_and_resume(url: str, folder: Path, concurrency: int) -> None:
    whole = (folder / "links.csv").read_bytes()
    database = folder / "crawl.db"
    for name in ("crawl.db", "crawl.db-wal", "crawl.db-shm"):
        (folder / name).unlink(missing_ok=True)
    command = [sys.executable, str(PEERS / "cardloom_crawl.py"), url, str(folder), str(concurrency)]
    crawling = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while len(on_disk(database)) < 100:
        time.sleep(0.01)
    crawling.send_signal(signal.SIGKILL)
    crawling.wait()
    kept = on_disk(database)
    urllib.request.urlopen(f"{url}-asked-").read()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    asked = json.load(urllib.request.urlopen(f"{url}-asked-"))
    again = {url.rstrip("/") + path for path in asked} & kept
    same = (folder / "links.csv").read_bytes() == whole
    print(f"\nkill -9 with {len(kept):,} pages on disk, then resumed:")
    print(f"  finished pages asked for again: {len(again)}; links.csv byte-identical: {same}")


def on_disk(database: Path) -> set[str]:
    with contextlib.suppress(sqlite3.Error):
        reading = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        with contextlib.closing(reading) as connection:
            rows = connection.execute("SELECT url FROM url JOIN page USING (id)")
            return {row[0] for row in rows}
    return set()


if __name__ == "__main__":
    main()
