"""Exports that lie in the workspace: where, what each holds, and setting them aside.

    downloads/link-graph/{org}/{project}/{project}_{analysis}_links.csv        source,target
                                         {project}_{analysis}_meta.csv         id, and the fields
                                         {project}_{analysis}_links.csv.json   a note: which export it is
                                         receipts/                             what was asked of Botify

A file is never fetched again while it is there. One without a note came from elsewhere, and is taken
for what its name says.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cardloom.botify.address import ProjectAddress
from cardloom.botify.analyses import Analysis, order
from cardloom.botify.errors import WrongFile
from cardloom.disk import write_private
from cardloom.errors import Refused
from cardloom.tables.errors import TableError

FOLDER = "downloads/link-graph"
_SLUG = re.compile(r"\w[\w.~@+-]{0,99}")


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of a file: the `key` of its export, `rows`, `received` ones, `incomplete` ones
    left out, whether it was `cut_off`, the `depth` asked for, its `columns`, `job`, `size` in bytes,
    `sha256`, and `at` when it came. `key` is "" for a file from elsewhere."""

    key: str
    rows: int
    received: int
    incomplete: int
    cut_off: bool
    depth: int | None
    columns: tuple[str, ...]
    job: str
    size: int
    sha256: str
    at: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the two files of one analysis lie, be they there or not."""

    workspace: Path
    project: ProjectAddress
    analysis: str

    @property
    def folder(self) -> Path:
        return self.workspace / FOLDER / self.project.org / self.project.slug

    @property
    def links(self) -> Path:
        return self.folder / f"{self.project.slug}_{self.analysis}_links.csv"

    @property
    def meta(self) -> Path:
        return self.folder / f"{self.project.slug}_{self.analysis}_meta.csv"

    @property
    def here(self) -> str:
        """ "links and attributes here", "links here" or ""."""
        if not is_whole(self.links):
            return ""
        return "links and attributes here" if is_whole(self.meta) else "links here"


def place(workspace: Path, project: ProjectAddress, analysis: str) -> Kept:
    """Where the files of an analysis lie. Refused for a name that can be no file's."""
    if not _SLUG.fullmatch(analysis) or ".." in analysis:
        raise Refused(f"{analysis[:60]!r} can't be the name of an analysis.")
    return Kept(workspace, project, analysis)


def kept_of(workspace: Path, project: ProjectAddress) -> list[Kept]:
    """The analyses of a project whose links are in the workspace, by name."""
    folder = workspace / FOLDER / project.org / project.slug
    begin, end = f"{project.slug}_", "_links.csv"
    names = sorted(path.name for path in folder.glob("*_links.csv") if path.name.startswith(begin))
    slugs = [name[len(begin) : -len(end)] for name in names]
    found = [Kept(workspace, project, slug) for slug in slugs if _SLUG.fullmatch(slug)]
    return [kept for kept in found if kept.here]


def with_kept(
    workspace: Path, project: ProjectAddress, analyses: Sequence[Analysis]
) -> list[dict[str, Any]]:
    """The analyses as plain data with what of them is `here`; last those that only the workspace has."""
    here = {kept.analysis: kept.here for kept in kept_of(workspace, project)}
    rows: list[dict[str, Any]] = [
        {"slug": a.slug, "name": a.name, "status": a.status, "pages": a.pages} for a in analyses
    ]
    listed = {a.slug for a in analyses}
    rows += [
        {"slug": slug, "name": slug, "status": "not at Botify any more", "pages": None}
        for slug in sorted(here, key=order, reverse=True)
        if slug not in listed
    ]
    return [{**row, "here": here.get(row["slug"], "")} for row in rows]


def is_whole(path: Path) -> bool:
    """Whether the file is there, and is not about to be replaced by another export."""
    return path.is_file() and not _told(path).get("pending")


def read_note(path: Path) -> Note:
    """What is known of a file that is there; counted and read where it came without a note.

    Raises WrongFile where a file from elsewhere has not the columns that its name promises.
    """
    try:
        told = _told(path)
        note = Note(**{**told, "columns": tuple(told["columns"])})
        if note.size == path.stat().st_size:
            return note
    except (KeyError, TypeError):
        pass
    return examine(path)


def write_note(path: Path, note: Note) -> None:
    write_private(_note(path), json.dumps(asdict(note), indent=1))


def replace_with(path: Path, key: str) -> None:
    """An export is about to take the place of `path`: what is there keeps a name of its own."""
    if path.is_file() and not _told(path).get("pending"):
        _keep_beside(path, str(_told(path).get("key", "")))
    write_private(_note(path), json.dumps({"pending": key, "over": _identity(path)}))


def has_arrived(path: Path, key: str) -> bool:
    """Whether the export that was to take this place did, and only its note was not written."""
    told = _told(path)
    there = _identity(path)
    return told.get("pending") == key and bool(there) and there != told.get("over")


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, for their owner alone; `parents=True` would make open ones."""
    for each in reversed([folder, *folder.parents]):
        if not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)


def set_aside(kept: Kept) -> list[str]:
    """Give the files of an analysis other names, so that it can be exported again; the new names."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    moved = []
    for path in (kept.links, kept.meta):
        for each in (path, _note(path)):
            if each.is_file():
                each.rename(each.with_name(f"{each.name}.{stamp}"))
                moved.append(f"{each.name}.{stamp}")
    return moved


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def bring_back(path: Path, key: str) -> bool:
    """Put an export that another one took the place of back to its place; whether it was there."""
    beside = _beside(path, key)
    if not beside.is_file() or _told(beside).get("key") != key:
        return False
    replace_with(path, key)
    beside.replace(path)
    _note(beside).replace(_note(path))
    return True


def _keep_beside(path: Path, key: str) -> None:
    beside = _beside(path, key)
    if beside.exists():
        return
    try:
        os.link(path, beside)
    except OSError:  # a file system without links: there is no more than one place then
        path.replace(beside)
    if _note(path).is_file():
        write_private(_note(beside), _note(path).read_text(encoding="utf-8"))


def _beside(path: Path, key: str) -> Path:
    return path.with_name(f"{path.name}.{key[:8] or 'before'}")


def _identity(path: Path) -> list[int]:
    """What differs between a file and another that takes its name; [] where there is none."""
    try:
        found = path.stat()
    except OSError:
        return []
    return [found.st_ino, found.st_mtime_ns, found.st_size]


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _told(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(_note(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def examine(path: Path) -> Note:
    """What a file says of itself. Raises WrongFile for other columns than its name promises, and
    for rows that can't be read."""
    # DuckDB takes a tenth of a second and 30 MB to load, which a start without it need not pay.
    from cardloom.tables.table import open_table

    try:
        with open_table(path) as table:
            columns, rows, rejected = table.dialect.header, table.count(), table.rejected
    except TableError as error:
        raise WrongFile(f"{path.name} in the workspace is no table", message=str(error)) from None
    wanted = ("id",) if path.name.endswith("_meta.csv") else ("source", "target")
    if columns[: len(wanted)] != wanted:
        raise WrongFile(
            f"{path.name} lies in the workspace and does not begin with the columns "
            f"{', '.join(wanted)}",
            advice="Move it away, or give it these names, and try again.",
        )
    for each in rejected:
        raise WrongFile(
            f"{path.name} in the workspace, line {each.lines[0]}: {each.example}",
            advice="Mend the line or move the file away, and try again.",
        )
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
    size = path.stat().st_size
    return Note("", rows, rows, 0, False, None, columns, "", size, digest(path), at)
