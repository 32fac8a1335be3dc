"""One line of a journal: sealing an event into bytes, and opening bytes into an event.

    {"n":7,"at":"…","type":"answered",…,"sum":"9f3a51c07b22e0d4"}\n

`sum` is BLAKE2b with an 8-byte digest (RFC 7693) over the previous line's `sum` and the bytes of
this line without its own `,"sum":"…"`. It is taken over bytes as written, never over a
re-serialised event: a journal of any year can be checked without knowing how JSON was spelled.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from cardloom.types import Event

ROOT = ""  # what the first line is chained to
_TAIL = len(',"sum":"0123456789abcdef"}')
_MARK = b',"sum":"'
# Made once: json.dumps makes a new encoder for each call that is not its plainest.
_readable = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_ascii = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode
_BLANK = blake2b(digest_size=8)  # a copy of it costs half of a new one
_NO_EVENT = "it is not an event"
_NO_SUM = "its sum does not match: it was changed, or a line before it is missing"
_TOO_DEEP = "it is nested deeper than any value that Cardloom keeps"
# Levels of JSON: whoever folds or shows an event goes down one call or two for each. The engine
# keeps values of 100 levels, each of which takes three in JSON at most.
_DEEPEST = 320
# Nineteen digits in a row may be an integer of more than 64 bits. All digits made one, a search
# for that row costs a quarter of what a pattern costs, and every line that is written pays it.
_ONE_DIGIT = bytes.maketrans(b"123456789", b"0" * 9)
_LONG = b"0" * 19


class BrokenLine(ValueError):
    """A line that does not hold: its text is the reason, said for a person."""


def dumps(value: object) -> str:
    """Compact JSON, readable as UTF-8; ValueError for NaN, TypeError for an unknown type.

    Text with lone surrogates cannot be UTF-8, so such a value is escaped to ASCII instead.
    """
    return _encoded(value).decode("utf-8")


def _encoded(value: object) -> bytes:
    try:
        return _readable(value).encode("utf-8")
    except UnicodeEncodeError:
        return _ascii(value).encode("ascii")


def seal(event: Mapping[str, Any], previous: str) -> tuple[bytes, str]:
    """The line for `event` (without `sum`), newline included, and its `sum`.

    ValueError for NaN and for an integer beyond 64 bits, TypeError for what is not JSON.
    """
    body = _encoded(event)
    if _LONG in body.translate(_ONE_DIGIT):
        json.loads(body, parse_int=_within_64_bits)
    digest = _BLANK.copy()
    digest.update(previous.encode("ascii"))
    digest.update(body)
    total = digest.hexdigest()
    return b'%b%b%b"}\n' % (body[:-1], _MARK, total.encode("ascii")), total


def seal_all(entries: Iterable[Event], last: str) -> bytes:
    """The lines of several entries after the sum `last`; each entry is given its own sum."""
    lines: list[bytes] = []
    for entry in entries:
        line, last = seal(entry, last)
        entry["sum"] = last
        lines.append(line)
    return b"".join(lines)


def _within_64_bits(digits: str) -> int:
    """The integer, unless orjson and most readers in other languages would make it a float."""
    number = int(digits)
    if not -(1 << 63) <= number < 1 << 64:
        raise ValueError(f"The number {digits[:40]}… has more than 64 bits. Keep it as text.")
    return number


def loads(line: bytes) -> Any:
    """The value of a line. orjson is three times as fast and refuses lone surrogates, which are
    text to Python: then the standard library reads the line."""
    try:
        return orjson.loads(line)
    except ValueError:
        try:
            return json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BrokenLine("it is not JSON in UTF-8") from error


def unseal(line: bytes, n: int, previous: str) -> Event:
    """The event in `line` (no newline), checked to be number `n` and chained to `previous`.

    Raises BrokenLine with the reason: no JSON, wrong number, wrong sum.
    """
    events, reason = unseal_all([line], n - 1, previous)
    if reason is not None:
        raise reason
    return events[0]


def unseal_all(
    lines: Sequence[bytes], n: int, previous: str
) -> tuple[list[Event], BrokenLine | None]:
    """The events in `lines` (no newlines) that follow number `n` with the sum `previous`.

    Each is checked to have the next number and to be chained to the one before. What comes after
    the first line that does not hold is not looked at: the reason stands beside the events before.
    """
    # Three walks, one after the other: half a million small steps each are quicker than one
    # walk that does everything to every line.
    chained, reason = _chained(lines, previous)
    events: list[Event] = []
    for due, event in enumerate(_opened(lines[:chained]), n + 1):
        if not isinstance(event, dict):
            return events, event if isinstance(event, BrokenLine) else BrokenLine(_NO_EVENT)
        if event.get("n") != due:
            return events, BrokenLine(f"it is numbered {event.get('n')!r}, and {due} was due")
        events.append(event)
    return events, reason


def _chained(lines: Sequence[bytes], previous: str) -> tuple[int, BrokenLine | None]:
    """How many lines, from the first on, have the sum that they should; why the next has not."""
    last = previous.encode("ascii")
    for good, line in enumerate(lines):
        digest = _BLANK.copy()
        digest.update(last)
        digest.update(line[:-_TAIL])
        digest.update(b"}")
        last = digest.hexdigest().encode("ascii")
        if line[-_TAIL:] != b'%b%b"}' % (_MARK, last):
            complete = line.startswith(_MARK, max(0, len(line) - _TAIL))
            return good, BrokenLine(_NO_SUM if complete else "it is not a complete event")
    return len(lines), None


def _opened(lines: Sequence[bytes]) -> list[Any]:
    """The value of each line; where one cannot be taken, the reason stands in its place."""
    try:
        values = [*map(orjson.loads, lines)]
    except ValueError:
        values = [_value(line) for line in lines]
    for place, line in enumerate(lines):
        if len(line) > 2 * _DEEPEST and _is_too_deep(values[place]):
            values[place] = BrokenLine(_TOO_DEEP)
    return values


def _is_too_deep(value: Any) -> bool:
    try:
        orjson.dumps(value)  # refuses 255 levels and more, faster than they can be counted here
    except TypeError:
        return is_deeper(value, _DEEPEST)
    return False


def is_deeper(value: Any, than: int) -> bool:
    """Whether lists and objects of JSON stand inside each other more than `than` levels deep."""
    level = [value]
    for _ in range(than + 1):
        level = [
            inner
            for part in level
            if isinstance(part, (dict, list))
            for inner in (part.values() if isinstance(part, dict) else part)
        ]
        if not level:
            return False
    return True


def _value(line: bytes) -> Any:
    try:
        return loads(line)
    except BrokenLine as reason:
        return reason
