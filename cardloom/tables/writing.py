"""Rows of a query as a file: CSV or Parquet, whole or not at all, its owner's only."""

import shutil
from pathlib import Path

from cardloom.tables.database import Database, literal


def write_csv(db: Database, query: str, target: Path) -> int:
    """Write the rows of a query as CSV in UTF-8 with a header, as RFC 4180 has it but for its line
    ends, which are one character; the number of rows."""
    return _write(db, query, target, "FORMAT csv, HEADER, DELIMITER ',', QUOTE '\"', ESCAPE '\"'")


def write_parquet(db: Database, query: str, target: Path) -> int:
    """Write the rows of a query as Parquet; the number of rows."""
    return _write(db, query, target, "FORMAT parquet, COMPRESSION zstd")


def _write(db: Database, query: str, target: Path, form: str) -> int:
    made = db.path(".out")
    rows = db.count(f"COPY ({query}) TO {literal(str(made))} ({form}, USE_TMP_FILE false)")
    made.chmod(0o600)
    unfinished = target.with_name(f"{target.name}.part")
    shutil.move(made, unfinished)
    unfinished.replace(target)
    return rows
