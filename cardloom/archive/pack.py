"""A run as one zip: the journal up to an event, the files it names, and a manifest.

    cardloom-run.json   which run, its last event and seal; size and sha256 of each file
    journal.jsonl       the lines as they are on the disk, byte for byte
    about.json          where the run has one
    files/…             the files that the journal names; nothing that was typed and not sent, no
                        lock, no half-written file

The same run gives the same bytes: names in order, one fixed time, one way to compress.
"""

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from cardloom.engine import File
from cardloom.engine.copies import files_of
from cardloom.errors import NotFound
from cardloom.journal import NAME, Event
from cardloom.runs.files import Files
from cardloom.types import Json

FORMAT = 1  # of what an export says of itself
MANIFEST = "cardloom-run.json"
ABOUT = "about.json"
LARGE = (1 << 31) - 1  # bytes from which zip needs its larger form
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time that a zip can say
_CHUNK = 1 << 20


def write_archive(
    out: BinaryIO, folder: Path, head: Mapping[str, Json], events: Sequence[Event], *, whole: bool
) -> None:
    """Write the zip of the run in `folder`, whose events up to the export are `events`.

    `head` names the run. `whole` packs the journal with its damage; else its good part alone.
    """
    journal = (folder / NAME).read_bytes()
    if not whole:
        journal = b"".join(line + b"\n" for line in journal.split(b"\n")[: len(events)])
    found, left_out = _look(Files(folder / "files"), files_of(events))
    manifest = {
        "cardloom_export": FORMAT,
        "kind": "run",
        **head,
        "journal": {"size": len(journal), "sha256": hashlib.sha256(journal).hexdigest()},
        "files": [
            {"path": file.path, "size": file.size, "sha256": file.sha256} for file, _ in found
        ],
        "left_out": left_out,
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        _add(archive, MANIFEST, json.dumps(manifest, indent=1).encode())
        about = folder / ABOUT
        if about.is_file():
            _add(archive, ABOUT, about.read_bytes())
        for file, path in found:
            _copy(archive, f"files/{file.path}", path, file.size)
        _add(archive, NAME, journal)


def _look(files: Files, named: Sequence[File]) -> tuple[list[tuple[File, Path]], list[Any]]:
    """(files that are as the journal names them, those left out and why)."""
    found, left_out = [], []
    for file in named:
        try:
            path = files.find(file.path)
        except NotFound:
            left_out.append({"path": file.path, "why": "it is not there"})
            continue
        if _digest(path) != file.sha256:
            left_out.append({"path": file.path, "why": "it is not as the journal names it"})
            continue
        found.append((file, path))
    return found, left_out


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, wherever it is written: the bytes stay the same
    entry.external_attr = 0o100600 << 16
    return entry


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    with archive.open(_entry(name), "w", force_zip64=len(data) >= LARGE) as entry:
        entry.write(data)


def _copy(archive: zipfile.ZipFile, name: str, path: Path, size: int) -> None:
    with archive.open(_entry(name), "w", force_zip64=size >= LARGE) as entry, path.open("rb") as f:
        while chunk := f.read(_CHUNK):
            entry.write(chunk)
