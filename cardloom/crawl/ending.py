"""How a crawl ended, in numbers and sentences: what was left out, and why nothing came at all.

known = read + left out, by reason     every address is counted once
"""

from __future__ import annotations

import sqlite3

from cardloom.crawl.address import origin_of
from cardloom.crawl.found import count_links
from cardloom.crawl.store import RATE

DEEP, FULL, HOPS = "deeper than {}", "beyond the limit of {}", "behind more than {} in a row"
NOFOLLOW, NAMED = "linked with nofollow only", "only in the sitemap"
YET = "not asked for yet"

_REASONS = """
SELECT reason, COUNT(*) AS n FROM (
    SELECT CASE
        WHEN u.barred != '' THEN u.barred
        WHEN u.depth > :depth OR u.depth < -1 - :depth THEN :deep
        WHEN :full THEN :beyond
        WHEN NOT :finished THEN :yet
        WHEN u.depth IS NULL AND u.sitemap THEN :named
        WHEN i.redirects THEN :hops
        WHEN i.id IS NOT NULL THEN :nofollow
        ELSE :yet
    END AS reason
    FROM url u LEFT JOIN page p ON p.id = u.id LEFT JOIN temp.inward i ON i.id = u.id
    WHERE p.id IS NULL
) GROUP BY reason ORDER BY n DESC, reason
"""


def left_out(connection: sqlite3.Connection) -> dict[str, int]:
    """How many known addresses were not asked for, by the reason in words."""
    count_links(connection)
    facts = _facts(connection)
    pages, depth, redirects = (int(facts.get(name, 0)) for name in ("pages", "depth", "redirects"))
    read = connection.execute("SELECT COUNT(*) FROM page").fetchone()[0]
    words = {
        "deep": DEEP.format(_many(depth, "click")),
        "beyond": FULL.format(_many(pages, "page")),
        "hops": HOPS.format(_many(redirects, "redirect")),
        "nofollow": NOFOLLOW,
        "named": NAMED,
        "yet": YET,
    }
    state = {"full": read >= pages, "finished": facts.get("finished") == "yes"}
    given = {"depth": depth, **state, **words}
    return {_in_words(why): count for why, count in connection.execute(_REASONS, given)}


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _in_words(why: str) -> str:
    if why.startswith("robots.txt"):
        return f"barred because {why.partition(',')[0]}"
    return why.replace("its address carries", "whose address carries")


def coverage(read: int, left: dict[str, int]) -> str:
    """One sentence on how much was read, with what adds up to the rest."""
    known = read + sum(left.values())
    if not left:
        return (
            f"All {known:,} addresses read." if known != 1 else "The only address known was read."
        )
    rest = ", ".join(f"{count:,} {reason}" for reason, count in left.items())
    return f"{read:,} of {known:,} addresses read ({rest})."


def failure(connection: sqlite3.Connection) -> str:
    """Why nothing could be read, with what to do; "" where something answered."""
    if connection.execute("SELECT EXISTS (SELECT 1 FROM page WHERE status)").fetchone()[0]:
        return ""
    start = connection.execute("""
        SELECT u.url, u.barred, p.reason FROM url u LEFT JOIN page p ON p.id = u.id WHERE u.rank = 0
    """).fetchone()
    if start is None:
        return ""
    url, barred, reason = start
    rules = connection.execute(
        "SELECT text FROM robots WHERE origin = ? AND status = 0", (origin_of(url),)
    ).fetchone()
    if barred and rules and barred.startswith("robots.txt"):
        reason = rules[0] or "robots.txt did not answer"
    elif barred:
        return _barred(url, barred)
    elif reason is None:
        return ""
    return f"{url} cannot be read: {reason}. Change the site, or try again later."


def _barred(url: str, barred: str) -> str:
    if barred.startswith(RATE):
        return (
            f"Nothing was read: {url} was {barred}. Try again later with fewer requests a second, "
            "or change the site."
        )
    return (
        f"Nothing was read: {url}, {barred}. Change the site, or the setting that obeys robots.txt."
    )


def _facts(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT name, value FROM fact").fetchall())
