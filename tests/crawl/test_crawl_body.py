"""Bodies that are damaged, cut, packed oddly or announced wrongly: read as far as browsers do.

What is missing stands in meta.csv, is counted in the summary, and is no reason to call a page
broken.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import socket
import struct
import zlib

import brotli
import pytest

PAGE = (
    b"<!doctype html><title>read</title><a href=/early>x</a>"
    + b"<p>x</p>" * 40
    + b"<a href=/late>x</a></body></html>\n"
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = b"Content-Encoding: gzip\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def raw(head: bytes, body: bytes = b"", reset: bool = False):
    """Head and body in two segments, then the end of the connection."""

    async def send(request):
        transport = request.transport
        transport.write(head)
        await asyncio.sleep(0)
        transport.write(body)
        if reset:
            await asyncio.sleep(0.05)
            linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, linger
            )
            transport.abort()
        transport.close()

    return send


@pytest.fixture
def read(site, walk):
    """Crawl with one odd page beside an honest one: its row, its links, and the result."""

    async def run(**limits):
        site.links("/", "/odd", "/zz-after")
        found = await asyncio.wait_for(walk(**{"retries": 0} | limits), 25)
        assert found.meta["/zz-after"]["status"] == "404"
        return found.meta["/odd"], {to for source, to in found.links if source == "/odd"}, found

    return run


WHOLE = {
    "br": brotli.compress(PAGE),
    "gzip": gzip.compress(PAGE),
    "x-gzip": gzip.compress(PAGE),
    "GZip": gzip.compress(PAGE),
    "deflate": zlib.compress(PAGE),
    "gzip, gzip": gzip.compress(gzip.compress(PAGE)),
    "gzip, br": brotli.compress(gzip.compress(PAGE)),
    "gzip, identity": gzip.compress(PAGE),
    "identity": PAGE,
    "utf-8": PAGE,
    "none": PAGE,
    "": PAGE,
}


@pytest.mark.parametrize("coding", WHOLE)
async def test_what_is_packed_in_a_way_that_browsers_unpack_is_read(site, read, coding):
    site.page("/odd", WHOLE[coding], Content_Encoding=coding)
    row, links, found = await read()
    assert (row["title"], row["incomplete"], row["bytes"]) == ("read", "", str(len(PAGE)))
    assert links == {"/early", "/late"}
    assert found.summary["incomplete"]["total"] == 0


@pytest.mark.parametrize("level", [0, 1, 9])
async def test_bare_deflate_is_read_too(site, read, level):
    packer = zlib.compressobj(level, wbits=-15)
    body = packer.compress(PAGE) + packer.flush()
    site.page("/odd", body, Content_Encoding="deflate")
    assert (await read())[1] == {"/early", "/late"}


@pytest.mark.parametrize("behind", [b"", b"\0" * 8, b"trailing", b"\x1f"])
@pytest.mark.parametrize("cuts", [(60,), (5, 60, 200)])
async def test_gzip_in_several_members_is_read_to_its_end(site, read, cuts, behind):
    places = [0, *cuts, len(PAGE)]
    parts = [gzip.compress(PAGE[a:b]) for a, b in itertools.pairwise(places)]
    site.page("/odd", b"".join(parts) + behind, Content_Encoding="gzip")
    row, links, _ = await read()
    assert (links, row["incomplete"]) == ({"/early", "/late"}, "")


PACKED = gzip.compress(PAGE, mtime=0)
LONG = brotli.compress(PAGE + b"".join(b"<p>%x</p>" % n**5 for n in range(4_000)))
DAMAGED = {
    "its compressed body is damaged": [
        ("gzip", PACKED[:-8] + b"wrong su", 2),
        ("gzip", PACKED[:-4] + b"size", 2),
        ("gzip", PACKED + gzip.compress(b"<a href=/third>")[:10] + b"\x07" * 20, 2),
        ("gzip", PAGE, 0),
        ("deflate", zlib.compress(PAGE)[:-4] + b"sums", 2),
        ("br", LONG[:900] + b"\xff" * 64 + LONG[964:], 2),
        ("br", PAGE, 0),
    ],
    "its compressed body breaks off": [
        ("gzip", PACKED[:-8], 2),
        ("gzip", PACKED[:-1], 2),
        ("gzip", gzip.compress(PAGE) + gzip.compress(b"more")[:-3], 2),
        ("gzip", b"\x1f", 0),
        ("gzip", b"", 0),
        ("br", brotli.compress(PAGE)[:-1], 2),
    ],
    "it is packed as “zstd”, which was not asked for": [("zstd", b"\x28\xb5\x2f\xfd", 0)],
    "it is packed as “compress”, which was not asked for": [("gzip, compress", PACKED, 0)],
}


@pytest.mark.parametrize(
    ("reason", "coding", "body", "links"),
    [(reason, *each) for reason, bodies in DAMAGED.items() for each in bodies],
)
async def test_a_damaged_body_counts_as_far_as_it_goes(site, read, reason, coding, body, links):
    site.page("/odd", body, Content_Encoding=coding)
    row, found_links, found = await read()
    assert (row["status"], row["incomplete"]) == ("200", reason)
    assert len(found_links & {"/early", "/late"}) == links
    told = found.summary["incomplete"]
    assert (told["total"], told["rows"]) == (1, [{"url": site.url + "/odd", "reason": reason}])
    assert [row["status"] for row in found.summary["broken"]["rows"]] == [404, 404, 404][
        : 1 + links
    ]


# Answers that aiohttp refuses or that break off, beside what Chromium 156 makes of each: how many
# links it shows, and whether the body came to its end.
WIRE = {
    "length too long": (LENGTH % 9_000 + PAGE, 2, False),
    "length of the unpacked page": (GZIP + LENGTH % len(PAGE) + PACKED, 2, False),
    "length too short": (LENGTH % 60 + PAGE, 1, True),
    "length negative": (b"Content-Length: -5\r\n\r\n" + PAGE, 2, True),
    "length no number": (b"Content-Length: abc\r\n\r\n" + PAGE, 2, True),
    "length twice": (b"Content-Length: %d\r\n" % len(PAGE) + LENGTH % len(PAGE) + PAGE, 2, True),
    "length listed": (b"Content-Length: %d, %d\r\n\r\n" % ((len(PAGE),) * 2) + PAGE, 2, True),
    "length and chunks": (b"Content-Length: 7\r\n" + CHUNKED + chunk(PAGE) + b"0\r\n\r\n", 2, True),
    "no length": (b"\r\n" + PAGE, 2, True),
    "no last chunk": (CHUNKED + chunk(PAGE), 2, False),
    "no last chunk, packed": (GZIP + CHUNKED + chunk(PACKED), 2, False),
    "chunk cut": (CHUNKED + b"fff\r\n" + PAGE, 2, False),
    "chunk too long for its size": (CHUNKED + b"3c\r\n" + PAGE + b"\r\n0\r\n\r\n", 1, False),
    "second chunk senseless": (CHUNKED + chunk(PAGE) + b"ZZZ\r\n", 2, False),
    "first chunk senseless": (CHUNKED + b"ZZZ\r\n" + PAGE, 0, False),
    "chunks without returns": (CHUNKED + b"%x\n%s\n0\n\n" % (len(PAGE), PAGE), 2, True),
    "chunk size with space": (CHUNKED + b"%x  \r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE), 2, True),
    "chunk with extension": (CHUNKED + b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE), 2, True),
    "header without colon": (b"Nonsense here\r\n\r\n" + PAGE, 2, True),
    "space before colon": (b"X-A : b\r\n\r\n" + PAGE, 2, True),
    "folded header": (b"X-A: b\r\n  c\r\n\r\n" + PAGE, 2, True),
}


@pytest.mark.parametrize("split", [False, True], ids=["at once", "in two"])
@pytest.mark.parametrize("case", WIRE)
async def test_what_browsers_read_is_read(site, read, case, split):
    body, links, whole = WIRE[case]
    site.answers["/odd"] = raw(HEAD, body) if split else raw(HEAD + body)
    row, found_links, found = await read()
    assert (row["status"], len(found_links)) == ("200", links)
    assert (row["incomplete"] == "") is whole
    assert found.summary["incomplete"]["total"] == (not whole)
    assert site.url + "/odd" not in {each["target"] for each in found.summary["broken"]["rows"]}


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: 5\r\nContent-Length: 9\r\n\r\n" + PAGE,
        HEAD + b"X-A: \0\r\n\r\n" + PAGE,
        PAGE,
    ],
)
async def test_what_no_browser_shows_is_no_answer(site, read, answer):
    site.answers["/odd"] = raw(answer)
    row, _, found = await read()
    assert row["status"] == "0"
    assert found.summary["broken"]["rows"][0]["reason"] == "the answer is not HTTP"


async def test_a_lower_case_status_line_is_read(site, read):
    site.answers["/odd"] = raw(HEAD.replace(b"HTTP", b"http") + b"\r\n" + PAGE)
    assert (await read())[1] == {"/early", "/late"}


async def test_a_connection_that_is_reset_leaves_what_came(site, read):
    site.answers["/odd"] = raw(HEAD + LENGTH % 9_000 + PAGE, reset=True)
    row, links, _ = await read()
    assert (row["status"], links) == ("200", {"/early", "/late"})
    assert row["incomplete"] == (
        f"it seems whole, but {len(PAGE)} came of the 9,000 bytes it promised"
    )


async def test_what_breaks_off_is_tried_again_unless_it_says_that_it_is_whole(site, read):
    half = PAGE[:200]
    site.answers["/odd"] = raw(HEAD + LENGTH % 9_000 + half)
    row, links, _ = await read(retries=2)
    assert (site.count("/odd"), row["status"], links) == (3, "200", {"/early"})
    assert row["incomplete"] == "it breaks off: 200 came of the 9,000 bytes it promised"
    for whole in (LENGTH % 9_000 + PAGE, GZIP + LENGTH % 9_000 + PACKED):
        site.asked.clear()
        site.answers["/odd"] = raw(HEAD + whole)
        row, links, _ = await read(retries=2, folder=f"whole-{len(whole)}")
        assert (site.count("/odd"), links) == (1, {"/early", "/late"})
        assert row["incomplete"].startswith("it seems whole, but")


async def test_a_better_second_try_is_the_one_that_counts(site, read):
    answers = [raw(HEAD + LENGTH % 9_000 + PAGE[:200]), raw(HEAD + LENGTH % len(PAGE) + PAGE)]

    async def next_one(request):
        return await answers.pop(0)(request)

    site.answers["/odd"] = next_one
    row, links, _ = await read(retries=1)
    assert (links, row["incomplete"]) == ({"/early", "/late"}, "")


async def test_a_file_that_breaks_off_is_no_broken_link(site, read):
    head = HEAD.replace(b"text/html", b"application/pdf")
    site.answers["/odd"] = raw(head + LENGTH % 9_000 + b"%PDF")
    row, _, found = await read()
    assert (row["status"], row["bytes"], row["incomplete"]) == ("200", "4", "")
    assert found.summary["incomplete"]["total"] == 0


async def test_a_page_beyond_the_limit_says_so(site, read):
    site.page("/odd", PAGE)
    row, links, _ = await read(page_bytes=200)
    assert (row["incomplete"], row["bytes"]) == ("read up to 200 bytes only", "200")
    assert links == {"/early"}


async def test_a_site_that_is_never_quite_http_is_read_whole(site, walk):
    pages = [f"/{n}" for n in range(8)]
    for path, following in zip(["/", *pages], [*pages, "/"], strict=True):
        body = f"<a href={following}>x</a>".encode()
        site.answers[path] = raw(HEAD + b"Nonsense\r\n" + LENGTH % len(body) + body)
    found = await walk()
    assert {found.meta[path]["status"] for path in pages} == {"200"}
    # After the first page the sitemap is asked for, and its good answer begins the count anew.
    assert [site.count(path) for path in ("/", "/0", "/1", "/2", "/3")] == [2, 2, 2, 2, 1]
    assert site.count("/7") == 1
    assert {headers["User-Agent"] for headers in site.headers} == {site.headers[0]["User-Agent"]}
