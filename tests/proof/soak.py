"""A soak: random work on a real server that is killed every few seconds; nothing may be lost.

    python tests/proof/soak.py --minutes 10 [--seed 1]

A crowd answers, changes, cancels, forks, rewinds, uploads, starts long jobs and uses the command.
At the end a last server finishes what is unfinished, and the history is held against the journals.
Exit code 1 when an event was lost, doubled or moved, or a server kept more and more files open.
"""

import argparse
import hashlib
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crowd import FLOW, Client, Town
from history import Act, Journals, check, check_effects, clock
from test_proof_kills import Server, command

LONG = """
import os
from pathlib import Path

from cardloom import Text, Workflow

long = Workflow("Long")
long.ask(word=Text("Word?"))


def step(word, number):
    place = os.open(Path(__file__).parent / "steps", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(place, f"{word} {number}\\n".encode())
    os.close(place)
    return number


@long.do(process=True)
def work(word, *, run):
    import time
    total = 0
    for number in range(12):
        total += run.once(str(number), lambda number=number: step(word, number))
        run.progress(number + 1, 12)
        run.write(f"{number} ")
        time.sleep(0.1)
    return total
"""
PAPER = """
from cardloom import Text, Upload, Workflow

paper = Workflow("Paper")
paper.ask(doc=Upload("Your paper"))


@paper.do
def size(doc):
    return doc.stat().st_size
"""
MOST_FILES = 400  # descriptors of a server, whatever it has served
FINISH = 180  # seconds for the last server to finish all jobs
BOUNDARY = "cardloom-soak"


class Worker(Client):
    """Begins runs of its own and does in them what a person does there."""

    def __init__(self, town: Town, name: str) -> None:
        super().__init__(town, name, ["paper/-"])
        self.kinds = {"paper": 3, "long": 2, "page": 1}

    def act(self, kind: str, run: str) -> str:
        if kind == "page":
            return self._told(self.ask("GET", "/", {})[0])
        token = self.token()
        begun = self._recorded("begin", f"{kind}/{token}", token, "/runs", key=token, workflow=kind)
        if begun != "ok":
            return begun
        word = self.token()
        place = f"/runs/{kind}/{token}/answer/{'doc' if kind == 'paper' else 'word'}"
        return self._recorded("answer", f"{kind}/{token}", word, place, value=word)

    def _recorded(self, kind: str, run: str, token: str, path: str, **form: str) -> str:
        sent = clock()
        if path.endswith("/doc"):
            status, body = self.upload(path, f"{token}.txt", content(token))
        else:
            status, body = self.ask("POST", path, form)
        outcome = self._told(status, body)
        self.town.record.add(Act(self.name, kind, run, token, sent, clock(), outcome))
        return outcome

    def _told(self, status: int | None, body: bytes = b"") -> str:
        if status not in (None, 200, 303, 409, 422):
            self.town.record.fault(f"{self.name} was answered with {status}: {body[-300:]!r}")
        return {None: "silent"}.get(status, "ok" if status in (200, 303) else "refused")

    def upload(self, path: str, name: str, data: bytes) -> tuple[int | None, bytes]:
        head = f'Content-Disposition: form-data; name="value"; filename="{name}"'
        begin = f"--{BOUNDARY}\r\n{head}\r\nContent-Type: text/plain\r\n\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self.send("POST", path, begin + data + f"\r\n--{BOUNDARY}--\r\n".encode(), kind)


class Terminal(Client):
    """Answers and runs with the command, whether a server lives or not."""

    def act(self, kind: str, run: str) -> str:
        token, sent = self.token(), clock()
        if self.chance.random() < 0.7:
            kind, words = "answer", ("answer", run, f"name={token}", "--why", token)
        else:
            kind, run = "begin", f"flow/{token}"
            words = ("run", "flow", token, f"name={token}", "color=blue")
        done = command(self.town.folder, *words)
        if "Traceback" in done.stderr or done.returncode not in (0, 1, 2, 3):
            self.town.record.fault(f"{words} ended with {done.returncode}: {done.stderr[-2000:]}")
        # A run that was begun may stop at a card that must not be repeated: that is no refusal.
        refused = done.returncode not in (0, 1) if kind == "begin" else done.returncode != 0
        outcome = "refused" if refused else "ok"
        self.town.record.add(Act(self.name, kind, run, token, sent, clock(), outcome))
        return outcome


def content(token: str) -> bytes:
    return random.Random(token).randbytes(random.Random(token).randint(1, 60_000))


class Watch:
    """Memory and descriptors of each server: at its first look and at its last."""

    def __init__(self) -> None:
        self.lives: list[list[tuple[float, int]]] = []
        self.most_files = 0

    def born(self) -> None:
        self.lives.append([])

    def look(self, server: Server) -> None:
        try:
            pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
            files = len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
        except (OSError, IndexError):  # it is dead, or there is no /proc
            return
        self.most_files = max(self.most_files, files)
        self.lives[-1].append((pages * os.sysconf("SC_PAGE_SIZE") / 1e6, files))

    def lines(self) -> Iterator[str]:
        seen = [life for life in self.lives if len(life) > 1]
        if not seen:
            return
        longest = max(seen, key=len)
        for name, (first, last) in {
            "at the start of the first and the last life": (seen[0][0], seen[-1][0]),
            "at the end of the first and the last life": (seen[0][-1], seen[-1][-1]),
            f"within the longest life, {len(longest) / 2:.0f} s": (longest[0], longest[-1]),
        }.items():
            yield f"memory {name}: {first[0]:.0f} MB, {last[0]:.0f} MB"
            yield f"descriptors {name}: {first[1]}, {last[1]}"


def soak(folder: Path, minutes: float, seed: int) -> int:
    """The exit code, after everything was printed."""
    town = Town(folder, seed, {"flow": FLOW, "long": LONG, "paper": PAPER})
    runs = [f"flow/run{n}" for n in range(4)]
    for run in runs:
        command(folder, "run", *run.split("/"), "name=first", "color=blue")
    people = [Client(town, "hand", runs, hand=True), Terminal(town, "terminal", runs)]
    people += [Client(town, name, runs) for name in ("one", "two", "three")]
    people += [Worker(town, "worker")]
    for person in people:
        person.start()
    watch, kills, end = Watch(), 0, time.monotonic() + minutes * 60
    while time.monotonic() < end and not town.record.faults:
        # Now and then a life is long, so that what grows within one can be seen.
        seconds = 60 if kills % 12 == 11 else town.chance.uniform(2, 8)
        kills += live(town, watch, min(seconds, max(1, end - time.monotonic())))
        print(
            f"\r{kills} kills, {len(town.record.acts):,} acts", end="", file=sys.stderr, flush=True
        )
    town.close()
    for person in people:
        person.join()
    print(file=sys.stderr)
    finish(town)
    return told(town, watch, kills)


def live(town: Town, watch: Watch, seconds: float) -> int:
    """One life; how many kills it ended with."""
    told: dict[str, Any] = {}
    if town.chance.random() < 0.5 and seconds < 60:
        way = town.chance.choice(("before", "after"))
        told = {
            "PROOF_ROOT": town.folder / "runs",
            "PROOF_AT": town.chance.randint(20, 600),
            "PROOF_DO": f"kill {way}",
        }
    watch.born()
    if town.begin(**told):
        assert town.server
        end = time.monotonic() + seconds
        while time.monotonic() < end and town.server.process.poll() is None:
            watch.look(town.server)
            town.closed.wait(0.5)
        town.end(town.server)
    return 1


def finish(town: Town) -> None:
    """A last server goes on with every job that was cut, until none is left."""
    if not town.begin():
        town.record.fault("The last server did not start.")
        return
    assert town.server
    end = time.monotonic() + FINISH
    while (left := unfinished(town.journals())) and time.monotonic() < end:
        time.sleep(0.2)
    town.end(town.server)
    if left:
        town.record.fault(f"Long jobs were not finished in {FINISH} s: {left[:5]}")


def unfinished(journals: Journals) -> list[str]:
    return [
        run
        for run, events in journals.items()
        if run.startswith(("long/", "paper/"))
        and any(e["type"] == "answered" for e in events)
        and events[-1]["type"] not in ("finished", "failed")
    ]


def check_jobs(folder: Path, journals: Journals) -> list[str]:
    """Long jobs have their sum, remembered steps are not done again, uploads are whole."""
    wrong = []
    steps = Counter(
        (folder / "steps").read_text().splitlines() if (folder / "steps").exists() else []
    )
    for run, events in journals.items():
        answers = [e for e in events if e["type"] == "answered"]
        if run.startswith("long/") and answers:
            if (events[-1]["type"], events[-1].get("value")) != ("finished", 66):
                wrong.append(f"{run} ended with {events[-1]['type']}, not with its sum.")
            starts = sum(e["type"] == "started" for e in events)
            kept = Counter(e["key"] for e in events if e["type"] == "remembered")
            mine = {n: steps[f"{answers[0]['value']} {n}"] for n in range(12)}
            if set(kept.values()) != {1} or max(mine.values()) > starts:
                wrong.append(f"{run} did a remembered step again: {mine}, {starts} starts.")
        if run.startswith("paper/"):
            for value in (e["value"] for e in answers):
                path = folder / "runs" / run / "files" / value["path"]
                token = re.sub(r"\.txt$", "", path.name)
                if (
                    hashlib.sha256(path.read_bytes()).digest()
                    != hashlib.sha256(content(token)).digest()
                ):
                    wrong.append(f"{run}: what was uploaded as {path.name} is not what is there.")
    return wrong


def told(town: Town, watch: Watch, kills: int) -> int:
    journals = town.journals()
    effects = (town.folder / "effects").read_text().splitlines()
    lost = check(town.record.acts, journals) + check_effects(effects, journals)
    lost += check_jobs(town.folder, journals)
    wrong = [*town.record.faults]
    if watch.most_files > MOST_FILES:
        wrong.append(f"A server had {watch.most_files} files open; {MOST_FILES} are enough.")
    outcomes = Counter(act.outcome for act in town.record.acts if act.kind != "look")
    print(f"kills survived          {kills:>10,}")
    print(f"acts acknowledged       {outcomes['ok']:>10,}")
    print(f"acts refused            {outcomes['refused']:>10,}")
    print(f"acts without an answer  {outcomes['silent']:>10,}")
    print(f"runs, forks among them  {len(journals):>10,}")
    print(f"events in the journals  {sum(map(len, journals.values())):>10,}")
    print(f"events lost             {len(lost):>10,}")
    for line in [*watch.lines(), *lost[:20], *wrong[:20]]:
        print(line)
    return 1 if lost or wrong else 0


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=None, help="the same kinds of acts again")
    given = parser.parse_args(words)
    seed = random.SystemRandom().randrange(1 << 30) if given.seed is None else given.seed
    print(f"seed {seed}, {given.minutes:g} minutes")
    with tempfile.TemporaryDirectory(prefix="cardloom-soak-") as folder:
        return soak(Path(folder), given.minutes, seed)


if __name__ == "__main__":
    sys.exit(main())
