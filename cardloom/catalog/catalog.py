"""All workflows of a workspace: the shipped ones, and its own *.py, which win over shipped names."""

import re
from dataclasses import dataclass
from pathlib import Path

from cardloom.catalog.composed import SHIPPED, Version, version, watch_parts
from cardloom.catalog.load import load_file, looks_like_workflow
from cardloom.engine import Workflow, nearest
from cardloom.errors import NotFound, WorkflowError

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,79}")


@dataclass(frozen=True)
class Entry:
    """One workflow file: the workflow, or the error that kept it from loading."""

    name: str
    path: Path
    shipped: bool
    workflow: Workflow | None = None
    error: WorkflowError | None = None

    @property
    def title(self) -> str:
        return self.workflow.title if self.workflow else self.name

    @property
    def trouble(self) -> str:
        """File, line and sentence; empty when the file loaded."""
        if self.error is None:
            return ""
        path = self.error.path or self.path
        line = f", line {self.error.line}" if self.error.line else ""
        return f"{path.name}{line}: {self.error}"


@dataclass(frozen=True)
class _Loaded:
    """An entry, and the versions of the files it was made of: those of a composed workflow's parts too."""

    versions: dict[Path, Version]
    entry: Entry | None


class Catalog:
    """The entries by name. A file is loaded again when it has changed on disk."""

    def __init__(self, workspace: Path, shipped: Path = SHIPPED) -> None:
        self.folders = (shipped, workspace)
        self._loaded: dict[Path, _Loaded] = {}

    def entries(self) -> dict[str, Entry]:
        """Every workflow by name, the workspace's own last; broken ones are entries too."""
        found: dict[str, Entry] = {}
        for folder in self.folders:
            for path in sorted(folder.glob("*.py")) if folder.is_dir() else []:
                entry = self._entry(path, shipped=folder is self.folders[0])
                if entry is not None:
                    found.pop(entry.name, None)
                    found[entry.name] = entry
        return found

    def entry(self, name: str) -> Entry:
        """The entry called `name`, or NotFound with the nearest name."""
        if NAME.fullmatch(name):
            for folder in reversed(self.folders):
                path = folder / f"{name}.py"
                if path.is_file() and (entry := self._entry(path, folder is self.folders[0])):
                    return entry
        entries = self.entries()
        if name in entries:  # one whose name can't be a workflow's, which is its error
            return entries[name]
        raise NotFound(f"There is no workflow called {name[:80]!r}.{nearest(name[:80], entries)}")

    def workflow(self, name: str) -> Workflow:
        """The workflow called `name`; NotFound, or its WorkflowError when it does not load."""
        entry = self.entry(name)
        if entry.workflow is None:
            raise WorkflowError(entry.trouble, entry.path)
        return entry.workflow

    def _entry(self, path: Path, shipped: bool) -> Entry | None:
        if not path.is_file():
            return None
        known = self._loaded.get(path)
        if known is None or known.versions != {place: version(place) for place in known.versions}:
            own = version(path)
            with watch_parts() as parts:
                entry = _load(path, shipped)
            known = self._loaded[path] = _Loaded({path: own, **parts}, entry)
        return known.entry


def _load(path: Path, shipped: bool) -> Entry | None:
    try:
        # A file in another encoding is still looked at: Python says then what is wrong with it.
        source = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    if not looks_like_workflow(source):
        return None
    if not NAME.fullmatch(path.stem):
        error = WorkflowError("Its name can't be a workflow's. Use letters, digits, _ and -.", path)
        return Entry(path.stem, path, shipped, error=error)
    try:
        return Entry(path.stem, path, shipped, load_file(path))
    except WorkflowError as error:
        return Entry(path.stem, path, shipped, error=error)
