"""The open page: it follows what others do, and comes back after whatever cut it off."""

import http.client
import re
import threading

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def state(page, card, mark):
    expect(page.locator(f"#card-{card}")).to_have_attribute("data-state", mark, timeout=15_000)


def mark_window(page):
    page.evaluate("window.stillHere = true")
    return lambda: page.evaluate("window.stillHere === true")


def test_ctrl_c_with_a_page_open_says_one_line_and_no_more(own_server):
    place = own_server.begin("bridge", "open")
    for card in ("name", "quest"):
        own_server.post(f"{place}/answer/{card}", value="Ada")
    streams = []
    for stream in ("live", "replay"):
        connection = http.client.HTTPConnection("127.0.0.1", own_server.port, timeout=10)
        connection.request("GET", place.replace("/runs", f"/{stream}") + "?after=1")
        streams.append(connection.getresponse())  # its first message is under way
    assert own_server.stop() == ""
    assert b"id: 3" in streams[0].read()


def test_a_second_tab_follows(server, window):
    place = server.begin("bridge", "second tab")
    one, two = window.tab(), window.tab()
    for tab in (one, two):
        tab.goto(server.address + place)
    still_here = mark_window(two)
    one.locator("#card-name input[name=value]").fill("Bedivere")
    one.keyboard.press("Enter")
    expect(two.locator("#card-name .brief")).to_have_text("Bedivere")
    expect(two.locator("#card-quest input[name=value]")).to_be_visible()
    expect(two.locator("#run-head")).to_contain_text("1 of 4 cards")
    assert still_here()


def test_an_answer_from_a_terminal_changes_the_page(server, page):
    place = server.begin("bridge", "ada")
    for card in ("name", "quest"):
        server.post(f"{place}/answer/{card}", value="Ada")
    page.goto(server.address + place)
    still_here = mark_window(page)
    done = server.cli("answer", "bridge/ada", "color=blue")
    assert done.returncode == 0, done.stderr
    expect(page.locator("#card-color .brief")).to_have_text("blue")
    expect(page.locator("#card-color")).to_contain_text("from a terminal")
    expect(page.locator("#card-verdict")).to_contain_text("Right, Ada. Off you go.")
    assert still_here()


def test_what_a_person_opened_or_closed_stays_so_when_the_page_follows(server, page):
    place = server.begin("bridge", "opened")
    for card, value in (("name", "Ada"), ("quest", "the Grail"), ("color", "blue")):
        server.post(f"{place}/answer/{card}", value=value)
    page.goto(server.address + place)
    name, verdict = page.locator("#card-name > details"), page.locator("#card-verdict > details")
    name.locator("> summary").click()
    verdict.locator("> summary").click()
    acts = page.locator("#run-acts")
    acts.locator(".reason summary").first.click()
    acts.get_by_label("Why").first.fill("half said")
    server.post(f"{place}/answer/name", value="Arthur", change="yes")
    expect(name.locator(".brief")).to_have_text("Arthur")
    expect(verdict.locator(".result")).to_contain_text("Right, Arthur. Off you go.")
    expect(name).to_have_attribute("open", "")
    server.post(f"{place}/finalize")
    expect(page.locator("#run-head .status")).to_have_text("finalized")
    expect(name.get_by_role("button", name="Change", exact=True)).to_have_count(0)
    expect(name).to_have_attribute("open", "")
    expect(page.locator("#card-quest > details")).not_to_have_attribute("open", "")


def test_a_reason_that_was_sent_folds_and_one_that_is_being_written_stays(server, page):
    place = server.begin("bridge", "reason")
    for card, value in (("name", "Ada"), ("quest", "the Grail"), ("color", "blue")):
        server.post(f"{place}/answer/{card}", value=value)
    page.goto(server.address + place)
    reason = page.locator("#moment .reason")
    reason.locator("summary").click()
    reason.get_by_label("Why").fill("a slip")
    page.locator("#moment").get_by_role("button", name="Undo").click()
    expect(page.locator("#moment .told")).to_contain_text("a slip")
    expect(reason).not_to_have_attribute("open", "")
    reason.locator("summary").click()
    expect(reason.get_by_label("Why")).to_have_value("")
    reason.get_by_label("Why").fill("half said")
    n = len(server.journal(place))
    server.post(f"{place}/answer/color", value="red")
    expect(page.locator("#run-head")).to_contain_text(f"of {n + 3}")
    expect(reason.get_by_label("Why")).to_have_value("half said")
    expect(reason).to_have_attribute("open", "")


def test_the_page_comes_back_after_the_server_was_killed(own_server, page):
    served = own_server
    place = served.begin("bridge", "killed")
    served.post(f"{place}/answer/name", value="Ada")
    page.goto(served.address + place)
    still_here = mark_window(page)
    served.kill()
    expect(page.locator("html.away")).to_be_attached()
    assert served.cli("answer", "bridge/killed", "quest=while it was down").returncode == 0
    served.start()
    expect(page.locator("#card-quest .brief")).to_have_text("while it was down", timeout=15_000)
    expect(page.locator("#card-color input[type=radio]").first).to_be_visible()
    expect(page.locator("html.away")).to_have_count(0)
    page.locator("#cards").get_by_label("blue").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#card-verdict")).to_contain_text("Right, Ada.")
    assert still_here()


def test_what_is_typed_while_the_server_is_down_stays(own_server, page):
    served = own_server
    place = served.begin("bridge", "typing")
    for card in ("name", "quest"):
        served.post(f"{place}/answer/{card}", value="Ada")
    served.post("/runs", workflow="kinds", key="typing")
    page.goto(f"{served.address}/runs/kinds/typing")
    field = page.locator("#card-words input[name=value]")
    with page.expect_response(lambda reply: "/draft/" in reply.url):
        field.fill("before")
    served.kill()
    expect(page.locator("html.away")).to_be_attached()
    field.fill("before and after")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("Cardloom did not answer")
    expect(field).to_have_value("before and after")
    # An event that is not this card's: the page is brought up to date around the field.
    run = served.workspace / "runs" / "kinds" / "typing" / "journal.jsonl"
    before = run.read_bytes()
    served.start()
    expect(page.locator("html.away")).to_have_count(0, timeout=15_000)
    expect(field).to_have_value("before and after")
    assert run.read_bytes() == before
    page.keyboard.press("Enter")
    expect(page.locator("#card-words .brief")).to_have_text("Before And After")


def test_typing_survives_what_others_write_meanwhile(own_server, page):
    """The page is drawn anew around a field, and the field keeps what no one has sent."""
    served = own_server
    place = served.begin("bridge", "around")
    for card in ("name", "quest"):
        served.post(f"{place}/answer/{card}", value="Ada")
    page.goto(served.address + place)
    page.locator("#cards").get_by_label("blue").check()
    served.kill()
    assert served.cli("answer", "bridge/around", "name=Grace").returncode == 0
    served.start()
    expect(page.locator("#card-name .brief")).to_have_text("Grace", timeout=15_000)
    expect(page.locator("#cards").get_by_label("blue")).to_be_checked()

    place = served.begin("chain", "around")
    served.post(f"{place}/answer/left", value="one")
    page.goto(served.address + place)
    field = page.locator("#card-right input[name=value]")
    field.fill("not sent")
    served.kill()
    field.fill("not sent, and more")
    assert served.cli("answer", "chain/around", "left=two").returncode == 0
    served.start()
    expect(page.locator("#card-left .brief")).to_have_text("two", timeout=15_000)
    expect(field).to_have_value("not sent, and more")


def test_the_output_of_a_job_that_was_streaming_is_there_after_a_crash(own_server, page):
    served = own_server
    place = served.begin("puppet", "stream")
    served.post(f"{place}/answer/string", value="s1")
    page.goto(served.address + place)
    state(page, "dance", "running")
    served.pull("s1", "write line one", "progress 2/8")
    expect(page.locator("#output-dance")).to_have_text("line one\n")
    served.kill()
    served.pull("s1", "write line two")
    served.start()
    # The card runs again from its start, and tells both lines once.
    expect(page.locator("#output-dance")).to_have_text("line one\nline two\n", timeout=15_000)
    assert served.events(place, "interrupted")
    page.reload()
    expect(page.locator("#output-dance")).to_have_text("line one\nline two\n")
    served.pull("s1", "write line three", "end the dance")
    expect(page.locator("#card-bow")).to_contain_text("The end of the dance.")
    expect(page.locator("#card-dance")).to_contain_text("line one\nline two\nline three\n")
    page.reload()
    expect(page.locator("#card-dance")).to_contain_text("line one\nline two\nline three\n")


def test_streamed_text_comes_once_in_every_tab(server, window):
    place = server.begin("puppet", "once")
    server.post(f"{place}/answer/string", value="s2")
    early = window.tab()
    early.goto(server.address + place)
    lines = [f"line {number}" for number in range(120)]
    server.pull("s2", *(f"write {line}" for line in lines[:60]))
    expect(early.locator("#output-dance")).to_contain_text("line 59")
    late = window.tab()
    late.goto(server.address + place)
    for line in lines[60:]:
        server.pull("s2", f"write {line}")
    whole = "".join(f"{line}\n" for line in lines)
    for tab in (early, late):
        expect(tab.locator("#output-dance")).to_have_text(whole)
    server.pull("s2", "end it")
    for tab in (early, late):
        state(tab, "dance", "done")
        assert tab.locator("#card-dance output").text_content() == whole


def hide(page, hidden):
    """As the browser does when a tab goes behind another."""
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
            Object.defineProperty(document, 'visibilityState',
                {configurable: true, get: () => hidden ? 'hidden' : 'visible'});
            document.dispatchEvent(new Event('visibilitychange'));
        }""",
        hidden,
    )


def test_eight_tabs_follow_since_hidden_ones_let_go_of_their_streams(server, window):
    place = server.begin("bridge", "eight")
    tabs = []
    for _ in range(8):
        tab = window.tab()
        with tab.expect_response(re.compile("/live/")):
            tab.goto(server.address + place)
        hide(tab, True)
        tabs.append(tab)
    front = tabs[-1]
    hide(front, False)
    front.locator("#card-name input[name=value]").fill("Everyone")
    front.keyboard.press("Enter")
    state(front, "name", "done")
    hide(front, True)
    for tab in tabs[:-1]:
        hide(tab, False)
        expect(tab.locator("#card-name .brief")).to_have_text("Everyone", timeout=15_000)
        hide(tab, True)


def test_eight_windows_side_by_side_follow_and_answer(server, window):
    """All are seen at once, and the browser has six connections for them."""
    place = server.begin("bridge", "side by side")
    tabs = []
    for _ in range(8):
        tab = window.tab()
        tab.goto(server.address + place)
        tabs.append(tab)
    tabs[0].locator("#card-name input[name=value]").fill("First")
    tabs[0].keyboard.press("Enter")
    for tab in tabs:
        expect(tab.locator("#card-name .brief")).to_have_text("First", timeout=15_000)
    tabs[7].locator("#card-quest input[name=value]").fill("Last")
    tabs[7].keyboard.press("Enter")
    for tab in tabs:
        expect(tab.locator("#card-quest .brief")).to_have_text("Last", timeout=15_000)
    assert len(server.events(place, "answered")) == 2


def test_a_tab_opened_behind_another_asks_for_no_stream_until_it_is_looked_at(server, window):
    place = server.begin("bridge", "behind")
    tab = window.tab()
    tab.add_init_script(
        "Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})"
    )
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(server.address + place)
    expect(tab.locator("#card-name")).to_be_visible()
    server.post(f"{place}/answer/name", value="Behind your back")
    tab.evaluate("new Promise(done => setTimeout(done, 300))")
    assert not [url for url in asked if "/live/" in url]
    hide(tab, False)
    expect(tab.locator("#card-name .brief")).to_have_text("Behind your back")


def test_a_tab_that_was_hidden_while_the_run_started_over_shows_the_new_run(server, window):
    place = server.begin("bridge", "same length")
    server.post(f"{place}/answer/name", value="The old one")
    tab = window.tab()
    with tab.expect_response(re.compile("/live/")):
        tab.goto(server.address + place)
    hide(tab, True)
    assert server.post(f"{place}/restart").status == 303
    server.post(f"{place}/answer/name", value="The new one")
    # As many events as before: only the run's birth tells the two apart.
    hide(tab, False)
    expect(tab.locator("#card-name .brief")).to_have_text("The new one", timeout=15_000)


def test_a_stream_resumes_after_the_last_event_it_saw(server):
    place = server.begin("bridge", "resume")
    server.post(f"{place}/answer/name", value="Ada")
    server.post(f"{place}/answer/quest", value="Grail")
    run = place.removeprefix("/runs/")
    assert "card-quest" in first_message(server, f"/live/{run}?after=1")
    assert first_message(server, f"/live/{run}?after=3").startswith(": here")
    assert first_message(server, f"/live/{run}?after=1", {"Last-Event-ID": "3"}).startswith(
        ": here"
    )
    for odd in ("", "-1", "zzz", "9" * 30, "٣", "1e9"):
        assert "card-quest" in first_message(
            server, f"/live/{run}?after=1", {"Last-Event-ID": odd or " "}
        )


def first_message(server, path, headers=None):
    """The first message of a stream, as it stands on the wire."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    encoded = {k: v.encode() for k, v in (headers or {}).items()}
    connection.request("GET", path, headers=encoded)
    reply = connection.getresponse()
    assert reply.status == 200
    text = b""
    while not text.endswith(b"\n\n"):
        text += reply.read1()
    connection.close()
    return text.decode()


def test_streams_that_close_are_forgotten(server):
    place = server.begin("bridge", "many streams")
    run = place.removeprefix("/runs/")
    for _ in range(30):  # more than may stay open at once
        first_message(server, f"/live/{run}?after=1")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", f"/live/{run}?after=1")
    stream = connection.getresponse()
    assert stream.read1() == b": here\n\n"
    server.post(f"{place}/answer/name", value="Still heard")
    assert b"Still heard" in stream.read1()
    connection.close()


def test_many_tabs_answering_at_once_write_one_answer(server):
    place = server.begin("bridge", "race")
    statuses = []

    def send(value):
        statuses.append(server.post(f"{place}/answer/name", value=value, seen="1").status)

    threads = [threading.Thread(target=send, args=(f"number {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303] + [409] * 7
    assert len(server.events(place, "answered")) == 1
