"""One app as the seam knows it, and what it has of its own: tables and settings."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cardloom.web.seam.tables import open_tables, read_settings, write_settings

if TYPE_CHECKING:
    from cardloom.catalog import Catalog
    from cardloom.engine import Question
    from cardloom.web.context import AppContext
    from cardloom.workspace import RunStore, Secrets, Workspace


@dataclass
class App:
    """One app: its name, and the workspace that it works in.

    `asks` are its settings as questions, `schema` the SQL of its tables, as its hooks gave them.
    """

    name: str
    module: ModuleType
    path: Path
    origin: str
    context: AppContext | None = None
    asks: Mapping[str, Question] = field(default_factory=dict)
    schema: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The first line of the module's docstring, else the name."""
        lines = (self.module.__doc__ or "").strip().splitlines()
        return lines[0].rstrip(".") if lines else self.name

    @property
    def cardloom(self) -> AppContext:
        """The put-together Cardloom: its jobs, and the address of its server, for instance."""
        assert self.context is not None, "no server: the app was loaded for its commands alone"
        return self.context

    @property
    def workspace(self) -> Workspace:
        """The workspace: its folder is `workspace.root`."""
        return self.cardloom.workspace

    @property
    def store(self) -> RunStore:
        """All runs of the workspace."""
        return self.cardloom.store

    @property
    def catalog(self) -> Catalog:
        """All workflows of the workspace."""
        return self.cardloom.catalog

    @property
    def secrets(self) -> Secrets:
        """Tokens and passwords: never journaled, logged or shown."""
        return self.cardloom.secrets

    @cached_property
    def tables(self) -> sqlite3.Connection:
        """The app's own SQLite file, made at its first use. Each statement is its own transaction."""
        return open_tables(self._place, self.schema)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings as they are now; one that was never set has its question's default."""
        return read_settings(self._place, self.asks)

    def set_settings(self, values: Mapping[str, Any]) -> None:
        """Keep these settings; the others stay as they are."""
        write_settings(self._place, values)

    def close(self) -> None:
        """Let go of the tables."""
        if "tables" in self.__dict__:
            self.tables.close()
            del self.tables

    @property
    def _place(self) -> Path:
        return self.workspace.private / "apps" / f"{self.name}.sqlite"
