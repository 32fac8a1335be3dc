"""How a crawl ended: numbers that add up, why it was one page only, why nothing came at all."""

from __future__ import annotations

import asyncio
import ssl
import subprocess

import pytest
from aiohttp import web

from cardloom.crawl import Limits, crawl, summary
from cardloom.crawl.redirect import refresh_of


def adds_up(told) -> None:
    assert told["known"] == told["pages"] + sum(told["left_out"].values())


async def test_every_known_address_is_read_or_left_out_for_one_reason(site, walk):
    site.text("/robots.txt", "User-agent: *\nDisallow: /private")
    site.text("/sitemap.xml", f"{site.url}/lost\n{site.url}/never\n{site.url}/a")
    site.page(
        "/", "<a href=/a>a</a><a href=/private>p</a><a href=/never rel=nofollow>n</a>"
        "<a href=/shy rel=nofollow>n</a><a href=/refused>r</a>",
    )  # fmt: skip
    site.page("/refused", "no", 429)
    site.links("/a", "/b")
    site.links("/b", "/c", "/private/2")
    site.redirect("/lost", "/hop")
    site.redirect("/hop", "/hop2")
    found = await walk(depth=2, redirects=1, sitemap_pages=True, wait_seconds=0.01)
    told = found.summary
    assert told["left_out"] == {
        "deeper than 2 clicks": 2,
        "behind more than 1 redirect in a row": 1,
        "blocked by robots.txt": 1,
        "linked with nofollow only": 1,
        "refused for its rate (429)": 1,
    }
    adds_up(told)
    assert told["coverage"].startswith(
        f"{told['pages']} of {told['known']} addresses read (2 deeper"
    )
    assert found.totals.coverage == told["coverage"]
    adds_up((await walk("off", sitemap_pages=False, wait_seconds=0.01)).summary)
    adds_up((await walk("few", pages=3, wait_seconds=0.01)).summary)
    adds_up((await walk("deaf", robots=False, wait_seconds=0.01)).summary)


async def test_a_crawl_that_was_cancelled_adds_up_too(site, tmp_path):
    site.links("/", *(f"/n{n}" for n in range(50)))
    database = tmp_path / "crawl.db"
    limits = Limits(rate=100, concurrency=1)
    seen: list[int] = []
    totals = await crawl(
        site.url, limits, database, report=lambda done, *_: seen.append(done), cancelled=lambda: seen[-1] > 1
    )  # fmt: skip
    told = summary(database)
    adds_up(told)
    assert set(told["left_out"]) == {"not asked for yet"}
    assert totals.coverage == told["coverage"]


async def test_a_crawl_of_everything_says_so(site, walk):
    site.links("/", "/a")
    assert (await walk()).totals.coverage == "All 2 addresses read."


REFRESHES = [
    '<meta http-equiv="refresh" content="0; URL=/en/">',
    "<meta http-equiv=REFRESH content=\"0;url='/en/'\">",
    '<meta http-equiv="refresh" content=" 0,/en/ ">',
    '<base href="/en/x"><meta http-equiv="refresh" content="0; url=./">',
]


@pytest.mark.parametrize("head", REFRESHES)
async def test_a_meta_refresh_is_followed_like_a_redirect(site, walk, head):
    site.page("/", f"<!doctype html><html><head>{head}</head><body></body></html>")
    site.links("/en/", "/en/a", "/en/b")
    found = await walk()
    assert {path: row["depth"] for path, row in found.meta.items()} == {
        "/": "0", "/en/": "0", "/en/a": "1", "/en/b": "1",
    }  # fmt: skip
    assert (found.meta["/"]["redirect_to"], found.meta["/"]["indexable"]) == (
        f"{site.url}/en/",
        "false",
    )
    assert found.summary["notes"] == []


async def test_a_refresh_header_is_followed_and_a_later_one_leaves_the_page_indexable(site, walk):
    site.page("/", "x", Refresh="0; url=/slow")
    site.page("/slow", '<meta http-equiv=refresh content="5; url=/end">')
    site.page(
        "/end", '<meta http-equiv=refresh content="5"><meta http-equiv=refresh content="0;/">'
    )
    found = await walk()
    assert {path: row["indexable"] for path, row in found.meta.items()} == {
        "/": "false", "/slow": "true", "/end": "true",
    }  # fmt: skip


@pytest.mark.parametrize(
    "head",
    [
        "<noscript><meta http-equiv=refresh content='0; url=/x'></noscript>",
        "<meta http-equiv=refresh content='0; url=javascript:alert(1)'>",
        "<meta http-equiv=refresh content='30'>",
        "<meta http-equiv=refresh content='0; url=/'>",
        "<meta http-equiv=refresh content='soon; url=/x'>",
        "<meta name=refresh content='0; url=/x'>",
    ],
)
async def test_what_no_browser_follows_is_not_followed(site, walk, head):
    site.page("/", f"<head>{head}</head><body>x")
    found = await walk()
    assert set(found.meta) == {"/"}
    assert found.meta["/"]["indexable"] == "true"


def test_a_refresh_is_read_as_browsers_read_it():
    for text in ("0;url=/x", "0 url=/x", " 0 , URL = '/x'y", '0; "/x"', ".9; /x"):
        assert refresh_of(text) == (0, "/x")
    for text in ("", "5", "5;", "x; url=/x", "0; url="):
        assert refresh_of(text) is None


async def alone(found, *words: str) -> None:
    notes = " ".join(found.summary["notes"])
    assert found.totals.pages >= 1
    for word in words:
        assert word in notes


async def test_a_start_page_whose_links_lead_to_its_twin_offers_the_twin(site, walk, another_site):
    twin = await another_site()
    site.links("/", *(f"{twin.url}/p{n}" for n in range(5)))
    await alone(await walk(), "All its 5 links lead to", f"{twin.url}/", "change the site to it")
    assert twin.asked == []
    site.links("/", f"{twin.url}/p", "https://one.example/", "/#top", "mailto:me@example.org")
    await alone(await walk("mixed"), "All its 2 links lead to other sites, 1 of them to")


async def test_a_start_page_that_moves_to_its_twin_is_followed(site, walk, another_site):
    twin = await another_site()  # another port of the same name, as www. and https are
    site.redirect("/", f"{twin.url}/")
    twin.text("/robots.txt", "User-agent: *\nDisallow: /private")
    twin.text("/sitemap.xml", f"{twin.url}/lost")
    twin.links("/", "/a", "/private", f"{site.url}/old")
    found = await walk()
    read = {url.removeprefix(twin.url) for url, row in found.meta.items() if row["status"]}
    assert read == {"/", "/a", "/lost", "/old"} | {
        url for url in found.meta if url == site.url + "/"
    }
    assert "/private" not in twin.asked
    assert "/old" in site.asked
    assert f"The start page moved to {twin.url}/" in found.summary["notes"][0]
    asked = len(site.asked) + len(twin.asked)
    again = await walk()
    assert (again.totals.pages, len(site.asked) + len(twin.asked)) == (found.totals.pages, asked)


async def test_a_start_page_that_moves_elsewhere_offers_the_other_site(site, walk):
    site.redirect("/", "/en/")
    site.redirect("/en/", "https://elsewhere.example/en")
    await alone(
        await walk(), "leads to https://elsewhere.example/en, outside this site", "start there"
    )


def cookie_wall(site) -> None:
    def wall(path: str, *hops: str):
        async def answer(request):
            if "seen" in request.cookies:
                links = "".join(f"<a href={each}>x</a>" for each in ("/a", "/b"))
                return web.Response(text=links, content_type="text/html")
            moved = web.Response(status=302, headers={"Location": hops[0] if hops else path})
            if not hops:
                moved.set_cookie("seen", "1")
            return moved

        return answer

    async def check(request):
        moved = web.Response(status=302, headers={"Location": request.query.get("to", "/")})
        moved.set_cookie("seen", "1")
        return moved

    site.answers |= {"/": wall("/"), "/a": wall("/a"), "/b": wall("/b"), "/check?to=/": check}


async def test_a_site_that_wants_its_cookie_back_is_told_and_can_have_it(site, walk):
    cookie_wall(site)
    await alone(await walk(), "sets a cookie", "keep cookies")
    found = await walk("kept", cookies=True)
    assert {path: row["status"] for path, row in found.meta.items()} == {
        "/": "200",
        "/a": "200",
        "/b": "200",
    }
    assert not any("Cookie" in headers for headers in site.headers[: len(site.headers) // 4])


async def test_a_cookie_that_another_page_sets_is_kept_too(site, walk):
    cookie_wall(site)
    inner = site.answers["/"]

    async def start(request):
        if "seen" in request.cookies:
            return await inner(request)
        moved = web.Response(status=302, headers={"Location": "/check?to=/"})
        moved.set_cookie("first", "1")
        return moved

    site.answers["/"] = start
    await alone(await walk(), "sets a cookie")
    found = await walk("kept", cookies=True)
    assert found.meta["/"]["status"] == "200"


async def test_a_circle_without_a_cookie_is_a_circle(site, walk):
    site.redirect("/", "/a")
    site.redirect("/a", "/")
    await alone(await walk(), "redirects in a circle")


SHELL = '<!doctype html><title>Shop</title><div id="root"></div><script src="/app.js"></script>'


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"html": SHELL}, ("HTML of the first page has no links", "scripts are not run")),
        ({"html": "<p>Soon here"}, ("has no links to other pages",)),
        ({"html": "<a href=/>home</a>"}, ("has no links to other pages",)),
        ({"html": ""}, ("is empty",)),
        ({"html": "%PDF", "Content_Type": "application/pdf"}, ("its type is application/pdf",)),
        ({"html": "x", "Content_Encoding": "br"}, ("not wholly read", "br")),
        ({"html": "gone", "status": 404}, ("could not be read (404)",)),
        ({"html": "who", "status": 401}, ("could not be read (401)",)),
    ],
)
async def test_a_first_page_that_leads_nowhere_says_why(site, walk, answer, words):
    site.page("/", answer.pop("html"), **answer)
    found = await walk()
    assert found.totals.pages == 1
    assert found.totals.failure == ""
    await alone(found, *words)


async def test_a_site_with_pages_says_nothing_of_the_kind(site, walk):
    site.links("/", "/a", "https://elsewhere.example/")
    site.page("/a", "<script>1</script>")
    assert (await walk()).summary["notes"] == []


@pytest.mark.parametrize("robots", [True, False])
@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://127.0.0.1:1/", "the connection was refused"),
        ("http://nothing.invalid/", "host"),
        ("https://{site}/", "it does not speak https at this port"),
    ],
)
async def test_a_host_that_does_not_answer_is_a_failure(site, tmp_path, address, why, robots):
    start = address.format(site=site.url.partition("//")[2])
    limits = Limits(rate=0, retries=0, robots=robots)
    totals = await crawl(start, limits, tmp_path / "crawl.db")
    assert totals.failure.startswith(f"{start} cannot be read: ")
    assert why in totals.failure
    assert totals.failure.endswith("Change the site, or try again later.")
    assert summary(tmp_path / "crawl.db")["notes"] == [totals.failure]


async def test_a_bad_certificate_is_named(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "crt.pem"
    subprocess.run(
        [*("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
         *("-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=127.0.0.1")],
        check=True, capture_output=True,
    )  # fmt: skip
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(certificate, key)
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=secure).start()
    start = f"https://127.0.0.1:{runner.addresses[0][1]}/"
    totals = await crawl(start, Limits(rate=0, retries=0), tmp_path / "crawl.db")
    await runner.cleanup()
    assert totals.failure == (
        f"{start} cannot be read: its certificate is not valid: it is self-signed. "
        "Change the site, or try again later."
    )


async def raw(answer: bytes):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "closed the connection without an answer"),
        (b"SSH-2.0-x\r\n", "the answer is not HTTP"),
    ],
)
async def test_a_port_that_speaks_something_else_is_named(tmp_path, answer, why):
    server = await raw(answer)
    start = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    totals = await crawl(start, Limits(rate=0, retries=0), tmp_path / "crawl.db")
    server.close()
    assert why in totals.failure


async def test_a_failure_is_tried_again_by_the_next_call(site, walk):
    async def cut(request):
        request.transport.close()

    site.answers["/"] = site.answers["/robots.txt"] = cut
    assert "closed the connection" in (await walk(retries=0)).totals.failure
    del site.answers["/robots.txt"]
    site.links("/", "/a")
    found = await walk(retries=0)
    assert (found.totals.failure, found.totals.coverage) == ("", "All 2 addresses read.")


async def test_a_robots_txt_that_bars_everything_is_a_failure_with_its_remedy(site, walk):
    site.page("/", "home")
    site.text("/robots.txt", "User-agent: *\nDisallow: /")
    told = (await walk()).totals.failure
    assert "blocked by robots.txt. Change the site, or the setting that obeys robots.txt." in told
