"""The first rows of a table that a run keeps as a file, for a report.

No more is read than is shown: a file may come from elsewhere and be larger than it looks.
"""

from pathlib import Path

from cardloom.engine import Table

MOST_ROWS = 20
MOST_COLUMNS = 30
MOST_CELL = 200  # characters
MOST_BYTES = 5_000_000  # of a Parquet file that is looked into


def read_head(path: Path | None) -> Table | None:
    """The first rows of the table at `path`; None where it can't be read."""
    if path is None or not path.is_file():
        return None
    if path.suffix.lower() != ".csv" and path.stat().st_size > MOST_BYTES:
        return None
    # DuckDB takes a tenth of a second and 30 MB to load, which only a report with tables pays.
    from cardloom.tables.errors import TableError
    from cardloom.tables.paging import first_rows

    try:
        page = first_rows(path, MOST_ROWS + 1)
    except (TableError, OSError):  # a report names the file all the same
        return None
    if not page.rows:
        return None
    note = f"The first {MOST_ROWS} rows." if len(page.rows) > MOST_ROWS else ""
    rows = [[cell[:MOST_CELL] for cell in row[:MOST_COLUMNS]] for row in page.rows[:MOST_ROWS]]
    return Table([name[:MOST_CELL] for name in page.names[:MOST_COLUMNS]], rows, note=note)
