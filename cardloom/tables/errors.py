"""The error of the room, and the rows of a file that are no rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MOST_LINES = 5  # line numbers told of each reason


class TableError(ValueError):
    """A file is not the table it should be. The message is a sentence for a person."""


@dataclass(frozen=True)
class Rejected:
    """Rows that could not be read, for one reason: how many, the lines of the first, and one spelled out.

    `example` says what is wrong in the first of them, as part of a sentence.
    """

    reason: str
    count: int
    lines: tuple[int, ...]
    example: str


@dataclass(frozen=True)
class Fault:
    """One line of a file that is no row."""

    line: int
    reason: str
    what: str


def tally(first: Iterable[Fault], counts: Mapping[str, int]) -> tuple[Rejected, ...]:
    """The rows left out by reason, most frequent first; `first` are the first ones of each."""
    found: dict[str, list[Fault]] = {}
    for fault in first:
        found.setdefault(fault.reason, []).append(fault)
    return tuple(
        Rejected(reason, counts[reason], tuple(each.line for each in some), some[0].what)
        for reason, some in sorted(found.items(), key=lambda item: -counts[item[0]])
    )
