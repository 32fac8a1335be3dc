"""Cards in the page: asked, answered, refused, folded, changed."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def state(page, card, mark):
    expect(page.locator(f"#card-{card}")).to_have_attribute("data-state", mark)


def answer_bridge(page, *answers):
    for card, value in zip(("name", "quest"), answers, strict=False):
        page.locator(f"#card-{card} input[name=value]").fill(value)
        page.keyboard.press("Enter")
        state(page, card, "done")


def watch_navigation(page):
    """A mark on the window that a reload would wipe."""
    page.evaluate("window.stillHere = true")
    return lambda: page.evaluate("window.stillHere === true")


def test_one_request_renders_the_whole_run(server, page):
    place = server.begin("bridge", "whole")
    server.post(f"{place}/answer/name", value="Whole Name")
    text = server.get(place).text
    for card in ("name", "quest", "color", "verdict"):
        assert text.count(f'id="card-{card}"') == 1
    assert "Whole Name" in text
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.address + place)
    page.wait_for_load_state()
    fetched = [url for url in asked if "/static/" not in url and "/live/" not in url]
    assert fetched == [server.address + place]


def test_an_answer_brings_the_next_card_without_a_reload_and_takes_the_focus_there(server, page):
    place = server.begin("bridge", "no reload")
    page.goto(server.address + place)
    still_here = watch_navigation(page)
    expect(page.locator("#card-name input[name=value]")).to_be_focused()
    answer_bridge(page, "Lancelot")
    expect(page.locator("#card-quest input[name=value]")).to_be_focused()
    answer_bridge_next = page.locator("#card-quest input[name=value]")
    answer_bridge_next.fill("The Grail")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#card-color input[type=radio]").first).to_be_focused()
    page.locator("#cards").get_by_label("blue").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#card-verdict")).to_contain_text("Right, Lancelot. Off you go.")
    expect(page.locator("#run-head .status")).to_have_text("finished")
    assert still_here()


def test_the_keyboard_alone_goes_from_the_first_page_to_the_verdict(server, page):
    page.goto(server.address)
    keyboard = page.keyboard
    field = page.locator("#key-bridge")
    for _ in range(60):
        keyboard.press("Tab")
        if field.evaluate("field => field === document.activeElement"):
            break
    expect(field).to_be_focused()
    keyboard.type("keys only")
    keyboard.press("Enter")
    expect(page.locator("#card-name input[name=value]")).to_be_focused()
    keyboard.type("Galahad")
    keyboard.press("Enter")
    expect(page.locator("#card-quest input[name=value]")).to_be_focused()
    keyboard.type("The Grail")
    keyboard.press("Enter")
    expect(page.locator("#cards").get_by_label("red")).to_be_focused()
    keyboard.press("Space")
    keyboard.press("ArrowDown")
    expect(page.locator("#cards").get_by_label("blue")).to_be_checked()
    keyboard.press("Enter")
    expect(page.locator("#card-verdict")).to_contain_text("Right, Galahad. Off you go.")


def test_a_draft_is_there_after_a_reload(server, page):
    place = server.begin("kinds", "draft")
    page.goto(server.address + place)
    before = server.journals()
    with page.expect_response(lambda reply: "/draft/" in reply.url):
        page.locator("#card-words input[name=value]").fill("not yet <sent> \"'")
    page.reload()
    expect(page.locator("#card-words input[name=value]")).to_have_value("not yet <sent> \"'")
    assert server.journals() == before


def test_a_draft_typed_just_before_the_reload_is_there_too(server, page, until):
    place = server.begin("bridge", "quick draft")
    page.goto(server.address + place)
    page.locator("#card-name input[name=value]").press_sequentially("half a na")
    page.reload()
    drafts = server.journal_path(place).parent / "draft.json"
    until(lambda: drafts.exists() and "half a na" in drafts.read_text(), "the draft's way to disk")
    page.reload()
    expect(page.locator("#card-name input[name=value]")).to_have_value("half a na")


def test_a_done_card_folds_opens_and_is_changed(server, page):
    place = server.begin("bridge", "change")
    page.goto(server.address + place)
    answer_bridge(page, "Arthur", "The Grail")
    page.locator("#cards").get_by_label("red").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#card-verdict")).to_contain_text("Red? Arthur is cast")

    color = page.locator("#card-color")
    expect(color.locator("details")).not_to_have_attribute("open", re.compile(".*"))
    expect(color.get_by_role("button", name="Change", exact=True)).not_to_be_visible()
    color.locator("summary").click()
    color.get_by_role("button", name="Change", exact=True).click()
    expect(color.locator(".plan")).to_contain_text("2 cards kept")
    expect(color.locator(".plan")).to_contain_text("1 will run: verdict")
    expect(color.get_by_label("red")).to_be_checked()
    expect(color.get_by_label("red")).to_be_focused()
    n = len(server.journal(place))

    color.get_by_role("link", name="Leave as it was").click()
    state(page, "color", "done")
    expect(color.locator(".plan")).to_have_count(0)
    assert len(server.journal(place)) == n

    color.locator("summary").click()
    color.get_by_role("button", name="Change", exact=True).click()
    color.get_by_label("blue").check()
    color.get_by_label("Why").fill("I like the sea")
    color.get_by_role("button", name="Change", exact=True).click()
    expect(page.locator("#card-verdict")).to_contain_text("Right, Arthur. Off you go.")
    expect(color.locator(".brief")).to_have_text("blue")
    [changed] = [e for e in server.events(place, "answered") if e["value"] == "blue"]
    assert changed["why"] == "I like the sea"
    assert changed["by"] == "person"


def test_escape_leaves_a_change(server, page):
    place = server.begin("bridge", "escape")
    server.post(f"{place}/answer/name", value="Ada")
    page.goto(server.address + place)
    page.locator("#card-name summary").click()
    page.locator("#card-name").get_by_role("button", name="Change", exact=True).focus()
    page.keyboard.press("Space")  # it looks like a button, and answers like one
    expect(page.locator("#card-name input[name=value]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#card-name input[name=value]")).to_have_count(0)
    state(page, "name", "done")


def test_only_what_depends_on_a_change_runs_again(server, page):
    place = server.begin("chain", "dependents")
    for card, value in (("left", "one"), ("right", "two")):
        server.post(f"{place}/answer/{card}", value=value)
    page.goto(server.address + place)
    page.locator("#card-pick").get_by_label("the other").check()
    page.locator("#card-pick").get_by_role("button", name="Continue").click()
    expect(page.locator("#card-both")).to_contain_text("L one and R two and the other")
    seen = len(server.journal(place))

    page.locator("#card-right summary").click()
    page.locator("#card-right").get_by_role("button", name="Change", exact=True).click()
    plan = page.locator("#card-right .plan")
    expect(plan).to_contain_text("2 will run: of_right, both")
    page.locator("#card-right input[name=value]").fill("three")
    page.keyboard.press("Enter")
    expect(page.locator("#card-both")).to_contain_text("L one and R three and the other")
    ran = [e["card"] for e in server.journal(place)[seen:] if e["type"] == "started"]
    assert ran == ["of_right", "both"]

    # The dynamic question is worked out again and keeps the answer that is still offered.
    seen = len(server.journal(place))
    page.locator("#card-left summary").click()
    page.locator("#card-left").get_by_role("button", name="Change", exact=True).click()
    expect(page.locator("#card-left .plan")).to_contain_text(
        "1 answer asked again if its options changed: pick"
    )
    page.locator("#card-left input[name=value]").fill("four")
    page.keyboard.press("Enter")
    expect(page.locator("#card-both")).to_contain_text("L four and R three and the other")
    kept = [
        e for e in server.journal(place)[seen:] if e["type"] == "answered" and e["card"] == "pick"
    ]
    assert [e["by"] for e in kept] == ["kept"]


def test_every_kind_of_question_is_answered_in_the_page(server, page, tmp_path):
    place = server.begin("kinds", "all of them")
    page.goto(server.address + place)
    go_on = page.get_by_role("button", name="Continue")

    field = page.locator("#card-words input[name=value]")
    field.fill("one")
    go_on.click()
    expect(page.locator("#card-words .error")).to_have_text("Two words at least, please.")
    expect(field).to_have_value("one")
    expect(field).to_be_focused()
    assert server.events(place, "answered") == []
    field.fill("two words")
    go_on.click()
    expect(page.locator("#card-words .brief")).to_have_text("Two Words")

    page.locator("#card-lines textarea").fill("first\nsecond")
    go_on.click()
    state(page, "lines", "done")

    count = page.locator("#card-count input[name=value]")
    for wrong, sentence in (
        ("ten", "is not a number"),
        ("10", "At most 9"),
        ("2.5", "whole number"),
    ):
        count.fill(wrong)
        go_on.click()
        expect(page.locator("#card-count .error")).to_contain_text(sentence)
    count.fill("3")
    go_on.click()
    state(page, "count", "done")

    expect(page.locator("#card-one").get_by_label("Bee")).to_be_disabled()
    expect(page.locator("#card-one")).to_contain_text("sold out")
    go_on.click()
    expect(page.locator("#card-one .error")).to_have_text("Please choose one.")
    page.locator("#card-one").get_by_label("Ay").check()
    go_on.click()
    state(page, "one", "done")

    page.locator("#card-long select").select_option("17")
    go_on.click()
    state(page, "long", "done")

    go_on.click()
    expect(page.locator("#card-some .error")).to_have_text("Please choose at least one.")
    page.locator("#card-some").get_by_label("Three").check()
    page.locator("#card-some").get_by_label("One").check()
    go_on.click()
    state(page, "some", "done")

    page.get_by_role("button", name="Yes, go on").click()
    state(page, "sure", "done")

    (tmp_path / "paper.pdf").write_text("no")
    (tmp_path / "paper.txt").write_text("what the paper says")
    page.locator("#card-paper input[type=file]").set_input_files(tmp_path / "paper.pdf")
    go_on.click()
    expect(page.locator("#card-paper .error")).to_contain_text("Choose a file ending in .csv, .txt")
    page.locator("#card-paper input[type=file]").set_input_files(tmp_path / "paper.txt")
    go_on.click()
    state(page, "paper", "done")

    form = page.locator("#card-form")
    form.get_by_label("Name").fill("Ada")
    form.get_by_label("Age").fill("minus one")
    form.get_by_label("dog").check()
    go_on.click()
    expect(form.locator("#field-form-age-error")).to_contain_text("is not a number")
    expect(form.get_by_label("Name")).to_have_value("Ada")
    expect(form.get_by_label("dog")).to_be_checked()
    form.get_by_label("Age").fill("36")
    form.get_by_label("Tall?").check()
    form.locator("input[type=file]").set_input_files(tmp_path / "paper.pdf")
    go_on.click()
    expect(page.locator("#card-told")).to_contain_text("what the paper says")

    values = {e["card"]: e["value"] for e in server.events(place, "answered")}
    assert values["lines"] == "first\nsecond"
    assert values["count"] == 3
    assert values["one"] == "a"
    assert values["long"] == "17"
    assert values["some"] == [1, 3]
    assert values["sure"] is True
    assert values["form"]["age"] == 36
    assert values["form"]["pets"] == ["dog"]
    assert values["form"]["tall"] is True
    assert values["form"]["scan"]["path"].endswith("/paper.pdf")


def test_a_confirm_is_answered_no(server, page):
    place = server.begin("kinds", "no")
    given = {"words": "two words", "lines": "x", "count": "1", "one": "c", "long": "1", "some": "2"}
    for card, value in given.items():
        assert server.post(f"{place}/answer/{card}", value=value).status == 303
    page.goto(server.address + place)
    page.get_by_role("button", name="No, stay").click()
    expect(page.locator("#card-sure .brief")).to_have_text("no")
    assert server.events(place, "answered")[-1]["value"] is False


def test_two_tabs_that_answer_at_once_keep_the_winner_and_say_one_sentence(server, window):
    place = server.begin("bridge", "two tabs")
    one, two = window.tab(), window.tab()
    # The slower tab has lost its stream, else it would have heard of the winner.
    two.route("**/live/**", lambda route: route.abort())
    for tab in (one, two):
        tab.goto(server.address + place)
    one.locator("#card-name input[name=value]").fill("The first")
    two.locator("#card-name input[name=value]").fill("The second")
    one.get_by_role("button", name="Continue").click()
    state(one, "name", "done")
    before = server.journals()
    two.get_by_role("button", name="Continue").click()
    expect(two.locator("#toast")).to_contain_text("answered elsewhere in the meantime")
    expect(two.locator("#card-name .brief")).to_have_text("The first")
    expect(two.locator("#card-quest input[name=value]")).to_be_visible()
    assert server.journals() == before
    assert [e["value"] for e in server.events(place, "answered")] == ["The first"]


def test_finalize_locks_the_run_and_unfinalize_opens_it(server, page):
    place = server.begin("bridge", "lock")
    server.post(f"{place}/answer/name", value="Ada")
    page.goto(server.address + place)
    page.get_by_role("button", name="Finalize").click()
    expect(page.locator("#run-head .status")).to_have_text("finalized")
    expect(page.locator("#cards form")).to_have_count(0)
    expect(page.get_by_role("button", name="Change", exact=True)).to_have_count(0)
    before = server.journals()
    for act in (
        "answer/quest",
        "answer/name",
        "again/verdict",
        "cancel/verdict",
        "finalize",
        "restart",
    ):
        refused = server.post(f"{place}/{act}", value="late", change="yes")
        assert refused.status in (409, 422), act
    assert server.journals() == before
    assert server.cli("answer", "bridge/lock", "quest=late").returncode == 3
    page.get_by_role("button", name="Unfinalize").click()
    expect(page.locator("#card-quest input[name=value]")).to_be_visible()
    expect(page.locator("#run-head .status")).to_have_text("waiting for you")


def test_starting_over_keeps_the_old_journal_and_takes_the_other_tab_along(server, window):
    place = server.begin("bridge", "over")
    for card, value in (("name", "Old name"), ("quest", "Old quest")):
        server.post(f"{place}/answer/{card}", value=value)
    old = server.journal_path(place).read_bytes()
    one, two = window.tab(), window.tab()
    for tab in (one, two):
        tab.goto(server.address + place)
        expect(tab.locator("#card-name .brief")).to_have_text("Old name")
    one.locator("summary", has_text="Start over").click()
    one.get_by_role("button", name="Start over over").click()
    for tab in (one, two):
        expect(tab.locator("#card-name input[name=value]")).to_have_value("")
        state(tab, "quest", "pending")
    folder = server.journal_path(place).parent
    kept = [p for p in folder.glob("journal-*.jsonl") if p.read_bytes() == old]
    assert len(kept) == 1
    assert [event["type"] for event in server.journal(place)] == ["created"]


def test_starting_over_a_run_with_files_runs_again(server, page):
    place = server.begin("written", "files again")
    for text in ("first text", "second text"):
        page.goto(server.address + place)
        page.locator("#card-text input[name=value]").fill(text)
        page.keyboard.press("Enter")
        state(page, "papers", "done")
        link = page.locator("#card-papers a", has_text="note.txt").get_attribute("href")
        assert server.get(link).text == text
        if text == "first text":
            page.locator("summary", has_text="Start over").click()
            page.get_by_role("button", name="Start files again over").click()
            state(page, "text", "asking")


def test_a_page_rehearses_its_first_swap_and_asks_nobody(server, page, until):
    place = server.begin("bridge", "rehearsed")
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    page.add_init_script(
        "document.addEventListener('htmx-after-settle', e => (window.settled ??= []).push(e.target.id))"
    )
    page.goto(server.address + place)
    # Not wait_for_function: from its second look on it needs eval, which the page's policy refuses.
    until(lambda: page.evaluate("window.settled?.includes('stage')"), "the rehearsal")
    expect(page.locator("#stage")).to_have_count(0)
    expect(page.locator("#card-name input[name=value]")).to_be_focused()
    assert "POST" not in sent
    assert page.url == server.address + place
