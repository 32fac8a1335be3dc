"""The same three-question wizard in Cardloom and in its peers, timed in one Chromium.

Each peer is a short file in `wizards/`, in its own idiom, run by its own server on 127.0.0.1.
One script in the page times them all; the peers take turns within every round, so that a busy
minute of the machine falls on all of them. Nothing but loopback can be reached from the page.

    cold rounds   spawn ── HTTP 200 ── first field present ── painted · bytes of that first load
    warm rounds   click ── next card present ── painted · F5 ── field painted
                  idle memory, before the first round and after the last
    kills         half filled · kill -9 · restart · with F5 and without

"Present" is when the next card's field is in the document, laid out and not hidden. "Painted" is
the first task after the animation frame that shows it: frames come every 16.7 ms, raster and the
screen's own delay are not in it. A reload and a cold start have both figures.
"""

import argparse
import contextlib
import dataclasses
import functools
import http.client
import json
import math
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from wizards.peers import (
    BENCH,
    FOLDER,
    WIZARDS,
    Marks,
    Peer,
    all_peers,
    install_peers,
    serve_cardloom,
    versions,
)

COLD_ROUNDS = 5
PATIENCE = 20  # seconds until a field that has not come is given up
SETTLE = 0.3  # seconds between a filled field and its click: a person's hand is slower

BROWSER_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]

IN_PAGE = (WIZARDS / "arrival.js").read_text()


def say(text: str) -> None:
    print(f"page: {text}", file=sys.stderr, flush=True)


# ---- a server and its processes


class Server:
    """One peer's server, ended by the ids of its own processes."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        peer.home.mkdir(parents=True, exist_ok=True)
        (FOLDER / "home").mkdir(exist_ok=True)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", peer.port)) == 0:
                raise RuntimeError(f"port {peer.port} is taken; {peer.title} is measured there.")
        self.log = (FOLDER / f"{peer.name}.log").open("ab")
        self.spawned = time.time()
        self.process = subprocess.Popen(
            peer.command,
            cwd=peer.home,
            env=server_env(peer),
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )

    def wait(self, path: str = "/") -> float:
        """Seconds from the spawn to the first HTTP 200 of this page."""
        while time.time() - self.spawned < 3 * PATIENCE:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection(
                    "127.0.0.1", self.peer.port, timeout=PATIENCE
                )
                connection.request("GET", path)
                status = connection.getresponse().status
                connection.close()
                if status == 200:
                    return time.time() - self.spawned
            if self.process.poll() is not None:
                break
            time.sleep(0.005)
        raise RuntimeError(f"{self.peer.title} does not answer; see {self.log.name}")

    def processes(self) -> list[int]:
        """Its process id and those of everything it started, parents first."""
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                    children.setdefault(parent, []).append(int(entry.name))
        found = [self.process.pid]
        for pid in found:
            found.extend(children.get(pid, []))
        return found

    def resident(self) -> float:
        """Resident memory of the whole tree in MB (10⁶ bytes); shared pages count in each."""
        pages = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def kill(self) -> None:
        if self.process.poll() is not None:
            return
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        self.log.close()


def server_env(peer: Peer) -> dict[str, str]:
    """A clean environment. What would look outside finds a proxy that refuses at once."""
    nowhere = "http://127.0.0.1:9"
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(FOLDER / "home"),
        "LANG": "C.UTF-8",
        "PORT": str(peer.port),
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
        "http_proxy": nowhere,
        "https_proxy": nowhere,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        **peer.env,
    }


@contextlib.contextmanager
def running(peer: Peer) -> Iterator[Server]:
    server = Server(peer)
    try:
        yield server
    finally:
        server.kill()


# ---- what a person does


def new_wizard(context: BrowserContext, peer: Peer) -> str:
    """The address of a wizard with nothing filled in."""
    context.clear_cookies()  # where the variants with a memory keep whose answers they are
    return peer.origin + (new_run(peer.port) if peer.name == "cardloom" else "/")


def open_context(browser: Browser, peer: Peer) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE * 1000)
    context.add_init_script(
        IN_PAGE.replace("__FIELDS__", json.dumps(peer.marks.fields)).replace(
            "__PATIENCE__", str(PATIENCE * 1000)
        )
    )
    return context


def first_field(page: Page) -> dict[str, Any]:
    """Of the document now in the page: which field came first, when, and what was loaded."""
    seen: dict[str, Any] | None = page.evaluate("() => __bench.first")
    if seen is None:
        raise RuntimeError(f"no field came into sight at {page.url}")
    return seen


def locate(page: Page, path: str) -> Any:
    """Playwright's CSS walks into open shadow roots by itself."""
    return page.locator(path.replace(" >>> ", " ")).locator("visible=true").last


def answer(page: Page, marks: Marks, card: str) -> dict[str, float]:
    """Fill in one card and click: ms from the click to the next card present, and painted."""
    follower = {"name": marks.quest, "quest": marks.color, "color": marks.verdict}[card]
    if card == "color":
        locate(page, marks.blue).click()
    else:
        locate(page, marks.fields[card]).fill({"name": "Ada", "quest": "To seek"}[card])
    time.sleep(SETTLE)
    page.evaluate("path => __bench.arm(path)", follower)
    locate(page, marks.submit.format(card=card)).click()
    took: dict[str, float] | None = page.evaluate("() => __bench.next")
    if took is None:
        raise RuntimeError(f"after {card}, the next card did not come at {page.url}")
    return took


def judged(page: Page, marks: Marks) -> bool:
    """Whether the verdict is the right one, for the name given first."""
    time.sleep(SETTLE)
    return "Right, Ada. Off you go." in locate(page, marks.verdict).inner_text()


# ---- the measurements


def cold_round(browser: Browser, peer: Peer) -> dict[str, Any]:
    context = open_context(browser, peer)
    page = context.new_page()
    path = cold_run(peer) if peer.name == "cardloom" else "/"
    outside: set[str] = set()
    page.on("request", lambda request: note_outside(request.url, outside))
    with running(peer) as server:
        answered = server.wait(path)  # the page that is opened then
        page.goto(peer.origin + path, wait_until="commit")
        seen = first_field(page)
        page.wait_for_load_state("load")
        time.sleep(1)
        settled = page.evaluate("() => __bench.loaded()")
        context.close()
    return {
        "http_200_s": answered,
        "present_s": (seen["born"] + seen["present"]) / 1000 - server.spawned,
        "field_s": (seen["born"] + seen["painted"]) / 1000 - server.spawned,
        "until_field": seen["loaded"],
        "settled": settled,
        "outside": sorted(outside),
    }


def note_outside(url: str, outside: set[str]) -> None:
    host = urllib.parse.urlsplit(url).hostname
    if host not in (None, "127.0.0.1"):
        outside.add(host)


def warm_round(context: BrowserContext, peer: Peer) -> dict[str, Any]:
    """Answer one card, F5, answer the rest; where F5 lost the answer, give it again, untimed."""
    page = context.new_page()
    page.goto(new_wizard(context, peer), wait_until="commit")
    first_field(page)
    page.wait_for_load_state("load")
    clicks = [answer(page, peer.marks, "name")]
    time.sleep(SETTLE)
    page.reload(wait_until="commit")
    seen = first_field(page)
    page.wait_for_load_state("load")
    if seen["field"] == "name":
        answer(page, peer.marks, "name")
    clicks += [answer(page, peer.marks, card) for card in ("quest", "color")]
    right = judged(page, peer.marks)
    page.close()
    if not right:
        raise RuntimeError(f"{peer.title} gave another verdict")
    return {"clicks": clicks, "reload": seen, "kept": seen["field"] == "quest"}


def kill_round(browser: Browser, peer: Peer, reload: bool) -> bool:
    """Whether a wizard with its name given goes on to the right verdict after a kill -9."""
    context = open_context(browser, peer)
    page = context.new_page()
    with running(peer) as server:
        server.wait()
        page.goto(new_wizard(context, peer), wait_until="commit")
        first_field(page)
        answer(page, peer.marks, "name")
        time.sleep(1)
        server.kill()
    with running(peer) as server:
        server.wait()
        time.sleep(5)  # for a page that finds its server again by itself
        context.set_default_timeout(5000)
        try:
            if reload:
                page.reload(wait_until="commit")
                if first_field(page)["field"] != "quest":
                    return False
            for card in ("quest", "color"):
                answer(page, peer.marks, card)
            return judged(page, peer.marks)
        except Exception as error:  # any way of not going on is the finding
            say(f"{peer.title} after the kill: {str(error).splitlines()[0]}")
            return False
        finally:
            context.close()


def measure(
    browser: Browser, peers: list[Peer], rounds: int, cold_rounds: int
) -> dict[str, dict[str, Any]]:
    results: dict[str, Any] = {
        peer.name: {"title": peer.title, "cold": [], "warm": []} for peer in peers
    }

    for turn in range(cold_rounds + 1):
        say(f"cold round {turn} of {cold_rounds}" + ("" if turn else " (not counted)"))
        for peer in rotated(peers, turn):
            result = cold_round(browser, peer)
            if turn:
                results[peer.name]["cold"].append(result)

    with contextlib.ExitStack() as stack:
        servers = {peer.name: stack.enter_context(running(peer)) for peer in peers}
        for server in servers.values():
            server.wait()
        time.sleep(5)
        for name, server in servers.items():
            results[name]["idle_mb"] = server.resident()
        contexts = {peer.name: open_context(browser, peer) for peer in peers}
        for turn in range(rounds + 1):
            say(f"warm round {turn} of {rounds}" + ("" if turn else " (not counted)"))
            for peer in rotated(peers, turn):
                result = warm_round(contexts[peer.name], peer)
                if turn:
                    results[peer.name]["warm"].append(result)
        for context in contexts.values():
            context.close()
        time.sleep(5)
        for name, server in servers.items():
            results[name]["idle_after_mb"] = server.resident()

    for peer in peers:
        say(f"kill -9: {peer.title}")
        results[peer.name]["killed_goes_on"] = kill_round(browser, peer, reload=False)
        results[peer.name]["killed_then_f5"] = kill_round(browser, peer, reload=True)
    return results


def rotated(peers: list[Peer], turn: int) -> list[Peer]:
    start = turn % len(peers)
    return peers[start:] + peers[:start]


def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    sys.exit("page: no Chromium found; install Debian's package chromium.")


# ---- Cardloom's own: the server's part of an answer, and a long run

LONG = """\
from cardloom import Text, Workflow

long = Workflow("Two hundred questions")
long.ask(**{f"question_{n}": Text(f"Question {n}?", default=f"Answer {n}") for n in range(1, 201)})
"""


def new_run(port: int) -> str:
    """Start a run of the Bridge as the front page's form does; the path of its page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    response = send(
        connection, port, "/runs", {"workflow": "bridge", "key": f"run-{time.time_ns()}"}
    )
    connection.close()
    if response.status != 303:
        raise RuntimeError(f"a new run answered {response.status}")
    return urllib.parse.urlsplit(response.headers["Location"]).path


def send(
    connection: http.client.HTTPConnection,
    port: int,
    path: str,
    form: dict[str, str],
    headers: dict[str, str] | None = None,
) -> http.client.HTTPResponse:
    connection.request(
        "POST",
        path,
        urllib.parse.urlencode(form),
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://127.0.0.1:{port}",
            "Sec-Fetch-Site": "same-origin",
            **(headers or {}),
        },
    )
    response = connection.getresponse()
    response.read()
    return response


@functools.cache
def cold_run(peer: Peer) -> str:
    """A run with nothing answered, for the cold starts to open."""
    with running(peer) as server:
        server.wait()
        return new_run(peer.port)


class CardForm(HTMLParser):
    """The form of one card of a run's page: where it posts to, its hidden fields, its question."""

    def __init__(self, card: str) -> None:
        super().__init__()
        self.card, self.inside, self.action, self.asked = card, False, "", ""
        self.hidden: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "article":
            self.inside = given.get("id") == f"card-{self.card}"
        elif self.inside and tag == "form" and not self.action:
            self.action = given.get("hx-post") or given.get("action", "")
        elif self.inside and tag == "input" and given.get("type") == "hidden":
            self.hidden[given["name"]] = given.get("value", "")
        elif self.inside and tag == "input":
            self.asked = given["name"]


def answer_times(peer: Peer, runs: int) -> list[float]:
    """Milliseconds of each answer's POST, as htmx sends it, on one kept-alive connection."""
    times = []
    with running(peer) as server:
        server.wait()
        connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=PATIENCE)
        for turn in range(runs + 1):
            path = new_run(peer.port)
            for card, value in {"name": "Ada", "quest": "To seek", "color": "blue"}.items():
                connection.request("GET", path)
                form = CardForm(card)
                form.feed(connection.getresponse().read().decode())
                began = time.perf_counter()
                response = send(
                    connection,
                    peer.port,
                    urllib.parse.urljoin(path, form.action),
                    {**form.hidden, form.asked: value},
                    {"HX-Request": "true"},
                )
                took = (time.perf_counter() - began) * 1000
                if response.status != 200:
                    raise RuntimeError(f"the answer to {card} was {response.status}")
                if turn:
                    times.append(took)
        connection.close()
    return times


def long_run(browser: Browser, peer: Peer) -> dict[str, Any]:
    """Open a run of 200 done cards: the request alone, and in the browser until it is painted."""
    workspace = FOLDER / "cardloom-long"
    workspace.mkdir()
    (workspace / "long.py").write_text(LONG)
    fill = ["run", "long", "ada", "--defaults", "--workspace", str(workspace)]
    subprocess.run(
        [sys.executable, "-m", "cardloom", *fill],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    command = serve_cardloom(workspace, 5408)
    last = dataclasses.replace(peer.marks, name="#card-question_200")
    long = dataclasses.replace(peer, name="cardloom-long", port=5408, command=command, marks=last)
    requests, paints = [], []
    with running(long) as server:
        server.wait()
        connection = http.client.HTTPConnection("127.0.0.1", long.port, timeout=PATIENCE)
        for _ in range(21):
            began = time.perf_counter()
            connection.request("GET", "/runs/long/ada")
            body = connection.getresponse().read()
            requests.append((time.perf_counter() - began) * 1000)
        connection.close()
        if b"card-question_200" not in body:
            raise RuntimeError("the page of 200 cards does not hold the last one")
        context = open_context(browser, long)
        page = context.new_page()
        for _ in range(21):
            page.goto(long.origin + "/runs/long/ada", wait_until="commit")
            paints.append(first_field(page)["painted"])
            page.wait_for_load_state("load")
        context.close()
    return {
        "first_request_ms": requests[0],
        "request_ms": requests[1:],
        "painted_ms": paints[1:],
        "html_bytes": len(body),
    }


# ---- the machine


def machine(browser_version: str) -> dict[str, Any]:
    model = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": model[0] if model else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 1e9, 1),
        "kernel": platform.release(),
        "disk": filesystem(FOLDER),
        "python": platform.python_version(),
        "chromium": browser_version,
        "load": os.getloadavg(),
        "fdatasync_ms": statistics.median(sync_times()),
    }


def filesystem(folder: Path) -> str:
    """Its type and device, by the longest mount point above it."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    above = [mount for mount in mounts if folder.is_relative_to(mount[1])]
    device, _, kind = max(above, key=lambda mount: len(mount[1]))[:3]
    return f"{kind} on {device}"


def sync_times() -> list[float]:
    """Milliseconds of appending a journal's line of 200 bytes and its fdatasync."""
    times = []
    path = FOLDER / "sync"
    with path.open("ab", buffering=0) as file:
        for _ in range(300):
            began = time.perf_counter()
            file.write(b"x" * 199 + b"\n")
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1000)
    path.unlink()
    return times


# ---- the report


def p95(values: list[float]) -> float:
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def summary(result: dict[str, Any]) -> dict[str, Any]:
    cold, warm = result["cold"], result["warm"]
    clicks = [click for turn in warm for click in turn["clicks"]]
    present = [click["present"] for click in clicks]
    painted = [click["painted"] for click in clicks]
    kept = sum(turn["kept"] for turn in warm)
    return {
        "present_ms": statistics.median(present),
        "present_p95_ms": p95(present),
        "painted_ms": statistics.median(painted),
        "painted_p95_ms": p95(painted),
        "clicks": len(clicks),
        "reload_ms": statistics.median(turn["reload"]["present"] for turn in warm),
        "reload_painted_ms": statistics.median(turn["reload"]["painted"] for turn in warm),
        "cold_present_s": statistics.median(turn["present_s"] for turn in cold),
        "cold_field_s": statistics.median(turn["field_s"] for turn in cold),
        "cold_200_s": statistics.median(turn["http_200_s"] for turn in cold),
        "idle_mb": result["idle_mb"],
        "idle_after_mb": result["idle_after_mb"],
        "load_kb": statistics.median(turn["until_field"]["decoded"] for turn in cold) / 1000,
        "settled_kb": statistics.median(turn["settled"]["decoded"] for turn in cold) / 1000,
        "settled_wire_kb": statistics.median(turn["settled"]["wire"] for turn in cold) / 1000,
        "files": cold[-1]["settled"]["files"],
        "f5_kept": f"{kept} of {len(warm)}",
        "killed_goes_on": result["killed_goes_on"],
        "killed_then_f5": result["killed_then_f5"],
    }


def table(report: dict[str, Any]) -> str:
    columns: dict[str, Callable[[str, dict[str, Any]], str]] = {
        "": lambda title, _: title,
        "click to next card present, ms: median (p95)": lambda _, s: (
            f"{s['present_ms']:.1f} ({s['present_p95_ms']:.1f})"
        ),
        "painted": lambda _, s: f"{s['painted_ms']:.1f} ({s['painted_p95_ms']:.1f})",
        "F5 to field present, ms": lambda _, s: f"{s['reload_ms']:.0f}",
        "F5 to field painted": lambda _, s: f"{s['reload_painted_ms']:.0f}",
        "cold start to HTTP 200, s": lambda _, s: f"{s['cold_200_s']:.2f}",
        "cold start to field present, s": lambda _, s: f"{s['cold_present_s']:.2f}",
        "cold start to field painted": lambda _, s: f"{s['cold_field_s']:.2f}",
        "idle, MB (after the rounds)": lambda _, s: (
            f"{s['idle_mb']:.0f} ({s['idle_after_mb']:.0f})"
        ),
        "first load until the field, KB": lambda _, s: f"{s['load_kb']:,.0f}",
        "until quiet, KB (as sent)": lambda _, s: (
            f"{s['settled_kb']:,.0f} ({s['settled_wire_kb']:,.0f})"
        ),
        "half filled, F5: kept": lambda _, s: s["f5_kept"],
        "kill -9, restart: goes on": lambda _, s: yes(s["killed_goes_on"]),
        "kill -9, restart, F5: goes on": lambda _, s: yes(s["killed_then_f5"]),
    }
    lines = [" | ".join(columns), " | ".join(["---"] * len(columns))]
    for result in report["peers"].values():
        cells = [cell(result["title"], result["summary"]) for cell in columns.values()]
        lines.append(" | ".join(cells))
    text = "\n".join(f"| {line} |" for line in lines)

    if own := report.get("cardloom"):
        long = own["long_run"]
        text += (
            f"\n\nCardloom's server, one answer with its sync: median"
            f" {statistics.median(own['answers_ms']):.1f} ms, p95 {p95(own['answers_ms']):.1f} ms"
            f" ({len(own['answers_ms'])} answers)."
            f" A run of 200 done cards: one request, median"
            f" {statistics.median(long['request_ms']):.1f} ms (the first after a start"
            f" {long['first_request_ms']:.1f} ms), {long['html_bytes'] / 1000:.0f} KB of HTML;"
            f" painted in the browser after {statistics.median(long['painted_ms']):.0f} ms."
        )
    facts = report["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    return text + (
        f"\n\n{facts['cpu']}, {facts['cores']} cores, {facts['memory_gb']} GB, Linux"
        f" {facts['kernel']}, {facts['disk']}, fdatasync median {facts['fdatasync_ms']:.2f} ms"
        f" before and {report['fdatasync_after_ms']:.2f} ms after; Python {facts['python']},"
        f" Chromium {facts['chromium']}; {versions}."
        f" {report['rounds']} warm rounds of three clicks and one F5, {report['cold_rounds']} cold"
        f" ones, one uncounted before each; load average {facts['load'][0]:.1f} at the start,"
        f" {report['load_after'][0]:.1f} at the end."
    )


def yes(value: bool) -> str:
    return "yes" if value else "no"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="this peer; may be repeated"
    )
    parser.add_argument("--rounds", type=int, default=20, help="three clicks and one F5 each")
    parser.add_argument("--cold-rounds", type=int, default=COLD_ROUNDS)
    options = parser.parse_args()

    install_peers()
    peers = all_peers()
    names = [peer.name for peer in peers]
    if unknown := set(options.only or []) - set(names):
        parser.error(
            f"no peer is named {', '.join(sorted(unknown))}; there are {', '.join(names)}."
        )
    peers = [peer for peer in peers if not options.only or peer.name in options.only]

    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
        report: dict[str, Any] = {"machine": machine(browser.version), "versions": versions()}
        report |= {"rounds": options.rounds, "cold_rounds": options.cold_rounds}
        report["peers"] = measure(browser, peers, options.rounds, options.cold_rounds)
        for peer in peers:
            if peer.name == "cardloom":
                say("Cardloom's answers and its run of 200 cards")
                report["cardloom"] = {
                    "answers_ms": answer_times(peer, runs=40),
                    "long_run": long_run(browser, peer),
                }
        browser.close()
    report["fdatasync_after_ms"] = statistics.median(sync_times())
    report["load_after"] = os.getloadavg()
    for result in report["peers"].values():
        result["summary"] = summary(result)
    (BENCH / "page.json").write_text(json.dumps(report, indent=1))
    print(table(report))


if __name__ == "__main__":
    main()
