"""Cardloom's map beside sigma.js and cosmos.gl: the same graph, one Chromium, no GPU.

    python benchmarks/map.py [10k|100k|1m|5m] … [--peers ours,sigma,cosmos] [--rounds 3]

A made-up site (`graph_sample`) of 2,000 pages and 10,000 links, 20,000 and 100,000, 200,000 and
1,000,000, or 1,000,000 and 5,000,000. All three draw it where Cardloom's layout put it, in a window
of 1,280 × 900; the peers draw points and links alone, without labels, search, filters or page rows.
Chromium runs without a GPU: WebGL is SwiftShader's. Told are:

    first    from the start of the load to the first picture
    whole    until all links are on it (Cardloom draws them in slices, the peers at once)
    drag     a real mouse drags 600 pixels in 60 steps: seconds until it is through, and the gaps
             between frames meanwhile, median and 95 %
    zoom     the same for twelve turns of the wheel
    search   from the question to the hits, for words on many pages, on few and on none: median
             and the slowest
    memory   PSS of all of Chromium's processes afterwards, and of them with an empty page

`nothing` is an empty page under the same hand: no map can have shorter gaps than that. The peers
are installed with npm into .bench/map-peers and bundled with esbuild; both need npm.
"""

import argparse
import functools
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from graph_sample import write_sample
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from cardloom.graph import build_map

HERE = Path(__file__).resolve().parent
BENCH = HERE.parent / ".bench"
MAPS, PEERS = BENCH / "maps", BENCH / "map-peers"
STATIC = HERE.parent / "cardloom" / "web" / "static"
SIZES = {
    "10k": (2_000, 10_000),
    "100k": (20_000, 100_000),
    "1m": (200_000, 1_000_000),
    "5m": (1_000_000, 5_000_000),
}
PACKAGES = ["@cosmos.gl/graph@3.3.0", "sigma@3.0.3", "graphology@0.26.0", "esbuild@0.28.2"]
NAMES = {"nothing": "nothing", "ours": "Cardloom", "sigma": "sigma.js", "cosmos": "cosmos.gl"}
ARGUMENTS = "--no-sandbox --disable-gpu --enable-unsafe-swiftshader --disable-quic --no-first-run"
PATIENCE = 240  # seconds until a first picture, and until a drag, is given up
TYPES = {".js": "text/javascript", ".css": "text/css"}
PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>map</title>{head}</head>'
    "<body>{body}</body></html>"
)
OURS_HEAD = (
    '<link rel="stylesheet" href="/static/ground.css">'
    '<link rel="stylesheet" href="/static/cardloom.css">'
    '<link rel="stylesheet" href="/static/map/map.css">'
    '<script type="module" src="/static/map/map.js"></script>'
)
OURS = '<main id="main"><figure class="graph-map" data-graph="/maps/{}/" data-full></figure></main>'
NOTHING = """<script>
requestAnimationFrame(() => { window.firstPicture = performance.now(); })
</script>"""
PEER = (
    '<div id="stage" style="width:940px;height:700px"></div>'
    '<script type="module" src="/peers/{}.js"></script>'
)
FIRST = """() => window.firstPicture
  || (document.querySelector(".graph-body[data-ready]") && performance.now())"""
MAPS_OF = "[...(await import('/static/map/map.js')).maps.values()][0]"
WHOLE = f"""async () => {{
  const map = {MAPS_OF};
  while (!map.picture.complete) await new Promise((go) => setTimeout(go, 20));
  return performance.now();
}}"""
# A letter, words on many pages, on some, on one, on none, and two words together.
WORDS = ["h", "harbour", "/blog/", "winter-1", "99999", "forest12", "zzz", "harbour winter"]
SEARCH = f"""async (words) => {{
  const {{ clerk }} = {MAPS_OF}, took = [];
  for (let round = 0; round < 3; round++) for (const query of words) {{
    const began = performance.now();
    await clerk.ask('search', {{ query }});
    took.push(performance.now() - began);
  }}
  return took;
}}"""
RECORD = """() => {
  window.gaps = []; window.recording = true;
  let last = 0;
  const step = (now) => {
    if (last) window.gaps.push(now - last);
    last = now;
    if (window.recording) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}"""
STOP = """() => new Promise((tell) => requestAnimationFrame(() => requestAnimationFrame(() => {
  window.recording = false;
  tell(window.gaps);
})))"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", default=["10k", "100k"], help=", ".join(SIZES))
    parser.add_argument("--peers", default="nothing,ours,sigma,cosmos")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    peers = [name for name in given.peers.split(",") if name in NAMES]
    if unknown := set(given.sizes) - set(SIZES):
        sys.exit(f"There is no size {', '.join(sorted(unknown))}: take {', '.join(SIZES)}.")
    if {"sigma", "cosmos"} & set(peers):
        install_peers()
    for size in given.sizes:
        make_map(size)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start")
    with served() as address, sync_playwright() as playwright:
        launch = functools.partial(
            playwright.chromium.launch,
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=ARGUMENTS.split(),
        )
        for size in given.sizes:
            nodes, links = SIZES[size]
            print(f"\n{nodes:,} pages, {links:,} links: median of {given.rounds} rounds")
            heads = "first s", "whole s", "drag s", "drag ms", "95 %", "zoom ms", "95 %", "MB"
            print(f"{'':12}" + "".join(f"{head:>9}" for head in heads))
            for peer in peers:
                rounds = []
                for _ in range(given.rounds):
                    browser = launch()
                    try:
                        rounds.append(measure(browser, f"{address}/{peer}/{size}", peer))
                    except PlaywrightError as error:
                        print(f"{NAMES[peer]:12}  {str(error).splitlines()[0][:90]}", flush=True)
                        break
                    finally:
                        browser.close()
                if rounds:
                    tell(peer, rounds)
    print(f"\nload {os.getloadavg()[0]:.1f} at the end")


def tell(peer: str, rounds: list[dict[str, float]]) -> None:
    middle = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
    line = (
        f"{NAMES[peer]:12}{middle['first']:>9.2f}{middle['whole']:>9.2f}{middle['seconds']:>9.1f}"
    )
    for key in ("drag", "drag95", "zoom", "zoom95", "mb"):
        line += f"{middle[key]:>9.0f}"
    if "search" in middle:
        line += f"   search {middle['search']:.0f} ms, at most {middle['slowest']:.0f}"
    print(line, flush=True)


def measure(browser: Browser, address: str, peer: str) -> dict[str, float]:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(address, wait_until="commit")
    figures = {"first": page.wait_for_function(FIRST).json_value() / 1000}
    figures["whole"] = figures["first"]
    if peer == "ours":
        figures["whole"] = page.evaluate(WHOLE) / 1000
    page.wait_for_timeout(300)
    for what, act in (("drag", drag), ("zoom", zoom)):
        gaps = sorted(during(page, act))
        figures.setdefault("seconds", sum(gaps) / 1000)
        figures[what] = statistics.median(gaps)
        figures[f"{what}95"] = gaps[int(0.95 * (len(gaps) - 1))]
        page.wait_for_timeout(300)
    if peer == "ours":
        took = page.evaluate(SEARCH, WORDS)
        figures["search"], figures["slowest"] = statistics.median(took), max(took)
    figures["mb"] = memory()
    return figures


def during(page: Page, act: Any) -> list[float]:
    """The gaps between frames, in milliseconds, from the start of `act` to its end."""
    page.evaluate(RECORD)
    act(page, time.monotonic() + PATIENCE / 4)
    return page.evaluate(STOP) or [float("nan")]


def drag(page: Page, until: float) -> None:
    page.mouse.move(650, 450)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(650 - 10 * step, 450 + 2 * step)
        if time.monotonic() > until:
            break
    page.mouse.up()


def zoom(page: Page, until: float) -> None:
    page.mouse.move(400, 400)
    for turn in range(12):
        page.mouse.wheel(0, -60 if turn < 6 else 60)
        if time.monotonic() > until:
            break


def memory() -> float:
    """Megabytes of all processes below this one that are Chromium's, shared pages shared out."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        children.setdefault(int(after[1]), []).append(int(stat.parent.name))
    total, ask = 0, [os.getpid()]
    while ask:
        for child in children.get(ask.pop(), []):
            ask.append(child)
            try:
                if "chrom" not in Path(f"/proc/{child}/cmdline").read_text():
                    continue
                rollup = Path(f"/proc/{child}/smaps_rollup").read_text()
                total += int(rollup.split("\nPss:")[1].split()[0])
            except (OSError, IndexError):
                continue
    return total / 1024


def make_map(size: str) -> None:
    folder = MAPS / size
    if (folder / "graph.json").exists():
        return
    source = MAPS / f"{size}-source"
    source.mkdir(parents=True, exist_ok=True)
    write_sample(source, *SIZES[size])
    build_map(source / "links.csv", folder, source / "meta.csv")
    shutil.rmtree(source)


def install_peers() -> None:
    if not (PEERS / "made").exists():
        npm = shutil.which("npm") or sys.exit("The peers need npm. Or measure with --peers ours.")
        PEERS.mkdir(parents=True, exist_ok=True)
        (PEERS / "package.json").write_text('{"private": true}')
        subprocess.run([npm, "install", "--silent", *PACKAGES], cwd=PEERS, check=True)
        (PEERS / "made").touch()
    for name in ("sigma.js", "cosmos.js", "files.js"):
        shutil.copy(HERE / "map_peers" / name, PEERS / name)
    for name in ("sigma", "cosmos"):
        command = [PEERS / "node_modules" / ".bin" / "esbuild", f"{name}.js", "--bundle"]
        command += ["--format=esm", "--minify", "--log-level=error", f"--outfile=built/{name}.js"]
        subprocess.run(command, cwd=PEERS, check=True)


class Site(BaseHTTPRequestHandler):
    """/ours/SIZE and its like are pages; /static, /maps and /peers are files."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        top, *rest = self.path.strip("/").split("/")
        roots = {"static": STATIC, "maps": MAPS, "peers": PEERS / "built"}
        pages = {"ours": (OURS_HEAD, OURS.format("".join(rest[:1]))), "nothing": ("", NOTHING)}
        if top in roots:
            path = roots[top].joinpath(*rest)
            if path.is_file():
                self.answer(path.read_bytes(), TYPES.get(path.suffix, "application/octet-stream"))
            else:
                self.send_error(404)
        elif rest:
            head, body = pages.get(top, ("", PEER.format(top)))
            self.answer(PAGE.format(head=head, body=body).encode(), "text/html")
        else:
            self.send_error(404)

    def answer(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    main()
