"""SQLite alone, in WAL with synchronous=FULL: the same line as one row, one commit each."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from writers import DRAFT


def opened(folder: Path) -> Path:
    with closing(connect(folder)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, n INTEGER, line TEXT)"
        )
    return folder


def connect(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "events.sqlite", timeout=60)
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def work(folder: Path, me: int, count: int) -> None:
    text = json.dumps(DRAFT)
    with closing(connect(folder)) as connection:
        for n in range(count):
            with connection:
                connection.execute("INSERT INTO event (n, line) VALUES (?, ?)", (n, text))
