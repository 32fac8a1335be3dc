"""Files into DuckDB, fast where their rows are sound.

What DuckDB leaves out is in its table of rejects. A quote that is not closed swallows the lines
behind it there, so a file with quotes and rejects is read again the careful way.
"""

import mmap
from pathlib import Path

import duckdb

from cardloom.tables.contents import LONGEST_LINE
from cardloom.tables.database import Database, literal
from cardloom.tables.dialect import Dialect, named
from cardloom.tables.errors import Rejected, TableError
from cardloom.tables.mending import WIDTH, first_faults, load_carefully
from cardloom.tables.records import BYTES, Manner

_REASONS = {"MISSING COLUMNS": WIDTH, "TOO MANY COLUMNS": WIDTH, "INVALID ENCODING": BYTES}
_PLAIN = Manner(",")
_UNREADABLE = (duckdb.InvalidInputException, duckdb.ConversionException)


def read_csv(
    db: Database, name: str, link: Path, plain: Path, dialect: Dialect
) -> tuple[Rejected, ...]:
    """Make the table `name` of a text's rows, each column as text; what was left out of it."""
    quote = dialect.manner.quote if _holds(plain, dialect.manner.quote) else ""
    manner = Manner(dialect.manner.delimiter, quote)
    try:
        _load(db, name, link, manner, dialect.first - 1, dialect.width)
        counts = _rejected(db)
        exact = not counts or (not quote and dialect.width == len(dialect.names))
        if exact and not _doubtful(db, name, dialect, bool(quote)):
            return first_faults(plain, dialect, counts)
    except _UNREADABLE:
        pass
    return load_carefully(db, name, plain, dialect)


def _load(db: Database, name: str, path: Path, manner: Manner, skip: int, width: int) -> None:
    for made in (name, "reject_errors", "reject_scans"):
        db.connection.execute(f"DROP TABLE IF EXISTS {made}")
    columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(width))
    # A table of one column has no other sign of an empty line than an empty cell.
    some = "WHERE c0 IS NOT NULL" if width == 1 else ""
    db.connection.execute(
        f"CREATE TEMP TABLE {name} AS SELECT * FROM read_csv({literal(str(path))}, "  # noqa: S608
        f"delim={literal(manner.delimiter)}, quote={literal(manner.quote)}, "
        f"escape={literal(manner.quote)}, skip={skip}, columns={{{columns}}}, header=false, "
        f"auto_detect=false, strict_mode=true, store_rejects=true, compression='none', "
        f"max_line_size={LONGEST_LINE}) {some}"
    )


def _rejected(db: Database) -> dict[str, int]:
    """How many lines DuckDB left out, by reason; a line may have several."""
    found = db.connection.execute(
        "SELECT kind, count(*) FROM (SELECT line_byte_position, min(error_type::VARCHAR) AS kind "
        "FROM reject_errors GROUP BY 1) GROUP BY 1"
    ).fetchall()
    counts: dict[str, int] = {}
    for kind, count in found:
        reason = _REASONS.get(kind, str(kind))
        counts[reason] = counts.get(reason, 0) + count
    return counts


def _holds(plain: Path, sign: str) -> bool:
    with (
        plain.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text,
    ):
        return text.find(sign.encode()) >= 0


def _doubtful(db: Database, name: str, dialect: Dialect, quoted: bool) -> bool:
    """Whether a cell has several lines, which may be rows, or a row has cells behind its own."""
    behind = [f"c{n} IS NOT NULL" for n in range(len(dialect.names), dialect.width)]
    columns = range(dialect.width if quoted else 0)
    long = [f"contains(substr(c{n}, instr(c{n}, chr(10)) + 1), chr(10))" for n in columns]
    # Without a line end in it, `instr` gives 0, and the whole cell is searched in vain.
    tests = " OR ".join([*behind, *long])
    if not tests:
        return False
    return db.count(f"SELECT count(*) FROM (FROM {name} WHERE {tests} LIMIT 1)") > 0  # noqa: S608


def read_parquet(db: Database, name: str, link: Path, path: Path) -> Dialect:
    """Make the table `name` of a Parquet file, each column as text; its columns."""
    source = f"read_parquet({literal(str(link))})"
    try:
        found = db.connection.execute(f"DESCRIBE FROM {source}").fetchall()
        own = [str(row[0]) for row in found]
        names = ", ".join(f"c{n}" for n in range(len(own)))
        cells = ", ".join(f"nullif(c{n}::VARCHAR, '') AS c{n}" for n in range(len(own)))
        db.connection.execute(
            f"CREATE TEMP TABLE {name} AS SELECT {cells} FROM {source} AS x({names})"  # noqa: S608
        )
    except duckdb.Error as error:
        said = str(error).partition("\n")[0][:200]
        raise TableError(f"{path.name} can't be read as Parquet ({said}).") from None
    return Dialect(_PLAIN, named(own), 0, 1, len(own), True, tuple(own), ())
