"""Cards at work in the page: progress, streamed text, cancelling, failing, trying again."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def state(page, card, mark):
    expect(page.locator(f"#card-{card}")).to_have_attribute("data-state", mark, timeout=15_000)


def start(server, page, workflow, string):
    place = server.begin(workflow, string)
    server.post(f"{place}/answer/string", value=string)
    page.goto(server.address + place)
    state(page, "dance", "running")
    return place


def test_progress_is_a_bar_where_the_total_is_known_and_a_count_otherwise(server, page):
    start(server, page, "puppet", "progress")
    progress = page.locator("#progress-dance")
    expect(progress.locator("progress")).not_to_have_attribute("value", re.compile("."))
    server.pull("progress", "progress 5")
    expect(progress).to_contain_text("5")
    expect(progress.locator("progress")).not_to_have_attribute("value", re.compile("."))
    server.pull("progress", "progress 3/12")
    expect(progress).to_contain_text("3 of 12")
    expect(progress).to_contain_text("pages")
    expect(progress.locator("progress")).to_have_attribute("value", re.compile("3"))
    expect(progress.locator("progress")).to_have_attribute("max", re.compile("12"))
    expect(progress.locator(".elapsed")).to_have_text(re.compile(r"^[1-9]\d* s$"))
    server.pull("progress", "note half way", "end done")
    expect(page.locator("#card-dance")).to_contain_text("half way")
    state(page, "bow", "done")


def children(server):
    """The processes that the server has started and that still run."""
    pid = server.process.pid
    lists = list(Path("/proc").glob(f"{pid}/task/*/children"))
    if not lists:
        pytest.skip("this system has no /proc to look into")
    return [child for listed in lists for child in listed.read_text().split()]


@pytest.mark.parametrize("workflow", ["puppet", "marionette"])
def test_cancel_stops_the_card_for_good(server, page, until, workflow):
    place = start(server, page, workflow, f"cancel-{workflow}")
    string = f"cancel-{workflow}"
    server.pull(string, "write begun")
    expect(page.locator("#output-dance")).to_have_text("begun\n")
    assert workflow == "puppet" or children(server)
    page.get_by_role("button", name="Cancel").click()
    state(page, "dance", "cancelled")
    expect(page.locator("#card-dance")).to_contain_text("You stopped this card")
    expect(page.locator("#card-bow")).to_have_attribute("data-state", "pending")
    if workflow == "puppet":
        until(lambda: server.left(string), "the end of the function")
    else:
        until(lambda: not children(server), "the end of the process")
    n = len(server.journal(place))
    server.pull(string, "write too late", "end too late")
    page.reload()
    state(page, "dance", "cancelled")
    expect(page.locator("#card-dance")).not_to_contain_text("too late")
    assert len(server.journal(place)) == n

    page.get_by_role("button", name="Retry").click()
    expect(page.locator("#card-bow")).to_contain_text("The end of too late.")


def test_a_failed_card_says_one_sentence_and_keeps_the_traceback_folded(server, page):
    start(server, page, "puppet", "fail")
    server.pull("fail", "write so far", "fail The string broke")
    card = page.locator("#card-dance")
    state(page, "dance", "failed")
    expect(card.get_by_role("alert")).to_have_text("The string broke.")
    expect(card).to_contain_text("so far")
    trace = card.locator(".trace pre")
    expect(trace).not_to_be_visible()
    card.locator("summary", has_text="What Python said").click()
    expect(trace).to_be_visible()
    expect(trace).to_contain_text("puppet.py")
    expect(trace).to_contain_text("raise ValueError(rest)")
    expect(trace).not_to_contain_text("cardloom/jobs")
    expect(page.locator("#run-head .status")).to_have_text("stopped")


def test_retry_runs_a_failed_card_again(server, page):
    place = start(server, page, "puppet", "retry")
    server.pull("retry", "fail The string broke")
    state(page, "dance", "failed")
    (server.workspace / "strings" / "retry").write_text("end mended\n")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("#card-bow")).to_contain_text("The end of mended.")
    assert len(server.events(place, "failed")) == 1


def test_a_failed_card_offers_to_change_the_answer_it_stands_on(server, page):
    place = server.begin("chain", "mend")
    server.post(f"{place}/answer/left", value="one")
    page.goto(server.address + place)
    page.locator("#card-right input[name=value]").fill("bad")
    page.keyboard.press("Enter")
    state(page, "of_right", "failed")
    expect(page.locator("#card-of_right").get_by_role("alert")).to_have_text(
        "The right one is bad."
    )
    failed = page.locator("#card-of_right")
    expect(failed.get_by_role("button", name="Change “Left?”")).to_have_count(0)
    failed.get_by_role("button", name="Change “Right?”").click()
    field = page.locator("#card-right input[name=value]")
    expect(field).to_be_focused()
    expect(field).to_have_value("bad")
    field.fill("good")
    page.keyboard.press("Enter")
    expect(page.locator("#card-of_right")).to_contain_text("R good")
    expect(page.locator("#card-pick input[type=radio]").first).to_be_focused()


def test_a_change_stops_the_job_that_works_with_the_old_answer(server, page, until):
    start(server, page, "puppet", "before")
    server.pull("before", "write with the old answer")
    expect(page.locator("#output-dance")).to_contain_text("with the old answer")
    page.locator("#card-string summary").click()
    page.locator("#card-string").get_by_role("button", name="Change").click()
    expect(page.locator("#card-string .plan")).to_contain_text(
        "dance is running and will be stopped"
    )
    page.locator("#card-string input[name=value]").fill("after")
    server.pull("after", "write with the new answer", "end new")
    page.keyboard.press("Enter")
    expect(page.locator("#card-bow")).to_contain_text("The end of new.")
    expect(page.locator("#card-dance")).not_to_contain_text("with the old answer")
    until(lambda: server.left("before"), "the end of the old job")


def test_a_finished_card_runs_again_when_asked(server, page, until):
    place = server.begin("chain", "again")
    for card, value in (("left", "one"), ("right", "two")):
        server.post(f"{place}/answer/{card}", value=value)
    page.goto(server.address + place)
    page.locator("#card-of_left").get_by_role("button", name="Run again").click()

    def runs(card, type="finished"):
        return [event["card"] for event in server.events(place, type)].count(card)

    # The card says the same before and after: only the journal tells when it has run.
    until(lambda: runs("of_left") == 2, "the second run of the card")
    state(page, "of_left", "done")
    expect(page.locator("#card-of_left")).to_contain_text("L one")
    # The value is the same, so nothing that stands on it runs again.
    assert (runs("of_left", "started"), runs("of_right", "started")) == (2, 1)


def test_a_run_is_not_finalized_while_a_card_works(server, page):
    place = start(server, page, "puppet", "busy")
    before = server.events(place, "finalized")
    page.get_by_role("button", name="Finalize").click()
    expect(page.locator("#toast")).to_contain_text("A card is running.")
    assert server.events(place, "finalized") == before
    server.pull("busy", "end")
