"""One line of a journal: sealing an event into bytes, and opening bytes into an event.

    {"n":7,"at":"…","type":"answered",…,"sum":"9f3a51c07b22e0d4"}\n

`sum` is BLAKE2b with an 8-byte digest (RFC 7693) over the previous line's `sum` and the bytes of
this line without its own `,"sum":"…"`. It is taken over bytes as written, never over a
re-serialised event: a journal of any year can be checked without knowing how JSON was spelled.
"""

import json
import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import orjson

Event = dict[str, Any]

ROOT = ""  # what the first line is chained to
_TAIL = len(',"sum":"0123456789abcdef"}')
_MARK = b',"sum":"'
# Made once: json.dumps makes a new encoder for each call that is not its plainest.
_readable = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_ascii = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode
_LONG = re.compile(rb"[0-9]{19}")


class BrokenLine(ValueError):
    """A line that does not hold: its text is the reason, said for a person."""


def _digest(previous: str, body: bytes) -> str:
    return blake2b(previous.encode("ascii") + body, digest_size=8).hexdigest()


def dumps(value: object) -> str:
    """Compact JSON, readable as UTF-8; ValueError for NaN, TypeError for an unknown type.

    Text with lone surrogates cannot be UTF-8, so such a value is escaped to ASCII instead.
    """
    text = _readable(value)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return _ascii(value)
    return text


def seal(event: Mapping[str, Any], previous: str) -> tuple[bytes, str]:
    """The line for `event` (without `sum`), newline included, and its `sum`.

    ValueError for NaN and for an integer beyond 64 bits, TypeError for what is not JSON.
    """
    body = dumps(event).encode("utf-8")
    if _LONG.search(body):
        json.loads(body, parse_int=_within_64_bits)
    total = _digest(previous, body)
    return body[:-1] + _MARK + total.encode("ascii") + b'"}\n', total


def seal_all(entries: Iterable[Event], last: str) -> tuple[bytes, list[Event]]:
    """The lines of several entries after the sum `last`, and the entries with their sums."""
    lines: list[bytes] = []
    sealed: list[Event] = []
    for entry in entries:
        line, last = seal(entry, last)
        lines.append(line)
        sealed.append({**entry, "sum": last})
    return b"".join(lines), sealed


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
    cut = len(line) - _TAIL
    if cut < 0 or not line.startswith(_MARK, cut):
        raise BrokenLine("it is not a complete event")
    total = line[cut + len(_MARK) : -2].decode("ascii", "replace")
    if _digest(previous, line[:cut] + b"}") != total:
        raise BrokenLine("its sum does not match: it was changed, or a line before it is missing")
    event = loads(line)
    if not isinstance(event, dict):
        raise BrokenLine("it is not an event")
    if event.get("n") != n:
        raise BrokenLine(f"it is numbered {event.get('n')!r}, and {n} was due")
    return event
