"""What differs between two tables, as values; `comparing` finds it."""

from dataclasses import dataclass

MOST_SHOWN = 50  # rows of each kind that are told; the totals count all
MOST_CELL = 500  # characters of a cell that are told

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
    that both files have; the others are `gone` and `new`. `unread` are rows that could not be
    read: file, reason, number, first lines.
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
    unread: tuple[tuple[str, str, int, tuple[int, ...]], ...] = ()
