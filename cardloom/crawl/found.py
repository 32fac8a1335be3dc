"""Links counted by page, once, for everything that is written or said about a finished crawl."""

from __future__ import annotations

import sqlite3


def count_links(connection: sqlite3.Connection) -> None:
    """Make temp.inward(id, links, redirects, ways, depth) and temp.outward(id, links) here.

    `ways` are redirects that links from the start lead to, `depth` that of an address no followed
    link leads to: nofollow, or beyond the limits.
    """
    connection.executescript("""
        CREATE TEMP TABLE IF NOT EXISTS inward AS
            SELECT id, SUM(links) AS links, SUM(redirects) AS redirects, SUM(ways) AS ways,
                   MIN(depth) AS depth FROM (
                SELECT l.target AS id, l.kind & 1 AS links, 0 AS redirects, 0 AS ways,
                       CASE WHEN s.depth >= 0 THEN s.depth + 1 END AS depth
                FROM link l JOIN url s ON s.id = l.source
                UNION ALL
                SELECT p.target, 0, 1, p.target != p.id AND s.depth >= 0,
                       CASE WHEN s.depth >= 0 THEN s.depth END
                FROM page p JOIN url s ON s.id = p.id
                WHERE p.target IS NOT NULL
            ) GROUP BY id;
        CREATE UNIQUE INDEX IF NOT EXISTS temp.inward_id ON inward(id);
        CREATE TEMP TABLE IF NOT EXISTS outward AS
            SELECT source AS id, SUM(kind & 1) AS links FROM link GROUP BY source;
        CREATE UNIQUE INDEX IF NOT EXISTS temp.outward_id ON outward(id);
    """)
