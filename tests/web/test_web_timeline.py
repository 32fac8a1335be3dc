"""The timeline in the page: the past, rewind, undo and redo, forks, replay."""

import json
import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def place(server, request):
    """A finished bridge with one change of mind."""
    where = server.begin("bridge", request.node.name.replace("_", "-")[5:60])
    for card, value in (("name", "Ada"), ("quest", "Grail"), ("color", "blue")):
        server.post(f"{where}/answer/{card}", value=value)
    server.post(f"{where}/answer/color", value="red", change="yes", why="on second thought")
    return where


def journal(server, where):
    path = server.workspace / where.strip("/") / "journal.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def told(page):
    return page.locator("#moment .what")


def test_a_moment_of_the_past_has_an_address_and_nothing_to_press(server, page, place):
    page.goto(f"{server.address}{place}?at=4")
    expect(page.locator("#card-color")).to_contain_text("blue")
    expect(page.locator("#card-verdict")).to_have_attribute("data-state", "pending")
    expect(told(page)).to_have_text("Color answered: blue")
    assert page.locator("#cards form").count() == 0
    expect(page.locator("#run-head .status")).to_have_text("as it was")
    assert server.get(f"{place}?at=99").status == 404
    assert server.get(f"{place}?at=x").status == 404


def test_the_slider_goes_through_the_past_by_the_keyboard(server, page, place):
    page.goto(server.address + place)
    last = len(journal(server, place))
    expect(page.locator("#moment .count")).to_have_text(f"{last} of {last}")
    page.focus("#moment-slider")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#moment .count")).to_have_text(f"{last - 1} of {last}")
    page.keyboard.press("Home")
    expect(told(page)).to_have_text("The run began")
    expect(page.locator("#card-name")).to_have_attribute("data-state", "asking")
    expect(page).to_have_url(re.compile(r"\?at=1$"))
    page.keyboard.press("End")
    expect(page.locator("#card-verdict")).to_contain_text("Red? Ada is cast")
    page.get_by_role("button", name="Back to now").click()
    expect(page.get_by_role("button", name="Run again")).to_be_visible()
    assert len(journal(server, place)) == last


def test_rewind_goes_on_from_there_and_loses_nothing(server, page, place):
    before = journal(server, place)
    page.goto(f"{server.address}{place}?at=3")
    page.get_by_text("Rewind to here").click()
    page.get_by_label("Why").fill("start from the quest")
    page.get_by_role("button", name="Rewind to event 3").click()
    expect(page.locator("#card-color input[type=radio]").first).to_be_focused()
    after = journal(server, place)
    assert after[: len(before)] == before
    assert (after[-1]["type"], after[-1]["to"], after[-1]["why"]) == (
        "rewound",
        3,
        "start from the quest",
    )
    page.get_by_role("button", name="Redo").click()
    expect(page.locator("#card-verdict")).to_contain_text("Red? Ada is cast")


def test_undo_and_redo_on_the_page(server, page, place):
    page.goto(server.address + place)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#card-verdict")).to_contain_text("Right, Ada")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#card-color")).to_have_attribute("data-state", "asking")
    page.get_by_role("button", name="Redo").click()
    expect(page.locator("#card-verdict")).to_contain_text("Right, Ada")
    page.get_by_role("button", name="Redo").click()
    expect(page.locator("#card-verdict")).to_contain_text("Red? Ada")
    expect(page.get_by_role("button", name="Redo")).to_have_count(0)


def test_a_finalized_run_is_not_rewound(server, place):
    server.post(f"{place}/finalize")
    before = journal(server, place)
    for act in ("undo", "redo", "rewind"):
        assert server.post(f"{place}/{act}", to="2").status == 409
    assert journal(server, place) == before
    assert "Rewind to here" not in server.get(f"{place}?at=2").text


def test_a_fork_says_beforehand_what_it_would_do_and_the_other_run_stays(server, page, place):
    before = journal(server, place)
    page.goto(f"{server.address}{place}?at=6")
    page.get_by_role("button", name="Fork from here").click()
    expect(page.locator("#fork-plan")).to_have_text(
        "Everything until then is kept, and nothing runs again."
    )
    page.get_by_role("checkbox", name="What is your favourite colour?").check()
    page.locator(".fork-answers").get_by_label("green").check()
    # On a busy machine the verdict takes so long that its time is told.
    expect(page.locator("#fork-plan")).to_have_text(
        re.compile(r"^2 cards kept · 1 will run: verdict( \(last time: .+ s\))?$")
    )
    page.get_by_label("Why").fill("try green")
    page.get_by_role("button", name="Fork", exact=True).click()
    expect(page.locator("#card-verdict")).to_contain_text("Green? Ada is cast")
    expect(page.locator("#family summary")).to_have_text(
        re.compile("^forked from a-fork-says.* at event 6$")
    )
    assert journal(server, place) == before
    page.goto(server.address + place)
    expect(page.locator("#family summary")).to_have_text("1 fork")


def test_a_fork_that_is_refused_keeps_what_was_typed(server, page, place):
    page.goto(f"{server.address}{place}/fork")
    taken = place.rpartition("/")[2]
    page.get_by_label("Name of the new run").fill(taken)
    page.get_by_role("checkbox", name="What is your name?").check()
    page.locator("[name='name.value']").fill("")
    page.get_by_role("button", name="Fork", exact=True).click()
    expect(page.locator(".fork-card .error")).to_have_text("Please write something here.")
    page.locator("[name='name.value']").fill("Eve")
    page.get_by_role("button", name="Fork", exact=True).click()
    expect(page.locator("form.fork > .error")).to_contain_text(f"There is a run bridge/{taken}")
    expect(page.locator("[name='name.value']")).to_have_value("Eve")


def test_a_new_run_with_the_answers_of_an_old_one(server, page, place):
    page.goto(f"{server.address}{place}/fork?at=0")
    page.get_by_label("Name of the new run").fill("anew")
    page.get_by_role("button", name="Fork", exact=True).click()
    expect(page.locator("#card-verdict")).to_contain_text("Red? Ada is cast")
    kinds = [(e["type"], e.get("by")) for e in journal(server, "/runs/bridge/anew")]
    assert kinds[:4] == [("created", "person"), *[("answered", "fork")] * 3]


def test_a_replay_ends_at_the_last_event_and_writes_nothing(server, page, place):
    before = journal(server, place)
    page.goto(f"{server.address}{place}/replay?speed=100")
    expect(page.locator("#moment .count")).to_have_text(f"{len(before)} of {len(before)}")
    expect(page.locator("#card-verdict")).to_contain_text("Red? Ada is cast")
    expect(page.locator("#moment-slider")).to_have_js_property("value", str(len(before)))
    assert journal(server, place) == before


def test_the_past_follows_no_stream_and_hostile_events_are_told_as_text(server, page, place):
    where = server.begin("bridge", "hostile past")
    server.post(f"{where}/answer/name", value="<script>window.bad=1</script>")
    page.goto(f"{server.address}{where}?at=2")
    expect(told(page)).to_contain_text("<script>")
    assert page.evaluate("window.bad") is None
    assert not page.locator("#live[data-stream]").count()
