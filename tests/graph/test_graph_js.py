"""The map in a real Chromium, under the app's strict CSP: what a person can see and do there."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from cardloom.graph import read_graph, write_buffers

pytestmark = pytest.mark.browser

STATIC = Path(__file__).parents[2] / "cardloom" / "web" / "static"
AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
XSS = "<img src=x onerror=document.title='bad'>"
FIGURE = '<figure class="graph-map" data-graph="/{}/"><figcaption>The map</figcaption></figure>'
CSS = b"body { background: #f5f5f2 } @media (prefers-color-scheme: dark) { body { background: #101114 } }"
HTML = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>good</title>'
    '<meta name="viewport" content="width=device-width"><link rel="icon" href="/static/none">'
    '<link rel="stylesheet" href="/page.css"><link rel="stylesheet" href="/static/graph.css">'
    '<script type="module" src="/static/graph.js"></script></head>'
    "<body><main><h1>A site</h1>{}</main></body></html>"
)


class Site(BaseHTTPRequestHandler):
    """Serves /page/NAME with the figure of NAME, and the files, all with the app's CSP."""

    root: Path

    def do_GET(self):
        path = self.path.strip("/").split("/")
        types = {".js": "text/javascript", ".css": "text/css"}
        if path[0] == "page":
            self.answer(HTML.format(FIGURE.format(path[1])).encode(), "text/html; charset=utf-8")
        elif path == ["page.css"]:
            self.answer(CSS, "text/css")
        elif path == ["static", "none"]:
            self.answer(b"", "image/png")
        else:
            file = STATIC / path[1] if path[0] == "static" else self.root.joinpath(*path)
            if file.is_file():
                kind = types.get(file.suffix, "application/octet-stream")
                self.answer(file.read_bytes(), kind)
            else:
                self.send_error(404)

    def answer(self, content: bytes, kind: str):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", "default-src 'self'")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


def write_site(folder: Path):
    """Home in the middle of three clusters of twelve, one broken page, one hostile title."""
    url = "https://example.org/{}".format
    pages = [("", 200, 0, "The Home Page", "home")]
    links = []
    for cluster in ("ants", "bees", "cats"):
        for n in range(12):
            here, after = url(f"{cluster}/{n}"), url(f"{cluster}/{(n + 1) % 12}")
            pages.append((f"{cluster}/{n}", 200, 1, f"All about {cluster} {n}", cluster))
            links += [(url(""), here), (here, url("")), (here, after), (after, here)]
    pages += [("gone", 404, 2, "Not found", ""), ("xss", 301, 2, XSS, "cats")]
    links += [(url("cats/1"), url("gone")), (url("cats/1"), url("xss"))]
    rows = [
        "id,status,depth,title,pagetype",
        *(",".join(map(str, (url(p[0]), *p[1:]))) for p in pages),
    ]
    (folder / "meta.csv").write_text("\n".join(rows), "utf-8")
    (folder / "links.csv").write_text("source,target\n" + "\n".join(map(",".join, links)), "utf-8")
    graph = read_graph(folder / "links.csv", folder / "meta.csv")
    for name in ("site", "torn"):
        write_buffers(graph, folder / name)
    (folder / "torn" / "edges.u32").unlink()
    (folder / "none.csv").write_text("source,target\n", "utf-8")
    write_buffers(read_graph(folder / "none.csv"), folder / "empty")
    return graph


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    write_site(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Site,), {"root": folder}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def errors() -> list[str]:
    return []


@pytest.fixture
def visit(chromium, served, errors):
    """Opens the page of one figure; the test fails if the console said anything at all."""
    contexts = []

    def go(name="site", allowed=(), **options) -> Page:
        options = {"viewport": {"width": 1200, "height": 900}, "reduced_motion": "reduce"} | options
        contexts.append(chromium.new_context(**options))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda said: None if any(a in said.text for a in allowed) else errors.append(said.text),
        )
        page.goto(f"{served}/page/{name}")
        return page

    yield go
    for context in contexts:
        context.close()
    assert errors == []


def middle(page: Page):
    box = page.locator(".graph-stage canvas").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def home_at(page: Page, reach: int = 500):
    """Where the home page is on the screen: the spot around the middle whose tooltip says so."""
    x, y = middle(page)
    for ring in range(0, reach, 12):
        for dx, dy in {(ring, 0), (-ring, 0), (0, ring), (0, -ring), (ring, ring), (-ring, -ring)}:
            page.mouse.move(x + dx, y + dy)
            tip = page.locator(".graph-tip")
            if tip.is_visible() and "The Home Page" in tip.inner_text():
                return x + dx, y + dy
    raise AssertionError("The home page is not near the middle.")


def zoomed(page: Page) -> int:
    return int(page.locator(".graph-zoom").inner_text().split()[0])


def ready(page: Page) -> Page:
    expect(page.locator(".graph-legend li").first).to_be_visible()
    page.wait_for_timeout(250)  # until the links are drawn
    return page


def test_hover_tells_and_panning_takes_the_page_along(visit):
    page = ready(visit())
    x, y = home_at(page)
    tip = page.locator(".graph-tip")
    expect(tip).to_contain_text("https://example.org/")
    expect(tip).to_contain_text("status 200 · 36 links in · 36 links out · depth 0")
    page.mouse.move(x + 30, y + 200)
    page.mouse.down()
    page.mouse.move(x + 90, y + 120, steps=4)
    page.mouse.up()
    page.mouse.move(x + 60, y - 80)
    expect(tip).to_contain_text("The Home Page")
    page.get_by_role("button", name="Fit all pages in").click()
    page.mouse.move(x, y)
    expect(tip).to_contain_text("The Home Page")


def test_zoom_by_wheel_buttons_and_keys(visit):
    page = ready(visit())
    assert zoomed(page) == 100
    x, y = home_at(page)
    page.mouse.wheel(0, -200)
    expect(page.locator(".graph-zoom")).not_to_have_text("100 %")
    page.mouse.move(x + 1, y)
    expect(page.locator(".graph-tip")).to_contain_text("The Home Page")  # zoomed about the pointer
    page.get_by_role("button", name="Fit all pages in").click()
    page.get_by_role("button", name="Zoom in").click()
    assert zoomed(page) == 150
    page.get_by_role("button", name="Zoom out").click()
    assert zoomed(page) == 100
    page.locator(".graph-stage canvas").focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert zoomed(page) == 225
    page.keyboard.press("-")
    assert zoomed(page) == 150
    page.keyboard.press("0")
    assert zoomed(page) == 100


def test_click_selects_and_the_lists_can_be_walked(visit):
    page = ready(visit())
    panel = page.get_by_role("region", name="Selected page")
    expect(panel).to_contain_text("Highest PageRank")
    page.mouse.click(*home_at(page))
    expect(panel.locator(".graph-name")).to_have_text("The Home Page")
    link = panel.get_by_role("link", name="https://example.org/", exact=True)
    expect(link).to_have_attribute("href", "https://example.org/")
    expect(link).to_have_attribute("rel", "noreferrer")
    panel.get_by_role("list", name="Links to").get_by_text("All about bees 3").click()
    expect(panel.locator(".graph-name")).to_have_text("All about bees 3")
    expect(panel.get_by_role("list", name="Linked from").get_by_role("listitem")).to_have_count(3)
    panel.get_by_role("list", name="Linked from").get_by_text("The Home Page").click()
    expect(panel.locator(".graph-name")).to_have_text("The Home Page")
    panel.get_by_role("button", name="Close this page").click()
    expect(panel).to_contain_text("Highest PageRank")


def test_keys_pan_select_and_let_go(visit):
    page = ready(visit())
    panel = page.get_by_role("region", name="Selected page")
    page.locator(".graph-stage canvas").focus()
    page.keyboard.press("Enter")
    first = panel.locator(".graph-name").inner_text()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(panel.locator(".graph-name")).not_to_have_text(first)
    page.keyboard.press("Escape")
    expect(panel).to_contain_text("Highest PageRank")


def test_search_jumps(visit):
    page = ready(visit())
    search = page.get_by_role("searchbox")
    search.fill("CATS about 11")
    expect(page.get_by_role("list", name="Pages found").get_by_role("listitem")).to_have_count(1)
    search.press("Enter")
    panel = page.get_by_role("region", name="Selected page")
    expect(panel.locator(".graph-name")).to_have_text("All about cats 11")
    assert zoomed(page) == 250
    page.mouse.move(*middle(page))
    expect(page.locator(".graph-tip")).to_contain_text("https://example.org/cats/11")
    search.fill("no such page")
    expect(page.get_by_role("list", name="Pages found")).to_have_count(0)


def test_a_hostile_title_is_text(visit):
    page = ready(visit())
    page.get_by_role("searchbox").fill("onerror")
    page.keyboard.press("Enter")
    expect(page.locator(".graph-name")).to_have_text(XSS)
    page.mouse.move(*middle(page))
    expect(page.locator(".graph-tip")).to_contain_text(XSS)
    page.locator("summary").click()
    expect(page.get_by_role("row", name=XSS)).to_be_visible()
    assert page.locator("img").count() == 0
    assert page.title() == "good"


def test_colour_and_legend_follow_the_choice(visit):
    page = ready(visit())
    legend = page.get_by_role("list", name="Legend")
    expect(legend).to_contain_text("ants")
    page.get_by_label("Colour by").select_option("status")
    expect(legend.get_by_role("listitem")).to_have_text(
        ["2xx fine37", "3xx redirect1", "4xx not found or refused1"]
    )
    page.get_by_label("Colour by").select_option("depth")
    expect(legend.get_by_role("listitem")).to_have_text(["01", "136", "22"])


def test_the_table_says_the_same(visit):
    page = ready(visit())
    page.get_by_text("of highest PageRank as a table").click()
    first = page.get_by_role("table").get_by_role("row").nth(1)
    expect(first.get_by_role("rowheader")).to_have_text("The Home Page")
    expect(first.get_by_role("cell").nth(2)).to_have_text("36")


def colours(page: Page) -> int:
    """How many different colours the map has where it is not see-through."""
    return page.evaluate(
        """() => {
        const canvas = document.querySelector(".graph-stage canvas");
        const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        return new Set(new Uint32Array(data.buffer).filter((pixel) => pixel >>> 24 === 255)).size;
        }"""
    )


def test_dark_follows_the_page_and_nothing_is_drawn_when_nothing_moves(visit):
    page = ready(visit(color_scheme="light"))
    legend = page.locator(".graph-legend")
    swatch = "() => document.querySelector('.graph-legend canvas').toDataURL()"
    before = page.evaluate(swatch)
    assert colours(page) > 5
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(250)
    assert page.evaluate(swatch) != before
    expect(legend).to_contain_text("bees")
    frames = page.evaluate(
        """() => new Promise((done) => {
        const draw = CanvasRenderingContext2D.prototype.clearRect;
        let count = 0;
        CanvasRenderingContext2D.prototype.clearRect = function (...box) { count++; draw.apply(this, box); };
        setTimeout(() => done(count), 500);
        })"""
    )
    assert frames == 0


def test_touch_pans_pinches_and_selects_on_a_small_sharp_screen(visit):
    page = ready(
        visit(viewport={"width": 390, "height": 844}, has_touch=True, device_scale_factor=3)
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(".graph-stage canvas").bounding_box()
    assert page.locator(".graph-stage canvas").evaluate("c => c.width") == round(3 * box["width"])
    x, y = middle(page)
    touch = page.context.new_cdp_session(page)

    def fingers(kind, *points):
        spots = [{"x": px, "y": py, "id": n} for n, (px, py) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    fingers("touchStart", (x - 20, y), (x + 20, y))
    for spread in (25, 30, 35, 40):
        fingers("touchMove", (x - spread, y), (x + spread, y))
    fingers("touchEnd")
    assert 150 < zoomed(page) < 250
    page.get_by_role("button", name="Fit all pages in").click()
    page.get_by_role("searchbox").fill("bees 5")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Close this page").click()
    page.touchscreen.tap(*middle(page))
    expect(page.locator(".graph-name")).to_have_text("All about bees 5")


def test_figures_that_come_go_and_are_morphed(visit):
    page = ready(visit())
    page.evaluate(
        """() => {
        window.kept = document.querySelector("figure.graph-map");
        window.kept.replaceChildren();  // as a morph to the server's markup would
        const later = document.createElement("div");
        later.innerHTML = '<figure class="graph-map" data-graph="/site/"></figure>';
        document.querySelector("main").append(later);
        }"""
    )
    expect(page.locator(".graph-legend")).to_have_count(2)
    page.evaluate("() => window.kept.remove()")
    expect(page.locator(".graph-legend")).to_have_count(1)
    assert page.evaluate("() => window.kept.children.length") == 0
    page.evaluate("() => { document.querySelector('figure.graph-map').dataset.graph = '/empty/' }")
    expect(page.locator("figure")).to_have_text("There are no pages on this map yet.")


def test_a_missing_file_is_one_sentence(visit):
    page = visit("torn", allowed=("404",))
    said = "The map can't be shown: its file edges.u32 is missing (404). Make the map again."
    expect(page.get_by_role("alert")).to_have_text(said)


def test_no_barriers_that_axe_knows_of(visit):
    page = ready(visit())
    page.mouse.click(*home_at(page))
    page.locator("summary").click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate("() => axe.run('figure')")["violations"]
        serious = [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]
        assert serious == []
