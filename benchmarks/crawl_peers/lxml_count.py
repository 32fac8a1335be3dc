"""The links of a folder of HTML, counted without Cardloom: lxml and urllib.parse over the files.

Follows the same rule (a and area, same host, no fragment, no self-links, from the start page on)
with another parser and another URL library, and without a network.
"""

from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from lxml import html


def count(root: Path, start: str) -> set[tuple[str, str]]:
    """(source, target) of every link reachable from `start`, which serves `root`."""
    host = urlsplit(start)[:2]
    seen, queue, edges = {start}, [start], set()
    for url in queue:
        for target in targets(root, url):
            if urlsplit(target)[:2] == host and target != url:
                edges.add((url, target))
                if target not in seen:
                    seen.add(target)
                    queue.append(target)
    return edges


def targets(root: Path, url: str) -> list[str]:
    path = root / unquote(urlsplit(url).path.lstrip("/"))
    path = path / "index.html" if path.is_dir() and url.endswith("/") else path
    if path.suffix != ".html" or not path.is_file():
        return []
    tree = html.parse(str(path), html.HTMLParser(encoding="utf-8"))
    base = next(iter(tree.xpath("//base/@href")), "")
    return [resolve(urljoin(url, base), href) for href in tree.xpath("//a/@href | //area/@href")]


def resolve(base: str, href: str) -> str:
    try:
        return urldefrag(urljoin(base, href.strip())).url
    except ValueError:
        return ""
