"""A crowd of clients on one real server that is killed and comes back, each act of theirs recorded.

`Town` has the workspace and the server of the moment; a `Client` is a thread that does random acts
over HTTP until the town closes. Whoever loses its server waits for the next.
"""

import http.client
import json
import random
import re
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from history import Act, Record, clock
from test_proof_kills import Server

from cardloom.journal import verify

FLOW = """
import asyncio
import os
from pathlib import Path

from cardloom import Text, Workflow

flow = Workflow("Flow")
flow.ask(name=Text("Name?"), color=Text("Colour?"))


@flow.do
async def draw(name):
    await asyncio.sleep(0.1)
    return f"picture of {name}"


@flow.do(once=True)
def export(color, *, run):
    path = run.file("done.txt")
    place = os.open(Path(__file__).parent / "effects", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(place, f"{path}\\n".encode())
    os.close(place)
    path.write_text(color)
    return path
"""


SEEN = re.compile(rb"/live/[^?\"]+\?after=(\d+)")
PATIENCE = 120  # seconds until a server that should come is given up


class Town:
    """A workspace, its server of the moment, and what all clients did."""

    def __init__(self, folder: Path, seed: int = 0, flows: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.record = Record()
        self.chance = random.Random(seed)
        self.closed = threading.Event()
        self.server: Server | None = None
        # What a run's journal began with when it was forked: whole lines, which stay.
        self.begins: list[tuple[str, bytes]] = []
        self._came = threading.Condition()
        for name, source in (flows or {"flow": FLOW}).items():
            (folder / f"{name}.py").write_text(source)

    def begin(self, **told: Any) -> bool:
        """Start a server; False when it was told to die so early that it never lived."""
        server = Server(self.folder, **told)
        if server.lives:
            with self._came:
                self.server = server
                self._came.notify_all()
        else:
            self.end(server)
        return server.lives

    def end(self, server: Server) -> None:
        """Kill the server and keep what it said."""
        _, said = server.end()
        if "Traceback" in said:
            self.record.fault(f"The server said:\n{said[-3000:]}")

    def living(self, after: Server | None) -> Server | None:
        """The server that came after this one, as soon as there is one; None when the town closes."""
        with self._came:
            self._came.wait_for(
                lambda: self.closed.is_set() or self.server is not after, timeout=PATIENCE
            )
        return None if self.server is after else self.server

    def close(self) -> None:
        self.closed.set()
        with self._came:
            self._came.notify_all()

    def one_life(self, acts: int) -> None:
        """A server lives for about so many acts, and is killed: from outside, or by itself at a
        change of the disk, before or after the call."""
        if self.chance.random() < 0.4:
            if self.begin():
                self.wait_for_acts(self.chance.randint(acts // 2, acts))
        else:
            way = self.chance.choice(("before", "after"))
            if self.begin(
                PROOF_ROOT=self.folder / "runs",
                PROOF_AT=self.chance.randint(acts, acts * 5),
                PROOF_DO=f"kill {way}",
            ):
                assert self.server
                self.wait_for_acts(acts * 20)
        if self.server:
            self.end(self.server)

    def wait_for_acts(self, count: int) -> None:
        """Until so many acts more are recorded, or the server has died."""
        assert self.server
        goal = len(self.record.acts) + count
        for _ in range(PATIENCE * 50):
            if len(self.record.acts) >= goal or self.server.process.poll() is not None:
                return
            self.closed.wait(0.02)
        self.record.fault("The clients stopped acting though a server lived.")

    def journals(self) -> dict[str, list[dict[str, Any]]]:
        """Every journal, by the name of its run; a line that does not hold is a fault."""
        found = {}
        for path in sorted(self.folder.glob("runs/*/*/journal.jsonl")):
            good, damage = verify(path.parent)
            name = f"{path.parent.parent.name}/{path.parent.name}"
            if damage:
                self.record.fault(f"{name} is damaged: {damage[0]}")
            lines = path.read_bytes().split(b"\n")[:-1]
            events = [json.loads(line) for line in lines[:good]]
            if events:  # else whoever began it was killed before its first line
                found[name] = events
        return found


class Client(threading.Thread):
    """One person of the crowd; `hand` alone does the acts that carry no token."""

    def __init__(self, town: Town, name: str, runs: list[str], *, hand: bool = False) -> None:
        super().__init__(name=name, daemon=True)
        self.town, self.runs = town, runs
        self.chance = random.Random(f"{town.chance.random()}{name}")
        self.server: Server | None = None
        self.seen: dict[str, int] = {}
        self.number = 0
        kinds = {"answer": 20, "look": 8, "rewind": 2, "fork": 1}
        unnamed = {"undo": 5, "redo": 3, "cancel": 4, "again": 4}
        self.kinds = {"answer": 4, "look": 1, **unnamed} if hand else kinds

    def run(self) -> None:
        try:
            self.server = self.town.living(None)
            while self.server is not None and not self.town.closed.is_set():
                kinds = list(self.kinds)
                kind = self.chance.choices(kinds, [self.kinds[k] for k in kinds])[0]
                if self.act(kind, self.chance.choice(self.runs)) == "silent":
                    self.server = self.town.living(self.server)
        except BaseException as error:
            self.town.record.fault(f"{self.name} stopped: {error!r}")
            raise

    def token(self) -> str:
        self.number += 1
        return f"{self.name}-{self.number:06d}"

    def act(self, kind: str, run: str) -> str:
        """Do it, record it; what came of it."""
        token = self.token()
        method, path, form = getattr(self, kind)(run, token)
        sent = clock()
        status, body = self.ask(method, f"/runs/{run}{path}", form)
        told = clock()
        outcome = {None: "silent"}.get(status, "ok" if status in (200, 204, 303) else "refused")
        if status not in (None, 200, 204, 303, 409, 422):
            self.town.record.fault(f"{kind} of {run} was answered with {status}: {body[-300:]!r}")
        saw = None
        if kind == "look" and (found := SEEN.search(body)):
            saw = self.seen[run] = int(found[1])
        known = token if kind in ("answer", "rewind", "fork") else ""
        self.town.record.add(Act(self.name, kind, run, known, sent, told, outcome, saw))
        return outcome

    def ask(self, method: str, path: str, form: dict[str, str]) -> tuple[int | None, bytes]:
        """(status, body); status None when the server died instead."""
        return self.send(method, path, urlencode(form), "application/x-www-form-urlencoded")

    def send(
        self, method: str, path: str, body: str | bytes, kind: str
    ) -> tuple[int | None, bytes]:
        assert self.server
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
        headers = {"X-Cardloom-Token": self.server.token}
        if method == "POST":
            headers |= {"HX-Request": "true", "Content-Type": kind}
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            return reply.status, reply.read()
        except TimeoutError:
            self.town.record.fault(f"{method} {path} had no answer in {PATIENCE} s.")
            return None, b""
        except (OSError, http.client.HTTPException):
            return None, b""
        finally:
            connection.close()

    # -- each act: method, rest of the address, form ---------------------------------------------

    def answer(self, run: str, token: str) -> tuple[str, str, dict[str, str]]:
        card = self.chance.choice(("name", "name", "color"))
        form = {"value": token, "why": token}
        if self.chance.random() < 0.8:
            form["change"] = "yes"
        if self.chance.random() < 0.2:
            form["seen"] = str(self.seen.get(run, 1))
        return "POST", f"/answer/{card}", form

    def look(self, run: str, token: str) -> tuple[str, str, dict[str, str]]:
        return "GET", "", {}

    def rewind(self, run: str, token: str) -> tuple[str, str, dict[str, str]]:
        to = self.chance.randint(1, max(2, self.seen.get(run, 2)))
        return "POST", "/rewind", {"to": str(to), "why": token}

    def fork(self, run: str, token: str) -> tuple[str, str, dict[str, str]]:
        form = {"key": token, "why": token}
        journal = (self.town.folder / "runs" / run / "journal.jsonl").read_bytes()
        self.town.begins.append((run, journal[: journal.rfind(b"\n") + 1]))
        if self.chance.random() < 0.5:
            form["at"] = str(self.chance.randint(0, self.seen.get(run, 1)))
        if self.chance.random() < 0.5:
            form |= {"change.name": "yes", "name.value": token}
        return "POST", "/fork", form

    def undo(self, run: str, token: str) -> tuple[str, str, dict[str, str]]:
        return "POST", "/undo", {}

    def redo(self, run: str, token: str) -> tuple[str, str, dict[str, str]]:
        return "POST", "/redo", {}

    def cancel(self, run: str, token: str) -> tuple[str, str, dict[str, str]]:
        return "POST", "/cancel/draw", {}

    def again(self, run: str, token: str) -> tuple[str, str, dict[str, str]]:
        return "POST", "/again/export", {}
