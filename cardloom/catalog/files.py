"""Workflow files written into the workspace, and never over one that is there."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from cardloom.catalog.catalog import Catalog, Entry
from cardloom.catalog.composed import find_parts
from cardloom.engine import RECORDS, Workflow
from cardloom.engine.composed import join
from cardloom.errors import Missing, Refused, WorkflowError

COMPOSED = '''"""{about}"""

from cardloom import composed

{name} = composed({title}, {parts})
'''


def free_path(folder: Path, name: str) -> Path:
    """Where a new workflow called `name` will lie: Missing for no name, Refused for a taken one."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", name):
        raise Missing(
            f"{name[:200]!r} can't be a workflow's name. Use small letters, digits and _."
        )
    path = folder / f"{name}.py"
    if path.exists():
        raise Refused(f"{path} exists already, and was left as it is.")
    return path


def write_composed(catalog: Catalog, folder: Path, names: Sequence[str], name: str) -> Path:
    """Write the workflow `name`, composed of those called `names`; what can't be one is refused.

    Missing, Refused or WorkflowError say what is wrong, before anything is written.
    """
    path = free_path(folder, name)
    if name == RECORDS:
        raise Missing(f"{RECORDS} is where composed runs lie. Choose another name.")
    if name in names:
        raise Missing(f"{name} can't be composed of itself. Choose another name.")
    for each in names:
        if each not in catalog.entries():
            catalog.entry(each)  # raises, with the nearest name
    title = _checked(path, names)
    about = " ".join(title.replace("\\", "").replace('"', "'").split())
    told = ", ".join(_quoted(each) for each in names)
    text = COMPOSED.format(about=f"{about}.", name=name, title=_quoted(title), parts=told)
    with path.open("x", encoding="utf-8", errors="replace") as file:
        file.write(text)
    return path


def _checked(path: Path, names: Sequence[str]) -> str:
    """The title of the workflow; WorkflowError where the parts can't be one."""
    try:
        parts = find_parts(path, names)
        title = ", then ".join(part.title for part in parts)
        join(Workflow(title), parts).check()
    except WorkflowError as error:
        raise WorkflowError(Entry(path.stem, path, False, error=error).trouble) from error
    return title


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
