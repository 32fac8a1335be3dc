"""Rows of a CSV file one by one, each with its line: the careful way, which can name what is wrong.

Everything in these files may be hostile: an address that is not http(s), a field of megabytes, a
NUL, half a quote. Such a row is an error that names its line, and is never guessed at.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from cardloom.graph.streams import LONGEST_LINE, blocks
from cardloom.graph.structure import GraphError

TEXT_LENGTH = 300
# Line and paragraph separators, controls, and the marks that turn the direction of the text
# around them: one title would break a line-based file, or rewrite the look of its neighbours.
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\s]+")
ADDRESS = re.compile(r"https?://[^\x00-\x20\x7f-\x9f\u2028\u2029]+", re.IGNORECASE)


class Numbering(dict[str | bytes, int]):
    """Numbers for keys, 0 for the first that is asked for, and so on."""

    def __missing__(self, key: str | bytes) -> int:
        number = self[key] = len(self)
        return number


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows with the line each ends on, the header first; empty lines are passed over.

    Raises GraphError, with file and line, for what is not UTF-8 or not RFC 4180.
    """
    # The limit belongs to the whole process, so it is only ever raised, never put back.
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))
    reader = csv.reader(_lines(path), strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise wrong(path, reader.line_num, f"not RFC 4180 ({error})") from None


def _lines(path: Path) -> Iterator[str]:
    line = 1
    for block in blocks(path):
        try:
            text = block.decode("utf-8")
        except UnicodeDecodeError as error:
            line += block.count(b"\n", 0, error.start)
            raise wrong(path, line, "not UTF-8") from None
        yield from io.StringIO(text, newline="")
        line += block.count(b"\n")


def clean_text(text: str) -> str:
    """The text on one line, cut to 300 characters, without what could not be shown."""
    if len(text) <= TEXT_LENGTH and text.isprintable() and "  " not in text:
        return text.strip()
    # Cut before cleaning too: a title of megabytes should not be searched to its end.
    return _UNSHOWABLE.sub(" ", text[: TEXT_LENGTH * 4]).strip()[:TEXT_LENGTH].strip()


def wrong(path: Path, line: int, what: str) -> GraphError:
    """The error for a line, as a sentence."""
    return GraphError(f"{path.name}, line {line}: {what}.")


def not_an_address(path: Path, line: int, url: str) -> GraphError:
    """The error for a field that should be an address."""
    return wrong(path, line, f"{shown(url)} is not an absolute http or https URL")


def shown(value: object) -> str:
    """A value of a stranger's file, short and in ASCII."""
    text = ascii(value)
    return text if len(text) <= 120 else text[:117] + "…"
