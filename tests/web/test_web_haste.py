"""What a person does in haste: a key that is held or pressed again answers one card and no other."""

import pytest
from playwright.sync_api import expect

HASTE = """
haste = Workflow("Haste")
haste.ask(
    name=Text("Name?", default="Ada"),
    count=Number("How many?", default=3),
    pick=Choice("Which?", ["a", "b"], default="a"),
    sure=Confirm("Delete the old ones?"),
)


@haste.do(once=True)
def delete(name, count, pick, sure, *, run):
    (run.workspace / "deleted").write_text("deleted")
    return "deleted"
"""

pytestmark = pytest.mark.browser


@pytest.fixture
def haste(own_server):
    source = f"from cardloom import *\n{HASTE}"
    (own_server.workspace / "haste.py").write_text(source, encoding="utf-8")
    return own_server


def answered(server, run):
    return [event["card"] for event in server.events(run, "answered")]


def test_a_key_that_is_held_answers_one_card(haste, page, until):
    run = haste.begin("haste", "held")
    page.goto(haste.address + run)
    expect(page.locator("#card-name input[name=value]")).to_be_focused()
    page.keyboard.down("Enter")
    for _ in range(40):  # a second down without an up is a repeat, as the system sends them
        page.keyboard.down("Enter")
    expect(page.locator("#card-count input[name=value]")).to_be_focused()
    for _ in range(40):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    assert answered(haste, run) == ["name"]


def test_three_presses_answer_one_card_and_the_next_hears_when_it_is_read(haste, page, until):
    run = haste.begin("haste", "thrice")
    page.goto(haste.address + run)
    expect(page.locator("#card-name input[name=value]")).to_be_focused()
    page.evaluate(
        """() => {  // presses that follow the card's coming closely, whatever the machine is doing
          window.pressed = 0;
          new MutationObserver(() => {
            if (window.pressed++ < 3) document.activeElement.dispatchEvent(
              new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true}));
          }).observe(document.querySelector("#cards"), {childList: true, subtree: true});
        }"""
    )
    page.keyboard.press("Enter")
    expect(page.locator("#card-count.current")).to_be_visible()
    page.wait_for_timeout(350)  # what is measured: the key has been still for as long
    assert answered(haste, run) == ["name"]
    page.keyboard.press("Enter")
    until(lambda: answered(haste, run) == ["name", "count"], "the answer after a pause")


def test_typing_is_heard_at_once(haste, page, until):
    run = haste.begin("haste", "typed")
    page.goto(haste.address + run)
    expect(page.locator("#card-name input[name=value]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#card-count input[name=value]")).to_be_focused()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    until(lambda: answered(haste, run) == ["name", "count"], "the typed answer")


def test_the_focus_never_lands_on_yes(haste, page, until):
    run = haste.begin("haste", "yes")
    for card, value in (("name", "Ada"), ("count", "3"), ("pick", "a")):
        haste.post(f"{run}/answer/{card}", value=value)
    page.goto(haste.address + run)
    expect(page.locator("#card-sure")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press(" ")
    assert answered(haste, run) == ["name", "count", "pick"]
    assert not (haste.workspace / "deleted").exists()
    page.locator("#card-sure").get_by_role("button", name="Yes").focus()
    page.keyboard.press("Enter")
    until(lambda: (haste.workspace / "deleted").exists(), "the effect that was confirmed")
