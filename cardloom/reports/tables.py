"""The first rows of a table that a run keeps as a file, for a report.

CSV is read as text; Parquet by whichever of pyarrow and polars is installed, and by no more than
the rows that are shown: a file may come from elsewhere and be larger than it looks.
"""

import csv
import itertools
from pathlib import Path
from typing import Any

from cardloom.engine import Table

MOST_ROWS = 20
MOST_COLUMNS = 30
MOST_CELL = 200  # characters
MOST_BYTES = 5_000_000  # of a Parquet file that is looked into


def read_head(path: Path | None) -> Table | None:
    """The first rows of the table at `path`; None where it can't be read."""
    if path is None:
        return None
    try:
        if path.suffix.lower() == ".csv":
            return _read_csv(path)
        if path.stat().st_size <= MOST_BYTES:
            return _read_parquet(path)
    except Exception:  # a report names the file all the same
        return None
    return None


def _read_csv(path: Path) -> Table | None:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        lines = (line[:20_000] for line in itertools.islice(_lines(file), 4 * MOST_ROWS))
        rows = list(itertools.islice(csv.reader(lines), MOST_ROWS + 2))
    if len(rows) < 2:
        return None
    return _table(rows[0], rows[1:])


def _lines(file: Any) -> Any:
    # readline with a limit: a file without line ends is not read whole
    while line := file.readline(20_000):
        yield line


def _read_parquet(path: Path) -> Table | None:
    try:
        # The author's own libraries, needed only where such a table is kept.
        from pyarrow import parquet
    except ImportError:
        import polars

        frame = polars.scan_parquet(path).head(MOST_ROWS + 1).collect()
        return _table(frame.columns, frame.rows())
    batches = parquet.ParquetFile(path).iter_batches(batch_size=MOST_ROWS + 1)
    batch = next(iter(batches), None)
    if batch is None:
        return None
    rows = [list(row.values()) for row in batch.to_pylist()]
    return _table(batch.schema.names, rows)


def _table(columns: Any, rows: Any) -> Table:
    rows = list(rows)
    note = f"The first {MOST_ROWS} rows." if len(rows) > MOST_ROWS else ""
    shown = [[_cell(cell) for cell in list(row)[:MOST_COLUMNS]] for row in rows[:MOST_ROWS]]
    names = [str(name)[:MOST_CELL] for name in list(columns)[:MOST_COLUMNS]]
    return Table(names, [row + [""] * (len(names) - len(row)) for row in shown], note=note)


def _cell(cell: Any) -> Any:
    if cell is None or isinstance(cell, (bool, int, float)):
        return cell
    return str(cell)[:MOST_CELL]
