"""Another header for a CSV file whose rows stay as they are."""

import os
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from cardloom.graph.structure import GraphError
from cardloom.tables.contents import LONGEST_LINE
from cardloom.tables.unpacking import unpacked

_BOM = b"\xef\xbb\xbf"


def swap_header(
    source: str | PathLike[str], target: str | PathLike[str], names: Sequence[str]
) -> int:
    """Copy a CSV, plain or packed, into a plain one with `names` as its header; the bytes written.

    The rows are copied as they are, in constant memory. The new file is its owner's only.
    Raises GraphError for a file that is empty or whose header has another number of columns;
    OSError as `open` does.
    """
    source = Path(source)
    pieces, first = unpacked(source), b""
    for piece in pieces:
        first += piece
        if b"\n" in first or len(first) > LONGEST_LINE:
            break
    header, _, rest = first.removeprefix(_BOM).partition(b"\n")
    found = header.count(b",") + 1 if header.strip() else 0
    if found != len(names):
        raise GraphError(f"{source.name} has {found} columns, and {len(names)} names are given.")
    written = 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        written += file.write(",".join(names).encode() + b"\r\n")
        written += file.write(rest)
        for piece in pieces:
            written += file.write(piece)
    return written
