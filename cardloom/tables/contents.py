"""A file as plain UTF-8 text on the disk, whatever it is: packed, UTF-16, cp1252, a workbook.

A plain file is used where it is. Others are written once into a private folder, in pieces; what
is no table is refused with what to do.
"""

import codecs
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from cardloom.tables.errors import TableError
from cardloom.tables.unpacking import GZIP, ZIP, unpacked
from cardloom.tables.workbook import is_workbook, sheet_lines

LONGEST_LINE = 16 * 1024 * 1024
_HEAD = 4096
_SPARE = 500_000_000  # bytes of the disk that unpacking leaves free
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
PARQUET, _PARQUET = "parquet", b"PAR1"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_FOREIGN = {
    b"%PDF": "a PDF. Export the table as CSV",
    b"SQLite format 3": "a database. Export the table as CSV",
    b"\x89PNG": "a picture. Export the table as CSV",
    b"BZh": "packed with bzip2. Unpack it, and give the table",
    b"\xfd7zXZ": "packed with xz. Unpack it, and give the table",
    b"7z\xbc\xaf": "packed with 7-Zip. Unpack it, and give the table",
    b"(\xb5/\xfd": "packed with zstd. Unpack it, and give the table",
}


@dataclass(frozen=True)
class Contents:
    """`path` as text in UTF-8 at `plain`; `encoding` is the file's own.

    `kind` is csv, xlsx or parquet; of Parquet `plain` is the file itself.
    """

    path: Path
    plain: Path
    encoding: str
    kind: str = "csv"


def contents(path: Path, folder: Path, begin: bool = False, utf8: bool = False) -> Contents:
    """The text of a file; `folder` takes what has to be unpacked or decoded.

    With `begin`, the first megabyte will do. With `utf8`, bytes that are not UTF-8 are damage
    and not another encoding.

    Raises TableError for what is no table, OSError as `open` does.
    """
    with path.open("rb") as file:
        raw = file.read(_HEAD)
    if raw.startswith(_PARQUET):
        return Contents(path, path, "", PARQUET)
    if raw.startswith(_OLD_EXCEL) or (raw.startswith(ZIP) and is_workbook(path)):
        return _written(path, folder, sheet_lines(path), "utf-8", begin, "xlsx")
    pieces = unpacked(path)
    head = _first(pieces)
    _check(path, head)
    encoding = _marked(head)
    encoding = encoding or _by_zeros(path, head[:_HEAD])
    if encoding or utf8:
        pieces, encoding = chain([head], pieces), encoding or "utf-8"
    else:
        encoding = _eight_bits(chain([head], [] if begin else pieces))
        pieces = unpacked(path)
    packed = raw.startswith((GZIP, ZIP))
    if not packed and encoding in ("utf-8", "utf-8-sig"):
        return Contents(path, path, encoding)
    return _written(path, folder, pieces, encoding, begin)


def _first(pieces: Iterator[bytes]) -> bytes:
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= _HEAD:
            break
    return head


def _check(path: Path, head: bytes) -> None:
    """Refuses what is no text by how it begins."""
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise TableError(f"{path.name} is empty.")
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise TableError(f"{path.name} is {what}.")
    begin = head.removeprefix(codecs.BOM_UTF8).lstrip()[:200]
    if begin.startswith((b"<!", b"<?")) or begin.lower().startswith(b"<html"):
        raise TableError(f"{path.name} is a web page or XML, not a table. Export it as CSV.")
    if begin.startswith((b'{"', b"[{", b"{\n", b"{\r")):
        raise TableError(f"{path.name} is JSON, not a table. Export it as CSV.")


def _marked(head: bytes) -> str:
    return next((name for mark, name in _BOMS if head.startswith(mark)), "")


def _by_zeros(path: Path, begun: bytes) -> str:
    """UTF-16 without a mark, by where its zeros are."""
    even, odd = begun[0::2].count(0), begun[1::2].count(0)
    many = len(begun) // 5
    if odd > many and even <= odd // 10:
        return "utf-16-le"
    if even > many and odd <= even // 10:
        return "utf-16-be"
    if 20 * (even + odd) > len(begun):
        raise TableError(f"{path.name} is no text. Export the table as CSV in UTF-8.")
    return ""


def _eight_bits(pieces: Iterable[bytes]) -> str:
    """UTF-8, else cp1252; one bad byte among good ones is damage and no other encoding."""
    good = bad = 0
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    for piece in pieces:
        if piece.isascii():
            continue
        text = decode(piece)
        odd = text.count("\ufffd")
        bad += odd
        good += sum(not char.isascii() for char in text) - odd
        if bad > 1000 or good > 100_000:
            break
    return "cp1252" if good < bad else "utf-8"


def _written(
    path: Path,
    folder: Path,
    pieces: Iterator[bytes],
    encoding: str,
    begin: bool,
    kind: str = "csv",
) -> Contents:
    plain = folder / f"{len(list(folder.iterdir()))}.csv"
    plain_text = encoding in ("utf-8", "utf-8-sig")
    decode = codecs.getincrementaldecoder(encoding)("replace").decode
    size = since = 0
    most = shutil.disk_usage(folder).free - _SPARE
    descriptor = os.open(plain, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for piece in pieces:
            data = piece if plain_text else decode(piece).encode("utf-8", "replace")
            size += file.write(data)
            since = len(data) - data.rfind(b"\n") - 1 if b"\n" in data else since + len(data)
            if since > LONGEST_LINE:
                raise TableError(f"{path.name} has a line of more than 16 MB.")
            if size > most:
                raise TableError(f"{path.name} unpacks to more than the disk has room for.")
            if begin and size > 1 << 20:
                break
    return Contents(path, plain, encoding, kind)
