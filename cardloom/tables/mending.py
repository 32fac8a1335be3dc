"""A damaged file read row by row, so that a fault costs its own row and no other."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from cardloom.tables.database import Database
from cardloom.tables.dialect import Dialect
from cardloom.tables.errors import MOST_LINES, Fault, Rejected, tally
from cardloom.tables.records import Row, rows

WIDTH = "another number of columns"
_PORTION = 20_000


def sound_rows(plain: Path, dialect: Dialect) -> Iterator[Row | Fault]:
    """The rows of data with their lines, each as wide as the names, and the faults between them."""
    own = len(dialect.names)
    for row in rows(plain, dialect.manner, dialect.fits):
        if isinstance(row, Fault):
            if row.line >= dialect.first:
                yield row
        elif row[0] < dialect.first:
            continue
        elif dialect.fits(row[1]):
            yield row[0], row[1][:own]
        else:
            yield Fault(row[0], WIDTH, misfit(len(row[1]), own))


def misfit(cells: int, own: int) -> str:
    """What is wrong with a row of so many cells."""
    return f"this row has {cells} fields, the header {own}"


def load_carefully(db: Database, name: str, plain: Path, dialect: Dialect) -> tuple[Rejected, ...]:
    """Make the table `name` of the sound rows of a text; the rows left out."""
    columns = ", ".join(f"c{n} VARCHAR" for n in range(len(dialect.names)))
    db.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({columns})")
    faults: list[Fault] = []
    rejected: dict[str, int] = {}

    def cells() -> Iterator[list[str | None]]:
        for row in sound_rows(plain, dialect):
            if not isinstance(row, Fault):
                yield [cell or None for cell in row[1]]
                continue
            rejected[row.reason] = rejected.get(row.reason, 0) + 1
            if rejected[row.reason] <= MOST_LINES:
                faults.append(row)

    found = cells()
    with db.connection.appender(name) as appender:
        while some := list(islice(found, _PORTION)):
            appender.append_rows(some)
            appender.flush()
    return tally(faults, rejected)


def first_faults(plain: Path, dialect: Dialect, counts: dict[str, int]) -> tuple[Rejected, ...]:
    """The lines of the first rows left out, of each reason as often as `counts` says; the file is
    read as far as they are."""
    wanted = {reason: min(count, MOST_LINES) for reason, count in counts.items()}
    faults: list[Fault] = []
    if any(wanted.values()):
        for row in sound_rows(plain, dialect):
            if isinstance(row, Fault) and wanted.get(row.reason, 0):
                wanted[row.reason] -= 1
                faults.append(row)
            if not any(wanted.values()):
                break
    return tally(faults, counts)
