"""Reading a zip from elsewhere, which may be hostile in every byte.

It is looked at before anything is unpacked: what the table of contents says is only used to refuse.
What is unpacked is counted as it comes out, and no header is believed.
"""

import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from cardloom.errors import Missing

MOST_ENTRIES = 20_000
MOST_CONTENTS = 8_000_000  # bytes of the table of contents
MOST_ARCHIVE = (
    1 << 31
) - 1  # bytes of the zip: beyond it stands a form that readers read differently
MOST_UNPACKED = 16_000_000_000  # bytes in all
ROOM = 100_000_000  # bytes that any zip may unpack to
RATIO = 200  # and beyond them, times its own size
_CHUNK = 1 << 20
_END = struct.Struct("<4s4H2LH")
_LARGER_END = b"PK\x06\x07"


class BadArchive(Missing):
    """A file that is not taken as a run; the text says why."""


class DamagedArchive(BadArchive):
    """Its journal is damaged: it is taken for reading only, and where that is asked for."""


class Archive:
    """An opened zip whose names have been looked at; `read` and `copy` count what comes out."""

    def __init__(self, zipped: zipfile.ZipFile, size: int) -> None:
        self._zip = zipped
        self._left = min(MOST_UNPACKED, max(ROOM, RATIO * size))
        self.entries = _look(zipped.infolist())

    def read(self, name: str, most: int) -> bytes:
        """The entry's bytes; BadArchive when they are more than `most`."""
        data = b""
        for chunk in self.chunks(name):
            data += chunk
            if len(data) > most:
                raise BadArchive(f"{name} in it is larger than the {most:,} bytes taken here.")
        return data

    def chunks(self, name: str) -> Iterator[bytes]:
        """The entry's bytes as they are unpacked, checked to its end (its CRC)."""
        try:
            with self._zip.open(self.entries[name]) as entry:
                while chunk := entry.read(_CHUNK):
                    self._left -= len(chunk)
                    if self._left < 0:
                        raise BadArchive(
                            "It unpacks to far more than a run of its size holds. Nothing was kept."
                        )
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as bad:
            raise BadArchive(f"{name} in it can't be unpacked: {_why(bad)}.") from bad


def _why(error: BaseException) -> str:
    return str(error).rstrip(".") or "it ends too early"


@contextmanager
def open_archive(file: BinaryIO) -> Iterator[Archive]:
    """The zip in `file`; BadArchive for what is no zip, too large, or names what no run holds."""
    size = _check_end(file)
    file.seek(0)
    try:
        zipped = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, EOFError, OverflowError, struct.error) as error:
        raise BadArchive(f"This is not a whole zip file ({_why(error)}).") from error
    with zipped:
        yield Archive(zipped, size)


def _check_end(file: BinaryIO) -> int:
    """The size of the file; BadArchive where its table of contents is too large to be read in."""
    size = file.seek(0, 2)
    if size > MOST_ARCHIVE:
        raise BadArchive("A zip larger than 2 GB is not taken. Copy the run's folder instead.")
    file.seek(max(0, size - (1 << 16) - _END.size))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > len(tail):
        raise BadArchive("This is not a whole zip file: its end is missing.")
    _, disk, first, here, entries, contents, _, _ = _END.unpack_from(tail, at)
    if _LARGER_END in tail[max(0, at - 20) : at]:
        raise BadArchive("This zip is of the kind for more than 2 GB, which is not taken.")
    if disk or first or here != entries:
        raise BadArchive("This zip has several parts, which is not taken.")
    if entries > MOST_ENTRIES or contents > MOST_CONTENTS:
        raise BadArchive(f"It holds more than the {MOST_ENTRIES:,} files taken here.")
    return size


def _look(infos: Sequence[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The entries that are files, by name; BadArchive for any that no run holds."""
    if len(infos) > MOST_ENTRIES:
        raise BadArchive(f"It holds more than the {MOST_ENTRIES:,} files taken here.")
    entries: dict[str, zipfile.ZipInfo] = {}
    seen: dict[str, str] = {}
    for info in infos:
        name = info.orig_filename
        if wrong := wrong_name(name.rstrip("/") if info.is_dir() else name):
            raise BadArchive(f"It holds {name[:120]!r}, {wrong}.")
        if wrong := _wrong_kind(info):
            raise BadArchive(f"{name[:120]!r} in it is {wrong}.")
        if info.is_dir():
            continue
        twin = unicodedata.normalize("NFC", name).casefold()
        if twin in seen:
            raise BadArchive(f"It holds two files called {seen[twin][:120]!r}.")
        seen[twin] = name
        entries[name] = info
    return entries


def wrong_name(name: str) -> str:
    """Why no run holds a file of this name; empty where one may."""
    parts = name.split("/")
    if not name or name.startswith("/"):
        return "a path of a whole disk" if name else "a file without a name"
    if "\\" in name or ":" in name:
        return "a path of another system"
    if any(part in ("", ".", "..") for part in parts):
        return "a path that leads elsewhere"
    if any(ord(c) < 32 or ord(c) == 127 for c in name):
        return "a name with control characters"
    if len(name) > 1_000 or any(len(part.encode("utf-8", "replace")) > 255 for part in parts):
        return "a name that is too long"
    return ""


def _wrong_kind(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x41:
        return "encrypted, which is not taken"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "packed in a way that is not taken"
    kind = info.external_attr >> 28  # of Unix: 8 a file, 4 a folder, 0 not said
    if kind not in (0, 8, 4) or ((kind == 4) != info.is_dir() and kind != 0):
        return "a link or a special file, which is not taken"
    return ""
