"""The map of a small site on the real page: what a person can see of it and do there."""

from pathlib import Path

import pytest
from mapped import MARKUP, XSS, find, map_of, middle, ready, spot, write_site, zoomed
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text(encoding="utf-8")
# In the dark only colours differ.
RULES = {"light": {}, "dark": {"runOnly": {"type": "rule", "values": ["color-contrast"]}}}
NO_WEBGL = """
const real = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind === "webgl2" ? null : real.call(this, kind, ...rest);
};
"""
COUNT = """
window.drawn = { frames: 0, gl: 0 };
const frame = window.requestAnimationFrame, draw = WebGL2RenderingContext.prototype.drawArrays;
window.requestAnimationFrame = (act) => { window.drawn.frames++; return frame.call(window, act); };
WebGL2RenderingContext.prototype.drawArrays = function (...told) {
  window.drawn.gl++;
  return draw.apply(this, told);
};
"""


@pytest.fixture(scope="module")
def place(server):
    write_site(server.workspace / "small")
    return map_of(server, "small")


@pytest.fixture
def visit(server, place, window):
    """Opens the map's own window, at a moment if one is given."""

    def go(moment="", **options):
        page = window.tab()
        page.emulate_media(reduced_motion="reduce", **options)
        page.goto(f"{server.address}{place}{moment}")
        return ready(page)

    return go


def panel(page):
    return page.get_by_role("region", name="Selected page")


def test_hover_tells_and_panning_takes_the_page_along(visit):
    page = visit()
    x, y = spot(page, "The Home Page")
    tip = page.locator(".graph-tip")
    expect(tip).to_contain_text("https://example.org/")
    expect(tip).to_contain_text("status 200 · 36 links in · 36 links out · depth 0")
    page.mouse.move(x + 20, y + 200)
    page.mouse.down()
    page.mouse.move(x + 80, y + 140, steps=4)
    page.mouse.up()
    page.mouse.move(x + 60, y - 60)
    expect(tip).to_contain_text("The Home Page")
    page.get_by_role("button", name="Fit all pages in").click()
    page.mouse.move(x, y)
    expect(tip).to_contain_text("The Home Page")


def test_zoom_by_wheel_buttons_and_keys(visit):
    page = visit()
    assert zoomed(page) == 100
    x, y = spot(page, "The Home Page")
    page.mouse.wheel(0, -200)
    expect(page.locator(".graph-zoom")).not_to_have_text("100 %")
    page.mouse.move(x + 1, y)
    expect(page.locator(".graph-tip")).to_contain_text("The Home Page")  # zoomed about the pointer
    page.get_by_role("button", name="Fit all pages in").click()
    page.get_by_role("button", name="Zoom in").click()
    assert zoomed(page) == 150
    page.get_by_role("button", name="Zoom out").click()
    assert zoomed(page) == 100
    page.get_by_role("application").focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert zoomed(page) == 225
    page.keyboard.press("-")
    assert zoomed(page) == 150
    page.keyboard.press("0")
    assert zoomed(page) == 100


def test_a_click_selects_the_lists_can_be_walked_and_back_leads_back(visit):
    page = visit()
    expect(panel(page)).to_contain_text("Highest PageRank")
    page.mouse.click(*spot(page, "The Home Page"))
    name = panel(page).locator(".graph-name")
    expect(name).to_have_text("The Home Page")
    link = panel(page).get_by_role("link", name="https://example.org/", exact=True)
    expect(link).to_have_attribute("href", "https://example.org/")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(panel(page).locator("dl")).to_contain_text("Visits900")
    panel(page).get_by_role("list", name="Links to").get_by_text("All about bees 3").click()
    expect(name).to_have_text("All about bees 3")
    inlinks = panel(page).get_by_role("list", name="Linked from")
    expect(inlinks.get_by_role("listitem")).to_have_count(3)
    inlinks.get_by_text("The Home Page").click()
    expect(name).to_have_text("The Home Page")
    page.go_back()
    expect(name).to_have_text("All about bees 3")
    page.go_forward()
    expect(name).to_have_text("The Home Page")
    panel(page).get_by_role("button", name="Close this page").click()
    expect(panel(page)).to_contain_text("Highest PageRank")


def test_keys_pan_select_and_let_go(visit):
    page = visit()
    page.get_by_role("application").focus()
    page.keyboard.press("Enter")
    name = panel(page).locator(".graph-name")
    first = name.inner_text()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(name).not_to_have_text(first)
    page.keyboard.press("Escape")
    expect(panel(page)).to_contain_text("Highest PageRank")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Find a page")).to_be_focused()


def test_search_jumps_and_lights_up(visit):
    page = visit()
    search, hits = (
        page.get_by_role("searchbox", name="Find a page"),
        page.get_by_role("list", name="Pages found"),
    )
    search.fill("CATS about 11")
    expect(hits.get_by_role("listitem")).to_have_count(1)
    search.press("Enter")
    expect(panel(page).locator(".graph-name")).to_have_text("All about cats 11")
    assert zoomed(page) == 250
    page.mouse.move(*middle(page))
    expect(page.locator(".graph-tip")).to_contain_text("https://example.org/cats/11")
    search.fill("no such page")
    expect(hits).to_be_hidden()
    search.fill("about bees")
    page.get_by_role("button", name="Light up 12 pages").click()
    expect(panel(page)).to_contain_text("“about bees”")


def test_strangers_texts_are_text(visit):
    page = visit()
    find(page, "onerror")
    expect(panel(page).locator(".graph-name")).to_contain_text(XSS)
    find(page, "HYPERLINK")
    expect(panel(page).get_by_role("link")).to_have_text(f"https://example.org/{MARKUP}")
    page.mouse.move(*middle(page))
    expect(page.locator(".graph-tip")).to_contain_text(MARKUP)
    page.get_by_text("of highest PageRank as a table").click()
    expect(page.get_by_role("row", name="onerror").first).to_be_visible()
    expect(page.get_by_role("list", name="Legend")).to_contain_text(XSS)
    assert page.locator("figure :is(img, svg, script)").count() == 0
    assert page.title().startswith("Map of small")


def test_the_legend_filters_the_filters_count_and_the_address_knows(visit):
    page = visit()
    legend = page.get_by_role("list", name="Legend")
    legend.get_by_role("button", name="bees").click()
    page.get_by_role("button", name="Filter", exact=True).click()
    said = page.locator(".graph-passing")
    expect(said).to_have_text("12 of 40 pages")
    page.get_by_text("Page type", exact=True).last.click()
    page.get_by_role("checkbox", name="ants").check()
    expect(said).to_have_text("24 of 40 pages")
    expect(legend.get_by_role("button", name="ants")).to_have_attribute("aria-pressed", "true")
    page.locator(".graph-filters summary", has_text="Visits").click()
    page.get_by_role("spinbutton", name="Visits from").fill("60")
    page.keyboard.press("Tab")
    expect(said).to_have_text("12 of 40 pages")
    expect(page.locator(".graph-filters label", has_text="bees")).to_have_text("bees6")
    page.get_by_label("Words in address or title").fill("7")
    page.keyboard.press("Tab")
    expect(said).to_have_text("2 of 40 pages")
    page.reload()
    ready(page)
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(said).to_have_text("2 of 40 pages")
    expect(legend.get_by_role("button", name="bees")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Show all").click()
    expect(said).to_have_text("40 of 40 pages")
    assert "only" not in page.url


def test_colour_and_legend_follow_the_choice(visit):
    page = visit()
    legend = page.get_by_role("list", name="Legend")
    expect(legend).to_contain_text("ants")
    page.get_by_label("Colour by").select_option("status")
    expect(legend.get_by_role("listitem")).to_have_text(
        ["2xx fine38", "3xx redirect1", "4xx not found or refused1"]
    )
    page.get_by_label("Colour by").select_option("visits")
    expect(legend.locator(".graph-ticks span").last).to_have_text("900")
    expect(legend).to_contain_text("none1")
    page.get_by_label("Size by").select_option("visits")
    assert "color=visits&size=visits" in page.url


def test_a_finding_is_shown_on_the_map_and_can_be_linked(visit):
    page = visit()
    page.get_by_role("list", name="Findings").get_by_text("Broken targets").click()
    expect(panel(page).locator(".graph-name")).to_have_text("Broken targets")
    expect(panel(page).get_by_role("list")).to_have_text("Not found")
    assert "finding=broken" in page.url
    page.reload()
    ready(page)
    expect(panel(page).locator(".graph-name")).to_have_text("Broken targets")


def test_a_path_between_two_pages(visit):
    page = visit()
    find(page, "bees 3")
    page.get_by_role("button", name="Path from here").click()
    find(page, "onerror")
    expect(panel(page).locator(".graph-name")).not_to_have_text("All about bees 3")
    page.get_by_role("button", name="Path from All about bees 3").click()
    expect(panel(page).locator(".graph-name")).to_have_text("3 clicks")
    path = panel(page).get_by_role("list", name="Path").get_by_role("listitem")
    expect(path.nth(1)).to_have_text("The Home Page")
    expect(path.nth(2)).to_have_text("All about cats 1")
    assert "way=" in page.url


def test_a_lasso_takes_what_is_inside(visit):
    page = visit()
    box = page.locator(".graph-stage").bounding_box()
    left, top, right, low = (
        box["x"] + 4,
        box["y"] + 4,
        box["x"] + box["width"] - 4,
        box["y"] + box["height"] - 4,
    )
    page.get_by_role("button", name="Lasso").click()
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, low), (left, low)):
        page.mouse.move(x, y, steps=4)
    page.mouse.up()
    expect(panel(page)).to_contain_text("Inside the lasso")
    expect(panel(page)).to_contain_text("40 pages")
    expect(page.get_by_role("button", name="Lasso")).to_have_attribute("aria-pressed", "false")


def test_the_table_says_the_same(visit):
    page = visit()
    page.get_by_text("of highest PageRank as a table").click()
    first = page.get_by_role("table").get_by_role("row").nth(1)
    expect(first.get_by_role("rowheader")).to_have_text("The Home Page")
    expect(first.get_by_role("cell").nth(2)).to_have_text("36")
    page.get_by_role("searchbox", name="Find in the table").fill("cats 11")
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(2)


def test_an_address_of_nonsense_is_the_whole_map(visit):
    page = visit("#at=x,1&color=nothing&size=title&only=status&only=~1&ids=999,-1&page=4000&way=1")
    assert zoomed(page) == 100
    expect(panel(page)).to_contain_text("Highest PageRank")
    expect(page.get_by_label("Colour by")).to_have_value("pagetype")


def test_the_picture_follows_light_and_dark_and_idling_draws_nothing(window, visit, until):
    window.context.add_init_script(COUNT)
    page = visit(color_scheme="light")
    swatch = "() => document.querySelector('.graph-legend canvas').toDataURL()"
    before = page.evaluate(swatch)
    page.emulate_media(color_scheme="dark")
    until(lambda: page.evaluate(swatch) != before, "the dark")
    ready(page)
    page.wait_for_timeout(400)  # the labels of the last view
    start = page.evaluate("({ ...drawn })")
    page.wait_for_timeout(500)
    assert page.evaluate("({ ...drawn })") == start


def test_a_drawing_given_up_does_not_undo_the_next_one(visit):
    page = visit()
    complete = page.evaluate(
        """async () => {
        const { maps } = await import(document.querySelector('script[src$="map/map.js"]').src);
        const { picture } = [...maps.values()][0], { painter } = picture, { done } = painter;
        let release;
        painter.done = () => new Promise((go) => { release = go; });
        const earlier = picture.drawAll();
        painter.done = done;
        await picture.drawAll();
        release(1);
        await earlier;
        return picture.complete;
        }"""
    )
    assert complete


def test_without_webgl_a_sentence_and_the_table(window, visit):
    window.context.add_init_script(NO_WEBGL)
    page = visit()
    expect(page.locator(".graph-stage")).to_contain_text("This browser has no WebGL 2.")
    expect(page.get_by_role("table").get_by_role("row").nth(1)).to_contain_text("The Home Page")
    find(page, "bees 3")
    expect(panel(page).locator(".graph-name")).to_have_text("All about bees 3")


def test_graphics_that_were_away_come_back(visit):
    page = visit("#page=0")
    expect(panel(page).locator(".graph-name")).to_have_text("The Home Page")
    page.evaluate(
        """async () => {
        const { maps } = await import(document.querySelector('script[src$="map/map.js"]').src);
        const { gl } = [...maps.values()][0].picture.painter;
        window.graphics = gl.getExtension("WEBGL_lose_context");
        window.graphics.loseContext();
        }"""
    )
    expect(page.locator(".graph-lost")).to_be_visible()
    page.evaluate("window.graphics.restoreContext()")
    expect(page.locator(".graph-lost")).to_have_count(0)
    expect(panel(page).locator(".graph-name")).to_have_text("The Home Page")
    spot(ready(page), "The Home Page")


def test_no_barriers_that_axe_knows_of(visit, window):
    window.context.add_init_script(AXE)
    page = visit("#page=0")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.locator(".graph-filters summary").first.click()
    page.get_by_text("of highest PageRank as a table").click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("rules => axe.run(document, rules)", RULES[scheme])["violations"]
        assert [f"{fault['id']}: {fault['nodes'][0]['html'][:200]}" for fault in found] == []
    for width in (390, 820, 1400):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
