"""A map of 20,000 pages and 100,000 links: it answers, and moving it draws nothing anew."""

import csv

import pytest
from mapped import find, map_of, middle, ready, write_large
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

COUNT = """
window.drawn = 0;
const draw = WebGL2RenderingContext.prototype.drawArrays;
WebGL2RenderingContext.prototype.drawArrays = function (...told) {
  window.drawn++;
  return draw.apply(this, told);
};
"""


@pytest.fixture(scope="module")
def place(server):
    write_large(server.workspace / "large", 20_000, 100_000)
    return map_of(server, "large")


def test_a_map_of_a_hundred_thousand_links(server, place, window):
    window.context.add_init_script(COUNT)
    page = window.tab()
    page.emulate_media(reduced_motion="reduce")
    page.goto(server.address + place)
    page.set_default_timeout(60_000)
    ready(page)
    expect(page.get_by_role("application")).to_have_accessible_name(
        "Map of 20,000 pages and 100,000 links. Arrow keys move, plus and minus zoom, 0 shows all, "
        "slash searches, Enter selects the page nearest the middle, Escape lets go. The table below "
        "has the same pages."
    )
    x, y = middle(page)
    page.mouse.move(x, y + 40)
    page.mouse.down()
    before = page.evaluate("drawn")
    page.mouse.move(x + 60, y + 80, steps=3)  # all of it before the view rests
    moved = page.locator(".graph-picture").evaluate("picture => picture.style.transform")
    assert "translate" in moved or page.evaluate("drawn") > before
    page.mouse.up()

    page.get_by_role("searchbox", name="Find a page").fill("forum harbour")
    found = page.get_by_role("list", name="Pages found").get_by_role("button")
    expect(found.first).to_contain_text("arbour")
    expect(found.last).to_contain_text("Light up")
    page.get_by_role("searchbox", name="Find a page").fill("harbour")
    expect(found.first).to_contain_text("arbour")
    page.get_by_role("button", name="Light up").click()
    with (server.workspace / "large" / "meta.csv").open(encoding="utf-8", newline="") as file:
        told = [
            row for row in csv.DictReader(file) if "harbour" in (row["id"] + row["title"]).lower()
        ]
    assert len(told) > 1_000
    expect(page.locator(".graph-side")).to_contain_text(f"{len(told):,} pages found")
    find(page, "everything there is")
    expect(page.locator(".graph-name")).to_have_text("Example: everything there is")

    page.get_by_role("button", name="Filter", exact=True).click()
    page.locator(".graph-filters summary", has_text="Depth").click()
    page.get_by_role("checkbox", name="1", exact=False).first.check()
    expect(page.locator(".graph-passing")).to_contain_text("of 20,000 pages")
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".graph-passing")).to_have_text("20,000 of 20,000 pages")
