"""A run from elsewhere comes in: staged beside the runs, checked, and put in place by one rename.

    .cardloom/imports/<random>/run/   unpacked, checked, synced
    runs/<workflow>/<run>/            one rename later; a kill before it leaves no run behind

Data only: nothing of it is ever run. The journal stays as it came, byte for byte. A run that is here
is never touched: one of the same name comes in beside it. The machine does not go on with an
imported run by itself, since its answers are a stranger's: `arrived` says until which event.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cardloom.archive.pack import ABOUT, MANIFEST
from cardloom.archive.shape import Misshapen, check_events
from cardloom.archive.unpack import Archive, BadArchive, DamagedArchive, open_archive
from cardloom.catalog import NAME as WORKFLOW_NAME
from cardloom.disk import write_private, write_synced
from cardloom.engine import File
from cardloom.engine.copies import files_of
from cardloom.engine.events import LONGEST_KEY
from cardloom.errors import Missing, Refused
from cardloom.journal import NAME, Event, Journal, stamp, sync_folder
from cardloom.journal import now as clock
from cardloom.runs.names import folder_name, folder_of
from cardloom.runs.run import ARRIVED
from cardloom.workspace.store import RunStore

MOST_JOURNAL = 1_000_000_000  # bytes
MOST_MANIFEST = 16_000_000
MOST_ABOUT = 1_000_000
LEFT = 86_400.0  # seconds after which what a killed import left is cleared away
MOST_BESIDE = 1_000


@dataclass(frozen=True)
class Arrival:
    """What came in: the run's name, what was said on the way, whether anything was written."""

    run: str
    said: tuple[str, ...]
    new: bool = True


def import_run(
    store: RunStore, file: BinaryIO, *, key: str | None = None, damaged: bool = False
) -> Arrival:
    """The run in the zip `file`, put among the runs; BadArchive or Refused, and then nothing is kept.

    `key` is the name it gets here; without one it keeps its own, or comes beside the run that has
    it. `damaged` takes a journal whose chain is broken, for reading only.
    """
    if key is not None and not 0 < len(key.strip()) <= LONGEST_KEY:
        raise Missing(f"A run's name has 1 to {LONGEST_KEY:,} characters.")
    with _stage(store.workspace.private / "imports") as stage, open_archive(file) as archive:
        events, said = _unpack(archive, stage, damaged)
        workflow = _workflow(events[0])
        wanted = key.strip() if key is not None else events[0]["key"]
        home = store.workspace.runs / workflow
        if key is None and _is_here(home / folder_of(wanted), stage):
            name = f"{workflow}/{folder_of(wanted)}"
            return Arrival(name, (f"{name} is here already, the same to the last event.",), False)
        _sync(stage)
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = _place(stage, home, wanted, beside=key is None)
    sync_folder(home)
    sync_folder(home.parent)
    if folder.name != folder_of(wanted):
        said.append(
            f"There is a run {workflow}/{folder_of(wanted)} here already. It was left as it is, "
            f"and this one is {workflow}/{folder.name}."
        )
    return Arrival(f"{workflow}/{folder.name}", tuple(said))


@contextmanager
def _stage(root: Path) -> Iterator[Path]:
    """An empty folder on the disk of the runs; gone afterwards, unless it has been put in place."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in root.iterdir():
        if time.time() - left.stat().st_mtime > LEFT:
            shutil.rmtree(left, ignore_errors=True)
    above = Path(tempfile.mkdtemp(dir=root))
    try:
        stage = above / "run"
        stage.mkdir(mode=0o700)
        yield stage
    finally:
        shutil.rmtree(above, ignore_errors=True)


def _unpack(archive: Archive, stage: Path, damaged: bool) -> tuple[list[Event], list[str]]:
    """(the events, sentences about what was left out); the run lies in `stage` and is checked."""
    if NAME not in archive.entries:
        raise BadArchive(f"There is no {NAME} in it, so it is not a run.")
    _write(stage / NAME, archive, NAME, MOST_JOURNAL)
    events, said = _open_journal(stage, damaged)
    _check_manifest(archive, events, damaged)
    said += _unpack_files(archive, stage, events)
    if ABOUT in archive.entries:
        data = archive.read(ABOUT, MOST_ABOUT)
        if not isinstance(_json(data, ABOUT), dict):
            raise BadArchive(f"{ABOUT} in it is not one JSON object.")
        write_synced(stage / ABOUT, data)
    mark = {"n": len(events), "at": stamp(clock())}
    write_private(stage / ARRIVED, json.dumps(mark))
    return events, said


def _open_journal(stage: Path, damaged: bool) -> tuple[list[Event], list[str]]:
    journal = Journal(stage)
    try:
        events, damage = list(journal.read()), list(journal.damage)
    finally:
        journal.close()
    if damage and not damaged:
        raise DamagedArchive(f"Its journal is damaged. {damage[0]} It was not taken.")
    try:
        check_events(events)
    except Misshapen as wrong:
        raise BadArchive(f"Its journal is not one of Cardloom's: {wrong}.") from wrong
    return events, [f"Damaged: {damage[0]} It is open for reading only."] if damage else []


def _check_manifest(archive: Archive, events: list[Event], damaged: bool) -> None:
    """A journal that was cut at its end still holds: only the manifest can tell."""
    if MANIFEST not in archive.entries or damaged:
        return
    told = _json(archive.read(MANIFEST, MOST_MANIFEST), MANIFEST)
    if not isinstance(told, dict) or told.get("cardloom_export") != 1:
        raise BadArchive("It was written by a later release, or not by Cardloom.")
    if (told.get("n"), told.get("sum")) != (events[-1]["n"], events[-1]["sum"]):
        raise BadArchive(
            f"Its journal ends at event {events[-1]['n']}, and its manifest names "
            f"{str(told.get('n'))[:20]}: it was cut or changed."
        )


def _json(data: bytes, name: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadArchive(f"{name} in it is not JSON.") from error


def _unpack_files(archive: Archive, stage: Path, events: list[Event]) -> list[str]:
    said, wanted = [], _wanted(events)
    kept = {NAME, ABOUT, MANIFEST, *(f"files/{path}" for path in wanted)}
    if left := [name for name in archive.entries if name not in kept]:
        noun = (
            "file that the journal does not name was"
            if len(left) == 1
            else ("files that the journal does not name were")
        )
        said.append(f"{len(left):,} {noun} left out.")
    gone = [path for path in wanted if f"files/{path}" not in archive.entries]
    if gone:
        said.append(f"{len(gone):,} of the files that the journal names are not in it: {gone[0]}.")
    for path, file in wanted.items():
        if path not in gone:
            place = stage / "files" / path
            _make_folder(place.parent, stage)
            digest = _write(place, archive, f"files/{path}", file.size)
            if digest != file.sha256:
                raise BadArchive(f"{path[:200]} in it is not the file that the journal names.")
    return said


def _wanted(events: list[Event]) -> dict[str, File]:
    """The files that the journal names, by path; BadArchive where two stand in each other's way."""
    wanted = {file.path: file for file in files_of(events)}
    twins = {path.casefold() for path in wanted}
    folders = {path[:at].casefold() for path in wanted for at in _slashes(path)}
    if len(twins) != len(wanted) or twins & folders:
        raise BadArchive("Its journal names two files that can't stand beside each other.")
    return wanted


def _slashes(path: str) -> list[int]:
    return [at for at, letter in enumerate(path) if letter == "/"]


def _write(path: Path, archive: Archive, name: str, most: int) -> str:
    """Unpack one entry to `path`, synced; its sha256."""
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        for chunk in archive.chunks(name):
            size += len(chunk)
            if size > most:
                raise BadArchive(f"{name[:200]} in it is larger than it may be ({most:,} bytes).")
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def _make_folder(folder: Path, stage: Path) -> None:
    # `parents=True` would give the folders above it to everyone.
    if folder != stage and not folder.is_dir():
        _make_folder(folder.parent, stage)
        folder.mkdir(mode=0o700)


def _sync(stage: Path) -> None:
    for folder in (*(p for p in stage.rglob("*") if p.is_dir()), stage):
        sync_folder(folder)


def _workflow(created: Event) -> str:
    """The folder of the workflow's runs; a name that no file can have becomes one that it can."""
    name = str(created["workflow"])
    return name if WORKFLOW_NAME.fullmatch(name) and len(name) <= 64 else folder_name(name)


def _is_here(folder: Path, stage: Path) -> bool:
    """Whether the run in `folder` has the very same journal."""
    here, new = folder / NAME, stage / NAME
    try:
        return here.stat().st_size == new.stat().st_size and here.read_bytes() == new.read_bytes()
    except OSError:
        return False


def _place(stage: Path, home: Path, key: str, *, beside: bool) -> Path:
    """Rename the staged run to the folder of `key`, or beside it; never over anything."""
    for number in range(1, MOST_BESIDE):
        folder = home / folder_of(key if number == 1 else f"{key[: LONGEST_KEY - 9]}-{number}")
        if not folder.exists():
            try:
                stage.rename(folder)
                return folder
            except OSError:
                if not folder.exists():
                    raise
        if not beside:
            raise Refused(
                f"There is a run {home.name}/{folder.name} here already. Choose another name."
            )
    raise Refused(f"There are {MOST_BESIDE:,} runs of this name already. Give it another one.")
