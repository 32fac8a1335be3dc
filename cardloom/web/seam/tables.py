"""An app's own SQLite file: `.cardloom/apps/<name>.sqlite`, with its tables and its settings."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardloom.engine import MISSING, decode, encode
from cardloom.errors import Refused
from cardloom.journal import dumps

if TYPE_CHECKING:
    from cardloom.engine import Question

PATIENCE = 5.0  # seconds that another process may be writing
_SETTINGS = "create table if not exists cardloom_settings (name text primary key, value text)"


def open_tables(path: Path, schema: Sequence[str]) -> sqlite3.Connection:
    """The file at `path` with the tables of `schema`; rows are read by column name."""
    db = _open(path)
    done: int = db.execute("pragma user_version").fetchone()[0]
    if done > len(schema):
        db.close()
        raise Refused(
            f"{path} was made by a later version of the app, with {done} steps where this one has "
            f"{len(schema)}. Install that version, or move the file away to begin anew."
        )
    try:
        for step in range(done, len(schema)):
            db.executescript(f"begin; {schema[step]}; pragma user_version = {step + 1}; commit;")
    except sqlite3.Error:
        db.close()  # and with it what the step began
        raise
    return db


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    # Handlers without `async` run on threads; SQLite lets one at a time in.
    db = sqlite3.connect(path, PATIENCE, isolation_level=None, check_same_thread=False)
    db.execute("pragma journal_mode = wal")
    db.row_factory = sqlite3.Row
    return db


def read_settings(path: Path, asks: Mapping[str, Question]) -> dict[str, Any]:
    """The setting of each question: what was set, else its default, else None."""
    stored: dict[str, Any] = {}
    if path.is_file():
        with closing(_open(path)) as db:
            db.execute(_SETTINGS)
            rows = db.execute("select name, value from cardloom_settings")
            stored = {row["name"]: decode(json.loads(row["value"])) for row in rows}
    return {name: stored.get(name, _default(question)) for name, question in asks.items()}


def _default(question: Question) -> Any:
    return None if question.default is MISSING else question.default


def write_settings(path: Path, values: Mapping[str, Any]) -> None:
    """Keep these values."""
    rows = [(name, dumps(encode(value))) for name, value in values.items()]
    with closing(_open(path)) as db:
        db.execute(_SETTINGS)
        db.executemany("insert or replace into cardloom_settings values (?, ?)", rows)
