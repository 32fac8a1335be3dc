"""The files of a run: where a card writes them, how they are published, how values name them.

    files/links-14.part/links.csv     while the card that started at event 14 is at work
    files/links-14/links.csv          once it has finished: one rename publishes all of them

A published file is never written again, so an earlier event always finds the file it names.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from cardloom.disk import sync_file
from cardloom.engine import File, Unstorable, decode, encode
from cardloom.errors import Missing, NotFound
from cardloom.journal import dumps, sync_folder
from cardloom.types import Json

# The folders of a card at work, and of an upload on its way: what `is_unfinished` knows by its name.
_UNFINISHED = re.compile(r"[^.]+-(\d+\.part|upload\.part-[0-9a-f]+)")

LARGE = 256_000  # bytes of JSON beyond which a value goes to a file of its own


def safe_name(name: str) -> str:
    """`name` as the name of one file: no folder, no control characters, never hidden, ≤ 120 bytes."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in last).strip(". ")
    stem, dot, ending = kept.rpartition(".")
    short = ending.encode("utf-8", "ignore")[:20].decode("utf-8", "ignore")
    base = (stem if dot else kept).encode("utf-8", "ignore")[:90].decode("utf-8", "ignore")
    return (f"{base}.{short}" if dot else base) or "file"


def is_unfinished(folder: str) -> bool:
    """Whether a folder of this name, directly below a run's files, is still being written."""
    return _UNFINISHED.fullmatch(folder) is not None


def describe_file(path: Path, shown: str) -> dict[str, Json]:
    """The stored form of the file at `path`, to be found at `shown` below the run's files."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"$": "file", "path": shown, "size": path.stat().st_size, "sha256": digest}


class Files:
    """The `files/` folder of one run."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, shown: str) -> Path:
        """The path of a published file; NotFound for anything outside, missing or unfinished."""
        root = self.root.resolve()
        try:
            path = (root / shown).resolve()
            finished = path.is_relative_to(root) and not is_unfinished(
                path.relative_to(root).parts[0]
            )
            if finished and path.is_file():
                return path
        except (OSError, ValueError, IndexError):  # a name no file can have; the folder itself
            pass
        raise NotFound(f"There is no file {shown[:200]!r} in this run.")

    def fetch(self, stored: Mapping[str, Json], types: Mapping[str, type] | None) -> object:
        """The Python value of a stored file, table or large value."""
        kind = stored.get("$")
        if kind == "file":
            return self._named(stored["path"])
        if kind == "stored":
            text = self._named(stored["file"]["path"]).read_text(encoding="utf-8")
            return decode(json.loads(text), types, self.fetch)
        if kind == "table":
            return _read_table(stored["library"], self._named(stored["file"]["path"]))
        raise ValueError(f"The journal holds a value of kind {kind!r}, which is not known here.")

    def _named(self, shown: str) -> Path:
        """The path of a file that an event names. Journals are data, and may come from elsewhere."""
        plain = Path(os.path.normpath(shown))
        if plain.is_absolute() or plain.parts[:1] == ("..",):
            raise ValueError(f"The journal names {shown!r}, which is no file of this run.")
        return self.root / plain

    def take(self, name: str, chunks: Callable[[int], bytes], card: str, most: int) -> File:
        """Keep an uploaded file; Missing when it is larger than `most` bytes."""
        folder = self.root / f"{card}-upload.part-{os.urandom(6).hex()}"
        folder.mkdir(parents=True, mode=0o700)
        name = safe_name(name)
        try:
            path = folder / name
            digest, size = hashlib.sha256(), 0
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                while chunk := chunks(1 << 20):
                    size += len(chunk)
                    if size > most:
                        raise Missing(f"{name} is larger than the {most:,} bytes taken here.")
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            sync_folder(folder)
            final = self.root / f"{card}-{digest.hexdigest()[:12]}"
            try:
                folder.rename(final)
            except OSError:  # the same bytes are here already, perhaps under another name
                path.replace(final / name)
                folder.rmdir()
                sync_folder(final)
            sync_folder(self.root)
            sync_folder(self.root.parent)
            return File(f"{final.name}/{name}", size, digest.hexdigest())
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


class CardFiles:
    """The files of one card at work, from `begin` to `publish`."""

    def __init__(
        self,
        files: Files,
        card: str,
        started: int,
        types: Mapping[str, type] | None = None,
        part: Path | None = None,
    ) -> None:
        """`types` are the workflow's dataclasses: a value of another could not come back.

        `part` is where to write, where that is not beside the run's files: a scratch folder, of
        which nothing is published.
        """
        self.files, self._types = files, types
        self._card = card
        self.final = files.root / f"{card}-{started}"
        self.part = part or files.root / f"{card}-{started}.part"
        self._asked: dict[str, str] = {}  # what a path was asked for by

    def begin(self, earlier: int, *, go_on: bool) -> None:
        """Go on with what the attempt that started at event `earlier` wrote, or clear it away.

        After a repair an event's number comes a second time; what was published under it then
        makes room, and is kept.
        """
        for taken in (self.final, self.part):
            if taken.exists():
                taken.rename(taken.with_name(f"{taken.name}.before-{os.urandom(4).hex()}"))
        left = self.files.root / f"{self._card}-{earlier}.part"
        if left.is_dir() and go_on:
            left.rename(self.part)
        elif left.is_dir():
            shutil.rmtree(left, ignore_errors=True)

    def file(self, name: str) -> Path:
        """Where to write the file `name`. Folders in it are made: `graph/nodes.bin`.

        ValueError for what can be no name, and for a second name that would be the same file.
        """
        parts = [
            safe_name(part) for part in name.replace("\\", "/").split("/") if part not in ("", ".")
        ]
        if not parts or ".." in name.split("/") or len(parts) > 8:
            raise ValueError(f"{name!r} can't be a file's name here.")
        path = self.part.joinpath(*parts)
        first = self._asked.setdefault(os.path.normcase(path), name)
        if first != name:
            raise ValueError(
                f"{first[:100]!r} and {name[:100]!r} would be the same file here, "
                f"{'/'.join(parts)}. Give them names that differ in more than signs no file may have."
            )
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    def keep(self, value: object) -> dict[str, Json] | None:
        """Store what is better kept as a file: the codec's hook."""
        if isinstance(value, Path):
            return self._keep_path(value)
        if self._types is not None and self._is_strange(value):
            raise Unstorable.of(value)
        if (library := _library_of(value)) is not None:
            return self._keep_table(value, library)
        if type(value).__module__.startswith("matplotlib.") and hasattr(value, "savefig"):
            path = self.file("figure.png")
            value.savefig(path, dpi=150, bbox_inches="tight")
            return self._keep_path(path)
        return None

    def _is_strange(self, value: object) -> bool:
        kind = type(value)
        known = (self._types or {}).get(kind.__name__)
        return is_dataclass(kind) and kind is not File and known is not kind

    def _keep_path(self, path: Path) -> dict[str, Json] | None:
        for root, shown in ((self.part, self.final.name), (self.files.root, "")):
            if path.is_absolute() and path.is_relative_to(root):
                if path.is_dir():
                    raise Unstorable(f"{path.name} is a folder. Return the files in it.")
                if not path.is_file():
                    raise Unstorable(f"{path.name} was returned and never written.")
                return describe_file(path, (Path(shown) / path.relative_to(root)).as_posix())
        return None

    def _keep_table(self, value: Any, library: str) -> dict[str, Json]:
        path = self.file(f"table-{len(list(self.part.glob('table-*'))) + 1}.parquet")
        try:
            value.to_parquet(path) if library == "pandas" else value.write_parquet(path)
        except ImportError:  # pandas without pyarrow
            path.unlink(missing_ok=True)
            path = path.with_suffix(".csv")
            value.to_csv(path, index=False)
        return {"$": "table", "library": library, "file": self._keep_path(path)}

    def encode(self, value: object, look: Callable[[Json], None] = lambda _: None) -> Json:
        """The stored form of a card's value; a large one goes to a file of its own.

        `look` sees it whole before anything is written, and may raise.
        """
        stored = encode(value, self.keep)
        look(stored)
        text = dumps(stored)
        if len(text) <= LARGE:
            return stored
        path = self.file("value.json")
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        return {"$": "stored", "file": self._keep_path(path)}

    @property
    def begun(self) -> bool:
        """Whether there is anything to publish."""
        return self.part.is_dir()

    def publish(self) -> list[dict[str, Json]]:
        """Sync and rename everything into place; the stored form of each file, sorted by path."""
        if not self.begun:
            return []
        for path in self._written():
            sync_file(path)
        published = self.describe()
        for folder in (self.part, *(p for p in self.part.rglob("*") if p.is_dir())):
            sync_folder(folder)  # a file's sync does not make its name durable
        self.part.rename(self.final)
        sync_folder(self.files.root)
        sync_folder(self.files.root.parent)
        return published

    def describe(self) -> list[dict[str, Json]]:
        """The stored form of each file written so far, sorted by path, as it will be published."""
        return [
            describe_file(path, f"{self.final.name}/{path.relative_to(self.part).as_posix()}")
            for path in self._written()
        ]

    def _written(self) -> list[Path]:
        return sorted(path for path in self.part.rglob("*") if path.is_file())

    def discard(self) -> None:
        shutil.rmtree(self.part, ignore_errors=True)


def _library_of(value: object) -> str | None:
    kind = type(value)
    library = kind.__module__.split(".")[0]
    return library if kind.__name__ == "DataFrame" and library in ("pandas", "polars") else None


def _read_table(library: str, path: Path) -> object:
    # The author's own library, needed only by who stored such a value with it.
    reader = __import__("polars" if library == "polars" else "pandas")
    return reader.read_csv(path) if path.suffix == ".csv" else reader.read_parquet(path)
