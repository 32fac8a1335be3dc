"""A site is crawled by the command as a person gives it: what was left out and why is on the cards."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cardloom.graph import findings, read_graph


class Site:
    """Paths to (status, type, text); everything else is a 404."""

    def __init__(self):
        self.pages, self.asked = {}, []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append(self.path)
                status, kind, text = site.pages.get(self.path, (404, "text/plain", "none"))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def links(self, path, *targets, status=200):
        self.pages[path] = (status, "text/html", "".join(f"<a href={t}>x</a>" for t in targets))


@pytest.fixture
def site():
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def run_it(cardloom):
    def run(*words):
        return cardloom("run", "web_angiogram", "may", *words, "--defaults", "--json")

    return run


def values(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["values"]


def test_a_host_that_is_not_there_fails_the_crawl_and_another_site_mends_it(run_it, cardloom, site):
    done = run_it("site=http://127.0.0.1:1/")
    assert done.returncode == 1
    assert "http://127.0.0.1:1/ cannot be read: the connection was refused." in done.stderr
    assert "Change the site" in done.stderr
    assert "Traceback" not in done.stderr
    shown = cardloom("show", "web_angiogram/may").stdout
    assert "failed      crawl" in shown
    site.links("/", "/a")
    site.links("/a", "/")
    assert values(run_it(f"site={site.url}"))["summary"]["coverage"] == "All 2 addresses read."


def test_a_failed_crawl_can_be_tried_again(run_it, cardloom, site):
    site.pages["/robots.txt"] = (503, "text/plain", "")
    done = run_it(f"site={site.url}", "limits.rate=0")
    assert done.returncode == 1
    assert "robots.txt answered 503" in done.stderr
    del site.pages["/robots.txt"]
    site.links("/", "/a")
    assert values(run_it())["summary"]["pages"] == 2


def test_what_was_cut_stands_on_the_crawl_and_in_the_summary(run_it, cardloom, site):
    site.links("/", "/a", "/b", "/private")
    site.links("/a", "/deep")
    site.pages["/robots.txt"] = (200, "text/plain", "User-agent: *\nDisallow: /private")
    site.pages["/sitemap.xml"] = (200, "text/plain", f"{site.url}/lost\n{site.url}/a\n")
    found = values(
        run_it(f"site={site.url}", "limits.rate=0", "limits.depth=1", "limits.orphans=no")
    )
    reasons = "1 blocked by robots.txt, 1 deeper than 1 click, 1 only in the sitemap"
    coverage = f"3 of 6 addresses read ({reasons})."
    assert found["crawl"]["totals"]["coverage"] == coverage
    assert found["summary"]["coverage"] == coverage
    assert "/lost" not in site.asked


def test_an_orphan_has_a_status_and_its_links_are_on_the_map(run_it, site, workspace):
    site.links("/", "/a")
    site.links("/a")
    site.links("/lost", "/a", "/cave")
    site.links("/cave")
    site.pages["/maps/all.txt"] = (200, "text/plain", f"{site.url}/lost\n")
    found = values(run_it(f"site={site.url}", "limits.rate=0", "limits.sitemap=/maps/all.txt"))
    assert found["summary"]["orphans"]["rows"] == [{"url": f"{site.url}/lost", "status": 200}]
    files = next((workspace / "runs/web_angiogram/may/files").rglob("meta.csv")).parent
    links = next((workspace / "runs/web_angiogram/may/files").rglob("links.csv"))
    graph = read_graph(links, files / "meta.csv")
    place = {url.removeprefix(site.url): n for n, url in enumerate(graph.urls)}
    assert {"/lost", "/cave"} < set(place)
    assert graph.status[place["/lost"]] == 200
    assert [place["/lost"], place["/cave"]] in graph.links.tolist()


def test_nothing_is_found_outside_a_sitemap_that_breaks_off(run_it, site, workspace):
    site.links("/", "/a", "/b")
    site.links("/a", "/")
    site.links("/b", "/")
    whole = f"<urlset><url><loc>{site.url}/</loc></url><url><loc>{site.url}/a</loc></url></urlset>"
    kinds = {}
    for key, text in (("whole", whole), ("cut", whole[:-30])):
        site.pages["/sitemap.xml"] = (200, "application/xml", text)
        values(run_it(f"site={site.url}", "limits.rate=0", f"limits.pages={len(text)}"))
        files = workspace / "runs/web_angiogram/may/files"
        newest = max(files.rglob("meta.csv"), key=lambda path: path.stat().st_mtime_ns)
        links = max(files.rglob("links.csv"), key=lambda path: path.stat().st_mtime_ns)
        kinds[key] = {finding.name for finding in findings(read_graph(links, newest))}
    assert "outside-sitemap" in kinds["whole"]
    assert "outside-sitemap" not in kinds["cut"]


def test_a_sitemap_that_is_no_address_is_one_sentence(run_it, site):
    done = run_it(f"site={site.url}", "limits.sitemap=the usual one")
    assert done.returncode == 2
    assert "is not a site" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_start_page_that_leads_to_a_twin_names_it(run_it, site):
    site.links("/", "https://www.twin.example/a", "https://www.twin.example/b")
    notes = values(run_it(f"site={site.url}", "limits.rate=0"))["summary"]["notes"]
    assert "All its 2 links lead to https://www.twin.example/." in notes[0]
