"""DuckDB as it is used here: in memory with a limit, two threads, spilling into a private folder.

It reads the files it is given and its own folder, and nothing else: no network, no extension, no
other path. A file's name and its cells never become SQL; columns are c0, c1, …
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

MEMORY = "400MB"
THREADS = 2
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": THREADS,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "enable_external_file_cache": False,
}


@dataclass
class Database:
    """A database with the files that it may read, each under a plain name in its folder.

    A link's name has no sign that DuckDB would take for a pattern, whatever the file is called.
    """

    connection: duckdb.DuckDBPyConnection
    folder: Path
    tables: list[str] = field(default_factory=list)

    def name(self) -> str:
        """A name for a further table."""
        self.tables.append(f"t{len(self.tables)}")
        return self.tables[-1]

    def path(self, suffix: str) -> Path:
        """A path in the folder for a file to write."""
        return self.folder / f"{len(list(self.folder.iterdir()))}{suffix}"

    def one(self, query: str, values: Iterable[object] = ()) -> tuple[object, ...]:
        """The one row of a query."""
        row: tuple[object, ...] | None = self.connection.execute(query, list(values)).fetchone()
        assert row is not None
        return row

    def count(self, query: str, values: Iterable[object] = ()) -> int:
        """The one number of a query."""
        number = self.one(query, values)[0]
        assert isinstance(number, int)
        return number


@contextmanager
def database(folder: Path, files: Iterable[Path] = (), memory: str = MEMORY) -> Iterator[Database]:
    """A database over `folder` that may read `files` beside it."""
    spill = folder / "spill"
    spill.mkdir(mode=0o700)
    config = _SETTINGS | {"memory_limit": memory, "temp_directory": str(spill)}
    connection = duckdb.connect(":memory:", config=config)
    try:
        paths = ", ".join(literal(str(file.resolve())) for file in files)
        connection.execute(f"SET allowed_paths = [{paths}]")
        connection.execute(f"SET allowed_directories = [{literal(str(folder.resolve()))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield Database(connection, folder)
    finally:
        connection.close()


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder of the owner's own that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cardloom-tables-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def literal(text: str) -> str:
    """A text as SQL spells it."""
    return "'" + text.replace("'", "''") + "'"


def identifier(text: str) -> str:
    """A name as SQL spells it."""
    return '"' + text.replace('"', '""') + '"'
