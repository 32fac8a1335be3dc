"""Files of a map given to Cosmograph: only what was shared, only while it is, only to its page."""

import http.client
import json
import os
import re
import threading
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from mapped import chart, write_site
from playwright.sync_api import expect

COSMOGRAPH = "https://cosmograph.app"
OPEN = re.compile(r'href="(https://cosmograph\.app/run/[^"]*)"')
LINK = re.compile(r"%2Fshare%2F([A-Za-z0-9_-]{43})%2Flinks\.csv")


@pytest.fixture(scope="module")
def drawn(server):
    """`drawn(key, kind)`: the page of a run with a map."""
    return lambda key, kind="both": chart(server, key, kind)


def opened(server, place):
    """The address of Cosmograph's page that a run's page leads to; None where nothing is shared."""
    found = OPEN.findall(server.get(place).text)
    assert len(found) <= 1
    return unescape(found[0]) if found else None


def shared(server, place, card="picture"):
    """Share the card's files; the path of the shared links.csv."""
    answer = server.post(f"{place}/share/{card}")
    assert answer.status == 303, answer.text
    assert answer.header("location") == f"{place}#card-{card}"
    return f"/share/{LINK.search(opened(server, place))[1]}/links.csv"


def stop(server, place, card="picture"):
    assert server.post(f"{place}/unshare/{card}").status == 303


def ask(server, method, path, *headers):
    """A request as a browser sends it for a page of another origin: no token, these headers."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
    connection.putrequest(method, path)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    reply = connection.getresponse()
    got = {}
    for name, value in reply.getheaders():
        assert name.lower() not in got or name.lower() == "vary", name
        got[name.lower()] = value
    body = reply.read()
    connection.close()
    return reply.status, got, body


def speaks_of_cors(headers):
    return [name for name in headers if name.startswith("access-control-")]


FROM_COSMOGRAPH = ("Origin", COSMOGRAPH)


def test_the_address_is_built_exactly(server, drawn):
    place = drawn("address")
    links = shared(server, place)
    token = links.split("/")[2]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    here = f"http%3A%2F%2F127.0.0.1%3A{server.port}%2Fshare%2F{token}%2F"
    assert opened(server, place) == (
        f"https://cosmograph.app/run/?data={here}links.csv&meta={here}meta.csv"
        "&nodeColor=pagetype&link-spring=.1"
    )
    page = server.get(place).text
    anchor = re.search(r"<a [^>]*cosmograph\.app/run/[^>]*>", page)[0]
    assert 'target="_blank"' in anchor
    assert 'rel="noopener noreferrer"' in anchor


def test_without_meta_there_is_nothing_to_colour_by(server, drawn):
    place = drawn("links-only", "links")
    links = shared(server, place)
    token = links.split("/")[2]
    here = f"http%3A%2F%2F127.0.0.1%3A{server.port}%2Fshare%2F{token}%2F"
    assert opened(server, place) == (
        f"https://cosmograph.app/run/?data={here}links.csv&link-spring=.1"
    )
    assert server.get(links.replace("links", "meta")).status == 404


def test_every_header_of_a_shared_file(server, drawn):
    links = shared(server, drawn("headers"))
    site = server.workspace / "site"
    for name in ("links", "meta"):
        path = links.replace("links.csv", f"{name}.csv")
        status, got, body = ask(server, "GET", path, FROM_COSMOGRAPH)
        assert (status, body) == (200, (site / f"{name}.csv").read_bytes())
        got.pop("date")
        assert got.pop("etag") and got.pop("last-modified")
        assert "default-src" not in got.pop("permissions-policy")
        assert got == {
            "access-control-allow-origin": COSMOGRAPH,
            "access-control-expose-headers": "Content-Length, Content-Range, Accept-Ranges, ETag",
            "vary": "Origin",
            "content-type": "text/csv; charset=utf-8",
            "content-length": str(len(body)),
            "content-disposition": f'attachment; filename="{name}.csv"',
            "accept-ranges": "bytes",
            "cache-control": "private, no-cache",
            "content-security-policy": "sandbox; default-src 'none'",
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "x-frame-options": "DENY",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
        }


def test_a_head_a_part_and_a_file_that_is_known(server, drawn):
    links = shared(server, drawn("parts"))
    whole = ask(server, "GET", links, FROM_COSMOGRAPH)
    status, got, body = ask(server, "HEAD", links, FROM_COSMOGRAPH)
    assert (status, body) == (200, b"")
    assert got["content-length"] == str(len(whole[2]))
    assert got["access-control-allow-origin"] == COSMOGRAPH
    status, got, body = ask(server, "GET", links, FROM_COSMOGRAPH, ("Range", "bytes=2-9"))
    assert (status, body) == (206, whole[2][2:10])
    assert got["content-range"] == f"bytes 2-9/{len(whole[2])}"
    assert got["access-control-allow-origin"] == COSMOGRAPH
    tag = ("If-None-Match", whole[1]["etag"])
    status, got, body = ask(server, "GET", links, FROM_COSMOGRAPH, tag)
    assert (status, body) == (304, b"")
    assert got["access-control-allow-origin"] == COSMOGRAPH
    assert got["vary"] == "Origin"


def test_the_newer_home_of_cosmograph_may_read_too(server, drawn):
    links = shared(server, drawn("newer"))
    origin = "https://run.cosmograph.app"
    assert ask(server, "GET", links, ("Origin", origin))[1]["access-control-allow-origin"] == origin


FOREIGN = [
    "https://evil.example",
    "http://cosmograph.app",
    "https://cosmograph.app:444",
    "https://cosmograph.app.evil.example",
    "https://evil.cosmograph.app",
    "https://cosmograph.app/",
    "HTTPS://COSMOGRAPH.APP",
    "https://cosmograph.app, https://evil.example",
    "null",
    "*",
    "",
]


@pytest.mark.parametrize("origin", FOREIGN)
def test_no_other_origin_is_let_in(server, drawn, origin):
    links = shared(server, drawn("foreign"))
    status, got, _ = ask(server, "GET", links, ("Origin", origin))
    assert speaks_of_cors(got) == []
    assert (status, got["cross-origin-resource-policy"]) == (200, "same-origin")
    status, got, body = ask(
        server, "OPTIONS", links, ("Origin", origin), ("Access-Control-Request-Method", "GET")
    )
    assert (status, speaks_of_cors(got), body) == (403, [], b"")


def test_two_origins_are_none(server, drawn):
    links = shared(server, drawn("two"))
    _, got, _ = ask(server, "GET", links, FROM_COSMOGRAPH, ("Origin", "https://evil.example"))
    assert speaks_of_cors(got) == []


def test_without_an_origin_the_file_is_given_and_no_more(server, drawn):
    status, got, _ = ask(server, "GET", shared(server, drawn("plain")))
    assert (status, speaks_of_cors(got)) == (200, [])
    assert got["vary"] == "Origin"


def test_a_preflight_also_for_this_machine(server, drawn):
    links = shared(server, drawn("preflight"))
    asks = ("Access-Control-Request-Method", "GET")
    status, got, body = ask(server, "OPTIONS", links, FROM_COSMOGRAPH, asks)
    assert (status, body) == (204, b"")
    assert {name: got[name] for name in speaks_of_cors(got)} == {
        "access-control-allow-origin": COSMOGRAPH,
        "access-control-allow-methods": "GET, HEAD",
        "access-control-allow-headers": "Range, If-Range, If-None-Match, If-Modified-Since",
        "access-control-expose-headers": "Content-Length, Content-Range, Accept-Ranges, ETag",
    }
    private = ("Access-Control-Request-Private-Network", "true")
    _, got, _ = ask(server, "OPTIONS", links, FROM_COSMOGRAPH, asks, private)
    assert got["access-control-allow-private-network"] == "true"
    for method in ("POST", "PUT", "DELETE", ""):
        asks = ("Access-Control-Request-Method", method)
        status, got, _ = ask(server, "OPTIONS", links, FROM_COSMOGRAPH, asks, private)
        assert (status, speaks_of_cors(got)) == (403, [])


def test_off_is_off_at_once_and_on_again_is_another_link(server, drawn):
    place = drawn("off")
    assert opened(server, place) is None
    assert "Share for Cosmograph" in server.get(place).text
    links = shared(server, place)
    assert "Shared since" in server.get(place).text
    assert "Share for Cosmograph" not in server.get(place).text
    stop(server, place)
    asks = ("Access-Control-Request-Method", "GET")
    for path in (links, links.replace("links", "meta")):
        for method in ("GET", "HEAD", "OPTIONS"):
            status, got, _ = ask(server, method, path, FROM_COSMOGRAPH, asks)
            assert (status, speaks_of_cors(got)) == (404, [])
    assert opened(server, place) is None
    stop(server, place)  # what is off may be turned off
    again = shared(server, place)
    assert again != links
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 404
    assert ask(server, "GET", again, FROM_COSMOGRAPH)[0] == 200


def test_shared_twice_is_one_link_the_newer(server, drawn):
    place = drawn("twice")
    first, second = shared(server, place), shared(server, place)
    assert ask(server, "GET", first, FROM_COSMOGRAPH)[0] == 404
    assert ask(server, "GET", second, FROM_COSMOGRAPH)[0] == 200


def test_two_runs_are_shared_apart(server, drawn):
    one, other = drawn("one"), drawn("other")
    of_one, of_other = shared(server, one), shared(server, other)
    stop(server, one)
    assert ask(server, "GET", of_one, FROM_COSMOGRAPH)[0] == 404
    assert ask(server, "GET", of_other, FROM_COSMOGRAPH)[0] == 200


def test_a_wrong_token_is_not_found_and_told_like_any_other(server, drawn):
    place = drawn("wrong")
    stopped = shared(server, place)
    token = shared(server, place).split("/")[2]
    wrong = [token[:-1] + ("A" if token[-1] != "A" else "B"), token[:-1], token + "A", "x"]
    wrong += [token.swapcase(), "%00", "%ff", "%C3%A9", "*", stopped.split("/")[2]]
    bodies = set()
    for given in wrong:
        status, got, body = ask(server, "GET", f"/share/{given}/links.csv", FROM_COSMOGRAPH)
        assert (status, speaks_of_cors(got)) == (404, []), given
        bodies.add(body)
    assert len(bodies) == 1
    assert b"Nothing is shared at this address" in bodies.pop()


NAMES = [
    "server.json",
    "graph.json",
    "",
    ".",
    "..",
    "../links.csv",
    "..%2flinks.csv",
    "..%2f..%2fsecrets.json",
    "%2e%2e%2f%2e%2e%2fserver.json",
    "links.csv%00",
    "links.csv%2f..%2fmeta.csv",
    "links.csv/",
    "LINKS.CSV",
    "links.csv.gz",
    "..%5c..%5cserver.json",
    "%2fetc%2fpasswd",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_link_gives_its_two_files_and_nothing_else(server, drawn, name):
    links = shared(server, drawn("names"))
    for method in ("GET", "OPTIONS"):
        asks = ("Access-Control-Request-Method", "GET")
        path = links.replace("links.csv", name)
        status, got, _ = ask(server, method, path, FROM_COSMOGRAPH, asks)
        assert status in (404, 405, 307)
        assert speaks_of_cors(got) == []


def test_only_a_map_with_its_own_links_can_be_shared(server, drawn):
    place = drawn("odd", "odd")
    page = server.get(place).text
    assert "graph-map" in page
    assert "Cosmograph" not in page
    for card in ("picture", "tables", "site", "nothing", "..%2f.."):
        answer = server.post(f"{place}/share/{card}")
        assert answer.status == 404, card
    assert server.post(f"{drawn('whole')}/share/tables").status == 404


def test_files_among_the_downloads_are_shared_until_they_are_set_aside(server, drawn):
    place = drawn("kept", "kept")
    links = shared(server, place)
    kept = server.workspace / "downloads" / "site" / "site_links.csv"
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[2] == kept.read_bytes()
    kept.rename(kept.with_suffix(".aside"))
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 404


def shared_path(server, place, name="links.csv"):
    found = list((server.journal_path(place).parent / "files").glob(f"*/{name}"))
    assert len(found) == 1
    return found[0]


def test_a_file_that_was_changed_since_is_not_given(server, drawn):
    place = drawn("changed")
    links = shared(server, place)
    path = shared_path(server, place)
    before, kept = path.stat(), path.read_bytes()
    path.write_bytes(kept + b"https://example.org/,https://example.org/new\n")
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 404
    path.write_bytes(b"x" * len(kept))
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 404
    told = server.get(place).text
    assert "the link gives nothing" in told
    assert opened(server, place) is None
    path.write_bytes(kept)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 200
    path.unlink()
    path.symlink_to(server.workspace / ".cardloom" / "server.json")
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 404


def test_a_map_made_anew_says_that_the_link_is_of_the_earlier_one(server, drawn, until):
    place = drawn("anew")
    links = shared(server, place)
    write_site(server.workspace / "again")
    server.post(f"{place}/answer/site", value="again", change="yes")
    until(lambda: len(server.events(place, "finished")) == 4, "the map made anew")
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 200
    told = server.get(place).text
    assert "the files of the earlier one" in told
    assert "Stop sharing" in told
    assert "Share the files of this map instead" in told
    newer = shared(server, place)
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 404
    assert ask(server, "GET", newer, FROM_COSMOGRAPH)[0] == 200
    assert "the files of the earlier one" not in server.get(place).text


@pytest.mark.parametrize("kind", ["both", "kept"])
def test_a_deleted_run_is_shared_no_more_also_when_it_is_put_back(server, drawn, kind):
    place = drawn(f"deleted-{kind}", kind)
    links = shared(server, place)
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 200
    assert server.cli("delete", place.removeprefix("/runs/")).returncode == 0
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 404
    assert server.cli("undelete", place.removeprefix("/runs/")).returncode == 0
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 404
    assert "Share for Cosmograph" in server.get(place).text


@pytest.mark.parametrize("kind", ["both", "kept"])
def test_a_run_started_over_shares_nothing(server, drawn, kind):
    place = drawn(f"over-{kind}", kind)
    links = shared(server, place)
    assert server.post(f"{place}/restart").status == 303
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 404


def test_a_finalized_run_can_be_shared_and_its_past_has_nothing_to_press(server, drawn):
    place = drawn("locked")
    server.post(f"{place}/finalize")
    before = server.journals()
    assert ask(server, "GET", shared(server, place), FROM_COSMOGRAPH)[0] == 200
    assert server.journals() == before
    past = server.get(f"{place}?at={len(server.journal(place))}").text
    assert "graph-map" in past
    assert "Cosmograph" not in past


def test_sharing_is_an_act_of_the_person(server, drawn):
    place = drawn("act")
    for sent in (
        {},
        {"Origin": COSMOGRAPH, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"X-Cardloom-Token": "wrong"},
    ):
        answer = server.request("POST", f"{place}/share/picture", trusted=False, headers=sent)
        assert answer.status == 403
    assert opened(server, place) is None
    assert server.get(f"{place}/share/picture").status in (404, 405)
    links = shared(server, place)
    sent = {"Origin": COSMOGRAPH, "Sec-Fetch-Site": "cross-site"}
    answer = server.request("POST", f"{place}/unshare/picture", trusted=False, headers=sent)
    assert answer.status == 403
    for method in ("POST", "PUT", "DELETE"):
        assert server.request(method, links).status in (403, 405)
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 200


def test_another_host_gets_no_shared_file(server, drawn):
    links = shared(server, drawn("rebound"))
    for method in ("GET", "OPTIONS"):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
        sent = {"Host": f"evil.example:{server.port}", "Origin": COSMOGRAPH}
        connection.request(method, links, headers=sent)
        reply = connection.getresponse()
        assert reply.status == 403
        assert not [k for k, _ in reply.getheaders() if k.lower().startswith("access-control-")]
        connection.close()


def test_the_list_is_private_and_a_broken_one_shares_nothing(server, drawn):
    place = drawn("private")
    links = shared(server, place)
    path = server.workspace / ".cardloom" / "shares.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert links.split("/")[2] in json.loads(path.read_text())
    kept = path.read_text()
    for broken in ("", "[]", "{", '{"x": 1}', '{"x": {"run": 1}}', "null"):
        path.write_text(broken)
        assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 404
        assert server.get(place).status == 200
    path.write_text(kept)
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 200
    assert links.split("/")[2] not in server.journal_path(place).read_text()


def test_a_share_outlives_the_server_and_no_backup_has_it(own_server):
    server = own_server
    links = shared(server, chart(server, "kept"))
    server.kill()
    server.start()
    assert ask(server, "GET", links, FROM_COSMOGRAPH)[0] == 200
    assert server.cli("backup").returncode == 0
    assert not list((server.workspace / "backups").rglob("shares*"))


def test_shipped_workflows_can_be_shared(server, until):
    place = server.post("/demo").header("location")
    until(lambda: "Share for Cosmograph" in server.get(place).text, "the map of the demo")
    links = shared(server, place, "graph")
    first = ask(server, "GET", links, FROM_COSMOGRAPH)[2].splitlines()[0]
    assert first.startswith(b"source,target")
    folder = server.workspace / "lists"
    write_site(folder)
    given = [f"links={folder / 'links.csv'}", f"pages={folder / 'meta.csv'}"]
    given += ['columns={"source": "source", "target": "target", "id": "id"}']
    done = server.cli("run", "csv_graph", "lists", *given)
    assert done.returncode == 0, done.stderr
    shared(server, "/runs/csv_graph/lists", "graph")
    assert "&meta=" in opened(server, "/runs/csv_graph/lists")


# -- a browser -----------------------------------------------------------------------------------

FETCH = """async ([url, options]) => {
    try {
        const answer = await fetch(url, options);
        return [answer.type, answer.status, (await answer.text()).length];
    } catch (error) { return ['failed', 0, 0]; }
}"""


class Elsewhere(BaseHTTPRequestHandler):
    """An empty page of another origin."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>Elsewhere</title>")

    def log_message(self, *args):
        pass


@pytest.fixture
def elsewhere():
    other = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{other.server_address[1]}/"
    other.shutdown()
    other.server_close()


@pytest.fixture
def cosmograph(browser):
    """A page whose origin is Cosmograph's, without the network: its address is answered here."""
    context = browser.new_context()
    # What a person allows when the browser asks: else no public page reaches this machine at all.
    context.grant_permissions(["local-network-access"], origin=COSMOGRAPH)
    context.route(
        f"{COSMOGRAPH}/**",
        lambda route: route.fulfill(content_type="text/html", body="<title>Cosmograph</title>"),
    )
    page = context.new_page()
    page.goto(f"{COSMOGRAPH}/run/")
    yield page
    context.close()


@pytest.mark.browser
def test_cosmographs_page_reads_the_files_while_they_are_shared(server, drawn, cosmograph):
    place = drawn("browser")
    links = shared(server, place)
    size = shared_path(server, place).stat().st_size
    url = server.address + links
    page = cosmograph
    assert page.evaluate(FETCH, [url, {}]) == ["cors", 200, size]
    part = {"headers": {"Range": "bytes=0-4,6-9"}}  # not a simple one: it is asked for beforehand
    assert page.evaluate(FETCH, [url, part])[:2] == ["cors", 206]
    read = "async url => (await fetch(url, {method: 'HEAD'})).headers.get('content-length')"
    assert page.evaluate(read, url) == str(size)
    assert page.evaluate(FETCH, [url, {"credentials": "include"}])[0] == "failed"
    assert page.evaluate(FETCH, [url, {"method": "POST"}])[0] == "failed"
    for path in (
        place,
        f"/runs/charted/browser/files/{shared_path(server, place).parent.name}/links.csv",
    ):
        assert server.get(path).status == 200
        assert page.evaluate(FETCH, [server.address + path, {}])[0] == "failed"
    stop(server, place)
    assert page.evaluate(FETCH, [url, {}])[0] == "failed"
    assert page.evaluate(FETCH, [url, {"cache": "no-store"}])[0] == "failed"


@pytest.mark.browser
def test_a_page_of_any_other_origin_reads_nothing(server, drawn, browser, elsewhere):
    links = shared(server, drawn("elsewhere"))
    page = browser.new_page()
    page.goto(elsewhere)
    url = server.address + links
    for options in ({}, {"mode": "no-cors"}, {"headers": {"Range": "bytes=0-4,6-9"}}):
        assert page.evaluate(FETCH, [url, options]) == ["failed", 0, 0]
    page.close()


@pytest.mark.browser
def test_sharing_and_stopping_on_the_page_leaves_the_map_alone(server, drawn, window):
    place = drawn("pressed")
    page = window.tab()
    asked = []
    window.context.on("request", lambda request: asked.append(request.url))
    page.goto(server.address + place)
    expect(page.locator(".graph-body[data-ready]")).to_be_visible()
    page.evaluate("() => { window.stage = document.querySelector('.graph-stage'); }")
    panel = page.locator("#share-picture")
    expect(panel).to_contain_text("needs the network")
    panel.get_by_role("button", name="Share for Cosmograph").click()
    expect(panel).to_contain_text("Shared since")
    link = panel.get_by_role("button", name="Open in Cosmograph")
    expect(link).to_have_attribute("href", opened(server, place))
    window.context.route(
        f"{COSMOGRAPH}/**", lambda route: route.fulfill(content_type="text/html", body="<p>Here")
    )
    assert {url.startswith((server.address, "data:", "blob:")) for url in asked} == {True}
    with window.context.expect_page() as waiting:
        link.click()
    other = waiting.value
    other.wait_for_load_state()
    assert other.url == opened(server, place)
    assert other.evaluate("[window.opener, document.referrer]") == [None, ""]
    other.close()
    panel.get_by_role("button", name="Stop sharing").click()
    expect(panel.get_by_role("button", name="Share for Cosmograph")).to_be_visible()
    assert page.evaluate("window.stage.isConnected")
    assert opened(server, place) is None


@pytest.mark.browser
def test_sharing_without_javascript(server, drawn, browser):
    place = drawn("plain-html")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.address + place)
    page.get_by_role("button", name="Share for Cosmograph").click()
    expect(page.locator("#share-picture")).to_contain_text("Shared since")
    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_role("button", name="Share for Cosmograph")).to_be_visible()
    context.close()
