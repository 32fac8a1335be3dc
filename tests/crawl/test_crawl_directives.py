"""noindex and nofollow, in every spelling that search engines take."""

from __future__ import annotations

import pytest

PAST, FUTURE = "25 Jun 2010 15:00:00 GMT", "25 Jun 2199 15:00:00 GMT"

# X-Robots-Tag → whether the page is indexable, and whether its links may be followed.
HEADERS = {
    "noindex": (False, True),
    "NoIndex": (False, True),
    "nofollow": (True, False),
    "none": (False, False),
    "all": (True, True),
    "index, follow": (True, True),
    "noarchive, nosnippet, notranslate, noimageindex": (True, True),
    "noindex, nofollow": (False, False),
    "noindex; nofollow": (False, False),
    "index, noindex": (False, True),
    "noindex, max-video-preview:-1": (False, True),
    "max-video-preview:-1, noindex": (False, True),
    "max-snippet:-1, noindex": (False, True),
    "max-snippet: -1 , nofollow": (True, False),
    "max-image-preview:large, none": (False, False),
    "max-image-preview: none": (True, True),
    "max-image-preview:none, max-snippet:0": (True, True),
    "max-some-new-thing:none, noindex": (False, True),
    "some-new-thing:5, noindex": (False, True),
    "nositelinkssearchbox, indexifembedded, noindex": (False, True),
    f"unavailable_after: {FUTURE}, noindex": (False, True),
    f"unavailable_after: Fri, {FUTURE}, nofollow": (True, False),
    f"unavailable_after: {FUTURE}": (True, True),
    f"unavailable_after: {PAST}": (False, True),
    f"unavailable_after: Fri, {PAST}": (False, True),
    "unavailable_after: Friday, 25-Jun-10 15:00:00 GMT": (False, True),
    "unavailable_after: 25 Jun 2010 15:00:00 PST, index": (False, True),
    "unavailable_after: 2010-06-25": (False, True),
    "unavailable_after: 2010-06-25T15:00:00+02:00": (False, True),
    "unavailable_after: 2199-06-25T15:00:00Z, nofollow": (True, False),
    "unavailable_after: soon, nofollow": (True, False),
    "otherbot: noindex": (True, True),
    "otherbot:none": (True, True),
    "otherbot/2.1: noindex, nofollow": (True, True),
    "otherbot: max-snippet:3, noindex": (True, True),
    f"otherbot: unavailable_after: {PAST}": (True, True),
    "noindex, otherbot: nofollow": (False, True),
    "otherbot: noindex, cardloom: nofollow": (True, False),
    "cardloom: noindex": (False, True),
    "Cardloom/0.1: noindex": (False, True),
    "CARDLOOM: max-snippet:3, noindex": (False, True),
    "cardloom-news: noindex": (True, True),
    "*: noindex": (False, True),
    "otherbot: noindex, *: nofollow": (True, False),
    "notnoindex, no index, noindexed": (True, True),
    "": (True, True),
    ":,,::, ;": (True, True),
}
META = {
    "noindex": (False, True),
    "NOINDEX,NOFOLLOW": (False, False),
    "noindex nofollow": (False, False),
    "none": (False, False),
    "max-image-preview: none": (True, True),
    "max-image-preview : none , follow": (True, True),
    "max-snippet:-1, max-image-preview:large, max-video-preview:-1, noindex": (False, True),
    "max-snippet:-1 nofollow": (True, False),
    f"unavailable_after: Fri, {FUTURE}, nofollow": (True, False),
    f"unavailable_after: {PAST}": (False, True),
    "index, follow" + ", noarchive" * 200 + ", noindex": (False, True),
}


async def told(site, walk, pages):
    found = await walk()
    return {
        said: (
            found.meta[path]["indexable"] == "true",
            found.meta[f"{path}/link"]["status"] == "404",
        )
        for path, said in pages.items()
    }


async def test_the_header(site, walk):
    pages = {f"/{n}": said for n, said in enumerate(HEADERS)}
    site.links("/", *pages)
    for path, said in pages.items():
        site.page(path, f"<a href='{path}/link'>x</a>", X_Robots_Tag=said)
    assert await told(site, walk, pages) == HEADERS


async def test_the_meta_element(site, walk):
    pages = {f"/{n}": said for n, said in enumerate(META)}
    site.links("/", *pages)
    for path, said in pages.items():
        meta = f'<META Name=" Robots" CONTENT="{said}">'
        site.page(path, f"{meta}<a href='{path}/link'>x</a>")
    assert await told(site, walk, pages) == META


@pytest.mark.parametrize(
    ("html", "indexable"),
    [
        ("<meta name=robots content=index><meta name=robots content=noindex>", "false"),
        ("<meta name=robots content='max-snippet:-1'><meta name=cardloom content=none>", "false"),
        ("<meta name=googlebot content=noindex>", "true"),
        ("<body><p>x</p><meta name=robots content=noindex>", "false"),
        ("<!-- <meta name=robots content=noindex> -->", "true"),
        ("<meta name=robots>", "true"),
    ],
)
async def test_several_elements_and_other_crawlers(site, walk, html, indexable):
    site.page("/", html)
    assert (await walk()).meta["/"]["indexable"] == indexable


async def test_several_headers_count_together(site, walk):
    async def two(request):
        from aiohttp import web
        from multidict import CIMultiDict

        said = [("X-Robots-Tag", "otherbot: nofollow"), ("X-Robots-Tag", "noindex")]
        return web.Response(text="x", content_type="text/html", headers=CIMultiDict(said))

    site.answers["/"] = two
    assert (await walk()).meta["/"]["indexable"] == "false"
