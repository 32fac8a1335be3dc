"""Two CSV files row by row: which were added, removed, or changed under the same key.

The files are read as streams. What is kept of a row is two hashes and its number, in a temporary
SQLite file: memory stays the same for a thousand rows and for ten million. The key is guessed: `id`,
`url`, the first column whose values are all different, then the first two such columns (the pair of
a links.csv), else the whole row. Rows of hashes: one pair in 10¹⁹ could be taken for equal.
"""

import csv
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations, islice
from pathlib import Path

from cardloom.errors import Missing

MOST_SHOWN = 50  # rows of each kind that are told; the totals count all
SAMPLE = 5_000  # rows looked at before a key is tried on all of them
MOST_COLUMNS = 300
MOST_CELL = 500  # characters of a cell that are told
KNOWN_KEYS = ("id", "url")
PAIRED = 6  # first columns that are tried as pairs

Row = tuple[str, ...]


@dataclass(frozen=True)
class Changed:
    """A row under one key in both files, and the columns in which it differs."""

    one: Row
    other: Row
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Rows:
    """What differs between two tables. Totals count every row, the lists hold the first ones.

    `key` are the columns that say which row is which; empty: the whole row does. `columns` are those
    that both files have; the others are `gone` and `new`.
    """

    columns: tuple[str, ...]
    key: tuple[str, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]
    counts: tuple[int, int]
    added: tuple[Row, ...]
    removed: tuple[Row, ...]
    changed: tuple[Changed, ...]
    total_added: int
    total_removed: int
    total_changed: int


def compare_rows(one: Path, other: Path) -> Rows:
    """The rows that differ. Missing with a sentence where a file can't be read as a table."""
    heads = _head(one), _head(other)
    shared = tuple(name for name in heads[0] if name in heads[1])
    if not shared:
        raise Missing(f"{one.name}: the two tables have no column in common.")
    places = [[head.index(name) for name in shared] for head in heads]
    with (
        tempfile.TemporaryDirectory(prefix="cardloom-rows-") as folder,
        closing(sqlite3.connect(Path(folder) / "rows.sqlite", isolation_level=None)) as db,
    ):
        # No journal and no sync: the file is nobody's but ours, and gone in a moment.
        db.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000;"
        )
        key = _load(db, (one, other), places, shared)
        return _told(db, (one, other), places, shared, key, heads)


def _head(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        head = next(_guarded(csv.reader(file, strict=True), path), [])
    if len(set(head)) != len(head) or len(head) > MOST_COLUMNS or not head:
        raise Missing(f"{path.name}: its first row is no head of different columns.")
    return head


def _guarded(rows: Iterator[list[str]], path: Path) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error as error:
        raise Missing(f"{path.name} can't be read as a table ({error}).") from error


def _rows(path: Path, places: Sequence[int]) -> Iterator[Row]:
    """The rows below the head, each with the shared columns; a short row ends in empty cells."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        for row in islice(_guarded(csv.reader(file, strict=True), path), 1, None):
            if row:
                yield tuple(row[i] if i < len(row) else "" for i in places)


def _hash(cells: Iterable[str]) -> int:
    digest = blake2b(digest_size=8)
    for cell in cells:
        told = cell.encode("utf-8", "surrogatepass")
        digest.update(len(told).to_bytes(8, "little"))
        digest.update(told)
    return int.from_bytes(digest.digest(), "little", signed=True)


def _load(
    db: sqlite3.Connection,
    paths: tuple[Path, Path],
    places: Sequence[Sequence[int]],
    shared: Sequence[str],
) -> list[int]:
    """Fill the tables `one` and `other`; the columns of the key that fits both."""
    for key in _candidates(paths, places, shared):
        if all(
            _fill(db, name, _rows(path, columns), key)
            for name, path, columns in zip(("one", "other"), paths, places, strict=True)
        ):
            return key
    raise AssertionError("the whole row always fits")


def _fill(db: sqlite3.Connection, name: str, rows: Iterator[Row], key: Sequence[int]) -> bool:
    """Whether every row has a key of its own. Without a key, equal rows are counted.

    Rows are appended as they come and sorted by SQLite afterwards, outside memory: put into the tree
    one by one, in the order of their hashes, a million of them took minutes.
    """
    db.executescript(
        f"DROP TABLE IF EXISTS {name}; DROP TABLE IF EXISTS raw;"
        "CREATE TABLE raw (key INTEGER, row INTEGER, at INTEGER);"
        f"CREATE TABLE {name} (key INTEGER PRIMARY KEY, row INTEGER, at INTEGER, count INTEGER);"
    )
    db.execute("BEGIN")
    db.executemany("INSERT INTO raw VALUES (?, ?, ?)", _hashed(rows, key))
    db.execute(
        f"INSERT INTO {name} SELECT key, min(row), min(at), count(*) FROM raw "  # noqa: S608
        "GROUP BY key ORDER BY key"
    )
    db.execute("COMMIT")
    return not key or _count(db, f"SELECT coalesce(max(count), 1) FROM {name}") == 1  # noqa: S608


def _hashed(rows: Iterator[Row], key: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(hash of the key, hash of the row, number) of each row."""
    for at, row in enumerate(rows):
        whole = _hash(row)
        yield (_hash(row[i] for i in key) if key else whole), whole, at


def _candidates(
    paths: tuple[Path, Path], places: Sequence[Sequence[int]], shared: Sequence[str]
) -> Iterator[list[int]]:
    """Keys to try, best first: those that fit the first rows of both files, then the whole row."""
    samples = [
        list(islice(_rows(path, columns), SAMPLE))
        for path, columns in zip(paths, places, strict=True)
    ]
    known = [i for name in KNOWN_KEYS for i, column in enumerate(shared) if column.lower() == name]
    singles = [[i] for i in dict.fromkeys([*known, *range(len(shared))])]
    pairs = [list(pair) for pair in combinations(range(min(len(shared), PAIRED)), 2)]
    for key in [*singles, *pairs]:
        if all(len({tuple(row[i] for i in key) for row in rows}) == len(rows) for rows in samples):
            yield key
    yield []


def _told(
    db: sqlite3.Connection,
    paths: tuple[Path, Path],
    places: Sequence[Sequence[int]],
    shared: tuple[str, ...],
    key: Sequence[int],
    heads: tuple[list[str], list[str]],
) -> Rows:
    removed, total_removed = _only_in(db, "one", "other")
    added, total_added = _only_in(db, "other", "one")
    pairs = db.execute(
        "SELECT one.at, other.at FROM one JOIN other USING (key) WHERE one.row <> other.row "
        "ORDER BY one.at LIMIT ?",
        (MOST_SHOWN,),
    ).fetchall()
    total_changed = _count(
        db, "SELECT count(*) FROM one JOIN other USING (key) WHERE one.row <> other.row"
    )
    mine = _pick(paths[0], places[0], [*removed, *(at for at, _ in pairs)])
    theirs = _pick(paths[1], places[1], [*added, *(at for _, at in pairs)])
    return Rows(
        shared,
        tuple(shared[i] for i in key),
        tuple(name for name in heads[0] if name not in shared),
        tuple(name for name in heads[1] if name not in shared),
        (
            _count(db, "SELECT total(count) FROM one"),
            _count(db, "SELECT total(count) FROM other"),
        ),
        tuple(theirs[at] for at in added),
        tuple(mine[at] for at in removed),
        tuple(_changed(mine[i], theirs[j], shared) for i, j in pairs),
        total_added,
        total_removed,
        total_changed,
    )


def _count(db: sqlite3.Connection, query: str) -> int:
    return int(db.execute(query).fetchone()[0])


def _only_in(db: sqlite3.Connection, here: str, there: str) -> tuple[list[int], int]:
    """(numbers of the first rows that only `here` has, how many there are)."""
    joined = (
        f"FROM {here} LEFT JOIN {there} ON {here}.key = {there}.key "
        f"WHERE {here}.count > coalesce({there}.count, 0)"
    )
    first = db.execute(f"SELECT {here}.at {joined} ORDER BY {here}.at LIMIT ?", (MOST_SHOWN,))
    total = f"SELECT total({here}.count - coalesce({there}.count, 0)) {joined}"
    return [at for (at,) in first.fetchall()], _count(db, total)


def _pick(path: Path, places: Sequence[int], numbers: Sequence[int]) -> dict[int, Row]:
    """The rows with these numbers, read once more."""
    wanted, last = set(numbers), max(numbers, default=-1)
    rows = islice(_rows(path, places), last + 1)
    return {at: tuple(_cut(cell) for cell in row) for at, row in enumerate(rows) if at in wanted}


def _cut(cell: str) -> str:
    return cell if len(cell) <= MOST_CELL else cell[: MOST_CELL - 1] + "…"


def _changed(one: Row, other: Row, shared: Sequence[str]) -> Changed:
    columns = zip(shared, one, other, strict=True)
    return Changed(one, other, tuple(name for name, mine, theirs in columns if mine != theirs))
