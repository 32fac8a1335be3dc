"""Which addresses come next: breadth first, in an order that no network delay can change.

Pages of a level arrive in any order, so nothing is decided while they do. When the level is
done, what it found is ranked by (rank of the page, position on the page):

    level 0  start                         a redirect costs no click: its target joins the
    level 1  a b c        ranks 1 2 3      level of the page that redirects, behind all others
    level 2  …            found by a first, then by b, then by c

Behind all of these come the pages that only a sitemap names, level -1, and what only they lead
to, levels -2, -3 …: no click from the start leads there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from cardloom.crawl.store import Transaction

SITEMAP = -1  # the level of what only a sitemap names
_FOUND_BY_LINKS = """
SELECT l.target, 0, MIN((s.rank << 32) | l.position) AS found
FROM url s JOIN link l ON l.source = s.id JOIN url t ON t.id = l.target
WHERE s.depth = :depth AND (t.depth IS NULL OR :depth >= 0 AND t.depth < 0)
  AND (:nofollow_too OR l.kind & 4 = 0 OR l.kind & 2)
GROUP BY l.target ORDER BY found
"""
_FOUND_BY_REDIRECTS = """
SELECT p.target, MIN(s.hops) + 1, MIN(s.rank) AS found
FROM url s JOIN page p ON p.id = s.id JOIN url t ON t.id = p.target
WHERE s.depth = :depth AND s.hops < :hops AND (t.depth IS NULL OR :depth >= 0 AND t.depth < 0)
GROUP BY p.target ORDER BY found
"""


def rank_start(connection: sqlite3.Connection, number: int) -> None:
    """The start page is level 0, unless it has been ranked before."""
    query = "UPDATE url SET depth=0, rank=0 WHERE id=? AND depth IS NULL"
    connection.execute(query, (number,))


def rank_links(connection: sqlite3.Connection, depth: int, nofollow_too: bool) -> int:
    """Rank what the pages of a level link to as the next level. Returns how many are new."""
    given = {"depth": depth, "nofollow_too": nofollow_too}
    return _rank(connection, _FOUND_BY_LINKS, given, below(depth))


def rank_redirects(connection: sqlite3.Connection, depth: int, hops: int) -> int:
    """Rank what a level redirects to at its end, within `hops` in a row. Returns how many."""
    return _rank(connection, _FOUND_BY_REDIRECTS, {"depth": depth, "hops": hops}, depth)


def rank_orphans(connection: sqlite3.Connection) -> int:
    """Rank what a sitemap names and no link led to. Returns how many."""
    query = "SELECT id, 0, 0 FROM url WHERE sitemap AND depth IS NULL ORDER BY id"
    return _rank(connection, query, {}, SITEMAP)


def below(depth: int) -> int:
    """The level that the links of a level lead to."""
    return depth + 1 if depth >= 0 else depth - 1


def _rank(connection: sqlite3.Connection, query: str, given: dict[str, int], depth: int) -> int:
    with Transaction(connection) as write:
        found = write.execute(query, given).fetchall()
        last = write.execute("SELECT MAX(rank) FROM url").fetchone()[0]
        rows = [
            (depth, last + place, hops, number)
            for place, (number, hops, _) in enumerate(found, start=1)
        ]
        write.executemany("UPDATE url SET depth=?, rank=?, hops=? WHERE id=?", rows)
    return len(rows)


def unread(connection: sqlite3.Connection, depth: int) -> Iterator[tuple[int, str]]:
    """(number, address) of a level that has not been asked for, by rank."""
    query = """
        SELECT u.id, u.url FROM url u LEFT JOIN page p ON p.id = u.id
        WHERE u.depth = ? AND p.id IS NULL AND u.barred = '' ORDER BY u.rank
    """
    return iter(connection.execute(query, (depth,)).fetchall())


def has_level(connection: sqlite3.Connection, depth: int) -> bool:
    """Whether any address has this depth."""
    query = "SELECT EXISTS (SELECT 1 FROM url WHERE depth = ?)"
    return bool(connection.execute(query, (depth,)).fetchone()[0])
