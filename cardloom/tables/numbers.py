"""How a column spells its numbers: 1,234.5 or 1.234,5 or 1 234,5, and percent; told from all its cells.

A cell such as 1.234 can be either; then the other columns of the file decide, and else it stays
as it is. A column that mixes both, or holds codes such as 0815, is left alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cardloom.tables.cells import trimmed
from cardloom.tables.database import literal
from cardloom.tables.table import Table

Spelling = Literal["plain", "english", "german", "unclear"]
_POINTS = r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?"
_COMMAS = r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?"
PLAIN_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_CODE = r"[+-]?0\d.*"
_GAPS = "(\\d)[ \u00a0\u202f\u2009'’](\\d{3})\\b"


@dataclass(frozen=True)
class _Count:
    full: int
    plain: int
    german: int
    english: int
    either: int
    codes: int
    marked: int  # cells with a point or a comma


def spellings(table: Table, names: Sequence[str]) -> Mapping[str, Spelling]:
    """Of each of these columns that holds nothing but numbers, how they are spelled."""
    # A few rows tell of most columns that they hold no numbers.
    some = [name for name in names if _is_numbers(_count(table, name, "LIMIT 2000"), none=True)]
    counts = {name: _count(table, name) for name in some}
    sure = {name: found for name, count in counts.items() if (found := _sure(count))}
    german = sum(found == "german" for found in sure.values())
    english = sum(_is_decimal(counts[name]) for name, found in sure.items() if found != "german")
    default: Spelling = "unclear"
    if german and not english:
        default = "german"
    elif english and not german:
        default = "english"
    return {
        name: sure.get(name, default)
        for name, count in counts.items()
        if name in sure or _is_either(count)
    }


def number(column: str, spelling: Spelling) -> str:
    """The cells of a column of numbers in plain spelling, as SQL."""
    bare = _bare(column)
    if spelling == "german":
        return f"replace(replace({bare}, '.', ''), ',', '.')"
    return f"replace({bare}, ',', '')" if spelling == "english" else trimmed(column)


def _bare(column: str) -> str:
    """Without percent signs and the gaps between thousands."""
    cell = f"regexp_replace({trimmed(column)}, '\\s*%$', '')"
    for _ in range(2):  # gaps that share a digit are not found in one go
        cell = f"regexp_replace({cell}, {literal(_GAPS)}, '\\1\\2', 'g')"
    # Nearly every number has neither, and three replacements cost more than one look.
    return f"(CASE WHEN regexp_full_match({column}, '[0-9.,+-]*') THEN {column} ELSE {cell} END)"


def _count(table: Table, name: str, bound: str = "") -> _Count:
    def cells(pattern: str, of: str = "bare") -> str:
        return f"regexp_full_match({of}, {literal(pattern)})"

    german, english = cells(_POINTS), cells(_COMMAS)
    tests = (
        "true",
        cells(PLAIN_NUMBER, "cell"),
        f"{german} AND NOT {english}",
        f"{english} AND NOT {german}",
        f"{german} AND {english}",
        cells(_CODE),
        "contains(bare, '.') OR contains(bare, ',')",
    )
    counts = ", ".join(f"count(*) FILTER ({test})" for test in tests)
    column = table.column(name)
    return _Count(
        *table.db.one(
            f"SELECT {counts} FROM (SELECT {trimmed(column)} AS cell, {_bare(column)} AS bare "  # noqa: S608
            f"FROM {table.name} {bound}) WHERE cell <> ''"
        )  # type: ignore[arg-type]
    )


def _is_numbers(count: _Count, none: bool = False) -> bool:
    """Whether every cell that holds something is a number; `none` is said where no cell does."""
    told = count.german + count.english + count.either
    return told == count.full and not count.codes and (count.full > 0 or none)


def _sure(count: _Count) -> Spelling | None:
    if not _is_numbers(count) or (count.german and count.english):
        return None
    if count.german:
        return "german"
    if count.english:
        return "english"
    return None if count.marked else "plain" if count.plain == count.full else "english"


def _is_decimal(count: _Count) -> bool:
    return count.english > 0


def _is_either(count: _Count) -> bool:
    """Numbers of which every one with a point or comma can be read both ways."""
    return _is_numbers(count) and count.marked > 0 and not (count.german or count.english)
