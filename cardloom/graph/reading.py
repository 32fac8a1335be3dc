"""Reads links.csv and meta.csv into a Graph: one numbering of all addresses, in their order.

DuckDB reads both, numbers the addresses and puts the rows about pages in that order.
"""

from functools import lru_cache
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cardloom.graph.addresses import check_addresses, is_address, wrong
from cardloom.graph.attributes import Attributes
from cardloom.graph.structure import UNKNOWN_DEPTH, UNKNOWN_STATUS, Graph
from cardloom.graph.walking import depths_from, likely_home
from cardloom.tables.mending import misfit
from cardloom.tables.table import Table, open_tables
from cardloom.tables.text import clean_text, shown

ENDS = ("source", "target")
_YES = "('true', '1', 'yes', 'nofollow')"


def read_graph(links: str | PathLike[str], meta: str | PathLike[str] | None = None) -> Graph:
    """The graph of a links.csv (`source,target`) and, beside it, a meta.csv (`id`, and more).

    Both have a header, plain or packed; columns are in any order. Of links.csv `nofollow` is read
    where it is there: a page linked twice, once without it, is followed. Of meta.csv status,
    depth, title and pagetype have a place of their own in the graph; every other column is kept
    with a type found from its values. Pages that only meta.csv knows are nodes without links. A
    status that is no HTTP status (such as Botify's negative ones) is read as "none". Without a
    depth column, depth is counted in clicks from the home page; without a pagetype column it is
    the first folder of the URL's path. The home page is the first of depth 0, else the page with
    links whose URL is shortest.

    The same files give the same graph, whatever the order of their rows.

    Raises GraphError, with the file, the line and what is wrong there; OSError as `open` does.
    """
    paths = [Path(path) for path in (links, meta) if path is not None]
    with open_tables(*paths, utf8=True) as tables:
        for table in tables:
            _check_rows(table)
        _check_links(tables[0])
        known = Attributes(tables[1] if meta is not None else None)
        urls = _numbered(tables[0], known.table)
        pairs, nofollow = _pairs(tables[0])
        known.put_in_order()
        status = known.numbers("status", UNKNOWN_STATUS, len(urls))
        depth = known.numbers("depth", UNKNOWN_DEPTH, len(urls))
        home = likely_home(urls, pairs, depth)
        if not known.has("depth"):
            depth = depths_from(home, pairs, len(urls))
        if known.has("pagetype"):
            pagetypes = known.words("pagetype", len(urls))
        else:
            pagetypes = tuple([_first_folder(url) for url in urls])
        titles = known.words("title", len(urls))
        columns = known.others()
    return Graph(urls, pairs, titles, pagetypes, status, depth, home, columns, nofollow)


def _check_rows(table: Table) -> None:
    """Raises GraphError for the first row that could not be read."""
    if table.rejected:
        first = min(table.rejected, key=lambda each: each.lines[0])
        raise wrong(table.path, first.lines[0], first.example)
    own, width = len(table.dialect.header), len(table.names)
    if table.dialect.headed and own < width:
        raise wrong(table.path, table.dialect.first, misfit(width, own))


def _check_links(table: Table) -> None:
    if any(table.dialect.header.count(name) != 1 for name in ENDS) or not table.dialect.headed:
        found = shown(list(table.dialect.header))
        raise wrong(table.path, 1, f"the header should be source,target but is {found}")


def _numbered(links: Table, meta: Table | None) -> tuple[str, ...]:
    """All addresses in their order, as the table `nodes` too. Raises GraphError for what is none."""
    ends = [f"SELECT {links.column(name)} AS url FROM {links.name}" for name in ENDS]  # noqa: S608
    if meta is not None:
        ends.append(f"SELECT {meta.column('id')} FROM {meta.name}")  # noqa: S608
    db = links.db
    db.connection.execute(
        "CREATE TEMP TABLE nodes AS SELECT url, (row_number() OVER (ORDER BY url) - 1)::UINTEGER "  # noqa: S608
        f"AS node FROM ({' UNION '.join(ends)})"
    )
    if db.count(f"SELECT count(*) FROM nodes WHERE NOT {is_address('url')}"):  # noqa: S608
        check_addresses(links, ENDS)
        if meta is not None:
            check_addresses(meta, ("id",))
    found = db.connection.execute("SELECT url FROM nodes ORDER BY node").fetchnumpy()["url"]
    return tuple(found.tolist())


def _pairs(links: Table) -> tuple[NDArray[np.uint32], NDArray[np.bool_] | None]:
    """The links as pairs of nodes, sorted, each once, and which of them are nofollow."""
    told = "nofollow" in links.names
    mark = f", lower(trim({links.column('nofollow')})) IN {_YES} AS mark" if told else ""
    source, target = (links.column(name) for name in ENDS)
    found = links.db.connection.execute(
        f"SELECT a.node AS source, b.node AS target {mark} FROM {links.name} "  # noqa: S608
        f"JOIN nodes a ON a.url = {source} JOIN nodes b ON b.url = {target}"
    ).fetchnumpy()
    links.db.connection.execute(f"DROP TABLE {links.name}")
    both = found["source"].astype(np.uint64) << np.uint64(32) | found["target"]
    if not told:
        both.sort()
        both, nofollow = both[_first(both)], None
    else:
        marks = np.ma.filled(found["mark"], False).astype(bool)
        order = np.lexsort((marks, both))
        first = order[_first(both[order])]
        both, nofollow = both[first], marks[first]
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
