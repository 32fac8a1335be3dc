"""Whether an event has the shape that the fold relies on: journals are data, and may be anyone's.

A line may hold and still say `"card":[]`. Such an event counts in the numbering and means nothing,
as one of a type that is not known. What a value says is not looked at here.
"""

from collections.abc import Callable
from typing import Any

_NUMBER = (int, float)
_SHAPES: dict[str, tuple[type, ...]] = {
    "at": (str,),
    "type": (str,),
    "card": (str, type(None)),
    "by": (str,),
    "why": (str,),
    "workflow": (str,),
    "key": (str,),
    "title": (str,),
    "code": (str,),
    "text": (str,),
    "error": (str,),
    "trace": (str,),
    "note": (str,),
    "from": (str,),
    "inputs": (dict, type(None)),
    "question": (dict, type(None)),
    "cards": (list, type(None)),
    "files": (list, type(None)),
    "attempt": (int,),
    "started": (int,),
    "to": (int,),
    "done": _NUMBER,
    "total": (*_NUMBER, type(None)),
    "seconds": (*_NUMBER, type(None)),
}
_NO_TEXT = frozenset(name for name, kinds in _SHAPES.items() if str not in kinds)


def sound(event: dict[str, Any]) -> bool:
    """Whether every field that the fold reads has its type, in the lists and dicts too."""
    if "type" not in event or "at" not in event:
        return False
    for name, found in event.items():
        kind = type(found)
        if kind is str and name not in _NO_TEXT:  # most fields are text, and this is asked often
            continue
        kinds = _SHAPES.get(name)
        if kinds is None:
            continue
        if kind not in kinds and not isinstance(found, kinds):
            return False
        if found and name in _INNER and not _INNER[name](found):
            return False
    return True


def _inputs(told: dict[str, Any]) -> bool:
    return all(type(n) is int for n in told.values())


def _cards(told: list[Any]) -> bool:
    return all(map(_card, told))


def _files(told: list[Any]) -> bool:
    return all(map(file_told, told))


def _card(told: Any) -> bool:
    return (
        isinstance(told, dict)
        and isinstance(told.get("name"), str)
        and isinstance(told.get("question"), dict | None)
    )


def file_told(told: Any) -> bool:
    """Whether this is the stored form of a file: path, size in bytes, sha256."""
    return (
        isinstance(told, dict)
        and type(told.get("path")) is str
        and type(told.get("size")) is int
        and type(told.get("sha256")) is str
    )


_INNER: dict[str, Callable[[Any], bool]] = {"inputs": _inputs, "cards": _cards, "files": _files}
