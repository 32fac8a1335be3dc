"""Finding apps: the shipped ones, installed packages, and the workspace's own files.

Of two apps with one name the later in that order wins, as a workspace's workflow wins over a shipped
one. An app that does not load is found all the same, with the sentence that says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from cardloom.catalog import line_in, load_module, looks_like_app
from cardloom.engine import Workflow
from cardloom.errors import WorkflowError

GROUP = "cardloom"  # of the entry points of installed packages


@dataclass(frozen=True)
class Found:
    """One app: its module, or why there is none. `origin` is shipped, installed or workspace."""

    name: str
    path: Path
    origin: str
    module: ModuleType | None = None
    trouble: str = ""
    version: int = 0  # when a file of the workspace was changed, as it was loaded; ns


def find_apps(workspace: Path | None, shipped: Sequence[str]) -> list[Found]:
    """Every app by name; `shipped` are names of modules."""
    every = [*_shipped(shipped), *_installed(), *(_own(workspace) if workspace else ())]
    return sorted({found.name: found for found in every}.values(), key=lambda found: found.name)


def _shipped(names: Sequence[str]) -> Iterator[Found]:
    for name in names:
        short = name.rpartition(".")[2]
        load = partial(import_module, name)
        yield _loaded(short, "shipped", Path(f"{short}/__init__.py"), load)


def _installed() -> Iterator[Found]:
    for point in entry_points(group=GROUP):
        load = partial(_module_of, point)
        yield _loaded(point.name, "installed", Path(point.value), load)


def _module_of(point: EntryPoint) -> ModuleType:
    found = point.load()
    if not isinstance(found, ModuleType):
        raise WorkflowError(
            f"Its entry point {point.value} is no module. Write the module's name alone."
        )
    return found


def _loaded(name: str, origin: str, path: Path, load: Callable[[], ModuleType]) -> Found:
    try:
        module = load()
    except WorkflowError as error:
        return Found(name, path, origin, trouble=trouble_at(path, error.line, str(error)))
    except (Exception, SystemExit) as error:
        place, line = where(error, path)
        return Found(name, path, origin, trouble=trouble_at(place, line, said(error)))
    return Found(name, Path(module.__file__ or name), origin, module)


def _own(workspace: Path) -> Iterator[Found]:
    for path, version in own_files(workspace).items():
        found = Found(path.stem, path, "workspace", version=version)
        try:
            yield replace(found, module=_own_module(path))
        except WorkflowError as error:
            yield replace(found, trouble=trouble_at(error.path or path, error.line, str(error)))


def _own_module(path: Path) -> ModuleType:
    module = load_module(path, "app")
    _refuse_workflow(module, path)
    return module


def own_files(workspace: Path) -> dict[Path, int]:
    """The files of a workspace that are meant as apps, with the time at which each was changed."""
    changed = {path: _changed(path) for path in sorted(workspace.glob("*.py"))}
    return {path: at for path, at in changed.items() if at and _is_app(path, at)}


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns if path.is_file() else 0
    except OSError:
        return 0


@lru_cache(maxsize=1024)
def _is_app(path: Path, changed: int) -> bool:
    try:
        return looks_like_app(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return False


def _refuse_workflow(module: ModuleType, path: Path) -> None:
    held = [v for v in vars(module).values() if isinstance(v, Workflow) and v.path == path]
    if held:
        raise WorkflowError(
            f"It is an app and holds the workflow {held[0].title!r} too. Give the workflow a file of "
            "its own."
        )


def where(error: BaseException, path: Path) -> tuple[Path, int | None]:
    """File and line of the app at `path` in which the error arose."""
    if isinstance(error, SyntaxError) and error.filename:
        return Path(error.filename), error.lineno
    return path, line_in(path, error)


def said(error: BaseException) -> str:
    """An error in one line, with its type."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else f"{type(error).__name__}."


def trouble_at(path: Path, line: int | None, sentence: str) -> str:
    """File, line and sentence."""
    return f"{path.name}{f', line {line}' if line else ''}: {sentence}"
