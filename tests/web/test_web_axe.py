"""Accessibility: axe-core finds nothing serious on any page, in any state, light or dark."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text(encoding="utf-8")
WIDTHS = (390, 820, 1400)
# In the dark only colours differ.
RULES = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}},
}


@pytest.fixture
def page(window):
    """A page whose answers carry axe with them, as the policy lets no script in from outside."""
    window.context.add_init_script(AXE)
    return window.tab()


def check(page):
    """No serious or critical violation, light and dark, and nothing wider than the screen."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = page.evaluate("rules => axe.run(document, rules)", RULES[scheme])
        told = [
            f"{scheme}: {fault['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
            for fault in found["violations"]
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"][:1]
        ]
        assert not told, "\n".join(told)
    before = page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{wide} pixels wider than a screen of {width}"
    page.set_viewport_size(before)


def test_the_first_page_empty_and_with_runs(bare_server, server, page):
    page.goto(bare_server.address)
    check(page)
    server.begin("bridge", "axe")
    server.begin("bridge", "a very long key " * 20)
    page.goto(server.address)
    check(page)


def test_all_runs_their_labels_the_trash_and_insights(own_server, page):
    for key in ("axe", "axe two", "a very long key " * 20):
        place = own_server.begin("bridge", key)
        for card in ("name", "quest"):
            own_server.post(f"{place}/answer/{card}", value="x" * 60)
    place = own_server.begin("chain", "bad")
    for card, value in (("left", "a"), ("right", "bad")):
        own_server.post(f"{place}/answer/{card}", value=value)
    own_server.post(f"{place}/labels", title="t " * 90, tags="a tag that is rather long, b")
    own_server.post(f"{own_server.begin('bridge', 'gone')}/delete")
    page.goto(f"{own_server.address}/runs")
    check(page)
    page.get_by_role("link", name="Edit").first.click()
    expect(page.locator(".panel")).to_be_visible()
    check(page)
    listed = ("/trash", "/workflows/chain/insights", "/runs?search=none", "/apps")
    for path in (f"{place}/labels", *listed):
        page.goto(own_server.address + path)
        check(page)
    own_server.post("/trash/empty")
    for path in ("/trash", "/workflows/kinds/insights", place):
        page.goto(own_server.address + path)
        check(page)


def test_every_kind_of_question(server, page):
    place = server.begin("kinds", "axe")
    given = {"words": "two words", "lines": "x", "count": "1", "one": "c", "long": "1", "some": "2"}
    for card, value in {**given, "sure": "yes"}.items():
        page.goto(server.address + place)
        check(page)
        server.post(f"{place}/answer/{card}", value=value)
    page.goto(server.address + place)
    check(page)


def test_a_refused_answer_and_a_change(server, page):
    place = server.begin("kinds", "axe refused")
    page.goto(server.address + place)
    page.locator("#card-words input[name=value]").fill("one")
    page.keyboard.press("Enter")
    expect(page.locator("#card-words .error")).to_be_visible()
    check(page)
    server.post(f"{place}/answer/words", value="two words")
    page.goto(f"{server.address}{place}?change=words")
    expect(page.locator("#card-words .plan")).to_be_visible()
    check(page)


def test_a_form_and_a_refused_form(server, page):
    from cardloom.workflows.web_angiogram import angiogram

    place = server.begin(angiogram.name, "axe")
    server.post(f"{place}/answer/site", value="http://127.0.0.1:9/")
    page.goto(server.address + place)
    expect(page.locator("#card-limits input[name=pages]")).to_be_focused()
    check(page)
    page.locator("#card-limits input[name=depth]").fill("deep")
    page.keyboard.press("Enter")
    expect(page.locator("#card-limits .error")).to_be_visible()
    expect(page.locator("#card-limits input[name=depth]")).to_be_focused()
    check(page)


def test_a_card_at_work_failed_cancelled_and_done(server, page):
    place = server.begin("puppet", "axe")
    server.post(f"{place}/answer/string", value="axe")
    page.goto(server.address + place)
    server.pull("axe", "progress 3/10", *(f"write line {n}" for n in range(60)), "note a remark")
    expect(page.locator("#output-dance")).to_contain_text("line 59")
    check(page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#card-dance")).to_have_attribute("data-state", "cancelled")
    check(page)
    server.pull("axe", "fail It broke")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("#card-dance")).to_have_attribute("data-state", "failed")
    page.locator("summary", has_text="What Python said").click()
    check(page)
    (server.workspace / "strings" / "axe").write_text("end well\n")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("#card-bow")).to_have_attribute("data-state", "done")
    page.locator("summary", has_text="Start over").click()
    check(page)
    page.get_by_role("button", name="Finalize").click()
    expect(page.locator("#run-head .status")).to_have_text("finalized")
    check(page)


def test_tables_figures_and_the_map_of_the_demo(server, page):
    place = server.post("/demo").header("location")
    page.goto(server.address + place)
    expect(page.locator("#card-graph[data-state=done] canvas").first).to_be_visible(timeout=60_000)
    page.evaluate("for (const d of document.querySelectorAll('.card > details')) d.open = true")
    check(page)
    page.get_by_role("button", name="Share for Cosmograph").click()
    expect(page.get_by_role("button", name="Stop sharing")).to_be_visible()
    check(page)


def test_a_graph_where_a_value_came_from_and_a_reason(server, page):
    place = server.begin("chain", "axe graph")
    server.post(f"{place}/answer/left", value="x")
    server.post(f"{place}/answer/right", value="bad")
    server.post(f"{place}/answer/left", value="y", change="yes", why="I changed my mind")
    page.goto(f"{server.address}{place}/graph")
    expect(page.locator("#diagram")).to_have_attribute("data-drawn", "yes")
    page.locator("summary", has_text="As Mermaid text").click()
    check(page)
    page.goto(server.address + place)
    page.locator("#card-left summary").first.click()
    page.locator("#from-left").click()
    expect(page.locator("details#from-left")).to_contain_text("I changed my mind")
    page.locator("#from-of_left").click()
    expect(page.locator("details#from-of_left")).to_contain_text("It ran again")
    for summary in page.locator(".reason summary").all():
        if summary.is_visible():
            summary.click()
    check(page)
    page.goto(f"{server.address}{place}/origin/of_left")
    check(page)


def test_a_refusal_at_the_foot_of_the_page(server, page):
    place = server.begin("puppet", "axe toast")
    server.post(f"{place}/answer/string", value="axe-toast")
    page.goto(server.address + place)
    page.get_by_role("button", name="Finalize").click()
    expect(page.locator("#toast")).to_contain_text("A card is running.")
    check(page)
    server.pull("axe-toast", "end")


def test_the_help_and_the_page_of_an_error(server, page):
    page.goto(f"{server.address}/help")
    check(page)
    for link in {a.get_attribute("href") for a in page.locator("main a[href^='/help/']").all()}:
        page.goto(server.address + link)
        check(page)
    page.goto(f"{server.address}/nowhere")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not found")
    check(page)
