"""Stored values as Python source: an expression that gives the value again.

    {"$": "decimal", "v": "1.50"}  →  Decimal('1.50')

`Spelling.names` gathers what the expressions need to be imported. Nothing of a value is ever put
into the source but through `repr`, so a hostile journal makes text, never code.
"""

import base64
import re
from collections.abc import Callable, Mapping

from cardloom.types import Json

IMPORTS = {
    "Decimal": "from decimal import Decimal",
    "Path": "from pathlib import Path",
    "ZoneInfo": "from zoneinfo import ZoneInfo",
    "date": "from datetime import date",
    "datetime": "from datetime import datetime",
    "pandas": "import pandas",
    "polars": "import polars",
}
_FIELD = re.compile(r"[^\W\d]\w*")
Read = Callable[[Json], Json]  # a value that was too large for the journal, out of its file


class Spelling:
    """Spells values, and remembers what they need; `read` looks into the files of large ones."""

    def __init__(self, read: Read) -> None:
        self.names: set[str] = set()
        self.files = False
        self.types: set[str] = set()
        self._read = read

    def spell(self, stored: Json) -> str:
        """The expression for a stored value; ValueError for a kind that is not known here."""
        if isinstance(stored, list):
            return f"[{self._items(stored)}]"
        if not isinstance(stored, dict):
            return self._plain(stored)
        if "$" not in stored:
            return self._dict(list(stored.items()))
        kind, inner = stored["$"], stored.get("v")
        if kind == "dict":
            pairs = ", ".join(f"{self._key(k)}: {self.spell(v)}" for k, v in inner or [])
            return f"{{{pairs}}}"
        if kind == "tuple":
            return f"({self._items(inner or [])}{',' if len(inner or []) == 1 else ''})"
        if kind in ("set", "frozenset"):
            items = ", ".join(self._key(item) for item in inner or [])
            return f"{kind}([{items}])"
        if kind == "dataclass":
            return self._dataclass(str(stored.get("type")), inner or {})
        if kind in ("file", "table", "stored"):
            return self._file(stored)
        return self._scalar(kind, inner, stored)

    def _plain(self, value: Json) -> str:
        return repr(value)

    def _items(self, items: list[Json]) -> str:
        return ", ".join(self.spell(item) for item in items)

    def _dict(self, pairs: list[tuple[str, Json]]) -> str:
        return "{" + ", ".join(f"{key!r}: {self.spell(value)}" for key, value in pairs) + "}"

    def _key(self, stored: Json) -> str:
        # A list can be no key and no member; the journal's reader makes a tuple of it too.
        if isinstance(stored, list):
            return self.spell({"$": "tuple", "v": stored})
        return self.spell(stored)

    def _dataclass(self, name: str, fields: Mapping[str, Json]) -> str:
        self.types.add(name)
        if all(_FIELD.fullmatch(field) for field in fields):
            told = ", ".join(f"{field}={self.spell(v)}" for field, v in fields.items())
            return f"types[{name!r}]({told})"
        return f"types[{name!r}](**{self._dict(list(fields.items()))})"

    def _file(self, stored: Mapping[str, Json]) -> str:
        kind = stored["$"]
        if kind == "stored":
            return self.spell(self._read(stored))
        self.files = True
        if kind == "file":
            return f"FILES / {str(stored['path'])!r}"
        library = "polars" if stored.get("library") == "polars" else "pandas"
        path = str(stored["file"]["path"])
        self.names.add(library)
        reader = "read_csv" if path.endswith(".csv") else "read_parquet"
        return f"{library}.{reader}(FILES / {path!r})"

    def _scalar(self, kind: Json, inner: Json, stored: Mapping[str, Json]) -> str:
        if kind == "int":
            return repr(int(str(inner), 16)) if len(str(inner)) < 1_000 else f"int({inner!r}, 16)"
        if kind == "float":
            return f"float({str(inner)!r})"
        if kind == "bytes":
            return repr(base64.b64decode(inner))
        if kind == "datetime":
            return self._datetime(stored)
        makers = {"date": "date.fromisoformat", "decimal": "Decimal", "path": "Path"}
        if kind not in makers:
            raise ValueError(f"A value of kind {kind!r} can't be written as Python.")
        self.names.add(makers[kind].partition(".")[0])
        return f"{makers[kind]}({str(inner)!r})"

    def _datetime(self, stored: Mapping[str, Json]) -> str:
        self.names.add("datetime")
        told = f"datetime.fromisoformat({str(stored['v'])!r})"
        changes = []
        if stored.get("fold"):
            changes.append("fold=1")
        if "zone" in stored:
            self.names.add("ZoneInfo")
            changes.append(f"tzinfo=ZoneInfo({str(stored['zone'])!r})")
        return f"{told}.replace({', '.join(changes)})" if changes else told
