"""Whether the events of a journal from elsewhere have the shape that the house reads.

A chain that holds proves that a journal is whole, not that it is well meant: anyone can write one.
The fold and the page take an event's fields as the engine wrote them, so that is checked here, once.
Fields that are not known belong to a later release and are passed over by every reader.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cardloom.archive.unpack import wrong_name
from cardloom.engine import decode, fold, revive, views_of
from cardloom.journal import Event

Json = Any
LONGEST_KEY = 8_000
MOST_NUMBER = 1 << 53


class Misshapen(ValueError):
    """An event that no Cardloom wrote; the text says what of it."""


def check_events(events: list[Event]) -> None:
    """Raise Misshapen, naming the line, unless every event can be folded and shown."""
    if not events:
        raise Misshapen("it holds no event")
    for event in events:
        try:
            check_event(event)
        except Misshapen as wrong:
            raise Misshapen(f"line {event['n']}: {wrong}") from None
    _check_first(events[0])
    try:
        views_of(None, fold(events))
    except Exception as error:
        raise Misshapen(f"it can't be read ({type(error).__name__})") from error


def _check_first(first: Event) -> None:
    if first.get("type") != "created" or not first.get("workflow") or not first.get("key"):
        raise Misshapen("line 1: a run begins with `created`, its workflow and its key")
    if first.get("format", 1) != 1:
        raise Misshapen(f"it is of format {str(first['format'])[:20]}, and 1 is read here")
    if len(first["key"]) > LONGEST_KEY:
        raise Misshapen(f"its key is longer than {LONGEST_KEY:,} characters")


def check_event(event: Event) -> None:
    """Raise Misshapen for a field that is not as the engine writes it."""
    for name in ("type", "at"):
        if not isinstance(event.get(name), str):
            raise Misshapen(f"`{name}` is missing")
    try:
        datetime.fromisoformat(event["at"])
    except ValueError:
        raise Misshapen(f"`at` is {event['at'][:40]!r}, which is no time") from None
    for name, holds in _FIELDS.items():
        if name in event and not holds(event[name]):
            raise Misshapen(f"`{name}` is not as it should be")
    for part in ("value", "typed", "answers"):
        _check_value(event.get(part))


def _check_value(stored: Json) -> None:
    """Files are named as a run names them, and every `$` is a kind."""
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
        raise Misshapen("a value has no kind")
    if kind == "file" and not is_file(item):
        raise Misshapen("a file is not named as a run names its files")
    if kind in ("table", "stored") and not is_file(item.get("file")):
        raise Misshapen(f"a {kind} value names no file of the run")
    if kind == "dict" and not (
        isinstance(inner, list) and all(isinstance(p, list) and len(p) == 2 for p in inner)
    ):
        raise Misshapen("a dict is not made of pairs")
    if kind in ("tuple", "set", "frozenset") and not isinstance(inner, list):
        raise Misshapen(f"a {kind} is no list")
    if kind == "dataclass" and not isinstance(inner, dict):
        raise Misshapen("a dataclass has no fields")


def is_file(item: Json) -> bool:
    """Whether `item` names a file as a run does: below its `files/`, with size and sha256."""
    return (
        isinstance(item, dict)
        and item.get("$") == "file"
        and isinstance(item.get("path"), str)
        and not wrong_name(item["path"])
        and "/" in item["path"]
        and ".part" not in item["path"].split("/")[0]
        and _whole(item.get("size"))
        and isinstance(item.get("sha256"), str)
        and len(item["sha256"]) == 64
    )


def _whole(value: Json) -> bool:
    return type(value) is int and 0 <= value <= MOST_NUMBER


def _number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(value: Json) -> bool:
    return isinstance(value, str)


def _texts(value: Json) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _is(kind: type) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, kind)


def _inputs(value: Json) -> bool:
    return isinstance(value, dict) and all(map(_whole, value.values()))


def _files(value: Json) -> bool:
    return isinstance(value, list) and all(map(is_file, value))


def _question(told: Json, deep: int = 0) -> bool:
    if not isinstance(told, dict) or deep > 1:
        return False
    if not all(holds(told[name]) for name, holds in _ASKED.items() if name in told):
        return False
    inner = told.get("fields", {})
    if not isinstance(inner, dict) or not all(_question(q, deep + 1) for q in inner.values()):
        return False
    try:
        for item in (told, *told.get("options", ())):
            _check_value(item.get("default", item.get("value")))
        revive(told, decode)
    except Exception:
        return False
    return True


def _option(told: Json) -> bool:
    parts = ("label", "note", "disabled")
    return (
        isinstance(told, dict)
        and "value" in told
        and _text(told.get("label"))
        and all(_text(told[part]) for part in parts if part in told)
    )


def _options(value: Json) -> bool:
    return isinstance(value, list) and all(map(_option, value))


def _card(told: Json) -> bool:
    return (
        isinstance(told, dict)
        and _text(told.get("name"))
        and isinstance(told.get("asks"), bool)
        and _text(told.get("label"))
        and _texts(told.get("params", []))
        and ("question" not in told or _question(told["question"]))
    )


def _cards(value: Json) -> bool:
    return (
        isinstance(value, list)
        and all(map(_card, value))
        and len({told["name"] for told in value}) == len(value)
    )


_ASKED: dict[str, Callable[[Json], bool]] = {
    **dict.fromkeys(("kind", "label", "help", "placeholder", "unit", "yes", "no"), _text),
    **dict.fromkeys(("optional", "whole", "exact", "multiple", "must", "parse"), _is(bool)),
    **dict.fromkeys(("min", "max"), lambda value: value is None or _number(value)),
    "lines": _whole,
    "max_bytes": _whole,
    "accept": _texts,
    "options": _options,
}
_FIELDS: dict[str, Callable[[Json], bool]] = {
    **dict.fromkeys(
        ("card", "type", "by", "why", "code", "error", "trace", "text", "key", "title"), _text
    ),
    **dict.fromkeys(("workflow", "from", "as", "note"), _text),
    **dict.fromkeys(("started", "attempt", "to", "proposal", "format"), _whole),
    **dict.fromkeys(("done", "seconds"), _number),
    "total": lambda value: value is None or _number(value),
    "inputs": _inputs,
    "files": _files,
    "question": _question,
    "cards": _cards,
    "answers": _is(dict),
    "held": _texts,
    "runs": _texts,
}
