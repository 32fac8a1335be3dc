"""SIGKILL at every change of the disk, in a real command and a real server; then it goes on.

What was acknowledged is there, once; a card that finished is not computed again, one that was cut
is; an effect marked `once` waits for a person.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

import pytest

from cardloom.catalog import Catalog
from cardloom.engine import moves
from cardloom.journal import verify
from cardloom.workspace import RunStore, Workspace

INJECT = Path(__file__).parent / "inject"
CARDLOOM = [sys.executable, "-m", "cardloom"]
END = "end of exported blue by Ada"

FLOW = """
from pathlib import Path
from cardloom import Text, Workflow

flow = Workflow("Flow")
flow.ask(name=Text("Name?"), color=Text("Colour?"))


def called(card):
    with (Path(__file__).parent / "calls").open("a") as calls:
        calls.write(card + "\\n")


@flow.do
def draw(name, *, run):
    called("draw")
    run.once("sketch", lambda: called("sketch"))
    picture = run.file("pictures/one.txt")
    picture.write_text(name)
    return picture


@flow.do(once=True)
def export(draw, color):
    called("export")
    return f"exported {color} by {draw.read_text()}"


@flow.do
def end(export):
    called("end")
    return f"end of {export}"
"""


@pytest.fixture
def place(tmp_path):
    """`place(3)`: a workspace of its own for each kill."""

    def make(number):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "flow.py").write_text(FLOW)
        return folder

    return make


def environment(folder, **told):
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith("PROOF_")},
        "PYTHONPATH": str(INJECT) if told else "",
        "PYTHONDONTWRITEBYTECODE": "1",
        "CARDLOOM_WORKSPACE": str(folder),
        **{k: str(v) for k, v in told.items()},
    }


def command(folder, *words, **told):
    return subprocess.run(
        [*CARDLOOM, *words],
        cwd=folder,
        env=environment(folder, **told),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def opened(folder):
    store = RunStore(Workspace(folder), Catalog(folder))
    return store.open(store.catalog.workflow("flow"), "ada", by="person")


def journal(folder, name="journal.jsonl"):
    path = folder / "runs/flow/ada" / name
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def calls(folder):
    path = folder / "calls"
    return Counter(path.read_text().split()) if path.exists() else Counter()


def go_on(folder):
    """What a person does after a crash: run it again, and press the card that asks for it."""
    run = folder / "runs/flow/ada"
    assert verify(run)[1] == []
    finished = {e["card"] for e in journal(folder) if e["type"] == "finished"}
    before = calls(folder)
    done = command(folder, "run", "flow", "ada", "name=Ada", "color=blue")
    if done.returncode == 1:
        assert "export has an effect that must not be repeated by the machine" in done.stderr
        events = journal(folder)
        assert [e["type"] for e in events if e.get("card") == "export"] == [
            "started",
            "interrupted",
        ]
        assert calls(folder)["export"] == before["export"] <= 1
        waiting = opened(folder)
        waiting.move(lambda s: moves.reopen(waiting.workflow, s, "export", by="person"))
        done = command(folder, "run", "flow", "ada", "name=Ada", "color=blue")
    assert done.returncode == 0, done.stderr
    assert END in done.stdout
    after, events = calls(folder), journal(folder)
    for card in finished:
        assert after[card] == before[card], f"{card} was finished and computed again"
    for card in ("draw", "export", "end"):
        mine = [e["type"] for e in events if e.get("card") == card]
        assert mine.count("finished") == 1
        assert after[card] <= mine.count("started")
    if any(e["type"] == "remembered" for e in events):
        started = [e["type"] for e in events if e.get("card") == "draw"]
        again = started[started.index("remembered") :].count("started")
        assert after["sketch"] <= started.count("started") - again
    assert [e["n"] for e in events] == list(range(1, len(events) + 1))
    assert verify(run) == (len(events), [])


def numbers(long, step):
    """1, 2, 3 … or a selection: the loop that uses them finds its own end."""
    return range(1, 10_000, 1 if long else step)


def ways(long):
    return ("before", "after") if long else ("before",)


def test_a_command_killed_at_every_change_of_the_disk(place, long, tally):
    for way in ways(long):
        for number in numbers(long, 5):
            folder = place(f"{way}-{number}")
            told = {"PROOF_ROOT": folder, "PROOF_AT": number, "PROOF_DO": f"kill {way}"}
            done = command(folder, "run", "flow", "ada", "name=Ada", "color=blue", **told)
            if done.returncode == 0:
                assert number > 20  # else nothing was counted
                break
            assert done.returncode == -signal.SIGKILL, done.stderr
            assert done.stdout == ""
            tally("kills")
            go_on(folder)


def test_an_answer_killed_at_every_change_of_the_disk(place, long, tally):
    for way in ways(long):
        for number in numbers(long, 1):
            folder = place(f"{way}-{number}")
            opened(folder).journal.close()
            told = {"PROOF_ROOT": folder, "PROOF_AT": number, "PROOF_DO": f"kill {way}"}
            done = command(folder, "answer", "flow/ada", "name=Ada", "color=blue", **told)
            answers = [e["card"] for e in journal(folder) if e["type"] == "answered"]
            assert answers == ["name", "color"][: len(answers)]
            assert ("answered" in done.stdout) <= (answers == ["name", "color"])
            if done.returncode == 0:
                assert number > 3
                break
            assert done.returncode == -signal.SIGKILL, done.stderr
            tally("kills")
            go_on(folder)


class Server:
    """A real server that is told when to die."""

    def __init__(self, folder, port=0, **told):
        self.folder = folder
        self.process = subprocess.Popen(
            [*CARDLOOM, "serve", "--no-open", "--port", str(port)],
            cwd=folder,
            env=environment(folder, **told),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lives = bool(self.process.stdout.readline())
        if self.lives:
            about = json.loads((folder / ".cardloom/server.json").read_text())
            self.port, self.token = int(about["address"].rsplit(":", 1)[1]), about["token"]

    def post(self, path, **form):
        """The status of the answer; None when the server died instead."""
        if not self.lives:
            return None
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {
            "X-Cardloom-Token": self.token,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            connection.request("POST", path, urlencode(form), headers)
            reply = connection.getresponse()
            reply.read()
            return reply.status
        except (OSError, http.client.HTTPException):
            self.lives = False
            return None
        finally:
            connection.close()

    def end(self):
        self.process.kill()
        return self.process.communicate()


def fill(server, until):
    """Begin the run, answer it, wait for its end, start it over: what was acknowledged."""
    told = [
        ("created", server.post("/runs", workflow="flow", key="ada")),
        ("name", server.post("/runs/flow/ada/answer/name", value="Ada")),
        ("color", server.post("/runs/flow/ada/answer/color", value="blue")),
    ]
    if server.lives:
        until(
            lambda: (
                server.process.poll() is not None
                or any(e.get("card") == "end" and "value" in e for e in journal(server.folder))
            )
        )
        told.append(("over", server.post("/runs/flow/ada/restart")))
    assert [s for _, s in told if s not in (303, None)] == []
    return [name for name, status in told if status == 303]


def test_a_server_killed_at_every_change_of_the_disk(place, long, tally, until):
    for way in ways(long):
        for number in numbers(long, 6):
            folder = place(f"{way}-{number}")
            told = {"PROOF_ROOT": folder, "PROOF_AT": number, "PROOF_DO": f"kill {way}"}
            server = Server(folder, **told)
            acknowledged = fill(server, until)
            dead = not server.lives or server.process.poll() is not None
            server.end()
            aside = sorted(p.name for p in folder.glob("runs/flow/ada/journal-*.jsonl"))
            assert len(aside) <= 1
            old = journal(folder, aside[0]) if aside else journal(folder)
            if "created" in acknowledged:
                assert old[0]["type"] == "created"
            answers = [e["card"] for e in old if e["type"] == "answered"]
            assert answers == ["name", "color"][: len(answers)]
            assert set(acknowledged) & {"name", "color"} <= set(answers)
            if aside:
                assert [e["type"] for e in old].count("finished") == 3
            if "over" in acknowledged:
                assert [e["type"] for e in journal(folder)] == ["created"]
            if not dead:
                assert number > 20
                break
            tally("kills")
            if not aside:
                go_on(folder)
            else:  # it began anew, and does it all again
                (folder / "calls").unlink()
                go_on(folder)
