"""The crawl's database: addresses, pages and links, written as they are found.

Rows gather in memory and go to disk in one transaction several times a second; only what is
committed is ever reported as done. A killed crawl therefore finds every page either whole,
with all its links, or not begun.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS url (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE,
    depth INTEGER, rank INTEGER, hops INTEGER NOT NULL DEFAULT 0,
    sitemap INTEGER NOT NULL DEFAULT 0, barred TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS url_depth ON url(depth, rank) WHERE depth IS NOT NULL;
CREATE TABLE IF NOT EXISTS page (
    id INTEGER PRIMARY KEY REFERENCES url, status INTEGER NOT NULL, reason TEXT NOT NULL,
    title TEXT NOT NULL, canonical TEXT NOT NULL, indexable INTEGER NOT NULL,
    bytes INTEGER NOT NULL, ms INTEGER NOT NULL, content_type TEXT NOT NULL,
    redirect_to TEXT NOT NULL, target INTEGER REFERENCES url, refused INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS link (
    source INTEGER NOT NULL REFERENCES url, target INTEGER NOT NULL REFERENCES url,
    position INTEGER NOT NULL, kind INTEGER NOT NULL, PRIMARY KEY (source, target)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused (page INTEGER NOT NULL, reason TEXT, text TEXT);
CREATE TABLE IF NOT EXISTS robots (origin TEXT PRIMARY KEY, status INTEGER, text TEXT);
CREATE TABLE IF NOT EXISTS note (text TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
# Facts: some of what sitemaps name was not read; where the start page moved to; it wants a cookie
# back; why it leads nowhere.
SITEMAPS_CUT, MOVED, COOKIE, ALONE = "sitemaps cut", "moved", "cookie", "alone"
RATE = "refused for its rate"  # how `barred` begins where a host asked to be left alone
ANCHOR, FRAME, NOFOLLOW = 1, 2, 4  # bits of link.kind
_REMEMBERED = 1_000_000


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of asking for one address, as `Store.save` takes it.

    links: target in scope → bits of kind, in the page's order. refused: (reason, text) samples.
    """

    status: int
    reason: str = ""
    title: str = ""
    canonical: str = ""
    indexable: bool = False
    size: int = 0
    ms: int = 0
    content_type: str = ""
    redirect_to: str = ""
    onward: str = ""  # redirect_to, where it is in scope
    links: dict[str, int] = field(default_factory=dict)
    refused: tuple[tuple[str, str], ...] = ()
    refused_count: int = 0


def connect(database: Path) -> sqlite3.Connection:
    """A connection to a crawl's database. Raises FileNotFoundError where there is none."""
    if not database.exists():
        raise FileNotFoundError(f"There is no crawl at {database}.")
    return sqlite3.connect(database, isolation_level=None, timeout=30)


class Store:
    """The writing side of a crawl's database. Use as `with Store(path) as store`."""

    def __init__(self, database: Path) -> None:
        database.parent.mkdir(parents=True, exist_ok=True)
        database.touch(mode=0o600)
        self.connection = connect(database)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        self.connection.executescript(_SCHEMA)
        self._ids: dict[str, int] = {}
        self._new: list[tuple[int, str]] = []
        self._pages: list[tuple[object, ...]] = []
        self._links: list[tuple[int, int, int, int]] = []
        self._refused: list[tuple[int, str, str]] = []
        self.known: int = self._count("SELECT COALESCE(MAX(id), 0) FROM url")
        self.done: int = self._count("SELECT COUNT(*) FROM page")
        self._remember()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def id_of(self, url: str) -> int:
        """The number of an address in scope, new or known."""
        number = self._ids.get(url)
        if number is None:
            number = self._look_up(url)
            self._ids[url] = number
        return number

    def save(self, number: int, visit: Visit) -> None:
        """Keep one visit with its links; on disk after the next `commit`."""
        onward = self.id_of(visit.onward) if visit.onward else None
        said = (visit.title, visit.canonical, visit.indexable)
        measured = (visit.size, visit.ms, visit.content_type)
        fate = (visit.redirect_to, onward, visit.refused_count)
        self._pages.append((number, visit.status, visit.reason, *said, *measured, *fate))
        id_of = self.id_of
        self._links += [
            (number, id_of(target), position, kind)
            for position, (target, kind) in enumerate(visit.links.items())
        ]
        self._refused += [(number, *refused) for refused in visit.refused]

    def commit(self) -> int:
        """Bring everything to disk. Returns the number of pages that are done for good."""
        waiting = (self._new, self._pages, self._links, self._refused)
        if any(waiting):
            with Transaction(self.connection) as write:
                write.executemany("INSERT INTO url(id, url) VALUES (?, ?)", self._new)
                marks = ",".join("?" * 12)
                write.executemany(f"INSERT INTO page VALUES ({marks})", self._pages)  # noqa: S608
                write.executemany("INSERT INTO link VALUES (?, ?, ?, ?)", self._links)
                write.executemany("INSERT INTO refused VALUES (?, ?, ?)", self._refused)
            self.done += len(self._pages)
            for rows in waiting:
                rows.clear()
        return self.done

    def bar(self, number: int, reason: str) -> None:
        """Say for good that an address will not be asked for."""
        self.connection.execute("UPDATE url SET barred=? WHERE id=?", (reason, number))

    def has_answers(self) -> bool:
        """Whether any address that was asked for has answered."""
        self.commit()
        return bool(self._count("SELECT EXISTS (SELECT 1 FROM page WHERE status)"))

    def reopen(self) -> None:
        """Take back what may have passed since the last sitting: no answer, and too many requests."""
        with Transaction(self.connection) as write:
            write.execute("DELETE FROM robots WHERE status IN (0, 429) OR status >= 500")
            write.execute(
                "UPDATE url SET barred='' WHERE barred LIKE ? OR barred LIKE 'robots.txt %'",
                (f"{RATE}%",),
            )
            nothing = "NOT EXISTS (SELECT 1 FROM page WHERE status)"
            write.execute(f"DELETE FROM page WHERE {nothing}")  # noqa: S608
        self.done = self._count("SELECT COUNT(*) FROM page")
        self.keep_fact("finished", "no")

    def mark_in_sitemap(self, urls: Iterable[str]) -> None:
        """Say that these addresses stand in a sitemap."""
        numbers = [(self.id_of(url),) for url in urls]
        self.commit()
        with Transaction(self.connection) as write:
            write.executemany("UPDATE url SET sitemap=1 WHERE id=?", numbers)

    def robots(self, origin: str) -> tuple[int, str] | None:
        """The kept robots.txt of a host: status and text."""
        query = "SELECT status, text FROM robots WHERE origin=?"
        row: tuple[int, str] | None = self.connection.execute(query, (origin,)).fetchone()
        return row

    def keep_robots(self, origin: str, status: int, text: str) -> None:
        """Keep a robots.txt, so that a resumed crawl obeys the same one."""
        row = (origin, status, text)
        self.connection.execute("INSERT OR REPLACE INTO robots VALUES (?, ?, ?)", row)

    def note(self, sentence: str) -> None:
        """Keep a sentence for the summary."""
        self.connection.execute("INSERT OR IGNORE INTO note VALUES (?)", (sentence[:500],))

    def fact(self, name: str) -> str | None:
        """A fact of the crawl (its site, its seconds), if it is known."""
        row = self.connection.execute("SELECT value FROM fact WHERE name=?", (name,)).fetchone()
        return str(row[0]) if row else None

    def keep_fact(self, name: str, value: object) -> None:
        """Keep a fact of the crawl."""
        row = (name, str(value))
        self.connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", row)

    def _look_up(self, url: str) -> int:
        if self.known > len(self._ids):
            query = "SELECT id FROM url WHERE url=?"
            row = self.connection.execute(query, (url,)).fetchone()
            if row:
                return int(row[0])
        if len(self._ids) >= _REMEMBERED:
            self.commit()  # from here on an address may be found only on disk
            self._ids.clear()
        self.known += 1
        self._new.append((self.known, url))
        return self.known

    def _remember(self) -> None:
        rows = self.connection.execute("SELECT url, id FROM url LIMIT ?", (_REMEMBERED,))
        self._ids.update(rows)

    def _count(self, query: str) -> int:
        return int(self.connection.execute(query).fetchone()[0])


class Transaction:
    """All of it or nothing: `with Transaction(connection) as write`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> sqlite3.Connection:
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        self._connection.execute("ROLLBACK" if failed else "COMMIT")
