"""SQLite keeping what a journal keeps: each row numbered, dated and chained to the one before.

Number and sum come from the last row inside the same transaction, since another process may have
written it; the line is sealed as the journal seals it.
"""

from contextlib import closing
from pathlib import Path

from peer_sqlite import connect
from writers import DRAFT

from cardloom.journal import ROOT_SUM, now, seal, stamp


def opened(folder: Path) -> Path:
    with closing(connect(folder)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS event (n INTEGER PRIMARY KEY, line TEXT, sum TEXT)"
        )
    return folder


def work(folder: Path, me: int, count: int) -> None:
    with closing(connect(folder)) as connection:
        connection.isolation_level = (
            None  # the transaction is begun by hand, before the last row is read
        )
        for _ in range(count):
            connection.execute("BEGIN IMMEDIATE")
            last = connection.execute("SELECT n, sum FROM event ORDER BY n DESC LIMIT 1").fetchone()
            n, previous = last or (0, ROOT_SUM)
            line, total = seal({"n": n + 1, "at": stamp(now()), **DRAFT}, previous)
            connection.execute("INSERT INTO event VALUES (?, ?, ?)", (n + 1, line.decode(), total))
            connection.execute("COMMIT")
