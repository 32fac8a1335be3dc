"""Loading one file of a person's own: run it as a module; of a workflow's, find and check the Workflow.

Whatever is wrong with the file comes out as one WorkflowError with file, line and sentence.
"""

import ast
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from cardloom.engine import Workflow
from cardloom.errors import WorkflowError

APPS = "cardloom.apps"  # what an app imports and a workflow does not
_KINDS = {"workflow": "a workflow", "app": "an app"}


def looks_like_workflow(source: str) -> bool:
    """Whether a file is meant as a workflow. Files that are neither workflow nor app are never run."""
    imports = re.search(r"^\s*(from|import)\s+cardloom\b", source, re.M)
    meant = bool(imports and re.search(r"Workflow|\bcomposed\s*\(", source))
    return meant and not looks_like_app(source)


def looks_like_app(source: str) -> bool:
    """Whether a file is meant as an app: it imports `cardloom.apps`."""
    found = re.search(r"^\s*(from|import)\s+cardloom(\.apps\b|\s+import\s.*\bapps\b)", source, re.M)
    if not found:
        return False
    try:
        tree = ast.parse(source)  # a docstring may show such a line
    except (SyntaxError, ValueError):
        return True
    return any(name == APPS or name.startswith(f"{APPS}.") for name in _imported(tree))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def load_file(path: Path, *, whole: bool = True) -> Workflow:
    """The workflow of the file at `path`, named after the file; WorkflowError for anything else.

    `whole=False` is for a part of a composed workflow, whose cards may name those of other parts.
    """
    return _find(load_module(path, "workflow"), path, whole)


def load_module(path: Path, kind: str) -> ModuleType:
    """The file at `path` run as a module of this kind; WorkflowError says what is wrong with it."""
    try:
        return _run(path, kind)
    except WorkflowError as error:
        raise WorkflowError(str(error), error.path or path, error.line) from error
    except SyntaxError as error:
        where = Path(error.filename) if error.filename else path
        raise WorkflowError(f"{error.msg} (a syntax error).", where, error.lineno) from error
    except (Exception, SystemExit) as error:
        raise WorkflowError(_sentence(error, path, kind), path, line_in(path, error)) from error


def _run(path: Path, kind: str) -> ModuleType:
    # A name of its own, so that a workspace's `json.py` never stands in for a library.
    name = f"cardloom_{kind}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise WorkflowError("This is not a Python file.", path)
    module = importlib.util.module_from_spec(spec)
    previous = sys.modules.get(name)
    sys.modules[name] = module  # dataclasses and inspect look their module up by name
    # Bytecode is keyed by whole seconds: two saves in one second would load the older file.
    wrote_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 - workflows are the person's own code
    except BaseException:
        if previous is None:
            del sys.modules[name]
        else:
            sys.modules[name] = previous
        raise
    finally:
        sys.dont_write_bytecode = wrote_bytecode
    return module


def _find(module: ModuleType, path: Path, whole: bool) -> Workflow:
    own = {id(item): item for item in vars(module).values() if isinstance(item, Workflow)}
    found = [item for item in own.values() if item.path == path]
    if not found:
        raise WorkflowError(
            "There is no Workflow in it. Write one: flow = Workflow('Title').", path
        )
    if len(found) > 1:
        titles = " and ".join(repr(flow.title) for flow in found)
        raise WorkflowError(f"It holds two workflows, {titles}. Give each a file of its own.", path)
    flow = found[0]
    try:
        if whole:
            flow.check()
    except WorkflowError as error:
        raise WorkflowError(str(error), error.path or path, error.line) from error
    flow.name = path.stem
    flow.about = (module.__doc__ or "").strip()
    return flow


def _sentence(error: BaseException, path: Path, kind: str) -> str:
    if isinstance(error, ModuleNotFoundError):
        if path.with_name(f"{str(error.name).partition('.')[0]}.py").exists():
            why = ": what a card does must be seen to change" if kind == "workflow" else ""
            return (
                f"It imports {error.name}, a file beside it, and {_KINDS[kind]} is one file{why}. "
                "Put the code into it, or install it with pip."
            )
        return f"It imports {error.name}, which is not installed. Install it with pip, or mend the name."
    if isinstance(error, SystemExit):
        kind = _KINDS[kind].capitalize()
        return f"It ended the program while it was loaded. {kind} file only defines things."
    return f"{type(error).__name__}: {error}" if str(error) else f"{type(error).__name__}."


def line_in(path: Path, error: BaseException) -> int | None:
    """The line of the file at `path` in which the error arose, or which led to it."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno for f in reversed(frames) if Path(f.filename) == path), None)
