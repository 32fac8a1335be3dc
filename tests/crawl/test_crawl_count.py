"""The counts of a site of 300 files against a count made with other means, over the files.

lxml and urllib.parse stand in for lexbor and ada: another parser, another URL standard, no
network. The site keeps to addresses on which the two standards agree.
"""

from __future__ import annotations

import random
from pathlib import Path
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit

from aiohttp import web
from lxml import html

SIZE = 300
FOLDERS = ("", "guide/", "guide/deep/", "api/java.base/", "über uns/")


def make_site(root: Path, seed: int) -> list[str]:
    choice = random.Random(seed)
    names = [f"{choice.choice(FOLDERS)}p{n}.html" for n in range(SIZE)]
    names[0] = "index.html"
    for number, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(choice, number, name, names), encoding="utf-8")
    return names


def page(choice: random.Random, number: int, name: str, names: list[str]) -> str:
    spell = (relative, absolute_path, with_fragment, with_query, upwards)
    links = [choice.choice(spell)(name, choice.choice(names)) for _ in range(choice.randrange(40))]
    links += ["#top", "", f"missing-{number % 7}.html", "mailto:a@b.c", "https://example.com/"]
    if number == 0:
        links += [absolute_path(name, other) for other in names[:20]]
    choice.shuffle(links)
    body = "\n".join(f"<li><a class='x' HREF='{link}'>l</a>" for link in links)
    frame = "<table><tr><td><p>unclosed<b>bold" * 3
    return f"<!DOCTYPE html><title>Page {number} &amp; more</title>{frame}<ul>{body}</ul>"


def relative(_: str, target: str) -> str:
    return "/" + target


def absolute_path(_: str, target: str) -> str:
    return "/" + quote(target)


def with_fragment(_: str, target: str) -> str:
    return f"/{quote(target)}#part-{len(target)}"


def with_query(_: str, target: str) -> str:
    return f"/{quote(target)}?b=1&amp;a=2"


def upwards(source: str, target: str) -> str:
    return "../" * source.count("/") + "./" + quote(target)


def independent_count(root: Path, start: str) -> tuple[dict[str, int], set[tuple[str, str]]]:
    """Depths and links by a plain breadth-first walk over the files on disk."""
    depths, edges, queue = {start: 0}, set(), [start]
    for url in queue:
        path = root / web_path(url)
        if not path.is_file():
            continue
        for href in html.parse(str(path), html.HTMLParser(encoding="utf-8")).xpath("//a/@href"):
            target = urldefrag(urljoin(url, quote(href, safe="/:?#&=%.+@"))).url
            if urlsplit(target)[:2] != urlsplit(start)[:2] or target == url:
                continue
            edges.add((url, target))
            if target not in depths:
                depths[target] = depths[url] + 1
                queue.append(target)
    return depths, edges


def web_path(url: str) -> str:
    return unquote(urlsplit(url).path.lstrip("/")) or "index.html"


async def test_counts_agree_with_an_independent_count(site, walk, tmp_path):
    root = tmp_path / "files"
    make_site(root, seed=11)

    async def serve(request: web.Request) -> web.StreamResponse:
        path = root / web_path(str(request.rel_url))
        return web.FileResponse(path) if path.is_file() else web.Response(status=404)

    class Everything(dict):
        def get(self, key, default=None):
            return serve

    site.answers = Everything()
    found = await walk(pages=10_000, depth=100, concurrency=16)
    depths, edges = independent_count(root, site.url + "/")
    mine = {(row["source"], row["target"]) for row in found.rows("links.csv")}
    assert mine == edges
    assert len(edges) > 3000
    assert {row["id"]: int(row["depth"]) for row in found.rows("meta.csv")} == depths
    read = [row for row in found.rows("meta.csv") if row["status"] == "200"]
    assert {row["title"] for row in read} == {
        f"Page {n} & more" for n in {int(row["title"].split()[1]) for row in read}
    }
    for row in found.rows("meta.csv"):
        assert int(row["inlinks"]) == sum(target == row["id"] for _, target in edges)
