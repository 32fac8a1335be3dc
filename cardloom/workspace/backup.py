"""Copies of a workspace while it is in use: a folder of plain files with a list that proves them.

    backups/daily-20261121T080000       the newest seven stay
    backups/manual-20261121T093000      never deleted by us
    backups/….part                      being made, or cut off: nobody's backup

Journals and queues are taken up to their last whole line, databases by SQLite's own call. Secrets,
hidden files, locks, half-written files, links and earlier backups are left out; of a run's folder only
what the app itself is still writing. A file that a journal names and that is not there is told.
"""

import errno
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cardloom.disk import sync_file, write_synced
from cardloom.errors import Refused, Unwritable
from cardloom.journal import NAME, FileLock, now, stamp, sync_folder
from cardloom.journal.segments import ACTIVE, first_n
from cardloom.runs.files import is_unfinished
from cardloom.workspace.manifest import (
    MAGIC,
    MANIFEST,
    Kept,
    Manifest,
    digest,
    unnamed,
    walk,
    whole_lines,
)
from cardloom.workspace.settings import Workspace

KEEP = 7  # daily backups
EVERY = timedelta(days=1)
_DAILY = re.compile(r"daily-(\d{8}T\d{6})(-\d+)?")
_PATIENCE = 10.0  # seconds that a database may be locked by others
Clock = Callable[[], datetime]


def back_up(
    workspace: Workspace, to: Path | None = None, *, kind: str = "manual", clock: Clock = now
) -> Path:
    """Make a backup in the folder `to` (the workspace's own, if None); the path of the new one.

    Raises Refused where another is being made, Unwritable where the disk does not take it; then
    nothing of it is left.
    """
    place = to or workspace.backups
    moment = clock().astimezone(UTC)
    part = place / f"{kind}-{moment:%Y%m%dT%H%M%S}.part"
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        claim = FileLock(place / ".backup.lock")
        if not claim.take():
            raise Refused(f"Another backup is being made in {place}. Wait for it, then try again.")
        try:
            _clear(place)
            return _make(workspace, part, moment)
        finally:
            claim.free()
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "The disk is full" if full else f"The system refused ({error.strerror or error})"
        raise Unwritable(
            f"{why}: no backup was made in {place}, and nothing of it is left. "
            f"{'Make room' if full else 'Check the folder'}, or choose another with --to."
        ) from error
    except BaseException:
        if part.exists():
            shutil.rmtree(part, ignore_errors=True)
        raise


def daily(workspace: Workspace, clock: Clock = now) -> Path | None:
    """Make today's backup if the newest is a day old, and let old ones go; its path, or None."""
    newest = max(_dailies(workspace.backups, clock()), default=None)
    if newest is not None and clock() - newest[0] < EVERY:
        return None
    made = back_up(workspace, kind="daily", clock=clock)
    for _, old in sorted(_dailies(workspace.backups, clock()))[:-KEEP]:
        going = old.with_name(f"{old.name}.part")  # killed now, it is nobody's backup
        old.rename(going)
        shutil.rmtree(going)
    return made


def _dailies(place: Path, until: datetime) -> Iterator[tuple[datetime, Path]]:
    """Daily backups made until then: one of the future was made while the clock was wrong."""
    for path in backups(place):
        if found := _DAILY.fullmatch(path.name):
            made = datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
            if made <= until:
                yield made, path


def backups(place: Path) -> list[Path]:
    """The backups in the folder `place`, by name; those cut off while being made are none."""
    if not place.is_dir():
        return []
    return sorted(p.parent for p in place.glob(f"*/{MANIFEST}") if p.parent.suffix != ".part")


def _clear(place: Path) -> None:
    """Remove what a kill left: we hold the claim, so nobody is at it."""
    for left in place.glob("*.part"):
        if re.fullmatch(r"(daily|manual)-\d{8}T\d{6}(-\d+)?\.part", left.name):
            shutil.rmtree(left)


def _make(workspace: Workspace, part: Path, moment: datetime) -> Path:
    part.mkdir(mode=0o700)
    copy = _Copy(workspace.root, part)
    copy.take_all()
    copy.damaged += unnamed(part, copy.files)
    text = Manifest(
        stamp(moment), workspace.root.name, copy.files, copy.left_out, copy.damaged
    ).text()
    write_synced(part / MANIFEST, text.encode("utf-8"))
    for folder, _, _ in os.walk(part):
        sync_folder(Path(folder))
    final, count = part.with_suffix(""), 1
    while final.exists():
        count += 1
        final = part.with_name(f"{part.stem}-{count}")
    part.rename(final)
    sync_folder(part.parent)
    return final


class _Copy:
    """One pass over a workspace in use, into the folder `part`."""

    def __init__(self, root: Path, part: Path) -> None:
        self.root, self._part = root, part
        self.files: list[Kept] = []
        self.left_out: list[str] = [
            "secrets, hidden files, locks, half-written files, caches and earlier backups"
        ]
        self.damaged: list[str] = []

    def take_all(self) -> None:
        """Journals and queues first: every file they name by then is there, and stays."""
        early = list(self._found())
        journals = {path: path.stat().st_ino for path in early if self._is_journal(path)}
        queues = {path.parent for path in early if self._is_queue(path)}
        for path in journals:
            self._take(path)
        for folder in sorted(queues):
            self._take_queue(folder)
        self._take_rest({path.parent for path in journals}, queues)
        for path, inode in journals.items():
            if not path.exists() or path.stat().st_ino != inode:
                raise Refused(
                    f"{path.parent.relative_to(self.root)} was started over while it was being "
                    "copied, and no backup was made. Try again."
                )

    def _take_rest(self, runs: set[Path], queues: set[Path]) -> None:
        taken = {kept.path for kept in self.files}
        for path in self._found():
            shown = path.relative_to(self.root)
            run = shown.parts[0] == "runs" and len(shown.parts) > 3
            if shown.as_posix() in taken or (
                run and self.root / Path(*shown.parts[:3]) not in runs
            ):
                continue  # a run that began after the journals were copied is for the next backup
            if path.parent in queues and path.suffix in (".log", ".json"):
                continue  # closed after its queue was copied: its entries are in the copy already
            try:
                self._take(path)
            except FileNotFoundError:
                continue  # taken away meanwhile

    def _is_journal(self, path: Path) -> bool:
        return _inside_run(path.relative_to(self.root).parts) == (NAME,)

    def _is_queue(self, path: Path) -> bool:
        """Whether a file is of a queue; its active one may be empty, or between two names, just now."""
        if _inside_run(path.relative_to(self.root).parts) is not None:
            return False  # a card may publish a file of any name
        closed = path.suffix == ".log" and first_n(path.parent, path.name) is not None
        return path.name == ACTIVE or closed

    def _take_queue(self, folder: Path) -> None:
        """All files of a queue as they were at one moment: its places first, then the entries."""
        places = folder / "state.json"
        if places.is_file():
            self._take(places)
        while True:
            names = sorted(path.name for path in folder.glob("*.log"))
            read = {
                name: (folder / name).read_bytes() for name in names if (folder / name).exists()
            }
            if sorted(path.name for path in folder.glob("*.log")) == names == sorted(read):
                break
        for name, data in read.items():
            self._keep_lines(folder / name, data, "queue")

    def _keep_lines(self, path: Path, data: bytes, kind: str) -> None:
        shown = path.relative_to(self.root)
        kept, fault = whole_lines(data)
        if fault:
            self.damaged.append(f"{shown}: {fault}")
        target = self._target(shown)
        write_synced(target, kept)
        self.files.append(Kept(shown.as_posix(), len(kept), digest(target), kind))

    def _found(self) -> Iterator[Path]:
        return (path for path in walk(self.root) if self._wanted(path))

    def _target(self, shown: Path) -> Path:
        target = self._part / shown
        for folder in reversed(target.relative_to(self._part).parents):
            (self._part / folder).mkdir(mode=0o700, exist_ok=True)
        return target

    def _wanted(self, path: Path) -> bool:
        shown = path.relative_to(self.root)
        if not _belongs(shown) or self._in_backup(path):
            return False
        if path.is_symlink() or not path.is_file():
            told = f"{shown}: {'a link' if path.is_symlink() else 'no regular file'}"
            self.left_out.extend([] if told in self.left_out else [told])
            return False
        beside = len(path.name) > 4 and path.name.endswith(
            ("-wal", "-shm")
        )  # of a database that is copied by itself
        return not beside or not _is_sqlite(path.with_name(path.name[:-4]))

    def _in_backup(self, path: Path) -> bool:
        place = self._part.parent
        if path.is_relative_to(place) and place != self.root:
            return True
        shown = path.relative_to(self.root)
        above = [folder for folder in shown.parents if folder.parts]
        return shown == Path(MANIFEST) or any((self.root / f / MANIFEST).exists() for f in above)

    def _take(self, path: Path) -> None:
        if self._is_journal(path):
            self._keep_lines(path, path.read_bytes(), "journal")
            return
        shown = path.relative_to(self.root)
        target = self._target(shown)
        kind = self._copy(path, target, shown)
        if kind != "linked":
            target.chmod(0o600)
        size = target.stat().st_size
        self.files.append(
            Kept(shown.as_posix(), size, digest(target), "file" if kind == "linked" else kind)
        )

    def _copy(self, path: Path, target: Path, shown: Path) -> str:
        changing = _is_sqlite(path) and path.with_name(f"{path.name}-wal").exists()
        if _is_published(shown) and not changing:
            return _link(path, target)
        if _is_sqlite(path):
            return self._copy_sqlite(path, target, shown)
        _copy_still(path, target)
        return "file"

    def _copy_sqlite(self, path: Path, target: Path, shown: Path) -> str:
        try:
            address = f"{path.resolve().as_uri()}?mode=ro"
            with (
                closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE)) as source,
                closing(sqlite3.connect(target)) as copy,
            ):
                source.backup(copy)
                copy.execute("pragma journal_mode=delete")
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "lock" in str(error):
                raise Refused(
                    f"{shown} has been locked for {_PATIENCE:g} s, and no backup was made without "
                    "it. Close the program that holds it, then try again."
                ) from error
            if "full" in str(error):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            self.damaged.append(f"{shown}: SQLite can't read it ({error})")
            target.unlink(missing_ok=True)
            _copy_still(path, target)
            return "file"
        sync_file(target)
        return "sqlite"


def _belongs(shown: Path) -> bool:
    """Whether a file of a workspace is for backups, by its place alone."""
    parts = shown.parts
    if parts[0] == ".cardloom":  # of what is private, only what holds no secret
        parts = parts[1:]
        if not parts or not parts[-1].endswith((".sqlite", ".sqlite3", ".db")):
            return False
    if (inside := _inside_run(parts)) is not None:
        return _belongs_to_run(inside)
    if any(p.startswith(".") or p in ("__pycache__", "node_modules") for p in parts):
        return False
    if any(p.endswith(".part") or ".part-" in p for p in parts):
        return False
    return not parts[-1].endswith(".lock")


def _inside_run(parts: tuple[str, ...]) -> tuple[str, ...] | None:
    """The place of a file inside its run's folder, among the runs or in the trash; else None."""
    depth = {"runs": 3, "trash": 4}.get(parts[0], 0)
    return parts[depth:] if depth and len(parts) > depth else None


def _belongs_to_run(inside: tuple[str, ...]) -> bool:
    """All but the lock of the work, and what the app itself is writing just now."""
    if inside[0] == "files" and len(inside) > 2:
        return not is_unfinished(inside[1])
    return not inside[0].startswith(".") and inside != ("work.lock",)


def _is_published(shown: Path) -> bool:
    """A file of a finished card: it is never written again, so a second name for it is a copy."""
    return len(shown.parts) > 4 and shown.parts[0] == "runs" and shown.parts[3] == "files"


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def _link(path: Path, target: Path) -> str:
    try:
        target.hardlink_to(path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.ENOENT):
            raise
        _copy_still(path, target)  # another disk, or one that knows no links
        return "file"
    return "linked"


def _copy_still(path: Path, target: Path) -> None:
    """Copy a file; once more, at most twice, if it was written to meanwhile."""
    for _ in range(3):
        before = path.stat()
        shutil.copyfile(path, target)
        after = path.stat()
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            break
    sync_file(target)
