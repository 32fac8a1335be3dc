"""A server, commands, a Python process and threads write to one run at once."""

import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

import pytest
from test_proof_kills import Server, command, environment, journal

from cardloom.catalog import Catalog
from cardloom.engine import moves
from cardloom.errors import Refused
from cardloom.journal import Journal, verify
from cardloom.workspace import RunStore, Workspace

FLOW = """
from cardloom import Text, Workflow

flow = Workflow("Flow")
flow.ask(name=Text("Name?"))


@flow.do
def greet(name):
    return f"Hello {name}"
"""

NOTEBOOK = """
import sys
from pathlib import Path
from cardloom.catalog import Catalog
from cardloom.workspace import Workspace

root = Path.cwd()
flow = Catalog(root).workflow("flow")
for i in range(int(sys.argv[1])):
    try:
        flow.run("ada", name=f"notebook-{i}")
        print(f"notebook-{i}", flush=True)
    except Exception as error:
        print("refused", type(error).__name__, error, flush=True)
"""


def places():
    """A folder on the disk, and one in memory where there is such a file system."""
    found = [Path(tempfile.gettempdir())]
    memory = Path("/dev/shm")
    if memory.is_dir() and memory.stat().st_dev != found[0].stat().st_dev:
        found.append(memory)
    return found


@pytest.mark.parametrize("place", places(), ids=str)
def test_everyone_writes_and_no_line_is_lost_doubled_or_mixed(place, long, tally):
    rounds = 60 if long else 6
    with tempfile.TemporaryDirectory(dir=place) as name:
        folder = Path(name)
        (folder / "flow.py").write_text(FLOW)
        server = Server(folder)
        assert server.post("/runs", workflow="flow", key="ada") == 303
        assert server.post("/runs/flow/ada/answer/name", value="first") == 303
        taken, said = [], []

        def by_page():
            for i in range(rounds * 3):
                form = {"value": f"page-{i}", "change": "yes"}
                status = server.post("/runs/flow/ada/answer/name", **form)
                assert status in (303, 409), status
                taken.extend([f"page-{i}"] if status == 303 else [])

        def by_command(me):
            for i in range(rounds):
                done = command(folder, "answer", "flow/ada", f"name={me}-{i}")
                assert done.returncode in (0, 3), done.stderr
                assert "Traceback" not in done.stderr
                if done.returncode == 0:
                    taken.append(f"{me}-{i}")
                else:
                    said.append(done.stderr)

        def by_thread():
            raw = Journal(folder / "runs/flow/ada")
            for i in range(rounds * 10):
                raw.append([{"type": "noted", "text": f"thread-{i}"}])
                taken.append(f"thread-{i}")

        def by_python():
            done = subprocess.run(
                [sys.executable, "-c", NOTEBOOK, str(rounds)],
                cwd=folder,
                env=environment(folder),
                capture_output=True,
                text=True,
                timeout=300,
            )
            assert done.returncode == 0, done.stderr
            for line in done.stdout.splitlines():
                (said if line.startswith("refused") else taken).append(line)

        failed = []

        def guarded(work, *given):
            try:
                work(*given)
            except BaseException as error:
                failed.append(error)

        jobs = [(by_page,), (by_command, "left"), (by_command, "right"), (by_thread,), (by_python,)]
        threads = [threading.Thread(target=guarded, args=job) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _, told = server.end()
        assert failed == []
        assert "Traceback" not in told
        events = journal(folder)
        assert verify(folder / "runs/flow/ada") == (len(events), [])
        written = Counter(e["value"] for e in events if e["type"] == "answered")
        written += Counter(e["text"] for e in events if e["type"] == "noted")
        lost = [word for word in taken if not written[word]]
        assert lost == []
        assert max(written.values()) == 1
        assert all(sentence.strip() for sentence in said)
        tally("lines by many writers", len(events))


def test_of_many_who_answer_one_question_one_is_taken_and_the_others_are_told(tmp_path, tally):
    (tmp_path / "flow.py").write_text(FLOW)
    for key in range(8):
        words = ["run", "flow", f"k{key}"]
        store = RunStore(Workspace(tmp_path).make(), Catalog(tmp_path))
        flow = store.catalog.workflow("flow")
        run = store.open(flow, f"k{key}", by="person")
        outcomes = []

        def answer(who, key=key, flow=flow, outcomes=outcomes):
            mine = RunStore(Workspace(tmp_path), Catalog(tmp_path)).open(
                flow, f"k{key}", by="person"
            )
            try:
                mine.move(moves.answering(flow, "name", who, by="person"))
                outcomes.append(who)
            except Refused as error:
                outcomes.append(str(error))

        threads = [threading.Thread(target=answer, args=(f"w{n}",)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        winner = run.state().card("name").value
        assert outcomes.count(winner) == 1
        assert sum("is not asking any more" in said for said in outcomes) == 5
        tally("lines by many writers", run.state().n)
        assert words
