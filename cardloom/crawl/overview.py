"""What a crawl found, in figures and short lists, as plain data for a page, a test or a file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from cardloom.crawl.chains import redirect_chains
from cardloom.crawl.ending import coverage, left_out
from cardloom.crawl.found import count_links
from cardloom.crawl.notes import notes
from cardloom.crawl.store import connect

_LISTED = 100  # rows of a long list; its total is always told
_STANDS_ON = 10  # pages named for one broken link
_TOP = 10


def summary(database: Path) -> dict[str, Any]:
    """The summary of a crawl, finished or not, as JSON-able data.

    site, finished       the start address; whether the crawl came to its end
    pages, known         addresses asked for; addresses in scope, read or not
    links                rows of links.csv
    bytes, seconds       of all bodies (as in meta.csv); spent crawling
    depths               {"0": 1, "1": 12 …}: pages asked for, by clicks from the start
    statuses             {"200": 40, "404": 2, "0": 1 …}: 0 is no answer
    broken               {"total", "rows": [{"target", "status", "reason", "pages", "total"}]}:
                         status 0 or 400 and more; up to 10 pages where the link stands, and
                         how many there are in all
    redirects            {"total", "rows": [{"hops": [{"url", "status"}], "end", "status",
                         "loop"}]}: status None where the end was not asked for
    orphans              {"total", "rows": [{"url", "status"}]}: in a sitemap, and no page read
                         links or redirects there; status None where it was not asked for
    blocked              {"total", "rows": [{"url", "reason"}]}: by robots.txt, our own rules, or
                         the host, which refused them for their rate
    unread               addresses met and not asked for, blocked ones not counted
    left_out             {reason: n}: all that was not asked for; pages + these = known
    coverage             the same as one sentence
    nofollow             links of links.csv that say nofollow
    refused              {"total", "rows": [{"page", "reason", "text"}]}: links that are no
                         address, or too long for one
    incomplete           {"total", "rows": [{"url", "reason"}]}: answered, and not wholly read
    slowest, biggest     [{"url", "ms"}], [{"url", "bytes"}]: the first ten
    notes                sentences a person should read

    Long lists stop at 100 rows. Raises FileNotFoundError where there is no crawl.
    """
    with closing(connect(database)) as connection:
        count_links(connection)
        facts = dict(connection.execute("SELECT name, value FROM fact").fetchall())
        figures, left = _figures(connection), left_out(connection)
        orphans = _orphans(connection)
        return {
            "site": facts.get("site", ""),
            "finished": facts.get("finished") == "yes",
            **figures,
            "left_out": left,
            "coverage": coverage(figures["pages"], left),
            "seconds": float(facts.get("seconds", 0)),
            "depths": _histogram(connection, "CASE WHEN u.depth >= 0 THEN u.depth END"),
            "statuses": _histogram(connection, "p.status"),
            "broken": _broken(connection),
            "redirects": redirect_chains(connection, _LISTED),
            "orphans": orphans,
            "blocked": _listed(
                connection, ("url", "reason"), "url, barred FROM url WHERE barred != ''", "url"
            ),
            "refused": _refused(connection),
            "incomplete": _listed(
                connection,
                ("url", "reason"),
                "u.url, p.reason FROM page p JOIN url u ON u.id = p.id "
                "WHERE p.reason != '' AND p.status != 0",
                "u.url",
            ),
            "slowest": _top(connection, "ms"),
            "biggest": _top(connection, "bytes"),
            "notes": notes(connection, facts, left, orphans["total"]),
        }


def _figures(connection: sqlite3.Connection) -> dict[str, int]:
    row = connection.execute("""
        SELECT (SELECT COUNT(*) FROM page), (SELECT COUNT(*) FROM url),
               (SELECT COUNT(*) FROM link WHERE kind & 1), (SELECT COALESCE(SUM(bytes), 0) FROM page),
               (SELECT COUNT(*) FROM link WHERE kind & 5 = 5),
               (SELECT COUNT(*) FROM url u LEFT JOIN page p ON p.id = u.id
                WHERE p.id IS NULL AND u.barred = '')
    """).fetchone()
    return dict(zip(("pages", "known", "links", "bytes", "nofollow", "unread"), row, strict=True))


def _histogram(connection: sqlite3.Connection, what: str) -> dict[str, int]:
    query = f"SELECT {what}, COUNT(*) FROM page p JOIN url u ON u.id = p.id GROUP BY 1 ORDER BY 1"  # noqa: S608
    rows = connection.execute(query)
    return {str(value): count for value, count in rows if value is not None}


def _listed(
    connection: sqlite3.Connection, names: tuple[str, ...], query: str, order: str
) -> dict[str, Any]:
    total = connection.execute(f"SELECT COUNT(*) FROM (SELECT {query})").fetchone()[0]  # noqa: S608
    rows = connection.execute(f"SELECT {query} ORDER BY {order} LIMIT ?", (_LISTED,))
    return {"total": total, "rows": [dict(zip(names, row, strict=True)) for row in rows]}


def _broken(connection: sqlite3.Connection) -> dict[str, Any]:
    found = _listed(
        connection,
        ("id", "target", "status", "reason", "total"),
        "u.id, u.url, p.status, p.reason, COALESCE(i.links, 0) AS n FROM page p "
        "JOIN url u ON u.id = p.id LEFT JOIN temp.inward i ON i.id = u.id "
        "WHERE p.status = 0 OR p.status >= 400",
        "n DESC, u.url",
    )
    _name_pages(connection, found["rows"])
    return found


def _name_pages(connection: sqlite3.Connection, rows: list[dict[str, Any]]) -> None:
    wanted = {row.pop("id"): row for row in rows}
    for row in wanted.values():
        row["pages"] = []
    marks = ",".join("?" * len(wanted))
    # link is kept by source: one pass over it costs less than an index on target.
    stands = connection.execute(
        f"SELECT l.target, s.url FROM link l JOIN url s ON s.id = l.source "  # noqa: S608
        f"WHERE l.target IN ({marks}) AND l.kind & 1 ORDER BY s.url",
        tuple(wanted),
    )
    for target, page in stands:
        pages = wanted[target]["pages"]
        if len(pages) < _STANDS_ON:
            pages.append(page)


def _orphans(connection: sqlite3.Connection) -> dict[str, Any]:
    return _listed(
        connection,
        ("url", "status"),
        "u.url, p.status FROM url u LEFT JOIN temp.inward i ON i.id = u.id "
        "LEFT JOIN page p ON p.id = u.id "
        "WHERE u.sitemap AND COALESCE(i.links + i.ways, 0) = 0 AND COALESCE(u.rank, 1) != 0",
        "u.url",
    )


def _refused(connection: sqlite3.Connection) -> dict[str, Any]:
    found = _listed(
        connection,
        ("page", "reason", "text"),
        "u.url, r.reason, r.text FROM refused r JOIN url u ON u.id = r.page",
        "u.url, r.rowid",
    )
    total = connection.execute("SELECT COALESCE(SUM(refused), 0) FROM page").fetchone()[0]
    return found | {"total": total}


def _top(connection: sqlite3.Connection, column: str) -> list[dict[str, Any]]:
    query = (
        f"SELECT u.url, p.{column} FROM page p JOIN url u ON u.id = p.id "  # noqa: S608
        f"ORDER BY p.{column} DESC, u.url LIMIT {_TOP}"
    )
    return [{"url": url, column: value} for url, value in connection.execute(query)]
