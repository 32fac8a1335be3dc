"""The index of runs: one row for each run folder, so that ten thousand of them list at once.

    Index(path)   keep · drop · rows · find · count · tags · versions · close

Everything in it can be made again from the journals and the `about.json` beside them. It knows
neither: whoever keeps it says what stands in a row, and which files the row was made from. A file
that is missing, of another version or unreadable is begun anew, and `fresh` says so.
"""

import contextlib
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

VERSION = 1
PAGE = 50  # rows of a page
PATIENCE = 2.0  # seconds that another process may keep the table locked

SORTS = {
    "newest": "changed DESC, name",
    "oldest": "changed, name",
    "begun": "created DESC, name",
    "name": "sorted, name",
    "workflow": "workflow, changed DESC, name",
    "status": "status, changed DESC, name",
}


class Spoilt(Exception):
    """The table does not hold what a table of runs holds. It has been begun anew."""


@dataclass(frozen=True)
class Row:
    """What the index holds of one run. Times are UTC as journaled, mtimes in nanoseconds.

    `size`, `mtime` and `about` (the mtime of about.json, 0 without one) say which files the row was
    made from, and `version` by which cards of the workflow.
    """

    name: str
    workflow: str
    key: str
    flow: str
    title: str
    tags: tuple[str, ...]
    status: str
    settled: int
    cards: int
    created: str
    changed: str
    archived: bool
    trouble: str
    size: int
    mtime: int
    about: int
    version: str


COLUMNS = tuple(field.name for field in fields(Row))
_NUMBERS = {"settled", "cards", "archived", "size", "mtime", "about"}
_TABLE = (
    "CREATE TABLE runs ("
    + ", ".join(f"{c} {'INTEGER' if c in _NUMBERS else 'TEXT'} NOT NULL" for c in COLUMNS)
    + ", words TEXT NOT NULL, sorted TEXT NOT NULL, PRIMARY KEY (name)) WITHOUT ROWID"
)
_INDEXES = (
    "CREATE INDEX by_changed ON runs (archived, changed DESC, name)",
    "CREATE INDEX by_name ON runs (archived, sorted, name)",
    "CREATE INDEX by_status ON runs (archived, status, changed DESC, name)",
    "CREATE INDEX by_workflow ON runs (workflow, version)",
)
_KEEP = (
    f"INSERT OR REPLACE INTO runs ({', '.join(COLUMNS)}, words, sorted) "  # noqa: S608 - our columns
    f"VALUES ({', '.join('?' * (len(COLUMNS) + 2))})"
)
_ALL = f"SELECT {', '.join(COLUMNS)} FROM runs"  # noqa: S608 - our columns


@dataclass(frozen=True)
class Query:
    """Which runs are wanted, in which order. `since` and `until` are UTC times as journaled.

    `archived` is no, yes or all; `search` finds each of its words in key, title, tags or workflow.
    """

    search: str = ""
    workflow: str = ""
    status: str = ""
    tag: str = ""
    since: str = ""
    until: str = ""
    archived: str = "no"
    sort: str = "newest"

    def where(self) -> tuple[str, list[Any]]:
        """The condition and its values."""
        parts, values = ["1"], list[Any]()
        for column, wanted in (("workflow", self.workflow), ("status", self.status)):
            if wanted:
                parts.append(f"{column} = ?")
                values.append(flatten(wanted))
        if self.archived in ("no", "yes"):
            # A search looks at every row: in the order of an index, each would be sought by itself.
            every = self.search or self.tag
            parts.append("+archived = ?" if every else "archived = ?")
            values.append(int(self.archived == "yes"))
        if self.since:
            parts.append("changed >= ?")
            values.append(self.since)
        if self.until:
            parts.append("changed < ?")
            values.append(self.until)
        if self.tag:
            parts.append("instr(tags, ?)")
            values.append(f"\n{flatten(self.tag)}\n")
        for word in flatten(self.search).casefold().split()[:12]:
            parts.append("instr(words, ?)")
            values.append(word)
        return " AND ".join(parts), values


def flatten(text: str) -> str:
    """`text` as SQLite can hold it: a lone surrogate, which is no UTF-8, becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


class Index:
    """The table in the file at `path`; in memory where that file cannot be written.

    Safe to use from several threads; other processes may use the same file. `fresh` is true when
    the file was opened, begun or found changed for another, and nobody has compared it yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fresh = False
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._inode: int | None = None

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    # -- writing -----------------------------------------------------------------------------------

    def keep(self, rows: Iterable[Row]) -> None:
        """Put these rows in, in place of those of the same names."""
        stored = [_stored(row) for row in rows]
        if stored:
            self._write(_KEEP, stored)

    def drop(self, names: Iterable[str]) -> None:
        gone = [(flatten(name),) for name in names]
        if gone:
            self._write("DELETE FROM runs WHERE name = ?", gone)

    def _write(self, statement: str, values: list[tuple[Any, ...]]) -> None:
        with self._open() as connection:
            try:
                with connection:
                    connection.executemany(statement, values)
            except sqlite3.OperationalError as error:
                # Locked by another process, or the disk is full: the rows stay as they were, and
                # the next look finds them out of date again.
                if _is_spoilt(error):
                    raise

    # -- reading -----------------------------------------------------------------------------------

    def find(self, query: Query, *, most: int = PAGE, skip: int = 0) -> list[Row]:
        """The rows wanted, in the order wanted."""
        where, values = query.where()
        order = SORTS.get(query.sort, SORTS["newest"])
        return self._rows(
            f"{_ALL} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?", [*values, most, skip]
        )

    def count(self, query: Query) -> int:
        where, values = query.where()
        with self._open() as connection:
            found = connection.execute(
                f"SELECT count(*) FROM runs WHERE {where}",  # noqa: S608 - values are bound
                values,
            ).fetchone()
        return int(found[0])

    def rows(self, names: Iterable[str]) -> list[Row]:
        """The rows of these names, as far as there are any."""
        wanted = [flatten(name) for name in names]
        found: list[Row] = []
        for at in range(0, len(wanted), 500):
            part = wanted[at : at + 500]
            found += self._rows(f"{_ALL} WHERE name IN ({', '.join('?' * len(part))})", part)
        return found

    def fingerprints(self, workflow: str = "") -> dict[str, tuple[int, int, int, str]]:
        """(size, mtime, about, version) by name: what the rows were made from."""
        where, values = ("WHERE workflow = ?", [flatten(workflow)]) if workflow else ("", [])
        with self._open() as connection:
            cursor = connection.execute(
                f"SELECT name, size, mtime, about, version FROM runs {where}",  # noqa: S608
                values,
            )
            return {row[0]: row[1:] for row in cursor}

    def versions(self) -> dict[str, dict[str, int]]:
        """How many rows there are by workflow, then by the version they were made by."""
        with self._open() as connection:
            found: dict[str, dict[str, int]] = {}
            for workflow, version, count in connection.execute(
                "SELECT workflow, version, count(*) FROM runs GROUP BY workflow, version"
            ):
                found.setdefault(workflow, {})[version] = count
            return found

    def outdated(self, workflow: str, version: str) -> list[str]:
        """Names of the workflow's rows that were made by another version."""
        with self._open() as connection:
            cursor = connection.execute(
                "SELECT name FROM runs WHERE workflow = ? AND version <> ?", (workflow, version)
            )
            return [row[0] for row in cursor]

    def tags(self) -> list[str]:
        """Every tag that some run has, sorted."""
        with self._open() as connection:
            cursor = connection.execute("SELECT DISTINCT tags FROM runs WHERE tags <> ''")
            return sorted({tag for row in cursor for tag in row[0].split("\n") if tag})

    def _rows(self, statement: str, values: list[Any]) -> list[Row]:
        with self._open() as connection:
            try:
                return [_row(found) for found in connection.execute(statement, values)]
            except (TypeError, ValueError, AttributeError) as error:
                raise sqlite3.DatabaseError(f"a row is none of ours: {error}") from error

    # -- the file ----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The connection, opened again where the file has gone; Spoilt when it cannot be read."""
        with self._lock:
            if self._connection is None or self._identity() != self._inode:
                self.close()
                self._connect()
            assert self._connection is not None
            try:
                yield self._connection
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError) and not _is_spoilt(error):
                    raise
                self.begin_anew()
                raise Spoilt(str(error)) from error

    def _identity(self) -> int | None:
        try:
            return self.path.stat().st_ino
        except OSError:
            return None

    def begin_anew(self) -> None:
        """Throw the table away, and begin an empty one."""
        with self._lock:
            self.close()
            for path in (self.path, self.path.with_name(self.path.name + "-journal")):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
            self._connect()

    def _connect(self) -> None:
        try:
            self._connection = self._opened(str(self.path))
        except sqlite3.DatabaseError:
            try:
                self.path.unlink(missing_ok=True)
                self._connection = self._opened(str(self.path))
            except (OSError, sqlite3.DatabaseError):  # a read-only disk, a folder of that name
                self._connection = self._opened(":memory:")
        with contextlib.suppress(OSError):
            self.path.chmod(0o600)
        self._inode = self._identity()
        self.fresh = True

    def _opened(self, place: str) -> sqlite3.Connection:
        connection = sqlite3.connect(place, timeout=PATIENCE, check_same_thread=False)
        try:
            # No sync: after a power cut a spoilt table is made again. The kept journal file is what
            # makes a killed process harmless.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA journal_mode = TRUNCATE")
            # A search looks at every row: ten thousand are some 6 MB, and 2 MB is what is kept else.
            connection.execute("PRAGMA cache_size = -32000")
            if not _is_ours(connection):
                _make(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _is_ours(connection: sqlite3.Connection) -> bool:
    if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        return False
    held = [row[1] for row in connection.execute("PRAGMA table_info(runs)")]
    return held == [*COLUMNS, "words", "sorted"]


def _make(connection: sqlite3.Connection) -> None:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        if _is_ours(connection):  # another process was first
            return
        connection.execute("DROP TABLE IF EXISTS runs")
        for statement in (_TABLE, *_INDEXES):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _is_spoilt(error: sqlite3.OperationalError) -> bool:
    """Whether the table itself is wrong: not when it is only locked, or the disk is full."""
    return bool(re.search(r"no such|malformed|syntax|not a database|has no column", str(error)))


def _stored(row: Row) -> tuple[Any, ...]:
    held = [flatten(v) if isinstance(v, str) else v for v in astuple(row)]
    tags = "".join(f"{flatten(tag)}\n" for tag in row.tags)
    held[COLUMNS.index("tags")] = f"\n{tags}" if tags else ""
    words = "\n".join((row.key, row.title, row.workflow, row.flow, *row.tags))
    return (*held, flatten(words).casefold(), flatten(row.title or row.key).casefold()[:200])


def _row(found: tuple[Any, ...]) -> Row:
    told = dict(zip(COLUMNS, found, strict=True))
    for name, value in told.items():
        if not isinstance(value, int if name in _NUMBERS else str):
            raise TypeError(name)
    told["tags"] = tuple(tag for tag in told["tags"].split("\n") if tag)
    told["archived"] = bool(told["archived"])
    return Row(**told)
