"""Sitemaps: orphans found, and every way to abuse XML bounded."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from cardloom.crawl import clean_sitemap
from cardloom.crawl.address import is_private

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urlset(*urls: str) -> str:
    body = "".join(f"<url><loc>\n {url} </loc><lastmod>2026</lastmod></url>" for url in urls)
    return f'<?xml version="1.0"?><urlset {NAMESPACE}>{body}</urlset>'


def index(*urls: str) -> str:
    body = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f"<sitemapindex {NAMESPACE}>{body}</sitemapindex>"


def orphans(found) -> dict[str, int | None]:
    return {found.short(row["url"]): row["status"] for row in found.summary["orphans"]["rows"]}


async def test_orphans_are_in_a_sitemap_and_linked_from_nowhere(site, walk):
    site.text(
        "/sitemap.xml",
        urlset(f"{site.url}/", f"{site.url}/a#x", f"{site.url}/lost?a&amp;b", "https://away.org/x"),
        "application/xml",
    )
    site.links("/", "/a", "/b")
    found = await walk()
    assert orphans(found) == {"/lost?a&b": 404}
    marks = {path: row["in_sitemap"] for path, row in found.meta.items()}
    assert marks == {"/": "true", "/a": "true", "/b": "false", "/lost?a&b": "true"}
    lost = found.meta["/lost?a&b"]
    assert (lost["status"], lost["depth"], lost["inlinks"]) == ("404", "", "0")
    off = await walk("off", sitemap_pages=False)
    assert orphans(off) == {"/lost?a&b": None}
    assert off.meta["/lost?a&b"]["status"] == ""
    assert off.summary["left_out"] == {"only in the sitemap": 1}
    assert site.count("/lost?a&b") == 1


async def test_indexes_gzip_and_robots_lines_are_followed(site, walk):
    site.text("/robots.txt", f"Sitemap: {site.url}/maps/index.xml\nSitemap: https://away.org/s.xml")
    site.text(
        "/maps/index.xml", index(f"{site.url}/one.xml.gz", "/two.xml", f"{site.url}/gone.xml")
    )
    packed = gzip.compress(urlset(f"{site.url}/from-gz").encode())
    site.page("/one.xml.gz", packed, Content_Type="application/gzip")
    site.redirect("/two.xml", "/moved.xml")
    site.text("/moved.xml", urlset("/from-two"))
    site.page("/", "home")
    found = await walk()
    assert set(orphans(found)) == {"/from-gz", "/from-two"}
    notes = " ".join(found.summary["notes"])
    assert f"{site.url}/gone.xml could not be read (404)" in notes


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (BOMB + f"<urlset {NAMESPACE}><url><loc>&i;</loc></url></urlset>", "DOCTYPE"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><urlset/>', "DOCTYPE"),
        ("<urlset>" + "<a>" * 100_000, "nested deeper"),
        ("<urlset><url><loc>/early</loc></url><oops", "not well-formed"),
        ("<html><p>not found</html>", "is an HTML page and no sitemap"),
        ("<!DOCTYPE html><title>x", "is an HTML page and no sitemap"),
        ("<data><url><loc>/x</loc></url></data>", "begins with <data>"),
        ("", "is empty"),
        (gzip.compress(b"<urlset/>", mtime=0)[:-6], "breaks off"),
        ("what is this\n", "neither XML nor a list of addresses"),
        ('<?xml version="1.0" encoding="klingon"?><urlset/>', "encoding that is not known"),
        (gzip.compress(b"<urlset>" + b" " * 60_000_000), "larger than 50 MB"),
        (gzip.compress(b"<urlset>", mtime=0)[:10] + b"\xff" * 50, "is damaged"),
    ],
)
async def test_a_hostile_sitemap_is_given_up_with_a_note(site, walk, body, told):
    site.text("/robots.txt", f"Sitemap: {site.url}/s.xml")
    site.page("/s.xml", body, Content_Type="application/xml")
    site.page("/", "home")
    found = await asyncio.wait_for(walk(), 10)
    assert told in " ".join(found.summary["notes"])
    assert found.totals.pages == (2 if "early" in str(body) else 1)
    assert "passwd" not in str(found.meta)


async def test_sitemaps_that_name_each_other_without_end(site, walk):
    for n in range(30):
        site.text(f"/s{n}.xml", index("/s0.xml", f"/s{n + 1}.xml", f"/s{n + 2}.xml"))
    site.redirect("/sitemap.xml", "/s0.xml")
    await walk(sitemaps=8)
    assert sum("/s" in path and path != "/sitemap.xml" for path in site.asked) == 8


async def test_no_more_addresses_than_allowed_are_taken(site, walk):
    odd = ["x" * 9000, "", "http://[", "javascript:x", "/ok"]
    site.text("/sitemap.xml", urlset(*odd, *(f"/n{n}" for n in range(500))))
    site.page("/", "home")
    found = await walk(sitemap_urls=100)
    assert "/ok" in found.meta
    assert found.totals.known == 101
    assert "more than the 100 addresses that are taken" in " ".join(found.summary["notes"])


RSS = (
    '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><link>/</link>'
    '<atom:link href="/feed" rel="self"/><item><title>x</title><link> /lost </link></item>'
    "</channel></rss>"
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><link href="/not"/><entry><link rel="alternate" '
    'href="/lost"/><link rel="edit" href="/not"/></entry></feed>'
)
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns="http://purl.org/rss/1.0/"><item rdf:about="x"><link>/lost</link></item></rdf:RDF>'
)
PREFIXED = "<s:urlset><s:url><s:loc>/lost</s:loc><i:loc>/not</i:loc></s:url></s:urlset>"
IMAGES = (
    "<urlset><url><loc>/lost</loc>"
    "<image:image><image:loc>/i.png</image:loc></image:image></url></urlset>"
)
PLAIN = "<urlset><url><loc>/lost</loc></url></urlset>"
DECLARED = '<?xml version="1.0" encoding="{}"?>' + PLAIN


@pytest.mark.parametrize(
    "body",
    [
        urlset("/lost").encode(),
        b"\n \r\n" + urlset("/lost").encode(),
        b"\xef\xbb\xbf" + urlset("/lost").encode(),
        b"\xef\xbb\xbf\n\xef\xbb\xbf  " + urlset("/lost").encode(),
        b" " * 100_000 + urlset("/lost").encode(),
        DECLARED.format("UTF-16").encode("utf-16"),
        b"\xfe\xff" + ("\n" + DECLARED.format("utf-16")).encode("utf-16-be"),
        DECLARED.format("UTF-16").encode("utf-16-le"),
        DECLARED.format("UTF-16").encode(),
        DECLARED.format("windows-1252").encode(),
        DECLARED.format("Shift_JIS").encode(),
        f"<urlset><!-- \xe9 -->{PLAIN[8:]}".encode("latin-1"),
        PLAIN.replace("/lost", "<![CDATA[/lost]]>").encode(),
        *(text.encode() for text in (RSS, ATOM, RDF, PREFIXED, IMAGES)),
        gzip.compress(PLAIN[:20].encode(), mtime=0) + gzip.compress(PLAIN[20:].encode(), mtime=0),
        gzip.compress(PLAIN.encode(), mtime=0) + b"\0" * 512,
        gzip.compress(PLAIN.encode(), mtime=0) + b"trailing",
        gzip.compress(b"\n" + PLAIN.encode(), mtime=0),
    ],
)
async def test_every_spelling_of_a_sitemap_is_read(site, walk, body):
    site.page("/sitemap.xml", body, Content_Type="application/octet-stream")
    site.links("/", "/a")
    site.page("/lost", "x")
    found = await walk()
    assert orphans(found) == {"/lost": 200}
    assert found.summary["notes"] == []
    assert set(found.meta) == {"/", "/a", "/lost"}


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, lambda text: text.decode().encode("utf-16")]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
async def test_a_list_of_addresses_is_a_sitemap(site, walk, pack, end):
    lines = ["", f"  {site.url}/lost", f"{site.url.upper()}/MORE ", "not an address"]
    site.page("/sitemap.xml", pack(f"{end.join(lines)}".encode()), Content_Type="text/plain")
    site.page("/", "home")
    found = await walk()
    assert orphans(found) == {"/lost": 404, "/MORE": 404}
    notes = " ".join(found.summary["notes"])
    assert f"{site.url}/sitemap.xml has a line that is no address." in notes


async def test_what_only_an_orphan_leads_to_is_read_and_its_links_count(site, walk):
    site.text("/sitemap.xml", urlset("/lost", "/gone", "/moved"))
    site.links("/", "/a")
    site.links("/lost", "/a", "/cave")
    site.links("/cave", "/deep")
    site.links("/deep", "/deeper")
    site.redirect("/moved", "/arrived")
    found = await walk(depth=2)
    assert {("/lost", "/a"), ("/lost", "/cave"), ("/cave", "/deep")} < found.links
    statuses = {path: row["status"] for path, row in found.meta.items()}
    expected = {"/": "200", "/a": "404", "/gone": "404", "/arrived": "404", "/moved": "301"}
    assert statuses == expected | {"/lost": "200", "/cave": "200", "/deep": "200", "/deeper": ""}
    assert {row["depth"] for path, row in found.meta.items() if path not in ("/", "/a")} == {""}
    assert orphans(found) == {"/gone": 404, "/lost": 200, "/moved": 301}
    assert found.summary["left_out"] == {"deeper than 2 clicks": 1}
    assert found.summary["depths"] == {"0": 1, "1": 1}


async def test_the_page_limit_is_spent_on_linked_pages_first(site, walk):
    site.text("/sitemap.xml", urlset(*(f"/lost{n}" for n in range(5))))
    site.links("/", "/a", "/b")
    found = await walk(pages=4)
    assert site.asked.count("/lost0") == 1
    assert found.summary["coverage"] == "4 of 8 addresses read (4 beyond the limit of 4 pages)."
    more = await walk(pages=100)
    assert more.totals.pages == 8
    assert site.asked.count("/lost0") == 1


async def test_an_orphan_that_a_deeper_crawl_finds_is_none(site, walk):
    site.text("/sitemap.xml", urlset("/far", "/lost"))
    site.links("/", "/a")
    site.links("/a", "/b")
    site.links("/b", "/far")
    site.links("/far", "/end")
    shallow = await walk(depth=1)
    assert set(orphans(shallow)) == {"/far", "/lost"}
    assert any("may be linked from pages that were not read" in n for n in shallow.summary["notes"])
    deep = await walk(depth=9)
    fresh = await walk("fresh", depth=9)
    assert set(orphans(deep)) == {"/lost"}
    assert {path: row["depth"] for path, row in deep.meta.items()} == {
        path: row["depth"] for path, row in fresh.meta.items()
    }
    assert deep.links == fresh.links
    assert site.count("/far") == 2


async def test_a_page_behind_a_redirect_that_is_linked_is_no_orphan(site, walk):
    site.text("/sitemap.xml", urlset("/new"))
    site.links("/", "/old")
    site.redirect("/old", "/new")
    site.page("/new", "x")
    assert orphans(await walk()) == {}


async def test_sitemaps_of_the_protocols_size_are_read_whole(site, walk):
    children = [f"/s{n}.xml" for n in range(60)]
    site.text("/sitemap.xml", index(*children))
    for n, child in enumerate(children[:59]):
        site.text(child, urlset(f"/only{n}"))
    big = "".join(f"<url><loc>/n{n}</loc></url>" for n in range(60_000))
    site.text("/s59.xml", f"<urlset>{big}</urlset>")
    site.page("/", "home")
    found = await walk(pages=1)
    assert found.totals.known == 1 + 59 + 60_000
    assert {row["in_sitemap"] for path, row in found.meta.items() if path != "/"} == {"true"}
    assert found.meta["/"]["in_sitemap"] == "false"
    assert any(
        "names 60,000 addresses; a search engine reads 50,000" in n for n in found.summary["notes"]
    )


@pytest.mark.parametrize(
    "broken",
    [
        {"sitemaps": 2},
        {"sitemap_urls": 2},
        "<urlset><url><loc>/x</loc></url><oops",
        500,
        "<urlset>" + " " * 60_000_000 + "<url><loc>/late</loc></url></urlset>",
        index("http://127.0.0.1:1/other.xml"),
    ],
)
async def test_nothing_is_called_outside_a_sitemap_that_was_not_wholly_read(site, walk, broken):
    limits = broken if isinstance(broken, dict) else {}
    site.text("/robots.txt", "".join(f"Sitemap: /s{n}.xml\n" for n in range(3)))
    for n in range(3):
        site.text(f"/s{n}.xml", urlset(f"/m{n}"))
    if isinstance(broken, int):
        site.page("/s1.xml", "oops", broken)
    elif isinstance(broken, str):
        site.text("/s1.xml", broken)
    site.links("/", "/m0", "/m2", "/outside")
    found = await walk(**limits, retries=0)
    assert found.summary["notes"]
    marks = {path: row["in_sitemap"] for path, row in found.meta.items()}
    assert (marks["/m0"], marks["/outside"]) == ("true", "")


async def test_a_sitemap_on_another_host_is_read_where_robots_txt_or_the_person_names_it(
    site, walk, another_site
):
    other = await another_site()
    other.text("/ours.xml", index("/part.xml"))
    other.text("/part.xml", urlset(f"{site.url}/lost", f"{other.url}/theirs"))
    other.text("/mine.txt", f"{site.url}/mine")
    site.page("/", "home")
    site.text("/robots.txt", f"Sitemap: {other.url}/ours.xml")
    found = await walk(sitemap=f"{other.url}/mine.txt")
    assert set(orphans(found)) == {"/lost", "/mine"}
    assert f"outside this site: 1, for example {other.url}/theirs" in " ".join(
        found.summary["notes"]
    )
    assert "/theirs" not in other.asked


async def test_a_sitemap_that_robots_txt_does_not_name_may_be_given(site, walk):
    site.text("/maps/all.xml", urlset("/lost"))
    site.page("/", "home")
    assert set(orphans(await walk(sitemap="/maps/all.xml"))) == {"/lost"}
    missing = await walk("missing", sitemap="/none.xml")
    assert any("/none.xml could not be read (404)" in note for note in missing.summary["notes"])


async def test_a_soft_404_for_a_sitemap_is_told(site, walk):
    site.page("/sitemap.xml", "<!doctype html><title>Shop</title>")
    site.page("/", "home")
    assert any("is an HTML page and no sitemap" in n for n in (await walk()).summary["notes"])


def test_the_address_of_a_sitemap_is_whole_or_from_the_root():
    assert clean_sitemap("  ") == ""
    assert clean_sitemap("/map.xml ") == "/map.xml"
    assert clean_sitemap("cdn.example.com/map.xml") == "https://cdn.example.com/map.xml"
    with pytest.raises(ValueError, match="is not a site"):
        clean_sitemap("map")


def test_a_public_site_does_not_make_this_machine_ask_itself():
    for own in (
        "http://localhost:8080/x",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://10.0.0.7/",
    ):
        assert is_private(own)
    for public in ("https://example.com/", "http://notlocalhost/", "http://93.184.215.14/"):
        assert not is_private(public)
