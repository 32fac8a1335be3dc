"""A downloaded body as plain bytes, whatever it is packed in: gzip, zip or nothing.

What it is, its first bytes say, never its name or a header. It is unpacked in pieces, so that a
bomb costs no memory; how much may come out is for the reader of the pieces to bound.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from cardloom.botify.errors import WrongFile

PIECE = 1 << 20
_GZIP, _ZIP = b"\x1f\x8b", b"PK"
_LAYERS = 3  # gzip content that a server packs once more for the way


def unpacked(path: Path) -> Iterator[bytes]:
    """The plain content of a file, in pieces of at most about a megabyte.

    Raises WrongFile for a body that breaks off, is damaged, or is a zip of not one file.
    """
    return _layer(_pieces(path), path, _LAYERS)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _layer(pieces: Iterator[bytes], path: Path, left: int) -> Iterator[bytes]:
    first = b""
    for piece in pieces:  # the first two bytes may come in two pieces
        first += piece
        if len(first) >= 2:
            break
    if first[:2] == _GZIP:
        if not left:
            raise WrongFile("The file is packed again and again")
        yield from _layer(_gunzipped(first, pieces), path, left - 1)
    elif first[:2] == _ZIP:
        if left != _LAYERS:
            raise WrongFile("The file is a zip inside a gzip")
        yield from _unzipped(path)
    else:
        if first:
            yield first
        yield from pieces


def _gunzipped(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """All members of a gzip stream; each has its own sum, which zlib proves."""
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    waiting = first
    fresh = True  # nothing of the present member was read
    while True:
        try:
            while waiting:
                if stream.eof:
                    stream, fresh = zlib.decompressobj(zlib.MAX_WBITS | 16), True
                out = stream.decompress(waiting, PIECE)
                waiting = stream.unused_data if stream.eof else stream.unconsumed_tail
                fresh = False
                if out:
                    yield out
                if stream.eof:
                    waiting = waiting.lstrip(b"\0")  # padding between members is allowed
        except zlib.error:
            raise WrongFile("The compressed file is damaged") from None
        following = next(pieces, b"")
        if not following:
            break
        waiting = following
    if not (stream.eof or fresh):
        raise WrongFile("The compressed file breaks off before its end")


def _unzipped(path: Path) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [each for each in archive.infolist() if not each.is_dir()]
            if len(names) != 1:
                raise WrongFile(f"The zip holds {len(names)} files where one was asked for")
            with archive.open(names[0]) as file:
                while piece := file.read(PIECE):
                    yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError):
        # RuntimeError: a password; NotImplementedError: a packing nobody uses for this.
        raise WrongFile("The zip file is damaged or breaks off") from None
