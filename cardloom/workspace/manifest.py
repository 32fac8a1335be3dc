"""What a backup says of itself: `backup.json`, each file with its size and sha256, and a sum of it all.

A backup is a folder of plain files, so that copying it back is a restore; the list makes it checkable.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from cardloom.engine.copies import files_of
from cardloom.errors import NotFound, Refused
from cardloom.journal import NAME, BrokenLine, Journal, dumps, unseal

MANIFEST = "backup.json"
MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True)
class Kept:
    """One file of a backup: its place below the workspace, and what it is."""

    path: str
    size: int
    sha256: str
    kind: str = "file"  # file, journal, queue or sqlite


@dataclass(frozen=True)
class Manifest:
    """A whole backup: when it was made and of what, its files, and what was left out, in words."""

    made: str
    workspace: str
    files: Sequence[Kept]
    left_out: Sequence[str] = ()
    damaged: Sequence[str] = ()

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    def text(self) -> str:
        """The manifest as it is written; its last field is the sha256 of all the others."""
        about = {"format": 1, **asdict(self)}
        return dumps({**about, "sum": _sum(about)}) + "\n"


def _sum(about: dict[str, object]) -> str:
    return hashlib.sha256(dumps(about).encode("utf-8")).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the backup in `folder`; NotFound for no backup, Refused for a changed list."""
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        total = found.pop("sum")
        if _sum(found) != total:
            raise ValueError("its sum does not match")
        files = [Kept(**file) for file in found["files"]]
        return Manifest(
            found["made"], found["workspace"], files, found["left_out"], found["damaged"]
        )
    except FileNotFoundError:
        raise NotFound(f"{folder} is no backup: it has no {MANIFEST}.") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(
            f"{path} is damaged ({error}). The files beside it may still be good: they are plain copies."
        ) from error


def check(folder: Path, manifest: Manifest) -> list[str]:
    """A sentence for each file that is missing, changed or does not hold; empty when all is well.

    What was so already when the backup was made, and is told in it, is no fault of the backup.
    """
    faults = [f"{kept.path}: {fault}" for kept in manifest.files if (fault := _fault(folder, kept))]
    return faults or [
        fault for fault in unnamed(folder, manifest.files) if fault not in manifest.damaged
    ]


def unnamed(folder: Path, files: Sequence[Kept]) -> list[str]:
    """A sentence for each file that a journal in `folder` names and that is not among `files`.

    A published file is never written again, so its name and sum in the journal hold for ever.
    """
    kept = {file.path: file.sha256 for file in files}
    faults = []
    for journal in (file.path for file in files if file.kind == "journal"):
        run = journal.removesuffix(NAME)
        opened = Journal(folder / run)
        try:
            named = files_of(list(opened.read()))
        finally:
            opened.close()
        for file in named:
            path = f"{run}files/{file.path}"
            if path not in kept:
                faults.append(f"{path}: the journal names it, and it is not there")
            elif kept[path] != file.sha256:
                faults.append(f"{path}: it is not as the journal names it")
    return faults


def _fault(folder: Path, kept: Kept) -> str:
    path = folder / kept.path
    if ".." in Path(kept.path).parts or Path(kept.path).is_absolute() or path.is_symlink():
        return "it is not a file of this backup"
    if not path.is_file():
        return "it is missing"
    if path.stat().st_size != kept.size:
        return f"it has {path.stat().st_size:,} bytes, and {kept.size:,} were kept"
    if digest(path) != kept.sha256:
        return "its bytes were changed"
    return _not_sound(path) if kept.kind == "sqlite" else ""


def _not_sound(path: Path) -> str:
    """What SQLite says against a database, "" for nothing."""
    try:
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as opened:
            told = opened.execute("pragma integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        return f"SQLite can't read it ({error})"
    return "" if told == "ok" else f"SQLite says: {told}"


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def whole_lines(data: bytes) -> tuple[bytes, str]:
    """(what of a journal or a queue's file is whole lines that hold, what is wrong after them or "").

    A torn end is no damage: it was never acknowledged. Anything else is, and then nothing is cut.
    """
    *lines, rest = data.split(b"\n")
    n, last = _begins(lines)
    for number, line in enumerate(lines, 1):
        try:
            last = unseal(line, n + number, last)["sum"]
        except BrokenLine as reason:
            return data, f"line {number}: {reason}"
    return data[: len(data) - len(rest)], ""


def _begins(lines: Sequence[bytes]) -> tuple[int, str]:
    """(n before the first line, sum before it); a queue's first line says both."""
    try:
        first = json.loads(lines[0])
        return (first["n"] - 1, first["after"]) if "after" in first else (0, "")
    except (ValueError, IndexError, TypeError, KeyError):
        return 0, ""


def walk(root: Path) -> Iterator[Path]:
    """Every entry below `root` that is no folder, links to folders included; no link is followed."""
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted([*names, *(f for f in folders if (Path(folder) / f).is_symlink())]):
            yield Path(folder) / name
