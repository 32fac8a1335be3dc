"""The page without JavaScript: forms, redirects, and everything still there."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def plain(browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


@pytest.mark.browser
def test_the_bridge_is_crossed_without_javascript(server, plain):
    page = plain
    page.goto(server.address)
    page.locator("#key-bridge").fill("no script")
    page.locator("#bridge").get_by_role("button", name="Begin").click()
    page.locator("#card-name input[name=value]").fill("Arthur")
    page.get_by_role("button", name="Continue").click()
    page.locator("#card-quest input[name=value]").fill("The Grail")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#card-color")).to_have_attribute("data-state", "asking")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#card-color .error")).to_have_text("Please choose one.")
    page.locator("#cards").get_by_label("red").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#card-verdict")).to_contain_text("Arthur is cast into the gorge")

    page.locator("#card-color summary").click()
    page.locator("#card-color").get_by_role("button", name="Change").click()
    expect(page.locator("#card-color .plan")).to_contain_text("1 will run: verdict")
    page.locator("#cards").get_by_label("blue").check()
    page.locator("#card-color form button").click()
    expect(page.locator("#card-verdict")).to_contain_text("Right, Arthur.")
    page.get_by_role("button", name="Finalize").click()
    expect(page.locator("#run-head .status")).to_have_text("finalized")
    page.get_by_role("button", name="Unfinalize").click()
    page.locator("summary", has_text="Start over").click()
    page.get_by_role("button", name="Start no script over").click()
    expect(page.locator("#card-name")).to_have_attribute("data-state", "asking")


@pytest.mark.browser
def test_a_refused_answer_keeps_what_was_typed_without_javascript(server, plain):
    place = server.begin("kinds", "plain refusal")
    plain.goto(server.address + place)
    plain.locator("#card-words input[name=value]").fill("one<b>")
    plain.get_by_role("button", name="Continue").click()
    expect(plain.locator("#card-words .error")).to_have_text("Two words at least, please.")
    expect(plain.locator("#card-words input[name=value]")).to_have_value("one<b>")
    assert server.events(place, "answered") == []


@pytest.mark.browser
def test_a_long_job_is_followed_without_javascript(server, plain):
    place = server.begin("puppet", "plain")
    server.post(f"{place}/answer/string", value="plain")
    server.pull("plain", "write still going")
    plain.goto(server.address + place)
    expect(plain.locator("#card-dance")).to_contain_text("still going", timeout=15_000)
    server.pull("plain", "end plainly")
    expect(plain.locator("#card-bow")).to_contain_text("The end of plainly.", timeout=15_000)


@pytest.mark.browser
def test_files_are_uploaded_without_javascript(server, plain, tmp_path):
    place = server.begin("kinds", "plain upload")
    given = {"words": "two words", "lines": "x", "count": "1", "one": "c", "long": "1", "some": "2"}
    for card, value in {**given, "sure": "yes"}.items():
        server.post(f"{place}/answer/{card}", value=value)
    (tmp_path / "paper.txt").write_text("plain paper")
    plain.goto(server.address + place)
    plain.locator("input[type=file]").set_input_files(tmp_path / "paper.txt")
    plain.get_by_role("button", name="Continue").click()
    expect(plain.locator("#card-paper .brief")).to_contain_text("paper.txt")


def test_an_accepted_form_is_answered_with_see_other_to_its_card(server):
    place = server.begin("bridge", "see other")
    answer = server.post(f"{place}/answer/name", value="Ada")
    assert answer.status == 303
    assert re.fullmatch(re.escape(place) + "#card-name", answer.header("location"))


def test_a_draft_that_comes_after_its_answer_is_not_kept(server):
    place = server.begin("bridge", "late draft")
    drafts = server.journal_path(place).parent / "draft.json"
    assert server.post(f"{place}/draft/name", value="half a na").status == 204
    assert "half a na" in drafts.read_text()
    assert server.post(f"{place}/answer/name", value="half a name").status == 303
    assert server.post(f"{place}/draft/name", value="half a nam").status == 204
    assert not drafts.exists() or "half a na" not in drafts.read_text()


def test_a_disk_that_takes_no_more_is_a_sentence_and_what_was_typed_stays(tmp_path, fill, serve):
    """A limit on the size of files refuses a write as a full disk does."""
    served = serve(fill(tmp_path / "workspace"), most_bytes=6_000)
    place = served.begin("bridge", "full")
    assert served.post(f"{place}/answer/name", value="Ada").status == 303
    before = served.journal_path(place).read_bytes()
    refused = served.post(f"{place}/answer/quest", value="long words " * 1000)
    assert refused.status == 507
    assert "did not take the event, and nothing was acknowledged" in refused.text
    assert refused.text.count("long words") == 1000
    assert served.journal_path(place).read_bytes() == before
    assert served.post(f"{place}/answer/quest", value="short").status == 303
    assert served.events(place, "answered")[-1]["value"] == "short"


@pytest.mark.parametrize(
    ("path", "form", "status", "sentence"),
    [
        ("answer/name", {"value": ""}, 422, "Please write something here."),
        ("answer/name", {}, 422, "Please write something here."),
        ("answer/name", {"value": "x" * 1_000_001}, 422, "longer than"),
        ("answer/color", {"value": "blue"}, 409, "is not asked yet"),
        ("answer/verdict", {"value": "x"}, 409, "takes no answer"),
        ("answer/nope", {"value": "x"}, 404, "no card called"),
        ("change/nope", None, 404, "no card called"),
        ("again/name", {}, 409, "has not been done yet"),
        ("again/nope", {}, 404, "no card called"),
        ("cancel/verdict", {}, 409, "not running"),
        ("cancel/nope", {}, 404, "no card called"),
        ("unfinalize", {}, 409, "not finalized"),
        ("card/99", None, 404, "there is no card 99"),
        ("files/none.txt", None, 404, "no file"),
    ],
)
def test_every_refusal_is_one_sentence_and_writes_nothing(server, path, form, status, sentence):
    place = server.begin("bridge", "refusals")
    before = server.journals()
    method = "GET" if form is None else "POST"
    for headers in ({}, {"HX-Request": "true"}):
        answer = server.request(method, f"{place}/{path}", form=form, headers=headers)
        assert answer.status == status, answer.text[:300]
        assert sentence in answer.text.replace("&#x27;", "'")
        assert "Traceback" not in answer.text
    assert server.journals() == before


def test_an_option_that_was_not_offered_is_refused(server):
    place = server.begin("kinds", "not offered")
    for card, value in {"words": "two words", "lines": "x", "count": "1"}.items():
        server.post(f"{place}/answer/{card}", value=value)
    before = server.journals()
    for value, sentence in (("z", "was not offered"), ("b", "Bee can't be chosen: sold out")):
        answer = server.post(f"{place}/answer/one", value=value)
        assert answer.status == 422
        assert sentence in answer.text.replace("&#x27;", "'")
    assert server.journals() == before
