"""Many tabs and many answers at once, from a process of its own: nothing fails, nothing grows."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_proof_kills import Server
from test_proof_writers import FLOW

from cardloom.journal import verify

LOAD = Path(__file__).parent / "load.py"
# Every event stays in memory: that is what may grow, and it is some kilobytes, with its fold.
MOST_AN_EVENT = 6_000  # bytes


def memory(server):
    return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]) * os.sysconf(
        "SC_PAGE_SIZE"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="reads memory and descriptors in /proc")
def open_files(server):
    """How many the server has, once no more are being closed: a connection ends in its own time."""
    counts, end = [-1], time.monotonic() + 20
    while counts.count(counts[-1]) < 5 and time.monotonic() < end:
        counts.append(len(list(Path(f"/proc/{server.process.pid}/fd").iterdir())))
        time.sleep(0.3)
    return counts[-1]


def test_many_tabs_and_a_hundred_runs_answered_at_once(tmp_path, long, tally):
    tabs, runs, rounds = (50, 100, 10) if long else (10, 12, 2)
    (tmp_path / "flow.py").write_text(FLOW)
    server = Server(tmp_path)
    sizes, files, counts = [], [], []
    try:
        for word in ("first", "second", "third"):
            told = [f"http://127.0.0.1:{server.port}", server.token, "--word", word]
            told += ["--tabs", str(tabs), "--runs", str(runs), "--rounds", str(rounds)]
            done = subprocess.run(
                [sys.executable, str(LOAD), *told], capture_output=True, text=True, timeout=550
            )
            assert done.returncode == 0, done.stderr
            said = json.loads(done.stdout)
            assert said["failed"] == []
            assert said["answers"] == runs * rounds
            assert said["messages"] >= tabs
            sizes.append(memory(server))
            files.append(open_files(server))
            counts.append(sum(len(p.read_bytes().splitlines()) for p in journals(tmp_path)))
            print(
                f"\n{word}: {said}, {sizes[-1] / 1e6:.0f} MB, {files[-1]} files, {counts[-1]} events"
            )
            tally("answers under load", said["answers"])
    finally:
        _, errors = server.end()
    assert "Traceback" not in errors
    for path in journals(tmp_path):
        _, damage = verify(path.parent)
        assert damage == []
        answers = [
            json.loads(e)["value"] for e in path.read_bytes().splitlines() if b'"answered"' in e
        ]
        assert answers == [f"{w}-{n}" for w in ("first", "second", "third") for n in range(rounds)]
    # The streams and the connections of a load are gone when it ends.
    assert files[-1] <= files[0] + 5
    if long:
        assert sizes[-1] - sizes[0] < (counts[-1] - counts[0]) * MOST_AN_EVENT


def journals(folder):
    return sorted(folder.glob("runs/flow/*/journal.jsonl"))
