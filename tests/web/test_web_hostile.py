"""Bad input: whatever comes in, what goes out is a sentence, inert, and from inside the run."""

import functools
import re
from urllib.parse import quote, urlencode

import pytest
from direct import App
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from cardloom.catalog import Catalog
from cardloom.engine import moves
from cardloom.workspace import RunStore, Workspace

PORT = 5001
X = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'>"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    made = App(tmp_path_factory.mktemp("asgi"))
    form = [(b"content-type", b"application/x-www-form-urlencoded")]
    status, _, _ = made.call("POST", "/runs", form, b"workflow=bridge&key=fuzz")
    assert status == 303
    yield made
    made.close()


odd = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "..",
            "../..",
            "\0",
            "/",
            "//etc/passwd",
            "%2e%2e",
            "a" * 5000,
            "9" * 5000,
            "-1",
            "🐇",
            "CON",
        ]
    ),
    st.sampled_from(
        ["bridge", "fuzz", "name", "color", "verdict", "index", "cardloom.js", "files"]
    ),
)
segment = st.sampled_from(
    [
        "runs",
        "bridge",
        "fuzz",
        "live",
        "static",
        "help",
        "card",
        "files",
        "answer",
        "change",
        "fold",
        "draft",
        "again",
        "cancel",
        "finalize",
        "restart",
        "reopen",
        "demo",
        "name",
        "color",
        "0",
    ]
)
paths = st.lists(st.one_of(segment, odd), max_size=6).map(
    lambda parts: "/" + "/".join(quote(part, safe="") for part in parts)
)
known_places = st.sampled_from(
    [
        "/runs/bridge/{}",
        "/runs/{}/fuzz",
        "/runs/bridge/fuzz/{}/name",
        "/runs/bridge/fuzz/answer/{}",
        "/runs/bridge/fuzz/draft/{}",
        "/runs/bridge/fuzz/card/{}",
        "/runs/bridge/fuzz/files/{}",
        "/runs/bridge/fuzz/change/{}",
        "/runs/bridge/fuzz/again/{}",
        "/runs/bridge/fuzz?change={}",
        "/static/0/{}",
        "/static/{}/x.js",
        "/help/{}",
        "/live/bridge/{}",
        "/live/{}/fuzz",
        "/{}",
    ]
)
places = st.builds(lambda place, part: place.format(quote(part, safe="")), known_places, odd)
bodies = st.one_of(
    st.binary(max_size=200),
    st.dictionaries(
        st.one_of(
            st.sampled_from(["value", "seen", "change", "why", "workflow", "key"]),
            st.text(max_size=9),
        ),
        st.text(max_size=60),
        max_size=5,
    ).map(lambda form: urlencode(form, errors="surrogatepass").encode()),
)
kinds = st.sampled_from(
    [
        b"application/x-www-form-urlencoded",
        b"multipart/form-data",
        b"multipart/form-data; boundary=x",
        b"application/json",
        b"text/plain",
        b"\xff\xfe",
    ]
)


def answered(flow, card, raw, state):
    return moves.answer(flow, state, card, raw, by="person")


def looks_sane(status, headers, text):
    assert status < 500, text
    assert "Traceback" not in text
    if status >= 400:
        assert text.strip(), "a blank page"
    assert headers[b"x-content-type-options"] == b"nosniff"


quiet = settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@quiet
@given(target=st.one_of(paths, places), by_htmx=st.booleans())
@example(target="/static/0/%00", by_htmx=False)
@example(target="/static/0/" + "a" * 5000 + ".css", by_htmx=False)
@example(target="/help/%00", by_htmx=False)
@example(target="/help/" + "a" * 5000, by_htmx=False)
@example(target="/runs/bridge/fuzz/files/%00", by_htmx=False)
@example(target="/runs/bridge/fuzz/files/" + "a" * 5000, by_htmx=True)
@example(target="/runs/bridge/fuzz/card/" + "9" * 5000, by_htmx=False)
@example(target="/runs/bridge/%ED%A0%80", by_htmx=False)
def test_any_address_is_answered_with_a_page_and_changes_nothing(app, target, by_htmx):
    before = app.journals()
    headers = [(b"hx-request", b"true")] if by_htmx else []
    for method in ("GET", "HEAD"):
        looks_sane(*app.call(method, target, headers))
    assert app.journals() == before


@quiet
@given(target=st.one_of(paths, places), kind=kinds, body=bodies, by_htmx=st.booleans())
@example(
    target="/runs/bridge/fuzz/answer/name",
    kind=b"multipart/form-data; boundary=x",
    body=b'--x\r\ncontent-disposition: form-data; name="value"; filename="a"\r\n\r\nfile\r\n--x--\r\n',
    by_htmx=False,
)
@example(
    target="/runs",
    kind=b"multipart/form-data; boundary=x",
    body=b'--x\r\ncontent-disposition: form-data; name="key"; filename="a"\r\n\r\nfile\r\n--x--\r\n',
    by_htmx=False,
)
def test_any_form_is_taken_or_refused_with_a_sentence(app, target, kind, body, by_htmx):
    headers = [(b"content-type", kind), *([(b"hx-request", b"true")] if by_htmx else [])]
    looks_sane(*app.call("POST", target, headers, body))
    looks_sane(*app.call("GET", "/runs/bridge/fuzz"))
    looks_sane(*app.call("GET", "/"))


@pytest.mark.parametrize(
    "shown",
    [
        "../journal.jsonl",
        "..%2fjournal.jsonl",
        "%2e%2e/journal.jsonl",
        "..%5cjournal.jsonl",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "//etc/passwd",
        "papers-3/../../journal.jsonl",
        "papers-3/..%2f..%2fdraft.json",
        "papers-3/%00",
        "papers-3/note.txt%00.png",
        "papers-3/note.txt/",
        "papers-3",
        "",
        ".",
        "link/passwd",
        "link.txt",
    ],
)
def test_a_runs_files_are_not_a_way_out_of_it(server, until, shown):
    place = server.begin("written", "escape")
    server.post(f"{place}/answer/text", value="inside")
    until(lambda: server.events(place, "finished"), "the files")
    files = server.journal_path(place).parent / "files"
    if not (files / "link").exists():
        (files / "link").symlink_to("/etc")
        (files / "link.txt").symlink_to("/etc/passwd")
    answer = server.get(f"{place}/files/{shown}")
    if answer.status in (303, 307):
        answer = server.get(answer.header("location").removeprefix(server.address))
    assert answer.status == 404 or answer.text == "inside"
    assert "root:" not in answer.text
    assert '"type":"created"' not in answer.text


def test_a_runs_files_run_nothing_in_the_browser(server, until):
    place = server.begin("written", "inert")
    server.post(f"{place}/answer/text", value=X)
    until(lambda: server.events(place, "finished"), "the files")
    links = re.findall(r'href="(/runs/[^"]*/files/[^"]*)"', server.get(place).text)
    assert len(links) == 5
    for link in links:
        answer = server.get(link)
        assert answer.status == 200
        assert answer.text == X
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("content-security-policy").startswith("sandbox")
        kind = answer.header("content-type")
        assert "html" not in kind
        assert "svg" not in kind
        if not link.endswith(".txt"):
            assert answer.header("content-disposition").startswith("attachment")


def test_a_file_that_is_published_anew_is_not_taken_from_the_browsers_store(server, until):
    place = server.begin("written", "anew")
    server.post(f"{place}/answer/text", value="one")
    until(lambda: server.events(place, "finished"), "the files")
    link = re.search(r'href="(/runs/[^"]*/note.txt)"', server.get(place).text)[1]
    assert "no-cache" in server.get(link).header("cache-control")


@pytest.mark.browser
def test_hostile_words_are_shown_and_do_nothing(server, page, tmp_path):
    """Keys, labels, helps, options, values, notes, errors, output, file names, tables, markdown."""
    page.goto(server.address)
    page.locator("#key-hostile").fill(X)
    page.locator("#hostile").get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(X)
    page.locator("#card-text input[name=value]").fill(X)
    page.keyboard.press("Enter")
    page.locator("#card-pick input[type=radio]").first.check()
    page.locator("#card-pick button").click()
    page.locator("#card-form input[name=a]").fill(X)
    page.keyboard.press("Enter")
    fall = page.locator("#card-fall")
    expect(fall).to_have_attribute("data-state", "failed")
    expect(fall.locator(".error")).to_contain_text("<script>alert(2)</script>")
    work = page.locator("#card-work")
    expect(work).to_contain_text("note <img src=x")
    expect(work).to_contain_text("wrote <img src=x")
    expect(work).to_contain_text("cell <img src=x")
    for place in (page.url, server.address):
        page.goto(place)
        assert page.locator("main img, main script, [onerror], a[href^=javascript]").count() == 0
    page.goto(f"{server.address}/runs/bridge/{quote(X.replace('/', ''))}")
    expect(page.locator("main")).to_contain_text("There is no run")
    assert page.locator("main img, main script").count() == 0


@pytest.mark.browser
def test_a_hostile_journal_from_elsewhere_is_shown_as_text(server, page):
    """A journal is data: whoever wrote it, the page draws it and runs none of it."""
    place = server.begin("bridge", "forged")
    from cardloom.journal import Journal

    journal = Journal(server.journal_path(place).parent)
    n = journal.read()[-1]["n"]
    journal.append(
        [
            {
                "type": "answered",
                "card": "name",
                "value": {"$": "file", "path": f"../../{X}", "size": 1},
            },
            {"type": "answered", "card": "quest", "value": {X: [X]}, "by": X, "why": X},
            {"type": "answered", "card": "color", "value": {"$": X, "v": X}, "inputs": {}},
            {"type": "noted", "card": "verdict", "text": X},
            {"type": X, "card": X},
        ],
        expect=n,
    )
    journal.close()
    page.goto(server.address + place)
    expect(page.locator("#card-quest")).to_contain_text("<script>alert(2)</script>")
    assert page.locator("main img, main script, [onerror]").count() == 0
    assert server.get(place).status == 200


HALF = "a\ud800b"


def test_half_a_character_breaks_no_page(own_server):
    """A file's name as the system gives it, a request file or an import may hold a lone surrogate."""
    server = own_server
    store = RunStore(Workspace(server.workspace), Catalog(server.workspace))
    flow = store.catalog.workflow("chain")
    places = []
    for key in (f"k{HALF}", "plain"):
        run = store.open(flow, key, by="person")
        for card, answer in (("left", f"l{HALF}"), ("right", "bad" if key == "plain" else HALF)):
            run.move(functools.partial(answered, flow, card, answer))
        places.append(f"/runs/{run.name}")
    store.label(run, lambda about: about.named(f"t{HALF}"))
    store.close()
    names = "&".join(f"run={place.removeprefix('/runs/')}" for place in places)
    pages = ["/", "/runs", "/runs?search=k", "/trash", "/workflows/chain/insights"]
    pages += [f"/compare?{names}", f"/compose?{names}"]
    below = [
        "",
        "?at=2",
        "/graph",
        "/fork",
        "/replay",
        "/labels",
        "/row",
        "/origin/left",
        "/card/1",
    ]
    below += ["/change/left", "/moment?at=2", "?change=left"]
    below += [f"/export/{kind}" for kind in ("md", "html", "json", "zip", "py")]
    pages += [place + rest for place in places for rest in below]
    for path in pages:
        answer = server.get(path)
        assert answer.status in (200, 303), (path, answer.status)
        by_htmx = server.get(path, **{"hx-request": "true"})
        assert by_htmx.status in (200, 303), (path, by_htmx.status)
    for place in places:
        changed = server.post(
            f"{place}/answer/left",
            value="x",
            change="yes",
            why=HALF.encode("utf-8", "surrogatepass"),
        )
        assert changed.status == 303


def test_a_damaged_journal_is_shown_for_reading_with_what_to_do(own_server):
    server = own_server
    place = server.begin("bridge", "damaged")
    server.post(f"{place}/answer/name", value="Ada")
    server.post(f"{place}/answer/quest", value="Grail")
    path = server.journal_path(place)
    server.stop()
    path.write_bytes(path.read_bytes().replace(b'"Ada"', b'"Eve"'))
    server.start()
    page = server.get(place)
    assert page.status == 200
    assert "cardloom repair bridge/damaged" in page.text
    before = path.read_bytes()
    answer = server.post(f"{place}/answer/color", value="blue")
    assert answer.status == 409
    assert "damaged" in answer.text
    assert path.read_bytes() == before
    assert "damaged, read-only" in server.get("/").text


def test_a_body_that_is_too_large_or_cut_is_a_sentence(server):
    place = server.begin("bridge", "bodies")
    for kind, body in (
        ("multipart/form-data; boundary=x", b"--x\r\nno headers at all"),
        ("multipart/form-data", b"--x"),
        ("multipart/form-data; boundary=x", many_fields()),
        ("application/x-www-form-urlencoded", b"value=" + b"x" * 5_000_000),
    ):
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
        headers = {"X-Cardloom-Token": server.token, "Content-Type": kind}
        connection.request("POST", f"{place}/answer/name", body=body, headers=headers)
        reply = connection.getresponse()
        text = reply.read().decode()
        assert 400 <= reply.status < 500, (kind, reply.status)
        assert "<h1" in text or "error" in text
        connection.close()
    assert server.events(place, "answered") == []


def many_fields():
    one = b'--x\r\ncontent-disposition: form-data; name="f"\r\n\r\nv\r\n'
    return one * 3000 + b"--x--\r\n"
