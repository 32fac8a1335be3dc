"""Sitemaps: orphans found, and every way to abuse XML bounded."""

from __future__ import annotations

import asyncio
import gzip

import pytest

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urlset(*urls: str) -> str:
    body = "".join(f"<url><loc>\n {url} </loc><lastmod>2026</lastmod></url>" for url in urls)
    return f'<?xml version="1.0"?><urlset {NAMESPACE}>{body}</urlset>'


def index(*urls: str) -> str:
    body = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f"<sitemapindex {NAMESPACE}>{body}</sitemapindex>"


async def test_orphans_are_in_a_sitemap_and_linked_from_nowhere(site, walk):
    site.text(
        "/sitemap.xml",
        urlset(f"{site.url}/", f"{site.url}/a#x", f"{site.url}/lost?a&amp;b", "https://away.org/x"),
        "application/xml",
    )
    site.links("/", "/a", "/b")
    found = await walk()
    assert [found.short(url) for url in found.summary["orphans"]["rows"]] == ["/lost?a&b"]
    marks = {path: row["in_sitemap"] for path, row in found.meta.items()}
    assert marks == {"/": "true", "/a": "true", "/b": "false", "/lost?a&b": "true"}
    lost = found.meta["/lost?a&b"]
    assert (lost["status"], lost["depth"], lost["inlinks"]) == ("", "", "0")
    assert "/lost?a&b" not in site.asked


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
    orphans = {found.short(url) for url in found.summary["orphans"]["rows"]}
    assert orphans == {"/from-gz", "/from-two"}
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
        ("<html><p>not found</html>", "not well-formed"),
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
    assert found.totals.pages == 1
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
    assert 90 <= found.totals.known <= 100
