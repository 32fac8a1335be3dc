"""links.csv and meta.csv: what the crawl found, for any tool that reads tables.

UTF-8, RFC 4180 (CRLF, quotes where needed), rows in the byte order of their addresses, so that
two crawls of an unchanged site give the same bytes but for the column `ms`. Cells hold the
data as it is: a title that begins with `=` is not defused for spreadsheets.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cardloom.crawl.found import count_links
from cardloom.crawl.store import SITEMAPS_CUT, connect

LINKS = ("source", "target")
META = (
    *("id", "status", "depth", "title", "canonical", "indexable", "inlinks", "outlinks"),
    *("bytes", "ms", "content_type", "in_sitemap", "pagetype", "redirect_to"),
    "incomplete",
)
_TYPE_CHARS = 60


def write_links(database: Path, path: Path) -> int:
    """Write links.csv from a crawl's database. Returns its number of rows, header not counted.

    source      address of a page that was read
    target      address in scope that it links to by `a` or `area`; each pair once, no page to
                itself. Links that are nofollow, blocked, broken or redirected are there too

    Rows are sorted by (source, target). The file appears whole or not at all. Raises
    FileNotFoundError where there is no crawl, OSError where the file cannot be written.
    """
    with closing(connect(database)) as connection:
        return _write(path, LINKS, _links(connection))


def write_meta(database: Path, path: Path) -> int:
    """Write meta.csv from a crawl's database. Returns its number of rows, header not counted.

    One row for each address in scope that was met: as a link, in a frame, in a sitemap, as the
    target of a redirect.

    id            the address; what links.csv calls source and target
    status        HTTP status; 0 where it was asked for and did not answer; empty where it was
                  not asked for (beyond the limits, blocked by robots.txt, refused for its rate)
    depth         least clicks from the start; a redirect costs none. Empty: nothing leads here
    title         text of `<title>`, one line, at most 1,000 characters
    canonical     absolute, from `<link rel=canonical>`, else from the HTTP Link header
    indexable     true: 200, HTML, no noindex, canonical none or itself; else false; empty
                  where it was not asked for
    inlinks       rows of links.csv with it as the target
    outlinks      rows of links.csv with it as the source; empty where it was not asked for
    bytes         size of the body: decoded for HTML, else as the header or the read says
    ms            milliseconds from the request to the last byte, of the last try
    content_type  without its parameters
    in_sitemap    true or false; empty for what the part of the sitemaps that was read does not
                  name, where another part was not read
    pagetype      home, the first folder of the path, or page
    redirect_to   where a redirect leads, in scope or not
    incomplete    why it was not wholly read, where it answered and was not; else empty

    Sorted by id; written and failing as `write_links`.
    """
    with closing(connect(database)) as connection:
        return _write(path, META, _meta(connection))


def pagetype(url: str) -> str:
    """A first guess at what kind of page an address is."""
    path = urlsplit(url).path
    first, slash, _ = path.lstrip("/").partition("/")
    if not first:
        return "home"
    name = "".join(c for c in unquote(first) if c.isprintable())[:_TYPE_CHARS]
    return name if slash and name else "page"


def _links(connection: sqlite3.Connection) -> Iterator[list[tuple[str, str]]]:
    sources = connection.execute("SELECT id, url FROM url ORDER BY url")
    targets = "SELECT t.url FROM link JOIN url t ON t.id = target WHERE source = ? AND kind & 1"
    for number, source in sources:
        # One page's targets fit in memory, and bytes sort as SQLite's BINARY does.
        rows = [row[0] for row in connection.execute(targets, (number,))]
        yield [(source, target) for target in sorted(rows, key=str.encode)]


def _meta(connection: sqlite3.Connection) -> Iterator[list[tuple[object, ...]]]:
    count_links(connection)
    # Where a sitemap was not wholly read, nothing can be said of what it does not name.
    cut = connection.execute("SELECT 1 FROM fact WHERE name = ?", (SITEMAPS_CUT,)).fetchone()
    outside = "" if cut else "false"
    rows = connection.execute("""
        SELECT u.url, p.status, COALESCE(CASE WHEN u.depth >= 0 THEN u.depth END, i.depth), p.title,
               p.canonical, p.indexable, COALESCE(i.links, 0), COALESCE(o.links, p.status * 0), p.bytes,
               p.ms, p.content_type, u.sitemap, p.redirect_to,
               CASE WHEN p.status THEN p.reason END
        FROM url u LEFT JOIN page p ON p.id = u.id
        LEFT JOIN temp.inward i ON i.id = u.id LEFT JOIN temp.outward o ON o.id = u.id
        ORDER BY u.url
    """)
    for *before, indexable, inlinks, outlinks, size, ms, kind, in_sitemap, onward, why in rows:
        told = "" if indexable is None else _truth(indexable)
        after = (inlinks, outlinks, size, ms, kind, "true" if in_sitemap else outside)
        yield [(*before, told, *after, pagetype(before[0]), onward, why)]


def _truth(value: int) -> str:
    return "true" if value else "false"


def _write(
    path: Path, header: Iterable[str], groups: Iterator[Sequence[tuple[object, ...]]]
) -> int:
    unfinished = path.with_name(path.name + ".part")
    count = 0
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(header)
        for rows in groups:
            writer.writerows(rows)
            count += len(rows)
    unfinished.replace(path)
    return count
