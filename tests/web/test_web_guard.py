"""The guard: who may reach the app, who may change anything, what every answer carries."""

import http.client
import json
import re
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from mapped import chart
from playwright.sync_api import expect

from cardloom.catalog import Catalog
from cardloom.engine import moves
from cardloom.web import app as web_app
from cardloom.workspace import RunStore, Workspace

VALUES = {
    "workflow": "bridge",
    "name": "walked",
    "card": "name",
    "index": "1",
    "shown": "x.txt",
    "kind": "md",
    "org": "demo-org",
    "project": "demo.example",
    "folder": "map",
    "token": "x" * 43,
}


@pytest.fixture(scope="module")
def routes(tmp_path_factory):
    """(method, path) of every route that the app has, filled with names that exist."""
    workspace = Workspace(tmp_path_factory.mktemp("routes")).make()
    _, context = web_app.build(workspace, 1, "token")
    context.store.close()
    found = set()
    for room in web_app.ROOMS:
        for route in room.routes.routes:
            path, methods = route[1], route[2]
            for method in methods:
                found.add((method.upper(), fill_in(path)))
    assert len(found) > 15
    return sorted(found)


def fill_in(path):
    def value(match):
        name = match[1].partition(":")[0]
        if path.startswith("/static"):
            return {"version": "0", "name": "cardloom.js"}[name]
        if path.startswith("/help"):
            return "index"
        return VALUES[name]

    return re.sub(r"\{([^}]+)\}", value, path)


@pytest.fixture
def walked(server):
    place = server.begin("bridge", "walked")
    server.post(f"{place}/answer/name", value="Ada")
    return place


def raw(server, method, path, headers, body=b""):
    """A request whose headers are exactly these, written by hand; status and headers."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        told = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers)]
        told += [f"Content-Length: {len(body)}", "Connection: close"]
        line.sendall("\r\n".join(told).encode("latin-1") + b"\r\n\r\n" + body)
        data = b""
        while b"\r\n\r\n" not in data and (more := line.recv(65536)):
            data += more
    head = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    return int(head[0].split()[1]), [tuple(h.split(": ", 1)) for h in head[1:]]


def own(server):
    return f"127.0.0.1:{server.port}"


WRONG_HOSTS = [
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1",
    "127.0.0.1:1",
    "127.0.0.1.nip.io:{port}",
    "localhost.evil.example:{port}",
    "localhost.:{port}",
    "127.0.0.1:{port}.evil.example",
    "evil.example@127.0.0.1:{port}",
    "127.1:{port}",
    "0.0.0.0:{port}",
    "[::ffff:127.0.0.1]:{port}",
    "2130706433:{port}",
    "127.0.0.1:{port}, evil.example",
    "",
]


@pytest.mark.parametrize("host", WRONG_HOSTS)
def test_no_route_answers_to_another_host(server, walked, routes, host):
    before = server.journals()
    token = ("X-Cardloom-Token", server.token)
    for method, path in routes:
        headers = [("Host", host.format(port=server.port)), token]
        assert raw(server, method, path, headers)[0] in (400, 403), (method, path)
    assert server.journals() == before


def test_a_request_with_no_host_or_with_two_is_refused(server, walked, routes):
    before = server.journals()
    token = ("X-Cardloom-Token", server.token)
    mine = ("Host", own(server))
    for method, path in routes:
        assert raw(server, method, path, [token])[0] in (400, 403)
        assert raw(server, method, path, [mine, ("Host", "evil.example"), token])[0] in (400, 403)
        assert raw(server, method, path, [mine, mine, token])[0] in (400, 403)
    assert server.journals() == before


def test_our_own_names_are_answered(server):
    for name in ("127.0.0.1", "localhost", "LOCALHOST", "[::1]"):
        assert raw(server, "GET", "/", [("Host", f"{name}:{server.port}")])[0] == 200


NOT_OURS = {
    "nothing at all": {},
    "cross-site": {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"},
    "cross-site without an origin": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
    "same-site without an origin": {"Sec-Fetch-Site": "same-site"},
    "origin null": {"Origin": "null"},
    "same-origin with origin null": {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    "none with a foreign origin": {"Sec-Fetch-Site": "none", "Origin": "http://evil.example"},
    "another origin": {"Origin": "http://evil.example"},
    "another port": {"Origin": "http://127.0.0.1:1"},
    "another scheme": {"Origin": "https://127.0.0.1:{port}"},
    "another of our names": {"Origin": "http://localhost:{port}"},
    "a longer origin": {"Origin": "http://127.0.0.1:{port}.evil.example"},
    "an origin with a user": {"Origin": "http://evil@127.0.0.1:{port}"},
    "a broken origin": {"Origin": "http://[::1"},
    "an unknown site": {"Sec-Fetch-Site": "same-origin, none"},
    "a wrong token": {"X-Cardloom-Token": "wrong"},
    "an empty token": {"X-Cardloom-Token": ""},
}


@pytest.mark.parametrize("who", NOT_OURS)
def test_nothing_is_changed_for_who_is_not_one_of_our_pages(server, walked, routes, who):
    before = server.journals()
    sent = [(k, v.format(port=server.port)) for k, v in NOT_OURS[who].items()]
    for method, path in routes:
        if method == "POST":
            assert raw(server, method, path, [("Host", own(server)), *sent])[0] == 403, path
    assert server.journals() == before


def test_doubled_headers_are_refused(server, walked):
    host = ("Host", own(server))
    mine = ("Origin", f"http://{own(server)}")
    site = ("Sec-Fetch-Site", "same-origin")
    token = ("X-Cardloom-Token", server.token)
    for sent in (
        [mine, mine],
        [site, site],
        [site, ("Sec-Fetch-Site", "cross-site")],
        [token, token],
    ):
        assert raw(server, "POST", f"{walked}/finalize", [host, *sent])[0] == 403


def test_our_pages_and_our_user_pass(server, walked):
    host = ("Host", own(server))
    ours = (
        [("Origin", f"http://{own(server)}")],
        [("Sec-Fetch-Site", "same-origin")],
        [("Sec-Fetch-Site", "none")],
        [("Sec-Fetch-Site", "same-origin"), ("Origin", f"http://{own(server)}")],
        [("X-Cardloom-Token", server.token)],
    )
    for sent in ours:
        assert raw(server, "POST", f"{walked}/finalize", [host, *sent])[0] == 303
        assert raw(server, "POST", f"{walked}/unfinalize", [host, *sent])[0] == 303


def test_no_get_changes_anything(server, walked, routes):
    before = server.journals()
    drafts = {p: p.read_bytes() for p in (server.workspace / "runs").rglob("draft.json")}
    headers = [("Host", own(server)), ("X-Cardloom-Token", server.token)]
    for _, path in routes:
        for method in ("GET", "HEAD"):
            raw(server, method, path, headers)
            raw(server, method, path + "?change=name&value=blue&workflow=bridge&key=k", headers)
    assert server.journals() == before
    assert drafts == {p: p.read_bytes() for p in (server.workspace / "runs").rglob("draft.json")}


@pytest.mark.parametrize(
    "method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"]
)
def test_other_methods_are_refused(server, walked, method):
    before = server.journals()
    for path in ("/", walked, f"{walked}/answer/quest"):
        headers = [("Host", own(server)), ("X-Cardloom-Token", server.token)]
        assert raw(server, method, path, headers)[0] in (400, 403, 405)
    assert server.journals() == before


def test_a_preflight_is_given_nothing(server, walked):
    headers = [
        ("Host", own(server)),
        ("Origin", "http://evil.example"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Private-Network", "true"),
    ]
    status, got = raw(server, "OPTIONS", f"{walked}/finalize", headers)
    assert status == 403
    assert not [name for name, _ in got if name.lower().startswith("access-control-")]


def test_only_what_is_shared_speaks_of_cors_to_its_page_alone(server, walked, routes):
    place = chart(server, "shared")
    server.post(f"{place}/share/picture")
    (token,) = json.loads((server.workspace / ".cardloom" / "shares.json").read_text())
    files = {f"/share/{token}/{name}.csv" for name in ("links", "meta")}
    (folder,) = (server.journal_path(place).parent / "files").glob("tables-*")
    same = f"{place}/files/{folder.name}/links.csv"  # the same bytes at the run's own address
    paths = {path for _, path in routes} | {
        place,
        same,
        "/share/",
        f"/share/{token}",
        "/share/x/y/z",
    }
    spoke = set()
    for path in paths | files:
        for method, site in (
            (method, site)
            for method in ("GET", "HEAD", "OPTIONS")
            for site in ("https://cosmograph.app", "https://evil.example", f"http://{own(server)}")
        ):
            asks = ("Access-Control-Request-Method", "GET")
            private = ("Access-Control-Request-Private-Network", "true")
            headers = [("Host", own(server)), ("Origin", site), asks, private]
            status, got = raw(server, method, path, headers)
            told = {k.lower(): v for k, v in got if k.lower().startswith("access-control-")}
            if told:
                spoke.add((method, path, site))
                assert status in (200, 204)
                assert told["access-control-allow-origin"] == site
                assert "access-control-allow-credentials" not in told
            elif method == "OPTIONS":
                assert status in (307, 403, 404), path
    assert spoke == {
        (method, path, "https://cosmograph.app")
        for method in ("GET", "HEAD", "OPTIONS")
        for path in files
    }


def test_a_websocket_is_refused(server, walked):
    upgrade = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "13"),
    ]
    for path in ("/", walked, f"/live/{walked.removeprefix('/runs/')}"):
        for origin in ("http://evil.example", f"http://{own(server)}"):
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
                told = [f"GET {path} HTTP/1.1", f"Host: {own(server)}", f"Origin: {origin}"]
                told += [f"{k}: {v}" for k, v in upgrade]
                line.sendall("\r\n".join(told).encode() + b"\r\n\r\n")
                assert b" 101 " not in line.recv(4096).split(b"\r\n")[0]


async def test_the_guard_closes_a_websocket_before_the_app_sees_it(tmp_path):
    from cardloom.web.guard import Guard

    seen, sent = [], []

    async def inner(scope, receive, send):
        seen.append(scope["type"])

    async def send(message):
        sent.append(message)

    guard = Guard(inner, 5001, "token")
    for headers in ([(b"host", b"127.0.0.1:5001")], [(b"host", b"evil.example")]):
        scope = {"type": "websocket", "path": "/", "headers": headers}
        await guard(scope, None, send)
    assert seen == []
    assert [message["type"] for message in sent] == ["websocket.close"] * 2


def test_every_answer_carries_the_security_headers_and_none_speaks_of_cors(server, walked, routes):
    answers = [
        server.get(path) for method, path in routes if method == "GET" and "/live/" not in path
    ]
    answers += [
        server.get("/nowhere"),
        server.get("/runs/bridge/nobody"),
        server.get(f"{walked}/answer/quest"),
        server.request("POST", f"{walked}/answer/name", form={}, trusted=False),
        server.post(f"{walked}/answer/quest", value=""),
        server.post(f"{walked}/answer/quest", value="The Grail"),
        server.request("PUT", "/"),
        server.request("GET", f"/static/0/{'x' * 300}.css"),
    ]
    assert {403, 404, 405, 422, 303, 200} <= {answer.status for answer in answers}
    for answer in answers:
        assert "default-src 'self'" in answer.header("content-security-policy") or (
            "sandbox" in answer.header("content-security-policy")
        )
        # One page opens it for style attributes alone: see Mermaid's decision.
        policy = answer.header("content-security-policy")
        assert "unsafe" not in policy.replace("style-src-attr 'unsafe-inline'", "")
        assert ("unsafe" in policy) == ('id="diagram"' in answer.text)
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("x-frame-options") == "DENY"
        assert answer.header("cross-origin-resource-policy") == "same-origin"
        assert answer.header("cross-origin-opener-policy") == "same-origin"
        assert answer.header("referrer-policy") == "same-origin"
        assert answer.header("cache-control")
        assert not answer.header("server")
        for name, value in answer.headers:
            assert not name.lower().startswith("access-control-")
            assert name.lower() != "set-cookie"
            assert server.token not in value
        assert server.token not in answer.text


def test_another_site_may_lead_here_and_use_nothing_of_it(server, walked, routes):
    stream = f"/live/{walked.removeprefix('/runs/')}"
    pages = [
        p for method, p in routes if method == "GET" and not p.startswith(("/live/", "/share/"))
    ]
    go = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    for site in ("cross-site", "same-site", "odd"):
        for path in (*pages, stream):
            for told in ({}, {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}):
                answer = server.get(path, **{"sec-fetch-site": site}, **told)
                assert answer.status == 403, (path, site, told)
        framed = {**go, "sec-fetch-dest": "iframe"}
        assert server.get("/", **{"sec-fetch-site": site}, **framed).status == 403
        assert server.get("/", **{"sec-fetch-site": site}, **go).status == 200
    assert server.get("/", **{"sec-fetch-site": "none"}).status == 200


DUE = """
due = Workflow("Due")
due.ask(a=Text("A?"))


@due.do(once=True)
def act(a, *, run):
    (run.workspace / "acted").write_text("acted")
    return a
"""


def test_no_get_wakes_a_job_that_is_due(own_server, until):
    server, folder = own_server, own_server.workspace
    (folder / "due.py").write_text(f"from cardloom import *\n{DUE}")
    server.stop()
    store = RunStore(Workspace(folder), Catalog(folder))
    flow = store.catalog.workflow("due")
    run = store.open(flow, "one", by="person")
    run.move(lambda state: moves.answer(flow, state, "a", "x", by="person"))
    (run.folder / "imported.json").write_text('{"n": 2, "at": "2026-11-27T08:00:00Z"}')
    store.close()
    server.start()
    place = "/runs/due/one"
    for path in (place, f"{place}?at=1", f"{place}/card/2", f"{place}/change/a", "/", "/runs"):
        assert server.get(path).status in (200, 303)
    (run.folder / "imported.json").unlink()  # due from now on, and nobody has been told
    for path in (place, f"{place}?at=1", f"{place}/card/2", f"{place}/change/a", "/", "/runs"):
        assert server.get(path).status in (200, 303)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/live/due/one?after=0")
    assert connection.getresponse().readline().startswith(b"id: 2")
    connection.close()
    assert server.get(f"{place}/origin/a").status == 200
    assert not (folder / "acted").exists()
    assert server.post(f"{place}/go-on").status == 303
    until(lambda: (folder / "acted").exists(), "the card that was told to go on")


def test_the_stream_carries_them_too(server, walked):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", f"/live/{walked.removeprefix('/runs/')}?after=1")
    reply = connection.getresponse()
    assert reply.getheader("x-content-type-options") == "nosniff"
    assert reply.getheader("cross-origin-resource-policy") == "same-origin"
    assert reply.getheader("access-control-allow-origin") is None
    connection.close()


def test_the_server_listens_on_this_machine_only(server):
    listening = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not Path(table).exists():
            pytest.skip("this system has no /proc/net/tcp to look into")
        for row in Path(table).read_text().splitlines()[1:]:
            fields = row.split()
            address, port = fields[1].rsplit(":", 1)
            if fields[3] == "0A" and int(port, 16) == server.port:
                listening.add(address)
    assert listening == {"0100007F"}


def test_what_the_server_says_of_itself_is_for_its_user_only(server):
    private = server.workspace / ".cardloom"
    assert private.stat().st_mode & 0o077 == 0
    assert (private / "server.json").stat().st_mode & 0o077 == 0
    journal = server.journal_path(server.begin("bridge", "private"))
    assert journal.stat().st_mode & 0o077 == 0
    assert journal.parent.stat().st_mode & 0o077 == 0


def serve_again(workspace, port):
    command = [sys.executable, "-m", "cardloom", "serve", "--no-open"]
    command += ["--workspace", str(workspace), "--port", str(port)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_a_second_server_on_the_workspace_is_refused_and_told_where_the_first_is(server):
    second = serve_again(server.workspace, 0)
    assert second.returncode == 3
    assert server.address in second.stderr
    assert "Use that one, or stop it first." in second.stderr
    assert "Traceback" not in second.stderr
    about = json.loads((server.workspace / ".cardloom" / "server.json").read_text())
    assert about["token"] == server.token
    assert server.get("/").status == 200


def test_a_taken_port_is_a_sentence_with_another_port(server, tmp_path):
    second = serve_again(tmp_path, server.port)
    assert second.returncode == 2
    assert f"Port {server.port} is taken" in second.stderr
    assert "--port" in second.stderr
    assert "Traceback" not in second.stderr
    assert not (tmp_path / ".cardloom" / "server.json").exists()


class Hostile(BaseHTTPRequestHandler):
    """A page of another origin that sends whatever it may to the app."""

    target = ""

    def do_GET(self):
        body = (
            f'<form id="f" method="post" action="{self.target}/finalize"></form>'
            f'<form id="t" method="post" enctype="text/plain" action="{self.target}/finalize"></form>'
            f'<iframe id="i" src="{self.target}"></iframe>'
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args):
        pass


@pytest.mark.browser
def test_a_page_of_another_origin_can_change_and_read_nothing(server, browser, walked):
    Hostile.target = server.address + walked
    other = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    before = server.journals()
    context = browser.new_context()
    page = context.new_page()
    try:
        for host in ("127.0.0.1", "localhost"):
            here = f"http://{host}:{other.server_address[1]}/"
            page.goto(here)
            for mode in ("no-cors", "cors", "same-origin"):
                told = page.evaluate(
                    """async ([url, mode]) => {
                        try {
                            const r = await fetch(url, {method: 'POST', mode, body: 'value=x'});
                            return `${r.type} ${r.status}`;
                        } catch (error) { return 'failed'; }
                    }""",
                    [f"{Hostile.target}/finalize", mode],
                )
                assert told in ("failed", "opaque 0")
            assert (
                page.evaluate(
                    "async url => { try { return await (await fetch(url)).text() } catch { return '' } }",
                    Hostile.target,
                )
                == ""
            )
            assert page.frame_locator("#i").locator("#run-head").count() == 0
            for form in ("f", "t"):
                page.goto(here)
                with page.expect_navigation() as navigation:
                    page.evaluate("name => document.getElementById(name).submit()", form)
                assert navigation.value.status == 403
                expect(page.locator("body")).to_contain_text(
                    "not sent by one of Cardloom's own pages"
                )
        assert server.journals() == before
    finally:
        context.close()
        other.shutdown()
        other.server_close()


@pytest.mark.browser
def test_the_policy_of_the_page_lets_no_script_in(server, browser, walked):
    context = browser.new_context()
    page = context.new_page()
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(server.address + walked)
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.ran = "inline"';
            document.body.append(script);
            document.body.insertAdjacentHTML('beforeend', '<img src="x:" onerror="window.ran = 1">');
            const a = document.createElement('a');
            a.href = 'javascript:window.ran=2';
            document.body.append(a);
            a.click();
            const far = document.createElement('script');
            far.src = 'http://127.0.0.1:1/far.js';
            document.body.append(far);
        }"""
    )
    page.evaluate("new Promise(done => setTimeout(done, 200))")
    assert page.evaluate("window.ran") is None
    assert len([text for text in refused if "Content Security Policy" in text]) >= 3
    context.close()
