"""What a packed file holds, in pieces of a megabyte: gzip in any number of members, or a zip.

The first bytes say what a file is, not its name. It is unpacked in pieces, so a bomb costs no
memory; the reader of the pieces bounds how much may come out.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from cardloom.tables.errors import TableError

PIECE = 1 << 20
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
_LAYERS = 3  # gzip content that a server packs once more for the way
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)


def unpacked(path: Path) -> Iterator[bytes]:
    """The content of a file in pieces of at most a megabyte, whatever it is packed in.

    Raises TableError for a body that breaks off, is damaged, or is a zip of not one file;
    OSError as `open` does.
    """
    return _layer(_pieces(path), path, _LAYERS)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _layer(pieces: Iterator[bytes], path: Path, left: int) -> Iterator[bytes]:
    first = b""
    for piece in pieces:  # the first bytes may come in several pieces
        first += piece
        if len(first) >= len(ZIP):
            break
    if first.startswith(GZIP):
        if not left:
            raise TableError(
                f"{path.name} is packed again and again. Unpack it, and give the table."
            )
        yield from _layer(_inflated(first, pieces, path), path, left - 1)
    elif first.startswith(ZIP):
        if left != _LAYERS:
            raise TableError(f"{path.name} is a zip inside a gzip. Unpack it, and give the table.")
        yield from _unzipped(path)
    else:
        if first:
            yield first
        yield from pieces


def _inflated(data: bytes, pieces: Iterator[bytes], path: Path) -> Iterator[bytes]:
    """All members of a gzip stream, which may end in zeros (RFC 1952)."""
    unpacker = zlib.decompressobj(wbits=31)
    while data:
        try:
            # The bound on the output is what makes a file of a thousand times its size harmless.
            piece = unpacker.decompress(data, PIECE)
        except zlib.error as error:
            raise TableError(f"{path.name} is packed with gzip and damaged ({error}).") from None
        if piece:
            yield piece
        data = unpacker.unconsumed_tail
        if unpacker.eof:
            data = (unpacker.unused_data or next(pieces, b"")).lstrip(b"\0")
            while not data and (piece := next(pieces, b"")):
                data = piece.lstrip(b"\0")
            if data:
                unpacker = zlib.decompressobj(wbits=31)
        elif not data:
            data = next(pieces, b"")
    if not unpacker.eof:
        raise TableError(f"{path.name} is packed with gzip and ends too early. Fetch it again.")


def members(path: Path) -> list[zipfile.ZipInfo]:
    """The files of a zip that a person put there, folders and a system's own left out."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [
                each for each in archive.infolist() if not each.is_dir() and _own(each.filename)
            ]
    except _BROKEN:
        raise TableError(f"{path.name} is a damaged zip file. Fetch it again.") from None


def _own(name: str) -> bool:
    return not name.startswith("__MACOSX/") and not name.rpartition("/")[2].startswith(".")


def _unzipped(path: Path) -> Iterator[bytes]:
    found = members(path)
    if len(found) != 1:
        names = ", ".join(each.filename[:60] for each in found[:4])
        raise TableError(
            f"{path.name} is a zip of {len(found)} files{': ' + names if names else ''}. "
            "Unpack it, and give the one table."
        )
    yield from _layer(_member(path, found[0]), path, _LAYERS - 1)


def _member(path: Path, info: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(info) as file:
            while piece := file.read(PIECE):
                yield piece
    except _BROKEN:  # RuntimeError: a password; NotImplementedError: a packing nobody uses
        raise TableError(
            f"{path.name} is a zip file that is damaged or locked. Unpack it, and give the table."
        ) from None


class _Bytes(io.RawIOBase):
    """Pieces as something that a decoder can read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            self._left = next(self._pieces, b"")
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count


def as_file(pieces: Iterator[bytes]) -> IO[bytes]:
    """The pieces as a file to read from its begin to its end."""
    return io.BufferedReader(_Bytes(pieces))
