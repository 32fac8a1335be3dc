"""Python values to JSON and back, so that a value comes out of a journal as it went in.

What JSON has stands for itself. Everything else is an object with one key, "$" naming the kind:

    {"$": "tuple", "v": [1, 2]}            {"$": "decimal", "v": "1.50"}
    {"$": "file", "path": "links-14/links.csv", "size": 1234, "sha256": "…"}

Types are matched exactly: a subclass (a StrEnum, a namedtuple) would come back as something else,
so it is refused with a sentence. Never pickle: a journal from elsewhere is data, not code.
"""

import base64
import dataclasses
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cardloom.engine.validate import file_told
from cardloom.types import Json

WHOLE_NUMBER = 1 << 53  # beyond it, JSON readers in other languages lose digits
DEEPEST = 100  # levels of nesting a value may have


class Unstorable(TypeError):
    """A value that cannot be kept; the text names its type and what to return instead."""

    @classmethod
    def of(cls, value: object) -> "Unstorable":
        kind = type(value)
        return cls(
            f"A value of type {kind.__module__}.{kind.__qualname__} cannot be kept in a journal. "
            "Return plain Python data (text, numbers, lists, dicts, dates, dataclasses of the "
            "workflow's own file), or write it to run.file(name) and return that path."
        )


@dataclasses.dataclass(frozen=True)
class File:
    """A file of a run as the journal names it: path below the run's `files/`, bytes, sha256 (hex)."""

    path: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]


# Makes the File of a value that is better kept beside the journal (a path in the run's files, a
# data frame, a figure), or None when the value is none of these.
Keep = Callable[[object], "dict[str, Json] | None"]
# The reverse: the Python value of a stored `file`, `table` or large value, given the workflow's
# dataclasses.
Fetch = Callable[[Mapping[str, Json], Mapping[str, type] | None], object]


def encode(value: object, keep: Keep | None = None, depth: int = 0) -> Json:
    """JSON for `value`; raises Unstorable for what is not on the list."""
    if depth > DEEPEST:
        raise Unstorable(f"The value is nested more than {DEEPEST} levels deep. Return it flatter.")
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is dict:
        return _encode_dict(value, keep, depth)  # type: ignore[arg-type]
    if kind is list:
        return [encode(item, keep, depth + 1) for item in value]  # type: ignore[attr-defined]
    if scalar := _encode_scalar(value):
        return scalar[0]
    if keep is not None and (kept := keep(value)) is not None:
        return kept
    if kind in (tuple, set, frozenset):
        items = [encode(item, keep, depth + 1) for item in value]  # type: ignore[attr-defined]
        if kind is not tuple:
            items.sort(key=repr)  # the same set is the same line, whatever the hash seed
        return {"$": kind.__name__, "v": items}
    if isinstance(value, Path):
        return {"$": "path", "v": str(value)}
    if kind is File:
        return {"$": "file", **dataclasses.asdict(value)}  # type: ignore[call-overload]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: encode(getattr(value, field.name), keep, depth + 1)
            for field in dataclasses.fields(value)
            if field.init
        }
        return {"$": "dataclass", "type": kind.__name__, "v": fields}
    raise Unstorable.of(value)


def _encode_scalar(value: object) -> tuple[Json] | None:
    kind = type(value)
    if kind is int:
        if -WHOLE_NUMBER <= value <= WHOLE_NUMBER:  # type: ignore[operator]
            return (value,)
        return ({"$": "int", "v": hex(value)},)  # type: ignore[arg-type]
    if kind is float:
        if math.isfinite(value):  # type: ignore[arg-type]
            return (value,)
        return ({"$": "float", "v": repr(value)},)
    if kind is bytes:
        return ({"$": "bytes", "v": base64.b64encode(value).decode()},)  # type: ignore[arg-type]
    if kind is date:
        return ({"$": "date", "v": value.isoformat()},)  # type: ignore[attr-defined]
    if kind is datetime:
        return (_encode_datetime(value),)  # type: ignore[arg-type]
    if kind is Decimal:
        return ({"$": "decimal", "v": str(value)},)
    return None


def _encode_datetime(value: datetime) -> dict[str, Json]:
    # An offset alone would lose what ISO 8601 has no room for: the zone it follows, and which of
    # two equal times a naive one is when clocks go back.
    stored: dict[str, Json] = {"$": "datetime", "v": value.isoformat()}
    if isinstance(value.tzinfo, ZoneInfo) and value.tzinfo.key:
        stored["zone"] = value.tzinfo.key
    return stored | {"fold": 1} if value.fold else stored


def _decode_datetime(stored: Mapping[str, Json]) -> datetime:
    moment = datetime.fromisoformat(stored["v"]).replace(fold=stored.get("fold", 0))
    try:
        return moment.replace(tzinfo=ZoneInfo(stored["zone"])) if "zone" in stored else moment
    except KeyError:  # this machine does not know the zone: its offset then is still right
        return moment


def _encode_dict(value: dict[object, object], keep: Keep | None, depth: int) -> Json:
    if all(type(key) is str for key in value) and "$" not in value:
        return {key: encode(item, keep, depth + 1) for key, item in value.items()}
    pairs = [[encode(k, keep, depth + 1), encode(v, keep, depth + 1)] for k, v in value.items()]
    return {"$": "dict", "v": pairs}


_PLAIN: dict[str, Callable[[Any], object]] = {
    "int": lambda v: int(v, 16),
    "float": float,
    "bytes": base64.b64decode,
    "date": date.fromisoformat,
    "decimal": Decimal,
    "path": Path,
}


def decode(
    stored: Json, types: Mapping[str, type] | None = None, fetch: Fetch | None = None
) -> Any:
    """The Python value of `stored`. `types` are the workflow's dataclasses by name.

    Raises ValueError for a kind or dataclass that is not known here, and for a value that is not as
    its kind should be: a journal may be older than the code, or come from somewhere else.
    """
    if isinstance(stored, list):
        return [decode(item, types, fetch) for item in stored]
    if not isinstance(stored, dict):
        return stored
    if "$" not in stored:
        return {key: decode(item, types, fetch) for key, item in stored.items()}
    try:
        return _decode_kind(stored, types, fetch)
    except (TypeError, KeyError, AttributeError, ArithmeticError) as error:
        raise ValueError(
            f"The journal holds a value of kind {str(stored['$'])[:40]!r} that can't be read "
            f"({type(error).__name__}: {error})."
        ) from error


def _decode_kind(
    stored: Mapping[str, Json], types: Mapping[str, type] | None, fetch: Fetch | None
) -> Any:
    kind, inner = stored["$"], stored.get("v")
    if plain := _PLAIN.get(kind):
        return plain(inner)
    if kind == "datetime":
        return _decode_datetime(stored)
    if kind in ("tuple", "set", "frozenset"):
        make = {"tuple": tuple, "set": set, "frozenset": frozenset}[kind]
        return make(decode(item, types, fetch) for item in inner or [])
    if kind == "dict":
        return {_hashable(decode(k, types, fetch)): decode(v, types, fetch) for k, v in inner or []}
    if kind == "dataclass":
        made = (types or {}).get(stored.get("type", ""))
        if made is None or not dataclasses.is_dataclass(made):
            raise ValueError(
                f"The journal holds a {stored.get('type')!r}, and this workflow has no dataclass "
                "of that name any more."
            )
        return made(**{key: decode(item, types, fetch) for key, item in (inner or {}).items()})
    if fetch is not None:
        return fetch(stored, types)
    if kind == "file":
        return File(stored["path"], stored["size"], stored["sha256"])
    raise ValueError(f"The journal holds a value of kind {kind!r}, which is not known here.")


def _hashable(key: object) -> object:
    return tuple(key) if isinstance(key, list) else key


def same(one: Json, other: Json) -> bool:
    """Whether two stored values are equal; files are equal by content, wherever they lie."""
    return bool(_content(one) == _content(other))


def _content(stored: Json) -> Json:
    if isinstance(stored, dict):
        if is_file(stored):
            return {
                "$": "file",
                "name": stored["path"].rsplit("/", 1)[-1],
                "sha256": stored["sha256"],
            }
        return {key: _content(item) for key, item in stored.items()}
    if isinstance(stored, list):
        return [_content(item) for item in stored]
    # 1, 1.0 and True are equal in Python and not the same value to a card.
    return stored if isinstance(stored, str) or stored is None else (type(stored).__name__, stored)


def is_file(stored: Json) -> bool:
    """Whether a stored value is a file, and whole: a journal is data, and may hold half of one."""
    return isinstance(stored, dict) and stored.get("$") == "file" and file_told(stored)


def files(stored: Json) -> list[File]:
    """Every file that a stored value names, in order."""
    if isinstance(stored, list):
        return [file for item in stored for file in files(item)]
    if not isinstance(stored, dict):
        return []
    if is_file(stored):
        return [File(stored["path"], stored["size"], stored["sha256"])]
    return [file for item in stored.values() for file in files(item)]
