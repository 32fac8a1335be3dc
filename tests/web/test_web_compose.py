"""The compose page: runs told as one, workflows written as one; refused in words, and nothing lost."""

import json

import pytest
from playwright.sync_api import expect
from test_web_axe import AXE, check

pytestmark = pytest.mark.browser

PART = """
from cardloom import Text, Workflow

poem = Workflow("A poem")
poem.ask(name=Text("For whom?"), rhyme=Text("Rhyme?"))


@poem.do
def lines(name, verdict, rhyme):
    return f"{verdict} {rhyme}!"
"""


@pytest.fixture
def page(window):
    window.context.add_init_script(AXE)
    return window.tab()


@pytest.fixture(scope="module")
def runs(server):
    for key, color in (("ada", "blue"), ("bob", "red")):
        done = server.cli("run", "bridge", key, f"name={key}", "quest=Grail", f"color={color}")
        assert done.returncode == 0, done.stderr
    return server


def test_runs_that_are_compared_become_one_that_is_read_and_replayed(runs, page):
    before = runs.journals()
    page.goto(f"{runs.address}/compare?run=bridge/ada&run=bridge/bob@4")
    page.get_by_role("link", name="Tell them as one run").click()
    expect(page.get_by_label("bridge/ada", exact=True)).to_be_checked()
    expect(page.get_by_label("bridge/bob at event 4")).to_be_checked()
    check(page)
    page.get_by_label("Name of the new run").fill("both of them")
    page.get_by_role("button", name="Compose the runs").click()
    expect(page.locator("h1")).to_have_text("both of them")
    expect(page.locator("#card-bridge_ada__verdict")).to_contain_text("Right, ada. Off you go.")
    expect(page.locator("#card-bridge_bob__color")).to_contain_text("red")
    expect(page.locator("article form, #run-acts button")).to_have_count(0)
    made = page.url.removeprefix(runs.address)
    told = runs.journal(made)
    assert (told[0]["runs"], told[0]["by"]) == (["bridge/ada", "bridge/bob"], "person")
    assert told[1:] and all(event["from"].startswith("bridge/") for event in told[1:])
    page.goto(f"{runs.address}{made}?at=3")
    expect(page.locator("#card-bridge_ada__quest")).to_contain_text("Grail")
    expect(page.locator("#card-bridge_bob__color")).to_have_attribute("data-state", "pending")
    page.goto(runs.address + made)
    page.get_by_role("button", name="Replay").click()
    expect(page.locator("#moment .count")).to_contain_text(f"of {len(told)}")
    played = runs.cli("replay", made.removeprefix("/runs/"), "--speed", "1000")
    assert played.returncode == 0 and "bridge_bob__color" in played.stdout
    assert {name: text for name, text in runs.journals().items() if name in before} == before


def test_what_can_not_be_composed_is_said_and_what_was_typed_stays(runs, page):
    page.goto(f"{runs.address}/compose?run=bridge/ada")
    page.get_by_label("Name of the new run").fill("alone")
    page.get_by_role("button", name="Compose the runs").click()
    expect(page.get_by_role("alert")).to_contain_text("Name two runs or more")
    expect(page.get_by_label("Name of the new run")).to_have_value("alone")
    expect(page.get_by_label("bridge/ada", exact=True)).to_be_checked()
    check(page)
    before = runs.journals()
    for given in ({"run": ["bridge/ada", "bridge/no"]}, {"run": "nonsense"}, {}, {"run": "a/../b"}):
        answer = runs.post("/compose/runs", key="x", **given)
        assert 400 <= answer.status < 500 and 'role="alert"' in answer.text
    answer = runs.post("/compose/runs", run=["bridge/ada", "bridge/bob"], key=" ")
    assert answer.status == 422
    assert runs.journals() == before


def test_a_workflow_of_two_is_written_and_runs(runs, page):
    (runs.workspace / "verse.py").write_text(PART)
    page.goto(runs.address)
    page.get_by_role("link", name="one can be composed of several").click()
    page.get_by_label("First").select_option("bridge")
    page.get_by_label("Then", exact=True).select_option("chain")
    page.get_by_label("Name of the new workflow").fill("My day")
    page.get_by_role("button", name="Write the workflow").click()
    expect(page.get_by_role("alert")).to_contain_text("Use small letters, digits and _.")
    expect(page.get_by_label("First")).to_have_value("bridge")
    check(page)
    page.get_by_label("Name of the new workflow").fill("day")
    page.get_by_role("button", name="Write the workflow").click()
    day = page.locator("#day")
    expect(day).to_contain_text("The Bridge of Death, then")
    day.locator("input[name=key]").fill("monday")
    day.get_by_role("button", name="Begin").click()
    for card, value in (("name", "Ada"), ("quest", "Grail")):
        page.locator(f"#card-{card} input[name=value]").fill(value)
        page.keyboard.press("Enter")
    page.locator("#card-color").get_by_label("blue").check()
    page.locator("#card-color button").click()
    expect(page.locator("#card-verdict")).to_contain_text("Right, Ada")
    expect(page.locator("#card-left")).to_have_attribute("data-state", "asking")


def test_a_later_part_may_name_the_cards_of_an_earlier_one(runs):
    (runs.workspace / "verse.py").write_text(PART)
    answer = runs.post("/compose/workflows", part=["bridge", "verse"], name="sung")
    assert (answer.status, answer.header("location")) == (303, "/#sung")
    done = runs.cli("run", "sung", "a", "name=Ada", "quest=Grail", "color=blue", "rhyme=moon")
    assert done.stdout.splitlines()[0] == "Right, Ada. Off you go. moon!", done.stderr
    backwards = runs.post("/compose/workflows", part=["verse", "bridge"], name="unsung")
    assert backwards.status == 422 and "verdict" in backwards.text
    assert not (runs.workspace / "unsung.py").exists()


def test_a_workflow_file_is_never_written_over_nor_outside(runs):
    own = (runs.workspace / "chain.py").read_text()
    for parts, name, said in (
        (["bridge", "kinds"], "chain", "exists already"),
        (["bridge", "chain"], "../x", "be a workflow"),
        (["bridge", "chain"], "composed", "where composed runs lie"),
        (["bridge"], "alone", "two others or more"),
        (["bridge", "../chain"], "odd", "no workflow called"),
        (["bridge", "<script>alert(1)</script>"], "odd", "no workflow called"),
    ):
        before = sorted(runs.workspace.rglob("*.py"))
        answer = runs.post("/compose/workflows", part=parts, name=name)
        assert 400 <= answer.status < 500 and said in answer.text, answer.text
        assert "<script>alert" not in answer.text
        assert sorted(runs.workspace.rglob("*.py")) == before
    assert (runs.workspace / "chain.py").read_text() == own


def test_both_forms_need_no_javascript(runs, browser):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{runs.address}/compose?run=bridge/ada&run=bridge/bob")
        page.get_by_label("Name of the new run").fill("plain")
        page.get_by_role("button", name="Compose the runs").click()
        expect(page.locator("h1")).to_have_text("plain")
    shown = json.loads(runs.cli("show", "composed/plain", "--json").stdout)
    assert "bridge_bob__verdict" in json.dumps(shown)
