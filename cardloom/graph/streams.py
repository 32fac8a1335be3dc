"""Files of rows, plain or packed with gzip, as blocks of whole lines in a few megabytes of memory.

A file is known by its first bytes, not by its name. However far a packed file unfolds, and
however long a line is, no more than a block is held at a time.
"""

import os
import zlib
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from cardloom.graph.structure import GraphError

BLOCK = 1 << 20
LONGEST_LINE = 16 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


def blocks(path: Path) -> Iterator[bytes]:
    """The content in blocks that end with a line, the last one where the file ends.

    Raises GraphError for a packed file that is damaged or cut short, and for a line of more
    than 16 MB; OSError as `open` does.
    """
    begun, marked = b"", True
    for chunk in chunks(path):
        data = begun + chunk if begun else chunk
        if marked:
            data, marked = data.removeprefix(_BOM), False
        cut = max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1) if b"\n" not in data else -1) + 1
        if cut:
            yield data[:cut]
        begun = data[cut:]
        if len(begun) > LONGEST_LINE:
            raise GraphError(f"{path.name} has a line of more than 16 MB.")
    if begun:
        yield begun


def chunks(path: Path) -> Iterator[bytes]:
    """The unpacked content in pieces of a megabyte at most, wherever lines end.

    Raises GraphError for a packed file that is damaged or cut short; OSError as `open` does.
    """
    with path.open("rb") as file:
        first = file.read(BLOCK)
        packed = first.startswith(_GZIP)
        yield from _inflated(first, file, path) if packed else _chunks(first, file)


def swap_header(
    source: str | PathLike[str], target: str | PathLike[str], names: Sequence[str]
) -> int:
    """Copy a CSV, plain or packed, into a plain one with `names` as its header; the bytes written.

    The rows are copied as they are, in constant memory. The new file is its owner's only.
    Raises GraphError for a file that is empty or whose header has another number of columns;
    OSError as `open` does.
    """
    source, content = Path(source), blocks(Path(source))
    first = next(content, b"")
    header, _, rest = first.partition(b"\n")
    found = header.count(b",") + 1 if header.strip() else 0
    if found != len(names):
        raise GraphError(f"{source.name} has {found} columns, and {len(names)} names are given.")
    written = 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        written += file.write(",".join(names).encode() + b"\r\n")
        written += file.write(rest)
        for block in content:
            written += file.write(block)
    return written


def _chunks(data: bytes, file: BinaryIO) -> Iterator[bytes]:
    while data:
        yield data
        data = file.read(BLOCK)


def _inflated(data: bytes, file: BinaryIO, path: Path) -> Iterator[bytes]:
    """A packed file may be several, one after the other, and end in zeros (RFC 1952)."""
    unpacker = zlib.decompressobj(wbits=31)
    while data:
        try:
            # The bound on the output is what makes a file of a thousand times its size harmless.
            chunk = unpacker.decompress(data, BLOCK)
        except zlib.error as error:
            raise GraphError(f"{path.name} is packed with gzip and damaged ({error}).") from None
        if chunk:
            yield chunk
        data = unpacker.unconsumed_tail
        if unpacker.eof:
            data = (unpacker.unused_data or file.read(BLOCK)).lstrip(b"\0")
            if data:
                unpacker = zlib.decompressobj(wbits=31)
        elif not data:
            data = file.read(BLOCK)
    if not unpacker.eof:
        raise GraphError(f"{path.name} is packed with gzip and ends too early. Fetch it again.")
