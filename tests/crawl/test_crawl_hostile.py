"""Pages that mean harm: escaped or bounded, recorded, and the crawl goes on."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib

import pytest
from aiohttp import web

AFTER = "/zz-after"  # linked last; read only if the crawl goes on


def raw(answer: bytes):
    async def send(request):
        request.transport.write(answer)
        request.transport.close()

    return send


def html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html")


@pytest.fixture
def beside(site, walk):
    """Crawl with one hostile page beside an honest one; its row of meta.csv and the result."""

    async def run(**limits):
        site.links("/", "/bad", AFTER)
        site.page(AFTER, "honest")
        found = await asyncio.wait_for(walk(retries=0, **limits), 25)
        assert found.meta[AFTER]["status"] == "200"
        assert found.summary["finished"]
        return found.meta["/bad"], found

    return run


async def test_script_in_a_title_is_text(site, beside):
    site.page("/bad", "<title><script>alert('x')</script>\x00 \x1b[31m &#xd800;&#0;é</title>")
    row, _ = await beside()
    assert row["title"] == "<script>alert('x')</script>\ufffd [31m \ufffd\ufffdé"


async def test_a_body_of_50_mb_is_read_to_its_limit(site, beside):
    async def endless(request):
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        await response.write(b"<a href=/early>x</a>")
        for _ in range(50):
            await response.write(b"x" * 1_000_000)
        return response

    site.answers["/bad"] = endless
    tracemalloc.start()
    row, found = await beside(page_bytes=2_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert row["bytes"] == "2000000"
    assert ("/bad", "/early") in found.links
    assert found.summary["incomplete"]["rows"][0]["reason"] == "read up to 2,000,000 bytes only"
    assert peak < 20_000_000


async def test_a_50_mb_file_is_measured_by_its_header(site, beside):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 50000000\r\n\r\n"
    site.answers["/bad"] = raw(head + b"x" * 100_000)
    row, _ = await beside()
    assert (row["status"], row["bytes"], row["content_type"]) == ("200", "50000000", "video/mp4")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "bare"])
async def test_a_compressed_bomb_is_unpacked_to_the_limit_only(site, beside, coding):
    start = b"<a href=/early>x</a>"
    packer = zlib.compressobj(9, wbits={"gzip": 31, "deflate": 15, "bare": -15}[coding])
    bomb = packer.compress(start) + b"".join(packer.compress(b" " * 1_000_000) for _ in range(200))
    headers = {"Content_Encoding": "deflate" if coding == "bare" else coding}
    site.page("/bad", bomb + packer.flush(), **headers)
    tracemalloc.start()
    row, found = await beside(page_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert row["bytes"] == "1000000"
    assert ("/bad", "/early") in found.links
    assert peak < 20_000_000


async def test_honest_compression_is_read_and_counted_unpacked(site, beside):
    body = b"<title>packed</title>" + b" " * 5000
    site.page("/bad", gzip.compress(body), Content_Encoding="gzip")
    row, _ = await beside()
    assert (row["title"], row["bytes"]) == ("packed", str(len(body)))


async def test_ten_thousand_links_on_a_page(site, walk):
    site.links("/", *(f"/n{n}" for n in range(10_000)))
    found = await walk(pages=5)
    assert (found.totals.links, found.totals.known) == (10_000, 10_001)
    read = {path for path, row in found.meta.items() if row["status"]}
    assert read == {"/", "/n0", "/n1", "/n2", "/n3"}


async def test_links_that_are_no_addresses_are_counted(site, beside):
    site.links(
        "/bad", "http://[::1", "http://a:b:c/", "https://exa mple/", "/" + "y" * 50_000, "/ok"
    )
    _, found = await beside()
    refused = found.summary["refused"]
    assert refused["total"] == 4
    assert {row["reason"] for row in refused["rows"]} == {
        "not an address",
        "longer than an address may be",
    }
    assert all(len(row["text"]) <= 200 for row in refused["rows"])
    assert ("/bad", "/ok") in found.links
    assert all(len(path) < 5000 for path in found.meta)


async def test_nuls_and_broken_bytes_in_links(site, beside):
    site.page("/bad", b'<a href="/n\x00ul">x</a><a href="/\xff\xfe">y</a><a href="/&#xdfff;">z</a>')
    _, found = await beside()
    targets = {target for source, target in found.links if source == "/bad"}
    assert targets <= {"/n%EF%BF%BDul", "/%EF%BF%BD%EF%BF%BD", "/%EF%BF%BD"}
    assert len(targets) == 3


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00\x01\x02 nonsense\r\n\r\n",
        b"HTTP/1.1 999999 No\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"y" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(50_000)) + b"\r\n",
    ],
)
async def test_malformed_http_is_a_row_without_status(site, beside, answer):
    site.answers["/bad"] = raw(answer)
    row, found = await beside()
    assert row["status"] == "0"
    broken = found.summary["broken"]["rows"]
    assert [found.short(each["target"]) for each in broken] == ["/bad"]
    assert broken[0]["reason"]


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Type: \xff\xfe;;;charset=\xff\r\n",
        b"Content-Type: text/html; charset=idna\r\nX-Robots-Tag: \xff:,,:\r\nLink: <\xff>; rel=x\r\n",
        b"Content-Type: text/html; charset=" + b"u" * 5000 + b"\r\n",
        b"Content-Type: text/html\r\nLink: " + b"<a>;" * 4000 + b"\r\n",
    ],
)
async def test_odd_headers_are_taken_calmly(site, beside, headers):
    site.answers["/bad"] = raw(b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n<title>t</title>")
    row, _ = await beside()
    assert row["status"] == "200"
    row["content_type"].encode()


async def test_a_page_that_drips_is_read_for_as_long_as_an_answer_may_take(site, beside):
    async def drip(request):
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        while True:
            await response.write(b"<a href=/early>x</a>")
            await asyncio.sleep(0.05)

    site.answers["/bad"] = drip
    row, found = await beside(page_seconds=0.4)
    assert (row["status"], row["incomplete"]) == ("200", "it did not end in time")
    assert ("/bad", "/early") in found.links


async def test_a_host_that_says_nothing_is_given_up(site, beside):
    async def silent(request):
        await asyncio.sleep(30)

    site.answers["/bad"] = silent
    row, found = await beside(page_seconds=0.4)
    assert row["status"] == "0"
    assert found.summary["broken"]["rows"][0]["reason"] == "no answer within 0.4 seconds"


FONTS = "".join(f"<font color={n}>" for n in range(4000))
ATTRIBUTES = " ".join(f"a{n}" for n in range(150_000))


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 200_000,
        f"<p>{FONTS}</p>" + "<p>x</p>" * 40_000,
        f"<a {ATTRIBUTES} href=/x>",
    ],
    ids=["nesting", "fonts", "attributes"],
)
async def test_html_that_would_hang_a_parser_hangs_only_its_own_process(site, beside, body):
    site.page("/bad", f"<a href=/early></a>{body}")
    site.page(AFTER, "<title>read by the next process</title>")
    row, found = await beside(parse_seconds=1)
    assert row["status"] == "200"
    assert "could not be read" in found.summary["incomplete"]["rows"][0]["reason"]
    site.asked.clear()


async def test_deep_but_finite_nesting_is_read(site, beside):
    site.page("/bad", "<b><i>" * 5000 + "<a href=/deep>x</a>")
    _, found = await beside()
    assert ("/bad", "/deep") in found.links
