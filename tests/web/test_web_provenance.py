"""Where a value came from, on the page; the person's own why; the seal of a run."""

import json

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def bridge(server, key):
    place = server.begin("bridge", key)
    for card, value in (("name", "Ada"), ("quest", "Grail"), ("color", "blue")):
        server.post(f"{place}/answer/{card}", value=value)
    server.post(f"{place}/answer/color", value="red", change="yes", why="It suits me")
    return place


def test_it_opens_in_the_card_and_tells_why_it_ran_again(server, page):
    place = bridge(server, "opened")
    page.goto(server.address + place)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#from-verdict").click()
    opened = page.locator("details#from-verdict")
    expect(opened).to_contain_text("It ran again because of this:")
    expect(opened).to_contain_text("color went from blue (event 4) to red (event 8).")
    expect(opened.locator("summary")).to_be_focused()
    assert len([url for url in asked if "/origin/" in url]) == 1
    # It closes and opens again by itself.
    page.keyboard.press("Enter")
    expect(opened.locator("dl")).not_to_be_visible()
    page.keyboard.press("Enter")
    expect(opened.locator("dl")).to_be_visible()
    assert len([url for url in asked if "/origin/" in url]) == 1
    opened.get_by_role("link", name="event 4", exact=True).click()
    expect(page).to_have_url(f"{server.address}{place}?at=4")
    expect(page.locator("#card-color")).to_contain_text("blue")


def test_an_answer_tells_its_question_and_the_answers_before(server, page):
    place = bridge(server, "answer")
    page.goto(server.address + place)
    page.locator("#card-color summary").first.click()
    page.locator("#from-color").click()
    opened = page.locator("details#from-color")
    expect(opened).to_contain_text("● red (chosen)")
    expect(opened).to_contain_text("“It suits me”")
    expect(opened).to_contain_text("It was changed from blue (event 4).")


def test_without_javascript_it_is_a_page(server, browser):
    place = bridge(server, "plain why")
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(server.address + place)
        page.locator("#card-verdict").get_by_role("link", name="Where from?").click()
        expect(page).to_have_url(f"{server.address}{place}/origin/verdict")
        expect(page.locator("h1")).to_have_text("Verdict")
        expect(page.locator("main")).to_contain_text("color was red, from event 8.")
        page.get_by_role("link", name="← plain why").click()
        expect(page).to_have_url(f"{server.address}{place}#card-verdict")


def test_the_past_tells_where_it_came_from_then(server, page):
    place = bridge(server, "past why")
    page.goto(f"{server.address}{place}?at=6")
    page.locator("#from-verdict").click()
    opened = page.locator("details#from-verdict")
    expect(opened).to_contain_text("color was blue, from event 4.")
    expect(opened).not_to_contain_text("ran again")


def test_what_is_not_there_is_not_found(server):
    place = bridge(server, "missing")
    for path in (
        "origin/nobody",
        "origin/verdict?at=99",
        "origin/verdict?at=x",
        "origin/verdict?at=0",
    ):
        answer = server.get(f"{place}/{path}")
        assert answer.status == 404
        assert "Traceback" not in answer.text


def test_a_hostile_journal_is_told_as_text(server, page):
    x = "<img src=x onerror=alert(1)>"
    place = server.begin("hostile", "why")
    server.post(f"{place}/answer/text", value=x)
    server.post(f"{place}/answer/text", value="y", change="yes", why=x)
    page.goto(server.address + place)
    page.locator("#card-text summary").first.click()
    page.locator("#from-text").click()
    expect(page.locator("details#from-text")).to_contain_text(f"“{x}”")
    assert page.locator("details#from-text img").count() == 0


def test_a_page_pays_for_the_link_alone(server):
    place = bridge(server, "light")
    text = server.get(place).text
    assert text.count('id="from-verdict"') == 1
    assert "because of this" not in text and 'class="provenance"' not in text


# -- the person's own why ------------------------------------------------------------------------


def test_finalizing_and_running_again_can_say_why(server, page):
    place = bridge(server, "reasons")
    page.goto(server.address + place)
    card = page.locator("#card-verdict")
    card.locator(".reason summary").click()
    card.get_by_label("Why").fill("to be sure")
    page.keyboard.press("Enter")
    expect(page.locator("#timeline, #run-head").first).to_contain_text("of 13")
    head = page.locator("#run-acts")
    head.locator(".reason summary").first.click()
    head.get_by_label("Why").first.fill("  done for\tthis year ")
    head.get_by_role("button", name="Finalize").click()
    expect(page.locator("#run-head .status")).to_have_text("finalized")
    head.locator(".reason summary").first.click()
    head.get_by_label("Why").first.fill("one more thing")
    head.get_by_role("button", name="Unfinalize").click()
    expect(page.locator("#run-head .status")).to_have_text("finished")
    told = {e["type"]: e.get("why") for e in server.journal(place) if e.get("by") == "person"}
    assert told["reopened"] == "to be sure"
    assert (told["finalized"], told["unfinalized"]) == ("done for this year", "one more thing")


def test_undo_redo_rewind_and_fork_can_say_why(server, page):
    place = bridge(server, "steps")
    page.goto(server.address + place)
    steps = page.locator("#moment")
    for act, reason in (("Undo", "a slip"), ("Redo", "no slip")):
        steps.locator(".reason summary").click()
        steps.get_by_label("Why").fill(reason)
        steps.get_by_role("button", name=act).click()
        expect(page.locator("#moment .told")).to_contain_text(reason)
    page.goto(f"{server.address}{place}/fork")
    page.get_by_label("Name of the new run").fill("steps on")
    page.get_by_label("Why").fill("to try it")
    page.get_by_role("button", name="Fork", exact=True).click()
    expect(page.locator("h1")).to_have_text("steps on")
    assert [e["why"] for e in server.events(place, "rewound")] == ["a slip", "no slip"]
    [created] = server.events("/runs/bridge/" + page.url.rpartition("/")[2], "created")
    assert created["why"] == "to try it"


def test_undo_with_a_reason_needs_no_javascript(server, browser):
    place = bridge(server, "plain steps")
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(server.address + place)
        steps = page.locator("#moment")
        steps.locator(".reason summary").click()
        steps.get_by_label("Why").fill("a slip")
        steps.get_by_role("button", name="Undo").click()
        expect(steps).to_contain_text("a slip")
        steps.get_by_role("button", name="Redo").click()
        expect(steps.get_by_role("button", name="Redo")).to_have_count(0)
    assert [e.get("why") for e in server.events(place, "rewound")] == ["a slip", None]


def test_no_reason_leaves_no_field(server):
    place = bridge(server, "no reason")
    server.post(f"{place}/finalize", why="   ")
    [event] = server.events(place, "finalized")
    assert "why" not in event


def test_starting_over_and_stopping_can_say_why(server, until):
    place = server.begin("puppet", "why")
    server.post(f"{place}/answer/string", value="why")
    until(lambda: server.events(place, "started"))
    server.post(f"{place}/cancel/dance", why="too slow")
    [event] = server.events(place, "cancelled")
    assert (event["by"], event["why"]) == ("person", "too slow")
    server.post(f"{place}/restart", why="a fresh start")
    [created] = server.events(place, "created")
    assert created["why"] == "a fresh start"


# -- the seal ------------------------------------------------------------------------------------


def test_the_seal_tells_the_last_event_and_its_sum(server, page):
    place = bridge(server, "seal")
    page.goto(server.address + place)
    last = server.journal(place)[-1]
    seal = page.locator("#run-head .seal")
    expect(seal).to_contain_text(f"verified up to event {last['n']}")
    expect(seal.locator("code")).to_have_text(last["sum"])
    server.post(f"{place}/answer/name", value="Bob", change="yes")
    expect(seal.locator("code")).not_to_have_text(last["sum"])
    page.goto(f"{server.address}{place}?at=3")
    expect(seal.locator("code")).to_have_text(server.journal(place)[2]["sum"])
    seal.get_by_role("link").click()
    expect(page.locator("h1")).to_have_text("Graph, why and seal")


def test_the_seal_of_a_damaged_run_says_where_it_breaks(server, page):
    place = bridge(server, "broken seal")
    path = server.journal_path(place)
    lines = path.read_bytes().split(b"\n")
    lines[4] = lines[4].replace(b'"type"', b'"Type"')
    # Another file in its place, as an editor leaves it: the server reads that from the beginning.
    path.with_suffix(".new").write_bytes(b"\n".join(lines))
    path.with_suffix(".new").replace(path)
    good = json.loads(lines[3])
    page.goto(server.address + place)
    seal = page.locator("#run-head .seal")
    expect(seal).to_have_attribute("data-holds", "no")
    expect(seal).to_contain_text("verified up to event 4, breaks at line 5")
    expect(seal.locator("code")).to_have_text(good["sum"])
