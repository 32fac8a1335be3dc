"""A workflow that maps a site from its two CSV files, the sites, and what a person does on a map."""

import csv
import importlib.util
from pathlib import Path

from playwright.sync_api import Page, expect

HERE = Path(__file__).resolve()
expect.set_options(timeout=15_000)  # software graphics on a busy machine
XSS = "<img src=x onerror=document.title='bad'>"
MARKUP = "<svg/onload=document.title=1>"
FORMULA = "=HYPERLINK(1)"
MAPPED = '''
"""A map of the site in a folder of the workspace."""
from pathlib import Path

from cardloom import Text, Workflow
from cardloom.engine import GraphMap
from cardloom.graph import build_map

mapped = Workflow("Mapped")
mapped.ask(site=Text("Which folder?"))


@mapped.do(show=lambda manifest: GraphMap(manifest.parent, "Map of the site"))
def picture(site, *, run):
    """Picture"""
    folder, manifest = Path(__file__).parent / site, run.file("map/graph.json")
    build_map(folder / "links.csv", manifest.parent, folder / "meta.csv")
    return manifest
'''

CHARTED = '''
"""A map whose two tables are the run's own, or lie among the downloads."""
from pathlib import Path
from shutil import copy

from cardloom import Choice, Text, Workflow
from cardloom.engine import GraphMap
from cardloom.graph import build_map

charted = Workflow("Charted")
charted.ask(site=Text("Which folder?"), kind=Choice("Which tables?", ["both", "links", "kept", "odd"]))


@charted.do
def tables(site, kind, *, run):
    """Tables"""
    here = Path(__file__).parent
    if kind == "kept":
        (here / "downloads" / site).mkdir(parents=True, exist_ok=True)
        kept = [f"downloads/{site}/{site}_{name}.csv" for name in ("links", "meta")]
        for path, name in zip(kept, ("links", "meta")):
            copy(here / site / f"{name}.csv", here / path)
        return [{"path": path, "rows": 1} for path in kept]
    names = {"both": ("links", "meta"), "links": ("links",), "odd": ("pages",)}[kind]
    made = [run.file(f"{name}.csv") for name in names]
    for path, name in zip(made, names):
        copy(here / site / ("meta.csv" if name == "pages" else f"{name}.csv"), path)
    return {"files": made, "outside": {"path": f"downloads/../{site}/links.csv"}}


@charted.do(show=lambda manifest: GraphMap(manifest.parent, "Map"))
def picture(site, tables, *, run):
    """Picture"""
    folder, manifest = Path(__file__).parent / site, run.file("map/graph.json")
    build_map(folder / "links.csv", manifest.parent, folder / "meta.csv")
    return manifest
'''


def write_site(folder: Path) -> None:
    """Home in the middle of three clusters of twelve, a broken page, hostile titles: 40 pages."""
    url = "https://example.org/{}".format
    pages = [(url(""), 200, 0, "The Home Page", "home", 900)]
    links = []
    for nth, cluster in enumerate(("ants", "bees", "cats")):
        for n in range(12):
            here, after = url(f"{cluster}/{n}"), url(f"{cluster}/{(n + 1) % 12}")
            pages.append((here, 200, 1, f"All about {cluster} {n}", cluster, 10 * n + nth))
            links += [(url(""), here), (here, url("")), (here, after), (after, here)]
    pages += [
        (url("gone"), 404, 2, "Not found", "", ""),
        (url("xss"), 301, 2, XSS, "cats", 1),
        (url(MARKUP), 200, 2, FORMULA, XSS, 2),
    ]
    links += [(url("cats/1"), page[0]) for page in pages[-3:]]
    write(folder, ["id", "status", "depth", "title", "pagetype", "visits"], pages, links)


def write(folder: Path, columns: list[str], pages: list, links: list) -> None:
    folder.mkdir(parents=True)
    for name, head, rows in (
        ("meta.csv", columns, pages),
        ("links.csv", ["source", "target"], links),
    ):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows])


def write_large(folder: Path, pages: int, links: int) -> None:
    """The made-up site of the benchmarks."""
    path = HERE.parents[2] / "benchmarks" / "graph_sample.py"
    spec = importlib.util.spec_from_file_location("graph_sample", path)
    sample = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sample)
    folder.mkdir(parents=True)
    sample.write_sample(folder, pages, links)


def map_of(server, site: str) -> str:
    """Map the site in this folder; the path of the map's window. The run's page is two above it."""
    (server.workspace / "mapped.py").write_text(MAPPED.lstrip("\n"), encoding="utf-8")
    done = server.cli("run", "mapped", site, f"site={site}")
    assert done.returncode == 0, done.stderr
    (folder,) = (server.workspace / "runs" / "mapped" / site / "files").glob("picture-*")
    return f"/runs/mapped/{site}/files/{folder.name}/map/"


def chart(server, key: str, kind: str = "both") -> str:
    """Map a small site from tables of this kind; the path of the run's page."""
    (server.workspace / "charted.py").write_text(CHARTED.lstrip("\n"), encoding="utf-8")
    if not (server.workspace / "site").exists():
        write_site(server.workspace / "site")
    done = server.cli("run", "charted", key, "site=site", f"kind={kind}")
    assert done.returncode == 0, done.stderr
    return f"/runs/charted/{key}"


def ready(page: Page) -> Page:
    """Wait until the map can be used and has drawn its links."""
    expect(page.locator(".graph-body[data-ready]")).to_be_visible()
    page.evaluate(
        """async () => {
        const { maps } = await import(document.querySelector('script[src$="map/map.js"]').src);
        const drawn = () => [...maps.values()].every((map) => !map.picture || map.picture.complete);
        const end = performance.now() + 30_000; // Playwright has no limit for this
        while (!drawn()) {
          if (performance.now() > end) throw new Error("The map has not drawn its links.");
          await new Promise((go) => setTimeout(go, 10));
        }
        }"""
    )
    return page


def zoomed(page: Page) -> int:
    return int(page.locator(".graph-zoom").inner_text().replace(",", "").split()[0])


def middle(page: Page) -> tuple[float, float]:
    box = page.locator(".graph-stage").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def spot(page: Page, name: str, reach: int = 400) -> tuple[float, float]:
    """Where a page is on the screen: the place near the middle whose tip tells its title."""
    x, y = middle(page)
    tip = page.locator(".graph-tip")
    for ring in range(0, reach, 8):
        for dx, dy in {(ring, 0), (-ring, 0), (0, ring), (0, -ring), (ring, ring), (-ring, -ring)}:
            page.mouse.move(x + dx, y + dy)
            if tip.is_visible() and name in tip.inner_text():
                return x + dx, y + dy
    raise AssertionError(f"{name} is not near the middle.")


def find(page: Page, words: str) -> None:
    """Search, and take the first page found."""
    page.get_by_role("searchbox", name="Find a page").fill(words)
    expect(page.get_by_role("list", name="Pages found")).to_be_visible()
    page.keyboard.press("Enter")
