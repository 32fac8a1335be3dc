"""The first page: begin, go on, switch, and what a broken file looks like there."""

import re

import pytest
from playwright.sync_api import expect


@pytest.mark.browser
def test_a_newcomer_sees_the_demo_and_gets_a_link_graph(bare_server, page):
    page.goto(bare_server.address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Fill in a card. Get the next.")
    expect(page.locator("#recent")).to_have_count(0)
    page.get_by_role("button", name="See a web site become a link graph").click()
    expect(page).to_have_url(re.compile("/runs/web_angiogram/"))
    expect(page.locator("#card-graph[data-state=done]")).to_be_visible(timeout=60_000)
    expect(page.locator("#run-head .status")).to_have_attribute("data-status", "done")
    expect(page.locator("#card-summary")).to_contain_text("Top pages by PageRank")
    expect(page.locator("#card-graph canvas").first).to_be_visible()
    page.goto(bare_server.address)
    expect(page.get_by_role("button", name="See a web site")).to_have_count(0)
    expect(page.locator("#recent li")).to_have_count(1)


@pytest.mark.browser
def test_a_key_begins_a_run_and_typed_again_goes_on_with_it(server, page):
    page.goto(server.address)
    begin = page.locator("#bridge")
    begin.get_by_label("Name of the run").fill("Sir Robin")
    begin.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sir Robin")
    first = page.url
    page.get_by_role("textbox", name="What is your name?").fill("Robin")
    page.keyboard.press("Enter")
    expect(page.locator("#card-name")).to_have_attribute("data-state", "done")

    page.goto(server.address)
    page.locator("#bridge").get_by_label("Name of the run").fill("  Sir Robin ")
    page.keyboard.press("Enter")
    expect(page.locator("#card-quest")).to_have_attribute("data-state", "asking")
    assert page.url.partition("#")[0] == first.partition("#")[0]
    assert len(server.events(page.url[len(server.address) :].partition("#")[0], "created")) == 1


@pytest.mark.browser
def test_recent_runs_are_one_click_away_and_so_is_switching(server, page):
    here, there = server.begin("bridge", "here"), server.begin("chain", "there")
    page.goto(server.address)
    row = page.locator("#recent li", has_text="there")
    expect(row).to_contain_text("Chain")
    expect(row).to_contain_text("waiting for you")
    row.click()
    expect(page).to_have_url(server.address + there)
    page.locator("header summary", has_text="Runs").click()
    page.locator("header .popover").get_by_role("link", name="here", exact=False).first.click()
    expect(page).to_have_url(server.address + here)


def test_an_empty_key_is_refused_beside_its_field(server):
    before = server.journals()
    answer = server.post("/runs", workflow="bridge", key="   ")
    assert answer.status == 422
    assert "Give the run a name" in answer.text
    field = re.search(r'<input[^>]*id="key-bridge"[^>]*>', answer.text)
    assert field
    assert 'aria-invalid="true"' in field[0]
    assert server.journals() == before


@pytest.mark.parametrize(
    "key",
    [
        "../..",
        "/etc/passwd",
        "a/b",
        "nul\0inside",
        "🐇 rabbit",
        "CON",
        "trailing.",
        "Ada",
        "ada",
        "%2e%2e",
        "x" * 4096,
        "<b>bold</b>",
    ],
)
def test_a_hostile_key_is_a_run_of_its_own_inside_runs(server, key):
    place = server.begin("bridge", key)
    assert server.begin("bridge", key) == place
    created = server.events(place, "created")
    assert [event["key"] for event in created] == [key]
    folder = server.journal_path(place).parent.resolve()
    assert folder.parent == (server.workspace / "runs" / "bridge").resolve()
    page = server.get(place)
    assert page.status == 200
    assert "<b>bold</b>" not in page.text


def test_twins_of_one_key_are_two_runs(server):
    places = [server.begin("bridge", key) for key in ("Zoot", "zoot", "ZOOT")]
    assert len({place.lower() for place in places}) == 3


@pytest.mark.browser
def test_a_file_that_does_not_load_is_listed_with_file_line_and_sentence(server, page):
    page.goto(server.address)
    broken = page.locator("#broken li")
    expect(broken).to_have_count(3)
    expect(broken.filter(has_text="wrong_name.py")).to_contain_text(
        "line 7: verdict asks for 'color'"
    )
    expect(broken.filter(has_text="wrong_name.py")).to_contain_text("Did you mean 'colour'?")
    expect(broken.filter(has_text="wrong_syntax.py")).to_contain_text("line 2")
    expect(broken.filter(has_text="wrong_import.py")).to_contain_text("no_such_module_here")
    expect(page.locator("#bridge")).to_be_visible()


def test_a_run_of_a_workflow_that_is_broken_or_gone_is_a_sentence(server):
    for name in ("wrong_name", "no_such_workflow", "../bridge", "bridge\0", ""):
        answer = server.post("/runs", workflow=name, key="x")
        assert 400 <= answer.status < 500, (name, answer.status)
        assert "<h1" in answer.text
        assert "Traceback" not in answer.text


def test_a_run_whose_file_went_away_is_still_shown_from_its_journal(server):
    source = server.workspace / "leaving.py"
    source.write_text(
        "from cardloom import Text, Workflow\nflow = Workflow('Leaving')\n"
        "flow.ask(first=Text('First?'), second=Text('Second?'))\n"
    )
    place = server.begin("leaving", "one")
    assert server.post(f"{place}/answer/first", value="kept words").status == 303
    source.unlink()
    shown = server.get(place)
    assert shown.status == 200
    assert "kept words" in shown.text
    assert "leaving.py is missing or does not load" in shown.text
    refused = server.post(f"{place}/answer/second", value="x")
    assert 400 <= refused.status < 500
    assert "leaving" in refused.text


def test_a_help_page_answers_by_the_name_that_it_had(server):
    for name in ("requests", "requests.md"):
        told = server.get(f"/help/{name}")
        while told.status == 303:
            told = server.get(told.header("location"))
        assert told.status == 200 and "<h1>Inbox</h1>" in told.text.replace('id="inbox"', "")
