"""The process that reads HTML for the crawler: length-prefixed pages in, JSON out.

It exists to be killed. The HTML standard's own algorithm takes quadratic time for deep nesting
and quadratic memory for misnested fonts, so a small hostile page can hold up any parser that
follows it. Here it holds up only this process, for `parse_seconds` and one gigabyte.
"""

from __future__ import annotations

import json
import signal
import struct
import sys
from typing import BinaryIO

from cardloom.crawl.document import read

try:
    import resource
except ImportError:  # Windows has neither limits nor alarms; the parent's clock remains
    resource = None  # type: ignore[assignment]

ASKED = struct.Struct("!II")  # length of the charset's name, length of the body
TOLD = struct.Struct("!I")  # length of the JSON
_MEMORY = 1 << 30


def main(alarm_seconds: int) -> None:
    """Answer on stdout what is asked on stdin, until stdin ends."""
    _limit_memory()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    _tell(sink, b"{}")  # ready
    while len(head := source.read(ASKED.size)) == ASKED.size:
        _tell(sink, _answer(source, head, alarm_seconds))


def _tell(sink: BinaryIO, answer: bytes) -> None:
    sink.write(TOLD.pack(len(answer)) + answer)
    sink.flush()


def _answer(source: BinaryIO, head: bytes, alarm_seconds: int) -> bytes:
    charset_size, body_size = ASKED.unpack(head)
    charset = source.read(charset_size).decode("utf-8", "replace")
    body = source.read(body_size)
    _alarm(alarm_seconds)
    try:
        return json.dumps(read(body, charset or None)).encode()
    except Exception as error:  # whatever a parser may raise, it concerns this page only
        return json.dumps({"error": type(error).__name__}).encode()
    finally:
        _alarm(0)


def _limit_memory() -> None:
    if resource is None:
        return
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):
        pass  # macOS refuses some limits; time is still bounded


def _alarm(seconds: int) -> None:
    # Ends the process even inside C code, and even when the crawler itself has been killed.
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]))
