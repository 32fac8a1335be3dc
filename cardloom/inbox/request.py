"""Reading one request: a small JSON object of three known names, and nothing else is taken.

{"workflow": "bridge", "key": "galahad", "answers": {"name": "Galahad"}, "defaults": false}
"""

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cardloom.errors import Missing
from cardloom.journal import is_deeper

LARGEST = 1_000_000  # bytes
DEEPEST = 32  # lists and objects inside each other
_NAMES = {"workflow": str, "key": str, "answers": dict, "defaults": bool}
_KINDS = {str: "text", dict: "an object", bool: "true or false"}


class Unfinished(Missing):
    """Not JSON as it stands; whoever writes it may be at it still."""


@dataclass(frozen=True)
class Request:
    """What was asked: the workflow's name, the run's key ("" for none), the answers by card."""

    workflow: str
    key: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    defaults: bool = False


def read_request(path: Path) -> Request:
    """The request in the file at `path`; Missing says what is wrong with it, OSError if it is gone.

    Only a regular file is opened: no link is followed, and no pipe or device is waited for.
    """
    return parse(_contents(path))


def _contents(path: Path) -> bytes:
    kind = path.lstat().st_mode
    if not stat.S_ISREG(kind):
        named = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder"}.get(stat.S_IFMT(kind))
        raise Missing(f"This is {named or 'no file'}. A request is a file with JSON in it.")
    if path.suffix != ".json":
        raise Missing("A request's file is called something.json.")
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise Missing("This is no file. A request is a file with JSON in it.")
        found = file.read(LARGEST + 1)
    if len(found) > LARGEST:
        raise Missing(f"A request has at most {LARGEST:,} bytes. Give files by their path.")
    return found


def parse(data: bytes) -> Request:
    """The request in `data`; Unfinished where it is not JSON, Missing for any other fault."""
    try:
        found = json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number
        )
    except Missing:
        raise
    except RecursionError as error:
        raise Missing(f"It is nested deeper than {DEEPEST} levels.") from error
    except ValueError as error:
        raise Unfinished(f"It is not JSON in UTF-8: {error}.") from error
    if not isinstance(found, dict):
        raise Missing('A request is an object: {"workflow": …, "key": …, "answers": {…}}.')
    for name, value in found.items():
        if name not in _NAMES:
            raise Missing(f"{name[:80]!r} is not known. A request has {', '.join(_NAMES)}.")
        if not isinstance(value, _NAMES[name]):
            raise Missing(f"{name} is to be {_KINDS[_NAMES[name]]}.")
    if not found.get("workflow"):
        raise Missing("It does not say which workflow.")
    if is_deeper(found.get("answers"), DEEPEST):
        raise Missing(f"It is nested deeper than {DEEPEST} levels.")
    return Request(**found)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Missing(f"{twice[:80]!r} stands there twice. Keep one of them.")
    return found


def _no_number(text: str) -> Any:
    raise Missing(f"{text} is not a number in JSON.")
