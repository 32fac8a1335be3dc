"""Reads links.csv and meta.csv, plain or packed with gzip, into a Graph.

It puts the two together: one numbering of all addresses, in their order, for everything.
"""

from functools import lru_cache
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cardloom.graph.attributes import Attributes, read_attributes
from cardloom.graph.links import Links, read_links
from cardloom.graph.rows import clean_text
from cardloom.graph.structure import UNKNOWN_DEPTH, UNKNOWN_STATUS, Graph
from cardloom.graph.walking import depths_from, likely_home


def read_graph(links: str | PathLike[str], meta: str | PathLike[str] | None = None) -> Graph:
    """The graph of a links.csv (`source,target`) and, beside it, a meta.csv (`id`, and more).

    Both are UTF-8 and RFC 4180 with a header, plain or packed with gzip. Columns stand in any
    order. Of links.csv `nofollow` is read where it is there: a page linked twice, once without
    it, is followed. Of meta.csv status, depth, title and pagetype have a place of their own in
    the graph; every other column is kept with a type found from its values. Pages that only
    meta.csv knows are nodes without links. A status that is no HTTP status (such as Botify's
    negative ones) is read as "none". Without a depth column, depth is counted in clicks from
    the home page; without a pagetype column it is the first folder of the URL's path. The home
    page is the first of depth 0, else the page with links whose URL is shortest.

    The same files give the same graph, whatever the order of their rows.

    Raises GraphError, with the file, the line and what is wrong there; OSError as `open` does.
    """
    found = read_links(Path(links))
    known = read_attributes(Path(meta)) if meta is not None else Attributes()
    for url in known.urls:
        _ = found.numbers[url.encode()]
    # UTF-8 sorts as its code points do, so the bytes need not be decoded to be put in order.
    ordered = [key for key in found.numbers if isinstance(key, bytes)]
    ordered.sort()
    urls = tuple([url.decode() for url in ordered])
    number = np.fromiter(map(found.numbers.__getitem__, ordered), np.int64, len(ordered))
    pairs, nofollow = _sorted_pairs(found, number)
    places = _rows_of(known, urls)
    status = known.numbers("status", UNKNOWN_STATUS, places)
    depth = known.numbers("depth", UNKNOWN_DEPTH, places)
    home = likely_home(urls, pairs, depth)
    if "depth" not in known.codes:
        depth = depths_from(home, pairs, len(urls))
    if "pagetype" in known.codes:
        pagetypes = known.words("pagetype", places)
    else:
        pagetypes = tuple([_first_folder(url) for url in urls])
    titles = known.words("title", places)
    columns = known.others(places)
    return Graph(urls, pairs, titles, pagetypes, status, depth, home, columns, nofollow)


def _rows_of(known: Attributes, urls: tuple[str, ...]) -> NDArray[np.int64]:
    """The row of meta.csv of each page, -1 where there is none."""
    rows = {url: row for row, url in enumerate(known.urls)}
    return np.fromiter((rows.get(url, -1) for url in urls), np.int64, len(urls))


def _sorted_pairs(
    links: Links, number: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.bool_] | None]:
    """The links in the numbering of the sorted URLs, sorted, each once, and their nofollow."""
    place = np.empty(len(number), np.uint64)
    place[number] = np.arange(len(number), dtype=np.uint64)
    both = place[links.pairs[:, 0]] << np.uint64(32) | place[links.pairs[:, 1]]
    if links.nofollow is None:
        both.sort()
        both, nofollow = both[_first(both)], None
    else:
        order = np.lexsort((links.nofollow, both))
        first = order[_first(both[order])]
        both, nofollow = both[first], links.nofollow[first]
    pairs = np.empty((len(both), 2), np.uint32)
    pairs[:, 0], pairs[:, 1] = both >> np.uint64(32), both & np.uint64(0xFFFFFFFF)
    return pairs, nofollow


def _first(ordered: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which entries differ from the one before (`np.unique` hashes them, at five times the cost)."""
    return np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]


@lru_cache(maxsize=10_000)
def _clean(folder: str) -> str:
    return clean_text(folder)


def _first_folder(url: str) -> str:
    """`docs` of https://example.org/docs/a.html, "" of a page at the root."""
    folders = url.split("?", 1)[0].split("/", 5)[3:-1]
    return _clean(folders[0]) if folders else ""
