"""Loading one workflow file: run it as a module, find its Workflow, check it.

Whatever is wrong with the file comes out as one WorkflowError with file, line and sentence.
"""

import importlib.util
import re
import sys
import traceback
from pathlib import Path
from types import ModuleType

from cardloom.engine import Workflow
from cardloom.errors import WorkflowError


def looks_like_workflow(source: str) -> bool:
    """Whether a file is meant as a workflow. The others in a workspace are never run."""
    imports = re.search(r"^\s*(from|import)\s+cardloom\b", source, re.M)
    return bool(imports and re.search(r"Workflow|\bcomposed\s*\(", source))


def load_file(path: Path, *, whole: bool = True) -> Workflow:
    """The workflow of the file at `path`, named after the file; WorkflowError for anything else.

    `whole=False` is for a part of a composed workflow, whose cards may name those of other parts.
    """
    try:
        module = _run(path)
    except WorkflowError as error:
        raise WorkflowError(str(error), error.path or path, error.line) from error
    except SyntaxError as error:
        where = Path(error.filename) if error.filename else path
        raise WorkflowError(f"{error.msg} (a syntax error).", where, error.lineno) from error
    except (Exception, SystemExit) as error:
        raise WorkflowError(_sentence(error, path), path, _line_in(path, error)) from error
    return _find(module, path, whole)


def _run(path: Path) -> ModuleType:
    # A name of its own, so that a workspace's `json.py` never stands in for a library.
    name = f"cardloom_workflow_{path.stem}"
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


def _sentence(error: BaseException, path: Path) -> str:
    if isinstance(error, ModuleNotFoundError):
        if path.with_name(f"{str(error.name).partition('.')[0]}.py").exists():
            return (
                f"It imports {error.name}, a file beside it, and a workflow is one file: what a card "
                "does must be seen to change. Put the code into it, or install it with pip."
            )
        return f"It imports {error.name}, which is not installed. Install it with pip, or mend the name."
    if isinstance(error, SystemExit):
        return "It ended the program while it was loaded. A workflow file only defines things."
    return f"{type(error).__name__}: {error}" if str(error) else f"{type(error).__name__}."


def _line_in(path: Path, error: BaseException) -> int | None:
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno for f in reversed(frames) if Path(f.filename) == path), None)
