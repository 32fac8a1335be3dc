"""The map within a card, its files taken away, fingers on a small screen, and what one takes along."""

import csv
import io
import re
import xml.etree.ElementTree as ElementTree

import pytest
from mapped import find, map_of, middle, ready, write_site, zoomed
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

GEXF = "{http://gexf.net/1.3}"
MOMENT = re.compile(r"/map/#.*page=\d+")


@pytest.fixture(scope="module")
def place(server):
    write_site(server.workspace / "small")
    return map_of(server, "small")


@pytest.fixture
def run_page(place):
    return place.split("/files/")[0]


@pytest.fixture
def map_page(server, place, page):
    page.emulate_media(reduced_motion="reduce")
    page.goto(server.address + place)
    return ready(page)


def take(page, label):
    page.locator(".graph-menu summary").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label).click()
    return waiting.value


def test_the_link_to_the_whole_window_leads_to_the_same_moment(server, run_page, page):
    page.goto(server.address + run_page)
    ready(page)
    find(page, "bees 3")
    expect(page.get_by_role("link", name="Whole window")).to_have_attribute("href", MOMENT)
    page.get_by_role("link", name="Whole window").click()
    ready(page)
    expect(page.locator(".graph-name")).to_have_text("All about bees 3")
    page.get_by_role("link", name="Back to the run").click()
    expect(page).to_have_url(server.address + run_page)


def test_a_map_that_is_not_there_is_not_found(server, place):
    assert server.get(place).status == 200
    assert server.get(place.replace("/map/", "/nothing/")).status == 404
    assert server.get(place + "..%2f..%2f").status == 404


def test_a_missing_file_is_one_sentence(server, page):
    write_site(server.workspace / "torn")
    place = map_of(server, "torn")
    (edges,) = (server.workspace / "runs" / "mapped" / "torn" / "files").glob("*/map/edges.u32")
    edges.unlink()
    page.goto(server.address + place)
    said = "The map can't be shown: its file edges.u32 is missing (404). Make the map again."
    expect(page.locator("figure [role=alert]")).to_have_text(said)


def test_figures_that_come_go_and_are_morphed(map_page):
    page = map_page
    page.evaluate(
        """() => {
        window.kept = document.querySelector("figure.graph-map");
        window.kept.replaceChildren();  // as a morph to the server's markup would
        const later = document.createElement("div");
        later.innerHTML = `<figure class="graph-map" data-graph="${window.kept.dataset.graph}"></figure>`;
        document.querySelector("main").append(later);
        }"""
    )
    expect(page.locator(".graph-legend")).to_have_count(2)
    page.evaluate("() => window.kept.remove()")
    expect(page.locator(".graph-legend")).to_have_count(1)
    assert page.evaluate("() => window.kept.children.length") == 0


def test_touch_pans_pinches_and_selects_on_a_small_sharp_screen(server, place, browser):
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        device_scale_factor=3,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(server.address + place)
    ready(page)
    x, y = middle(page)
    touch = context.new_cdp_session(page)

    def fingers(kind, *points):
        spots = [{"x": px, "y": py, "id": n} for n, (px, py) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    fingers("touchStart", (x - 20, y), (x + 20, y))
    for spread in (25, 30, 35, 40):
        fingers("touchMove", (x - spread, y), (x + spread, y))
    fingers("touchEnd")
    assert 150 < zoomed(page) < 250
    page.get_by_role("button", name="Fit all pages in").click()
    find(page, "bees 5")
    expect(page.locator(".graph-name")).to_have_text("All about bees 5")
    page.get_by_role("button", name="Close this page").click()
    page.locator(".graph-stage").scroll_into_view_if_needed()
    page.touchscreen.tap(*middle(page))
    expect(page.locator(".graph-name")).to_have_text("All about bees 5")
    context.close()


def test_a_picture_to_print(map_page):
    download = take(map_page, "Picture to print")
    assert download.suggested_filename == "map-example.org.png"
    with Image.open(download.path()) as picture:
        assert max(picture.size) == 4096
        corner = picture.convert("RGB").getpixel((0, 0))
        small = picture.convert("RGB").resize((400, 300))
    assert corner == (255, 254, 251)  # the paper
    assert sum(many for many, color in small.getcolors(120_000) if color != corner) > 500


def test_a_table_in_which_no_text_is_a_formula(map_page):
    rows = list(csv.DictReader(io.StringIO(read(take(map_page, "Table (CSV)")))))
    assert len(rows) == 40
    home = next(row for row in rows if row["url"] == "https://example.org/")
    assert (home["title"], home["visits"], home["pagetype"]) == ("The Home Page", "900", "home")
    assert "'=HYPERLINK(1)" in {row["title"] for row in rows}


def test_a_selection_for_gephi_and_as_a_drawing(map_page):
    find(map_page, "bees 3")
    expect(map_page.locator(".graph-name")).to_have_text("All about bees 3")
    graph = ElementTree.fromstring(read(take(map_page, "For Gephi")))
    labels = {node.get("label") for node in graph.iter(f"{GEXF}node")}
    assert labels == {f"All about bees {n}" for n in (2, 3, 4)} | {"The Home Page"}
    assert len(list(graph.iter(f"{GEXF}edge"))) == 10
    drawing = ElementTree.fromstring(read(take(map_page, "Drawing (SVG)")))
    titles = [title.text for title in drawing.iter("{http://www.w3.org/2000/svg}title")]
    assert sorted(titles) == sorted(labels)


def test_a_drawing_of_hostile_titles_is_still_xml(map_page):
    drawing = ElementTree.fromstring(read(take(map_page, "Drawing (SVG)")))
    assert not list(drawing.iter("{http://www.w3.org/2000/svg}img"))
    whole = ElementTree.fromstring(read(take(map_page, "For Gephi")))
    assert len(list(whole.iter(f"{GEXF}node"))) == 40


def read(download):
    return download.path().read_text("utf-8-sig")
