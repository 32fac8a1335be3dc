"""`composed("Title", "bridge", "poem")`: a workflow made of others, found by their names.

A name is that of a file: in the folder of the file that composes first, then among the shipped ones.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from cardloom.catalog.load import load_file
from cardloom.engine import Workflow
from cardloom.engine.composed import join
from cardloom.engine.workflow import name_of
from cardloom.errors import WorkflowError

SHIPPED = Path(__file__).parent.parent / "workflows"

Version = tuple[int, int] | None

# The files that are being composed, outermost first; every place that was looked at on the way, with
# the version that was there then.
_composing: ContextVar[tuple[Path, ...]] = ContextVar("composing", default=())
_looked: ContextVar[dict[Path, Version] | None] = ContextVar("looked", default=None)


def composed(
    title: str,
    *names: str,
    key: Callable[[str], str] | None = None,
    group: str = "",
    training: str = "",
    example: str = "",
) -> Workflow:
    """A workflow with the cards of the named ones, in order; later ones may name earlier cards.

    `key`, `training` and `example` are those of the parts where nothing is given. Raises
    WorkflowError where a part is missing, does not load, or is composed of this one.
    """
    frame = sys._getframe(1)
    path = Path(frame.f_code.co_filename)
    parts = find_parts(path, names)
    flow = Workflow(
        title,
        key=key or next((part.clean_key for part in parts if part.clean_key), None),
        group=group,
        training=training or "\n\n".join(part.training for part in parts if part.training),
        example=example or next((part.example for part in parts if part.example), ""),
    )
    # As if the caller had written Workflow(…): the file that composes is the workflow's own.
    flow.module, flow.path = frame.f_globals, path
    flow.name = name_of(path, title)
    return join(flow, parts)


def find_parts(path: Path, names: Sequence[str]) -> list[Workflow]:
    """The workflows called `names`, for a file at `path`, each as it would stand alone."""
    if len(names) < 2:
        raise WorkflowError(
            "A workflow is composed of two others or more: composed('Title', 'a', 'b').", path
        )
    return [_load(path, name) for name in names]


def _load(path: Path, name: str) -> Workflow:
    place = _place(path, name)
    chain = (*_composing.get(), path)
    if place in chain:
        told = " → ".join(each.stem for each in (*chain[chain.index(place) :], place))
        raise WorkflowError(f"{place.stem} is composed of itself: {told}.", path)
    token = _composing.set(chain)
    try:
        return load_file(place, whole=False)
    finally:
        _composing.reset(token)


def _place(path: Path, name: str) -> Path:
    in_file = path.suffix == ".py" and "ipykernel" not in str(path)
    own = path.parent if in_file else Path.cwd()  # a notebook's cell lies nowhere
    places = [folder / f"{name}.py" for folder in dict.fromkeys((own, SHIPPED))]
    places = [place for place in places if place != path]
    looked = _looked.get()
    if looked is not None:
        looked.update({place: version(place) for place in places})
    for place in places:
        if Path(name).name == name and place.is_file():
            return place
    raise WorkflowError(f"It is composed of {name[:80]!r}, and there is no such workflow.", path)


@contextmanager
def watch_parts() -> Iterator[dict[Path, Version]]:
    """The files that are looked at for parts meanwhile: a workflow is as new as they are."""
    places: dict[Path, Version] = {}
    token = _looked.set(places)
    try:
        yield places
    finally:
        _looked.reset(token)


def version(path: Path) -> Version:
    """What changes with a file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size)
