"""Whether an event fits the table of events: journals are data, and may be anyone's.

    sound(event)   before the fold: quick, one level deep; what is not sound means nothing
    fault(event)   of an import: the whole table, every level and every bound, in words

A line may hold and still say `"card":[]`. Such an event counts in the numbering and means nothing,
as one of a type that is not known.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cardloom.engine.events import (
    CARDS,
    COMMON,
    EVENTS,
    FILE,
    FILES,
    INPUTS,
    LARGEST,
    MOST_PARTS,
    NULL,
    NUMBER,
    PERHAPS,
    TIME,
    VALUE,
    Field,
    Type,
)
from cardloom.types import Json

# -- before the fold -----------------------------------------------------------------------------


def sound(event: Mapping[str, Json]) -> bool:
    """Whether every field that the fold reads has its type, in the lists and dicts too."""
    try:
        if event["at"][-1:] != "Z":  # a time in UTC sorts as text, and every reader counts from it
            return False
        needed = _NEEDED.get(event["type"])
    except (KeyError, TypeError):
        return False
    for name, found in event.items():
        kind = type(found)
        if kind is str and name not in _NO_TEXT:  # most fields are text, and this is asked often
            continue
        classes = _CLASSES.get(name)
        if classes is None:
            continue
        if kind not in classes:
            return False
        if found and name in _DEEPER and not _DEEPER[name](found):
            return False
    return needed is None or all(name in event for name in needed)


def file_told(told: Json) -> bool:
    """Whether this is the stored form of a file: path, size in bytes, sha256."""
    return (
        isinstance(told, dict)
        and type(told.get("path")) is str
        and type(told.get("size")) is int
        and type(told.get("sha256")) is str
    )


def _number(found: float) -> bool:
    return -LARGEST <= found <= LARGEST


def _inputs(told: dict[str, Json]) -> bool:
    return all(type(n) is int for n in told.values())


def _cards(told: list[Json]) -> bool:
    return len(told) <= CARDS.most and all(map(_card, told))


def _files(told: list[Json]) -> bool:
    return all(map(file_told, told))


def _card(told: Json) -> bool:
    return (
        isinstance(told, dict)
        and isinstance(told.get("name"), str)
        and isinstance(told.get("question"), dict | None)
        and isinstance(told.get("params"), list | None)
    )


def _every_field() -> dict[str, Type]:
    """Every field by its name: one name has the same classes in all types of events."""
    fields = {**COMMON}
    for kind in EVENTS.values():
        fields |= kind.fields
    del fields["n"]  # the journal numbers its lines
    return {name: one.type for name, one in fields.items()}


_TYPES = _every_field()
_CLASSES = {name: kind.classes for name, kind in _TYPES.items() if kind is not VALUE}
_NO_TEXT = frozenset(name for name, classes in _CLASSES.items() if str not in classes)
_INNER: dict[str, Callable[[Any], bool]] = {
    INPUTS.words: _inputs,
    CARDS.words: _cards,
    FILES.words: _files,
    NUMBER.words: _number,
    PERHAPS.words: _number,
}
_DEEPER = {name: _INNER[kind.words] for name, kind in _TYPES.items() if kind.words in _INNER}
# An event of a card without its card is nothing to the fold, so that is not asked here.
_NEEDED = {
    name: needed
    for name, kind in EVENTS.items()
    if (needed := [f for f, one in kind.fields.items() if one.required and f != "card"])
}


# -- of an import --------------------------------------------------------------------------------


class Misfit(ValueError):
    """What of an event does not fit the table, as the end of a sentence: "`at` is …"."""


def fault(event: Mapping[str, Json]) -> str:
    """What of the event does not fit the table, '' where all of it does.

    Fields and types that are not known belong to a later release, and are passed over.
    """
    kind = event.get("type")
    if not isinstance(kind, str):
        return "`type` is missing"
    known = EVENTS.get(kind)
    try:
        _Look().parts({**COMMON, **(known.fields if known else {})}, event)
    except Misfit as misfit:
        return str(misfit)
    return ""


def is_time(at: str) -> bool:
    """Whether this is a time as a journal has it: ISO 8601 in UTC, ending in Z."""
    if at[-1:] != "Z" or at[10:11] != "T" or len(at) > TIME.most:
        return False
    try:
        datetime.fromisoformat(at)
    except ValueError:
        return False
    return True


class _Look:
    """One event, looked at with a budget: a thousand small lists are as heavy as one long one."""

    def __init__(self) -> None:
        self._left = MOST_PARTS

    def parts(self, fields: Mapping[str, Field], told: Mapping[str, Json]) -> None:
        for name, one in fields.items():
            if name in told:
                self.fits(f"`{name}`", one.type, told[name])
            elif one.required:
                raise Misfit(f"`{name}` is missing")

    def fits(self, name: str, kind: Type, found: Json) -> None:
        if type(found) not in kind.classes:
            raise Misfit(f"{name} is not as it should be: {kind.words} is wanted")
        if kind is VALUE:
            check_value(found)
        elif kind is FILE:
            _check_file(found)
        elif isinstance(found, str):
            self._text(name, kind, found)
        elif isinstance(found, (list, dict)):
            self._entries(name, kind, found)
        elif not isinstance(found, (bool, NULL)):
            self._amount(name, kind, found)

    def _text(self, name: str, kind: Type, found: str) -> None:
        if len(found) > kind.most:
            raise Misfit(f"{name} is longer than {kind.most:,} characters")
        if kind is TIME and not is_time(found):
            raise Misfit(f"{name} is {found[:40]!r}, which is no time in UTC (…Z)")

    def _amount(self, name: str, kind: Type, found: float) -> None:
        least = 0 if float not in kind.classes else -kind.most
        if not least <= found <= kind.most:
            raise Misfit(f"{name} is a number that is not taken here")

    def _entries(self, name: str, kind: Type, found: list[Json] | dict[str, Json]) -> None:
        self._left -= len(found)
        if len(found) > kind.most or self._left < 0:
            most = min(kind.most, MOST_PARTS)
            raise Misfit(f"{name} has more than the {most:,} entries taken here")
        if isinstance(found, dict):
            self.parts(kind.parts, found)
            self._named(name, found)
        if kind.each is not None:
            for item in found.values() if isinstance(found, dict) else found:
                self.fits(f"an entry of {name}", kind.each, item)
        if isinstance(found, list) and kind.unique and _shared(found, kind.unique):
            raise Misfit(f"two entries of {name} have the same {kind.unique}")

    def _named(self, name: str, found: Mapping[str, Json]) -> None:
        if any(len(key) > COMMON["type"].type.most for key in found):
            raise Misfit(f"{name} has an entry whose name is too long")


def _shared(found: list[Json], part: str) -> bool:
    return len({item[part] for item in found}) < len(found)


def check_value(stored: Json) -> None:
    """Raise Misfit unless every `$` of a stored value is a kind, and holds what that kind holds."""
    waiting = [stored]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            if "$" in item:
                _check_kind(item)
            waiting += item.values()


def _check_kind(item: Mapping[str, Json]) -> None:
    kind, inner = item["$"], item.get("v")
    if not isinstance(kind, str):
        raise Misfit("a value has no kind")
    if kind == "file":
        _check_file(item)
    if kind in ("table", "stored"):
        _check_file(item.get("file"))
    if kind == "dict" and not (
        isinstance(inner, list) and all(isinstance(p, list) and len(p) == 2 for p in inner)
    ):
        raise Misfit("a dict is not made of pairs")
    if kind in ("tuple", "set", "frozenset") and not isinstance(inner, list):
        raise Misfit(f"a {kind} is no list")
    if kind == "dataclass" and not isinstance(inner, dict):
        raise Misfit("a dataclass has no fields")


def _check_file(told: Json) -> None:
    whole = file_told(told) and told.get("$") == "file"
    if not whole or not 0 <= told["size"] <= LARGEST or len(told["sha256"]) != 64:
        raise Misfit("a file is not named as a run names its files")
