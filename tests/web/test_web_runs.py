"""All runs: found, filtered, paged, labelled, deleted and taken back, with JavaScript and without."""

import re

import pytest
from playwright.sync_api import expect

XSS = "<img src=x onerror=alert(1)>"


def rows(answer):
    return re.findall(r'<span class="key">([^<]*)</span>', answer.text)


@pytest.fixture
def bridge(own_server):
    def begin(key, **answers):
        place = own_server.begin("bridge", key)
        for card, value in answers.items():
            own_server.post(f"{place}/answer/{card}", value=value)
        return place

    return begin


def test_the_address_holds_the_filter(own_server, bridge):
    bridge("ada", name="Ada", quest="Grail", color="blue")
    bridge("bob")
    own_server.begin("chain", "ada too")
    assert rows(own_server.get("/runs")) == ["ada too", "bob", "ada"]
    assert rows(own_server.get("/runs?search=ADA")) == ["ada too", "ada"]
    assert rows(own_server.get("/runs?workflow=bridge")) == ["bob", "ada"]
    assert rows(own_server.get("/runs?status=done")) == ["ada"]
    assert rows(own_server.get("/runs?search=ada&workflow=chain&status=waiting")) == ["ada too"]
    assert rows(own_server.get("/runs?sort=name")) == ["ada", "ada too", "bob"]
    assert rows(own_server.get("/runs?since=2100-01-01")) == []
    assert rows(own_server.get("/runs?until=2100-01-01&since=2020-01-01")) == [
        "ada too",
        "bob",
        "ada",
    ]
    assert "No run is so." in own_server.get("/runs?search=nobody").text


@pytest.mark.parametrize(
    "query",
    [
        "status=dancing",
        "since=2026-99-99",
        "until=x",
        "sort=;drop",
        "archived=maybe",
        "page=0",
        "page=-1",
        "page=9999999999",
        "page=x",
    ],
)
def test_what_means_nothing_is_left_out_with_a_word(server, query):
    server.begin("bridge", "ada")
    answer = server.get(f"/runs?{query}")
    assert answer.status == 200
    assert "Left out, as it means nothing here" in answer.text
    assert "ada" in rows(answer)


@pytest.mark.parametrize(
    "query", ["search=%00%ff", "tag=%27%20OR", "workflow=../..", "search=" + "x" * 5000]
)
def test_a_hostile_address_finds_nothing_and_breaks_nothing(server, query):
    answer = server.get(f"/runs?{query}")
    assert answer.status == 200
    assert rows(answer) == []


def test_fifty_a_page_and_none_twice(own_server):
    for n in range(51):
        own_server.begin("bridge", f"run {n}")
    first, second = own_server.get("/runs?sort=name"), own_server.get("/runs?sort=name&page=2")
    assert (len(rows(first)), len(rows(second))) == (50, 1)
    assert not set(rows(first)) & set(rows(second))
    assert 'href="/runs?sort=name&amp;page=2"' in first.text
    assert "Page 2 of 2" in second.text
    assert "51 runs" in own_server.get("/").text


def test_labels_without_javascript(own_server, bridge):
    place = bridge("ada")
    before = own_server.journal_path(place).read_bytes()
    assert (
        own_server.post(f"{place}/labels", title="The good one", tags="Client, new").status == 303
    )
    listed = own_server.get("/runs?tag=client").text
    assert "The good one" in listed
    assert 'href="/runs?tag=new"' in listed
    assert "The good one" in own_server.get(place).text
    assert "The good one" in own_server.get("/").text
    refused = own_server.post(f"{place}/labels", title="", tags="a,+b")
    assert refused.status == 422
    assert "can&#x27;t be a tag" in refused.text or "can't be a tag" in refused.text
    assert 'value="a,+b"' in refused.text
    assert "The good one" in own_server.get("/runs").text
    assert own_server.journal_path(place).read_bytes() == before


def test_labels_from_a_hostile_hand_are_text(own_server, bridge):
    place = bridge("ada")
    own_server.post(f"{place}/labels", title=XSS, tags=XSS)
    (own_server.journal_path(bridge("bob")).parent / "about.json").write_text('{"title": ["' + XSS)
    for page in ("/runs", "/", place, f"{place}/labels"):
        assert XSS not in own_server.get(page).text
    assert "about.json is left out" in own_server.get("/runs").text


def test_archive_delete_and_trash_without_javascript(own_server, bridge):
    place, other = bridge("ada"), bridge("bob")
    assert own_server.post(f"{place}/archive").status == 303
    assert rows(own_server.get("/runs")) == ["bob"]
    assert "ada" not in rows(own_server.get("/"))
    assert rows(own_server.get("/runs?archived=yes")) == ["ada"]
    own_server.post(f"{place}/unarchive")
    before = own_server.journal_path(other).read_bytes()
    assert own_server.post(f"{other}/delete").header("location") == "/trash"
    assert own_server.get(other).status == 404
    item = re.search(r'name="place" value="([^"]+)"', own_server.get("/trash").text)[1]
    assert own_server.post("/trash/undelete", place=item).header("location") == other
    assert own_server.journal_path(other).read_bytes() == before
    own_server.post(f"{other}/delete")
    assert own_server.post("/trash/empty").status == 303
    assert "The trash is empty." in own_server.get("/trash").text
    assert own_server.post("/trash/undelete", place=item).status == 404
    assert own_server.post("/trash/undelete", place="../../etc").status == 404


def test_a_running_job_keeps_its_run_from_the_trash(own_server):
    place = own_server.begin("puppet", "held")
    own_server.post(f"{place}/answer/string", value="held")
    refused = own_server.post(f"{place}/delete")
    assert refused.status == 409
    assert "Cancel it before you delete the run." in refused.text
    assert own_server.journal_path(place).exists()
    own_server.pull("held", "end")


@pytest.mark.parametrize(
    "path",
    ["{}/labels", "{}/archive", "{}/unarchive", "{}/delete", "/trash/empty", "/trash/undelete"],
)
def test_no_act_from_another_page(server, path):
    place = server.begin("bridge", "guarded")
    answer = server.request(
        "POST",
        path.format(place),
        form={},
        trusted=False,
        headers={"Origin": "http://evil.example"},
    )
    assert answer.status == 403
    assert server.get(path.format(place)).status in (200, 404, 405)
    assert server.journal_path(place).exists()


def test_the_index_deleted_under_a_running_server(own_server, bridge):
    bridge("ada")
    bridge("bob")
    assert rows(own_server.get("/runs")) == ["bob", "ada"]
    index = own_server.workspace / ".cardloom/index.sqlite"
    index.unlink()
    assert rows(own_server.get("/runs")) == ["bob", "ada"]
    index.write_bytes(b"\0" * 10_000)
    assert "bob" in own_server.get("/").text
    assert rows(own_server.get("/runs?search=ada")) == ["ada"]


def test_runs_of_another_process_are_in_the_list(own_server, until):
    own_server.begin("bridge", "here")
    own_server.cli("run", "bridge", "there", "name=x", "quest=y", "color=blue")
    assert rows(own_server.get("/runs?status=done")) == ["there"]
    own_server.cli("delete", "bridge/there")
    assert rows(own_server.get("/runs")) == ["here"]


@pytest.mark.browser
def test_typing_narrows_the_list_and_the_address_follows(own_server, bridge, page):
    bridge("ada lovelace")
    bridge("bob")
    page.goto(own_server.address)
    page.locator("#recent").get_by_role("link", name="All runs").click()
    search = page.get_by_label("Search", exact=True)
    search.type("love")
    expect(page.locator("#found li")).to_have_count(1)
    expect(page.locator("#found li")).to_contain_text("ada lovelace")
    expect(search).to_be_focused()
    expect(page).to_have_url(f"{own_server.address}/runs?search=love")
    page.reload()
    expect(page.locator("#found li")).to_have_count(1)
    expect(search).to_have_value("love")
    search.fill("")
    expect(page.locator("#found li")).to_have_count(2)
    page.get_by_label("Status").select_option("done")
    expect(page.locator("#found")).to_contain_text("No run is so.")
    expect(page).to_have_url(f"{own_server.address}/runs?status=done")


@pytest.mark.browser
def test_labels_are_edited_in_the_row_and_a_run_is_deleted_and_put_back(own_server, bridge, page):
    place = bridge("ada")
    page.goto(f"{own_server.address}/runs")
    row = page.locator("#found li", has_text="ada")
    row.get_by_role("link", name="Edit").click()
    row.get_by_label("Title").fill("The good one")
    row.get_by_label("Tags").fill("bad,+tag")
    row.get_by_role("button", name="Save").click()
    expect(row.locator(".error")).to_contain_text("can't be a tag")
    expect(row.get_by_label("Tags")).to_have_value("bad,+tag")
    row.get_by_label("Tags").fill("client")
    row.get_by_role("button", name="Save").click()
    expect(row.locator(".labels")).to_contain_text("The good one")
    expect(row.locator(".panel")).to_have_count(0)
    row.get_by_role("link", name="Edit").click()
    row.get_by_role("link", name="Close").click()
    expect(row.locator(".panel")).to_have_count(0)
    row.get_by_role("link", name="Edit").click()
    row.get_by_role("button", name="Move to the trash").click()
    expect(row).to_contain_text("ada is in the trash.")
    assert not own_server.journal_path(place).exists()
    row.get_by_role("button", name="Put it back").click()
    expect(page).to_have_url(own_server.address + place)
    expect(page.locator("#run-head")).to_contain_text("The good one")


@pytest.mark.browser
def test_a_refused_delete_is_said_on_the_list(own_server, page):
    place = own_server.begin("puppet", "tied")
    own_server.post(f"{place}/answer/string", value="tied")
    page.goto(f"{own_server.address}/runs")
    page.get_by_role("link", name="Edit tied").click()
    page.get_by_role("button", name="Move to the trash").click()
    expect(page.locator("#toast")).to_contain_text("Cancel it before you delete the run.")
    own_server.pull("tied", "end")


@pytest.mark.browser
def test_a_tab_on_a_deleted_run_says_so(own_server, bridge, page):
    place = bridge("ada")
    page.goto(own_server.address + place)
    expect(page.locator("#card-name")).to_have_attribute("data-state", "asking")
    expect(page.locator("#live")).to_have_attribute("hx-sse-connect", re.compile("."))
    own_server.post(f"{place}/delete")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not found")


@pytest.mark.browser
def test_the_filter_works_without_javascript(own_server, bridge, browser):
    bridge("ada")
    bridge("bob")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{own_server.address}/runs")
    page.get_by_label("Search", exact=True).fill("bob")
    page.get_by_role("button", name="Show").click()
    assert page.locator("#found li").count() == 1
    assert "search=bob" in page.url
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Title").fill("Second")
    page.get_by_role("button", name="Save").click()
    assert "Second" in page.locator("#found").inner_text()
    context.close()
