"""Sentences that a person should read about a crawl, beside its figures."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from cardloom.crawl.ending import failure
from cardloom.crawl.store import ALONE, COOKIE, MOVED

# The start page and what its redirects led to, the last one first.
_FIRST = """
SELECT u.url, u.barred, p.status, p.reason, p.redirect_to, p.target
FROM url u LEFT JOIN page p ON p.id = u.id WHERE u.depth = 0 ORDER BY u.rank DESC
"""


def notes(
    connection: sqlite3.Connection,
    facts: Mapping[str, str],
    left_out: Mapping[str, int],
    orphans: int,
) -> list[str]:
    """What the start page shows, what was noted while crawling, and what the gaps mean."""
    found = _on_start(connection, facts)
    found += [row[0] for row in connection.execute("SELECT text FROM note ORDER BY text")]
    if orphans and left_out:
        found.append(
            "Pages called orphans may be linked from pages that were not read: not all addresses "
            "were read."
        )
    return found


def _on_start(connection: sqlite3.Connection, facts: Mapping[str, str]) -> list[str]:
    if why := failure(connection):
        return [why]
    moved = (
        f"The start page moved to {facts[MOVED]}, and so did the crawl." if MOVED in facts else ""
    )
    alone = "SELECT EXISTS (SELECT 1 FROM url WHERE depth > 0)"
    pages = connection.execute(_FIRST).fetchall()
    said = [moved] if moved else []
    if pages and not connection.execute(alone).fetchone()[0]:
        said += _on_end(facts, *pages[0])
    return said


def _on_end(
    facts: Mapping[str, str],
    url: str,
    barred: str,
    status: int | None,
    reason: str | None,
    redirect_to: str | None,
    onward: int | None,
) -> list[str]:
    """Why the last of the first pages led nowhere."""
    if barred:
        return [f"The start page {url} was not read: {barred}."]
    if status is None:
        return []
    if status == 0 or status >= 400:
        return [f"The start page {url} could not be read ({status or reason})."]
    if redirect_to and onward is None:
        return [
            f"The start page leads to {redirect_to}, outside this site. If that is the site you "
            "mean, change the site: start there instead."
        ]
    if redirect_to:
        return [_circle(facts)]
    return [facts[ALONE]] if facts.get(ALONE) else []


def _circle(facts: Mapping[str, str]) -> str:
    if COOKIE in facts:
        return (
            "The start page sets a cookie and sends its reader in a circle until the cookie comes "
            "back. Change the settings: keep cookies while crawling."
        )
    return "The start page redirects in a circle, or too often: no page was read."
