"""What runs tell together, on the page; and suggested answers, from the toggle to the journal."""

import pytest
from playwright.sync_api import expect

XSS = "<img src=x onerror=alert(1)>"


def finish(server, key, color="blue", quest="Grail"):
    place = server.begin("bridge", key)
    for card, value in (("name", key), ("quest", quest), ("color", color)):
        assert server.post(f"{place}/answer/{card}", value=value).status == 303
    return place


def test_a_workflow_without_runs_says_so(own_server):
    page = own_server.get("/workflows/bridge/insights")
    assert page.status == 200
    assert "this workflow has no runs" in page.text
    assert own_server.get("/workflows/nothing/insights").status == 404
    assert own_server.get("/workflows/wrong_name/insights").status == 422


def test_bars_tables_and_where_runs_stop(own_server):
    for key, color in (("a", "blue"), ("b", "blue"), ("c", "red")):
        finish(own_server, key, color)
    own_server.begin("bridge", "open")
    text = own_server.get("/workflows/bridge/insights").text
    for part in ("times", "trouble", "again", "stops", "answers", "suggestions"):
        assert f'id="{part}"' in text
    assert "No card has failed" in text
    assert "<svg" in text
    assert "67%" in text
    assert "What is your name?" in text.partition('id="stops"')[2]
    assert 'href="/workflows/bridge/insights"' in own_server.get("/").text
    assert 'href="/workflows/bridge/insights"' in own_server.get("/runs?workflow=bridge").text


def test_only_what_moved_is_read_again_and_it_is_seen(own_server):
    place = finish(own_server, "a")
    assert "100%" in own_server.get("/workflows/bridge/insights").text
    own_server.post(f"{place}/answer/color", value="red", change="yes")
    text = own_server.get("/workflows/bridge/insights").text
    assert "Verdict, for color" in text
    own_server.post(f"{place}/delete")
    assert "this workflow has no runs" in own_server.get("/workflows/bridge/insights").text


def test_answers_from_a_hostile_hand_are_text(own_server):
    finish(own_server, "a", quest=XSS)
    assert XSS not in own_server.get("/workflows/bridge/insights").text
    own_server.begin("hostile", "x")
    assert "<script>alert(" not in own_server.get("/workflows/hostile/insights").text


def test_the_toggle_is_guarded_and_kept_in_a_plain_file(own_server):
    address = "/workflows/bridge/suggest"
    refused = own_server.request("POST", address, form={"wanted": "yes"}, trusted=False)
    assert refused.status == 403
    setting = own_server.workspace / "suggestions.json"
    assert not setting.exists()
    assert own_server.post(address, wanted="yes").status == 303
    assert '"bridge"' in setting.read_text()
    assert own_server.get(address).status == 405
    own_server.post(address, wanted="no")
    assert '"bridge"' not in setting.read_text()


@pytest.mark.browser
def test_a_suggested_answer_is_prefilled_said_and_still_the_persons(own_server, page):
    for key, color in (("a", "blue"), ("b", "blue"), ("c", "red")):
        finish(own_server, key, color)
    place = own_server.begin("bridge", "d")
    page.goto(own_server.address + place)
    expect(page.locator("#card-name .usual")).to_have_count(0)
    page.goto(f"{own_server.address}/workflows/bridge/insights")
    page.get_by_role("button", name="Suggest answers from earlier runs").click()
    expect(page.get_by_role("button", name="Stop suggesting answers")).to_be_visible()
    page.goto(own_server.address + place)
    # Three runs, three names: no habit, nothing is said.
    expect(page.locator("#card-name .usual")).to_have_count(0)
    page.locator("#card-name input[name=value]").fill("Dee")
    page.keyboard.press("Enter")
    expect(page.locator("#card-quest input[name=value]")).to_have_value("Grail")
    expect(page.locator("#card-quest .usual")).to_contain_text("most often: Grail, 3 of 3 runs")
    page.locator("#card-quest").get_by_role("button", name="Continue").click()
    expect(page.locator("#card-color .usual")).to_contain_text("most often: blue, 2 of 3 runs")
    expect(page.locator("#card-color input[value=blue]")).to_be_checked()
    page.locator("#card-color input[value=red]").check()
    page.locator("#card-color").get_by_role("button", name="Continue").click()
    expect(page.locator("#card-verdict")).to_have_attribute("data-state", "done")
    answered = {e["card"]: (e["value"], e["by"]) for e in own_server.events(place, "answered")}
    assert answered["quest"] == ("Grail", "person")
    assert answered["color"] == ("red", "person")


def test_a_suggestion_that_is_not_offered_any_more_is_not_made(own_server):
    flow = own_server.workspace / "colours.py"
    source = (
        "from cardloom import Choice, Workflow\ncolours = Workflow('Colours')\n"
        "colours.ask(pick=Choice('Pick', {}))\n"
    )
    flow.write_text(source.format('["red", "blue"]'))
    for key in ("a", "b"):
        own_server.post(f"{own_server.begin('colours', key)}/answer/pick", value="blue")
    own_server.post("/workflows/colours/suggest", wanted="yes")
    assert "most often: blue" in own_server.get(own_server.begin("colours", "c")).text
    flow.write_text(source.format('["red", "green"]'))
    shown = own_server.get(own_server.begin("colours", "c"))
    assert shown.status == 200
    assert "most often" not in shown.text
