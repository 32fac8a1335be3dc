"""A made-up site with everything in it that has ever broken a reader of link graphs."""

from __future__ import annotations

import random
from functools import cache

from cardloom.apps.botify.emulator.site import FIELDS, Page, Site

HOST = "https://demo.example"
_KINDS = ("product", "category", "blog", "help")


@cache
def demo_site(pages: int = 240, seed: int = 7, *, pagetype: bool = True) -> Site:
    """A site of so many pages; the same seed gives the same site.

    Among its links are targets never crawled, links of a page to itself, links given twice, pages
    that link nowhere, and addresses with commas, quotes and letters from beyond ASCII.
    """
    dice = random.Random(seed)  # noqa: S311 - a picture, not a secret
    urls = [f"{HOST}/"]
    for n in range(1, pages):
        urls.append(f"{HOST}/{_KINDS[n % len(_KINDS)]}/{_odd(n)}")
    depth = {urls[0]: 0}
    links: dict[str, list[str]] = {url: [] for url in urls}
    for n in range(1, pages):  # a tree first, so that every page has a depth
        parent = urls[(n - 1) // 6]
        links[parent].append(urls[n])
        depth[urls[n]] = depth[parent] + 1
    leaves = {url for n, url in enumerate(urls) if n % 17 == 16 and not links[url]}
    for n, url in enumerate(urls):
        if url in leaves:
            continue
        links[url].append(urls[0])
        links[url] += [urls[dice.randrange(pages)] for _ in range(3)]
        if n % 11 == 0:
            links[url].append(url)
        if n % 13 == 0:
            links[url].append(links[url][0])
        if n % 19 == 0:
            links[url].append(f"{HOST}/beyond/{n}")
    depths = _clicks(urls[0], links)
    known = frozenset(FIELDS) - (frozenset() if pagetype else {"segments.pagetype.value"})
    return Site([_page(url, n, depths[url]) for n, url in enumerate(urls)], links, known).counted()


def _odd(n: int) -> str:
    if n % 23 == 0:
        return f"größe-{n}-日本"
    if n % 29 == 0:
        return f'a,b-{n}?q="x",y'
    return f"page-{n}.html"


def _clicks(home: str, links: dict[str, list[str]]) -> dict[str, int]:
    found, border = {home: 0}, [home]
    while border:
        following: list[str] = []
        for url in border:
            for target in links.get(url, ()):
                if target not in found and target in links:
                    found[target] = found[url] + 1
                    following.append(target)
        border = following
    return found


def _page(url: str, n: int, depth: int) -> Page:
    gone = n % 31 == 30
    return {
        "url": url,
        "depth": depth,
        "http_code": 404 if gone else 200,
        "byte_size": 2000 + 37 * n,
        "metadata.title.content": None if gone else f"Page {n}, “{_KINDS[n % 4]}”",
        "segments.pagetype.value": "home" if n == 0 else _KINDS[n % 4],
        "compliant.is_compliant": not gone,
        "canonical.to.equal": None if gone else n % 7 != 0,
        "sitemaps.present": n % 3 == 0,
    }
