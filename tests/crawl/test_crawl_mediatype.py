"""What is taken for HTML: Content-Type headers as they are found, and bodies without one."""

from __future__ import annotations

import pytest
from aiohttp import web
from multidict import CIMultiDict

from cardloom.crawl.mediatype import looks_like_html

READ = [
    "text/html",
    "TEXT/HTML",
    " text/html ",
    "text/html;;charset=UTF-8",
    "text/html, text/html; charset=utf-8",
    "text/html,charset=utf-8",
    "text/html;charset=utf-8,text/html",
    "application/json, text/html",
    "text/html, */*",
    "text/html; x=\"a,b;charset=koi8-r\"; charset='utf-8'",
    "text/html charset=utf-8",
    "text/html (a comment)",
    "application/xhtml+xml",
    "*/*",
    "html",
    "unknown/unknown",
    "",
]
NOT_READ = [
    "text/plain; charset=utf-8",
    "text/html, text/plain",
    "text/htmlx",
    "application/xml",
    "application/octet-stream",
]


async def test_what_is_read_and_what_is_not(site, walk):
    pages = {f"/{n}": kind for n, kind in enumerate(READ + NOT_READ)}
    site.links("/", *pages)
    for path in pages:
        html = f"<!doctype html><meta charset=utf-8><title>ü</title><a href='{path}/x'>x</a>"
        site.page(path, html, Content_Type=pages[path])
    found = await walk()
    read = {kind for path, kind in pages.items() if (path, f"{path}/x") in found.links}
    assert read == set(READ)
    assert {found.meta[f"/{n}"]["title"] for n in range(len(READ))} == {"ü"}
    assert {found.meta[f"/{n}"]["content_type"] for n in range(9)} == {"text/html"}


@pytest.mark.parametrize(
    ("headers", "title"),
    [
        (["text/html; charset=cp1251", "text/html"], "кот"),
        (["text/plain", "text/html; charset=cp1251"], "кот"),
        (["text/html; charset=koi8-r", "text/html; charset=cp1251"], "кот"),
        (["text/html; charset=; charset=cp1251"], "кот"),
        (['text/html; charset="cp1251"'], "кот"),
    ],
)
async def test_several_headers_are_one(site, walk, headers, title):
    async def answer(_):
        named = CIMultiDict([("Content-Type", each) for each in headers])
        return web.Response(body=b"<title>\xea\xee\xf2</title>", headers=named)

    site.answers["/"] = answer
    assert (await walk()).meta["/"]["title"] == title


@pytest.mark.parametrize(
    ("body", "html"),
    [
        (b"\n\t <!DOCTYPE HTML>", True),
        (b"<!doctype html SYSTEM>", True),
        (b"<html>", True),
        (b"<HEAD >", True),
        (b"<!-- x", True),
        (b"<a href=x>", True),
        (b"<p>", True),
        (b"\xef\xbb\xbf<body>", True),
        (b"<title>", True),
        (b"<pre>", False),
        (b"<abbr>", False),
        (b"text <p>", False),
        (b"%PDF-1.7 <html>", False),
        (b"", False),
    ],
)
def test_html_is_known_by_its_beginning(body, html):
    assert looks_like_html(body) is html
