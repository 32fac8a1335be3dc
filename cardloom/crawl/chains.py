"""Redirects put one after another: where each begins, what it passes, where it ends."""

from __future__ import annotations

import sqlite3
from typing import Any

_LONGEST = 50


def redirect_chains(connection: sqlite3.Connection, listed: int) -> dict[str, Any]:
    """{"total": chains, "rows": [{"hops": [{"url", "status"}], "end", "status", "loop"}]}.

    `end` is the last address named, in scope or not; `status` is what it answered, None where
    it was not asked. A loop ends at the address it comes back to.
    """
    rows = connection.execute("""
        SELECT u.url, p.status, p.redirect_to FROM page p JOIN url u ON u.id = p.id
        WHERE p.redirect_to != '' ORDER BY u.url
    """).fetchall()
    onward = {url: (status, target) for url, status, target in rows}
    starts = _starts(onward)
    chains = [_chain(connection, onward, start) for start in starts[:listed]]
    return {"total": len(starts), "rows": chains}


def _starts(onward: dict[str, tuple[int, str]]) -> list[str]:
    targets = {target for _, target in onward.values()}
    starts = [url for url in onward if url not in targets]
    passed: set[str] = set()
    for url in starts:
        _pass(onward, url, passed)
    # What no start leads to are loops closed in themselves; each is told once.
    for url in onward:
        if url not in passed:
            starts.append(url)
            _pass(onward, url, passed)
    return starts


def _pass(onward: dict[str, tuple[int, str]], url: str, passed: set[str]) -> None:
    while url in onward and url not in passed:
        passed.add(url)
        url = onward[url][1]


def _chain(
    connection: sqlite3.Connection, onward: dict[str, tuple[int, str]], start: str
) -> dict[str, Any]:
    hops: list[dict[str, Any]] = []
    seen: set[str] = set()
    url = start
    while url in onward and url not in seen and len(hops) < _LONGEST:
        seen.add(url)
        status, target = onward[url]
        hops.append({"url": url, "status": status})
        url = target
    query = "SELECT p.status FROM page p JOIN url u ON u.id = p.id WHERE u.url = ?"
    end = connection.execute(query, (url,)).fetchone()
    return {"hops": hops, "end": url, "status": end[0] if end else None, "loop": url in seen}
