"""A tabular file as rows in DuckDB: every row of it taken, or counted with the reason and the line.

open_tables(links, pages) ──▶ Table, Table     in one database, to be joined
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cardloom.tables.contents import PARQUET, Contents, contents
from cardloom.tables.database import MEMORY, Database, database, private_folder
from cardloom.tables.dialect import Dialect, dialect_of
from cardloom.tables.errors import Fault, Rejected, TableError
from cardloom.tables.mending import sound_rows
from cardloom.tables.reading import read_csv, read_parquet


@dataclass(frozen=True)
class Table:
    """The rows of a file as the table `name` of `db`, all text, in the file's order.

    Column n of the file, `names[n]`, is `c{n}`; an empty cell is NULL. `rejected` are the rows
    that are not in it. `rowid` counts rows from 0.
    """

    db: Database
    name: str
    contents: Contents
    dialect: Dialect
    rejected: tuple[Rejected, ...]

    @property
    def path(self) -> Path:
        """The file."""
        return self.contents.path

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return self.dialect.names

    def column(self, name: str) -> str:
        """A column as SQL names it. Raises TableError where there is none of this name."""
        if name not in self.names:
            raise TableError(f"{self.path.name} has no column {name!r}.")
        return f"{self.name}.c{self.names.index(name)}"

    def count(self) -> int:
        """The number of rows taken."""
        return self.db.count(f"SELECT count(*) FROM {self.name}")  # noqa: S608

    def lines(self, numbers: Sequence[int]) -> dict[int, int]:
        """The line of the file on which each of these rows begins, by its `rowid`."""
        wanted, last = set(numbers), max(numbers, default=-1)
        if self.contents.kind == PARQUET:
            return {number: number + 1 for number in wanted}
        rows = sound_rows(self.contents.plain, self.dialect)
        good = (row[0] for row in rows if not isinstance(row, Fault))
        return {at: line for at, line in enumerate(islice(good, last + 1)) if at in wanted}


@contextmanager
def open_tables(
    *paths: Path, memory: str = MEMORY, utf8: bool = False
) -> Iterator[tuple[Table, ...]]:
    """The tables of these files in one database.

    With `utf8`, bytes that are not UTF-8 are damage and not another encoding. Raises TableError;
    OSError as `open` does.
    """
    with private_folder() as folder:
        found = [contents(path, folder, utf8=utf8) for path in paths]
        links = [_link(each.plain, folder) for each in found]
        with database(folder, [each.plain for each in found], memory) as db:
            yield tuple(_table(db, each, link) for each, link in zip(found, links, strict=True))


@contextmanager
def open_table(path: Path, memory: str = MEMORY) -> Iterator[Table]:
    """The table of one file."""
    with open_tables(path, memory=memory) as (table,):
        yield table


def begin_of(path: Path) -> tuple[Contents, Dialect]:
    """How a text file or workbook begins, however large it is. Raises TableError, OSError."""
    with private_folder() as folder:
        found = contents(path, folder, begin=True)
        if found.kind != PARQUET:
            return found, dialect_of(found.plain, path.name)
    with open_table(path) as table:
        return table.contents, table.dialect


def _link(plain: Path, folder: Path) -> Path:
    """A name for a file that holds no sign of a pattern."""
    link = folder / f"link{len(list(folder.iterdir()))}"
    try:
        link.symlink_to(plain.resolve())
    except OSError:  # a system that lets nobody make links
        shutil.copyfile(plain, link)
    return link


def _table(db: Database, found: Contents, link: Path) -> Table:
    name = db.name()
    if found.kind == PARQUET:
        return Table(db, name, found, read_parquet(db, name, link, found.path), ())
    dialect = dialect_of(found.plain, found.path.name)
    rejected = read_csv(db, name, link, found.plain, dialect)
    return Table(db, name, found, dialect, rejected)
