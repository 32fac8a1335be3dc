"""The Connect page, the exports in the workspace, and Link Graph in a browser against the emulator."""

import re
import shutil
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import expect
from test_web_axe import AXE, check

X = "<img src=x onerror=alert(1)>"
RUN = "/runs/link_graph/app-botify-com-demo-org-demo-example~7a7cb40c94c9"
FOLDER = "downloads/link-graph/demo-org/demo.example"


@pytest.fixture
def at(botify):
    return botify()


@pytest.fixture
def served(serve, tmp_path, at):
    """A server on an empty workspace, not connected yet."""
    started = serve(tmp_path / "workspace")
    started.botify = at
    return started


@pytest.fixture
def page(window):
    window.context.add_init_script(AXE)
    return window.tab()


@pytest.fixture(autouse=True)
def make_workspace(tmp_path):
    (tmp_path / "workspace").mkdir()


def connect(served, **more):
    form = {"token": served.botify.emulator.token, "api": served.botify.api, **more}
    return served.post("/botify", **form)


def state(page, card, mark):
    expect(page.locator(f"#card-{card}")).to_have_attribute("data-state", mark, timeout=30_000)


def test_a_token_is_kept_once_it_was_checked_and_forgotten_when_told(served):
    secrets = served.workspace / ".cardloom" / "secrets.json"
    assert "Connect Botify" in served.get("/").text
    bad = connect(served, token="wrong-token-pasted")
    assert bad.status == 422 and "does not know this token" in bad.text
    assert "wrong-token-pasted" not in bad.text and not secrets.exists()
    good = connect(served)
    assert (good.status, good.header("location")) == (303, "/botify")
    token = served.botify.emulator.token
    page = served.get("/botify").text
    assert "ada.lovelace" in page and "demo.example" in page and token not in page
    assert token in secrets.read_text() and secrets.stat().st_mode & 0o077 == 0
    assert "Connected as ada.lovelace" in served.get("/").text
    assert "https://app.botify.com/demo-org/demo.example/" in served.get("/").text
    assert served.post("/botify/disconnect").status == 303
    assert token not in secrets.read_text()
    assert "Connect Botify" in served.get("/botify").text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"token": ""}, "Paste your Botify token here"),
        ({"token": "two words here"}, "no spaces"),
        ({"api": "http://example.com"}, "must be https"),
        ({"api": "http://127.0.0.1:9"}, "did not answer"),
        ({"api": f"https://{X}"}, "API"),
    ],
)
def test_what_cannot_be_a_connection_is_said_at_its_field(served, form, said):
    answer = connect(served, **form)
    assert answer.status == 422 and said in answer.text and X not in answer.text
    assert not (served.workspace / ".cardloom" / "secrets.json").exists()


@pytest.mark.parametrize("fault", ["403", "429,value=3600", "500", "html", "echo"])
def test_a_refusal_of_botify_is_a_sentence_and_keeps_nothing(served, fault):
    served.botify.emulator.add_fault(f"{fault},at=profile")
    answer = connect(served)
    assert answer.status == 422 and 'role="alert"' in answer.text
    assert served.botify.emulator.token not in answer.text
    assert not (served.workspace / ".cardloom" / "secrets.json").exists()


@pytest.mark.parametrize("place", ["", "/disconnect", "/refresh", "/exports/aside"])
def test_no_other_page_may_connect_or_disconnect(served, place):
    connect(served)
    told = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = served.request(
        "POST", f"/botify{place}", form={"token": "x" * 20}, headers=told, trusted=False
    )
    assert answer.status == 403
    assert "ada.lovelace" in served.get("/botify").text


def test_names_from_elsewhere_are_text(served):
    (served.workspace / "candidates.txt").write_text(f"acme\n  shop\n  {X}\n{X}\n  shop\n")
    served.botify.connect(served.workspace)
    path = served.workspace / ".cardloom" / "botify.json"
    path.write_text(path.read_text().replace("ada.lovelace", X))
    for place in ("/", "/botify"):
        page = served.get(place).text
        assert X not in page and "&lt;img" in page
        assert "https://app.botify.com/acme/shop/" in page
    wrong = served.post("/runs", workflow="link_graph", key=f"https://app.botify.com/a/{X}")
    assert wrong.status == 422 and X not in wrong.text
    assert served.get(f"/botify/exports/a/{quote(X)}").status == 404


def test_only_tables_below_the_downloads_are_given_away(served):
    folder = served.workspace / FOLDER
    folder.mkdir(parents=True)
    (folder / "a_1_links.csv").write_text("source,target\n")
    (folder / "a_1_links.csv.json").write_text("{}")
    (folder / "evil.csv").symlink_to(served.workspace / ".cardloom" / "server.json")
    good = served.get(f"/{FOLDER}/a_1_links.csv")
    assert good.status == 200 and "attachment" in good.header("content-disposition")
    assert "sandbox" in good.header("content-security-policy")
    for name in ("a_1_links.csv.json", "evil.csv", "../../../.cardloom/server.json", "..%2Fx.csv"):
        assert served.get(f"/{FOLDER}/{name}").status == 404


def test_a_run_without_a_token_leads_to_the_page_and_back(served, page):
    place = served.begin("link_graph", "demo-org/demo.example")
    page.goto(served.address + place)
    state(page, "project", "failed")
    page.locator("#card-project .remedy a").click()
    expect(page).to_have_url(re.compile("/botify$"))
    page.get_by_label("Token").fill(served.botify.emulator.token)
    page.get_by_label("Address of the API").fill(served.botify.api)
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("ada.lovelace")).to_be_visible()
    page.goto(served.address + place)
    page.locator("#card-project").get_by_role("button", name="Retry").click()
    state(page, "analysis", "asking")


@pytest.mark.browser
def test_a_person_goes_through_the_whole_of_it(served, page):
    emulator = served.botify.emulator
    page.goto(served.address + "/botify")
    check(page)
    connect(served)
    page.goto(served.address + "/botify")
    check(page)
    row = page.locator(".projects li", has_text="demo.example")
    row.get_by_role("button", name="Begin demo.example").click()
    state(page, "analysis", "asking")
    crawls = page.locator("#card-analysis")
    expect(crawls.locator(".option")).to_contain_text(["20240101-2", "20240101", "20231201"])
    expect(crawls.locator(".option.off")).to_contain_text("this crawl failed")
    crawls.locator("input[value='20240101']").check()
    crawls.get_by_role("button", name="Continue").click()
    state(page, "depth", "asking")
    expect(page.locator("#card-depths table.bars")).to_have_count(2)
    expect(page.locator("#card-depth input:checked")).to_have_attribute("value", "3")
    page.locator("#card-depth input[value='2']").check()
    page.locator("#card-depth").get_by_role("button", name="Continue").click()
    state(page, "attributes", "asking")
    ticks = page.locator("#card-attributes")
    expect(ticks.locator(".option.off").first).to_contain_text("not in this crawl")
    check(page)
    ticks.locator("textarea").fill("no.such.field")
    ticks.get_by_role("button", name="Continue").click()
    expect(ticks.get_by_role("alert")).to_contain_text("'no.such.field' is no field of this crawl")
    ticks.locator("textarea").fill("byte_size")
    ticks.get_by_role("button", name="Continue").click()
    state(page, "order", "asking")
    expect(page.locator("#card-check")).to_contain_text("https://demo.example/")
    page.locator("#card-check summary", has_text="Calls as curl").click()
    expect(page.locator("#card-check details.code pre").first).to_contain_text("$BOTIFY_TOKEN")
    expect(page.locator("#card-order")).to_contain_text("credits")
    assert emulator.posts == 0
    page.locator("#card-order").get_by_role("button", name="Continue").dblclick()
    state(page, "findings", "done")
    assert emulator.posts == 2
    expect(page.locator("#card-meta")).to_contain_text("byte_size")
    expect(page.locator("#card-graph .graph-map")).to_be_visible()
    with page.expect_download() as saved:
        page.locator("#card-links").get_by_role("link", name=re.compile("Download")).click()
    assert saved.value.path().read_bytes().startswith(b"source,target")
    page.locator("#share-graph").get_by_role("button", name="Share for Cosmograph").click()
    link = page.get_by_role("button", name="Open in Cosmograph").get_attribute("href")
    shared = re.search(r"data=([^&]+)&meta=([^&]+)", link)
    links, meta = (served.get(unquote(a).removeprefix(served.address)) for a in shared.groups())
    assert links.body == saved.value.path().read_bytes()
    assert "byte_size" in meta.text.splitlines()[0]

    # What is here is not chosen for an export again, but opened, downloaded or exported anew.
    page.locator("#card-analyses").get_by_role("button", name="Run again").click()
    state(page, "analysis", "asking")
    here = crawls.locator(".option.off", has_text="links and attributes here")
    expect(here).to_have_count(1)
    expect(crawls.get_by_role("link", name="Download links")).to_be_visible()
    check(page)
    crawls.get_by_role("link", name="Open, or export again").click()
    export = page.locator("#export-20240101")
    expect(export.get_by_role("link", name="Open its map")).to_be_visible()
    check(page)
    export.get_by_role("button", name="Export again").click()
    export.get_by_role("button", name="Set the files of 20240101 aside").click()
    expect(page).to_have_url(re.compile(RUN))
    state(page, "analysis", "done")
    assert served.get(unquote(shared[1]).removeprefix(served.address)).status == 404
    state(page, "order", "asking")
    assert emulator.posts == 2
    page.locator("#card-order").get_by_role("button", name="Continue").click()
    state(page, "findings", "done")
    expect(page.locator("#card-links")).to_contain_text("Botify had this export already")
    assert emulator.posts == 2


def test_a_killed_server_takes_the_job_up_at_one_word(served, serve, until, botify):
    slow = botify(looks=(0, 1))
    served.botify = slow
    connect(served)
    place = served.begin("link_graph", slow.url())
    for card, value in {"analysis": "20240101", "depth": "1"}.items():
        until(lambda card=card: asked(served, place, card))
        assert served.post(f"{place}/answer/{card}", value=value).status == 303
    until(lambda: asked(served, place, "attributes"))
    assert served.post(f"{place}/answer/attributes", group_3="http_code", more="").status == 303
    until(lambda: asked(served, place, "order"))
    served.post(f"{place}/answer/order", value="export")
    until(lambda: [e for e in served.events(place, "remembered") if e["card"] == "links"])
    served.kill()
    assert slow.emulator.posts == 1
    served.start()
    until(lambda: [e for e in served.events(place, "interrupted") if e["card"] == "links"])
    assert slow.emulator.posts == 1
    assert served.post(f"{place}/again/links").status == 303
    until(lambda: done(served, place, "meta"))
    assert slow.emulator.posts == 2
    # With its files, notes and receipts gone, Botify's own list still knows the job.
    shutil.rmtree(served.workspace / FOLDER)
    assert served.post(f"{place}/again/links").status == 303
    until(lambda: len(done(served, place, "links")) > 1)
    assert slow.emulator.posts == 2


def test_a_fork_in_the_middle_pays_nothing_again(served, until, botify):
    slow = botify(looks=(0, 100))
    served.botify = slow
    connect(served)
    place = served.begin("link_graph", slow.url())
    answers = {
        "analysis": {"value": "20240101"},
        "depth": {"value": "1"},
        "attributes": {"group_3": "http_code", "more": ""},
        "order": {"value": "export"},
    }
    for card, form in answers.items():
        until(lambda card=card: asked(served, place, card))
        assert served.post(f"{place}/answer/{card}", **form).status == 303
    until(lambda: [e for e in served.events(place, "remembered") if e["card"] == "links"])
    n = max(e["n"] for e in served.events(place, "answered"))
    key = f"{slow.url()} fork"
    forked = served.cli("fork", place.removeprefix("/runs/"), key, "--at", str(n))
    assert forked.returncode == 0, forked.stderr
    [other] = [p for p in (served.workspace / "runs/link_graph").iterdir() if "fork" in p.name]
    copy = f"/runs/link_graph/{other.name}"
    assert 'data-state="held"' in served.get(copy).text  # nothing begins by itself
    assert served.post(f"{copy}/again/links").status == 303
    until(lambda: "Another run is fetching" in served.journal(copy)[-1].get("note", ""))
    assert served.post(f"{place}/cancel/links").status == 303
    until(lambda: [e for e in served.events(copy, "remembered") if e["card"] == "links"])
    assert slow.emulator.posts == 1


def test_a_cancelled_export_goes_on_where_it_was(served, until, botify):
    slow = botify(looks=(0, 1))
    served.botify = slow
    connect(served)
    told = served.cli("run", "link_graph", slow.url(), "analysis=20240101", "--defaults")
    assert told.returncode == 0, told.stderr
    assert slow.emulator.posts == 2
    place = RUN
    changed = served.post(f"{place}/answer/depth", value="0", change="yes")
    assert changed.status == 303
    until(lambda: served.journal(place)[-1]["type"] != "progressed" and held(served, place))
    assert slow.emulator.posts == 2  # nothing is paid before a person's word
    served.post(f"{place}/again/links")
    until(lambda: len([e for e in served.events(place, "remembered") if e["card"] == "links"]) > 1)
    served.post(f"{place}/cancel/links")
    until(lambda: served.events(place, "cancelled"))
    served.post(f"{place}/again/links")
    until(lambda: len(done(served, place, "links")) > 1)
    assert slow.emulator.posts == 3


def asked(served, place, card):
    return [e for e in served.events(place, "asked") if e["card"] == card]


def done(served, place, card):
    return [e for e in served.events(place, "finished") if e["card"] == card]


def held(served, place):
    return 'data-state="stale"' in served.get(place).text and asked(served, place, "order")
