"""What earlier runs of a workflow tell: its insights, and the answers that are usual in it.

What a run tells is kept in memory for as long as its journal has the same size and time. Suggesting
answers is off until the person turns it on, workflow by workflow, in a plain file:

    suggestions.json    {"workflows": ["bridge"]}
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cardloom.brief import brief
from cardloom.catalog import Catalog
from cardloom.disk import write_private
from cardloom.engine import MISSING, Question, Workflow, Wrong, decode
from cardloom.engine.insights import WHOLE, Told, tell, usual
from cardloom.errors import NotFound, WorkflowError
from cardloom.journal import Journal
from cardloom.runs.run import Run
from cardloom.types import Json
from cardloom.workspace.index import RunIndex
from cardloom.workspace.settings import Workspace

STAYS = 5.0  # seconds that a habit is taken to be one before the runs are counted again
ENOUGH = 2  # runs with the same answer that make a habit

Made = tuple[int, int, int, str]


@dataclass(frozen=True)
class Usual:
    """The usual answer to a question: `value` as a field takes it (of a form, by field), and in words."""

    value: Any
    said: str


class Habits:
    """What the runs of one workspace tell."""

    def __init__(self, workspace: Workspace, catalog: Catalog, index: RunIndex) -> None:
        self.path = workspace.root / "suggestions.json"
        self._runs = workspace.runs
        self._catalog, self._index = catalog, index
        self._told: dict[str, tuple[Made, Told]] = {}
        self._counted: dict[str, tuple[float, list[Told]]] = {}

    # -- insights ----------------------------------------------------------------------------------

    def all_told(self, workflow: Workflow) -> list[Told]:
        """What each run of the workflow tells, damaged ones as far as they hold."""
        return self.told(workflow, self._index.fingerprints(workflow.name))

    def told(self, workflow: Workflow, made: dict[str, Made]) -> list[Told]:
        """What each run tells; only those whose journal has moved are read. Any thread may ask."""
        for name in [
            n for n in list(self._told) if n.startswith(f"{workflow.name}/") and n not in made
        ]:
            self._told.pop(name, None)
        return [self.tell(workflow, name, fingerprint) for name, fingerprint in made.items()]

    def fingerprints(self, workflow: Workflow) -> dict[str, Made]:
        return self._index.fingerprints(workflow.name)

    def tell(self, workflow: Workflow, name: str, made: Made) -> Told:
        """What the run called `name` tells, kept while `made` is the same."""
        known = self._told.get(name)
        if known is not None and known[0] == made:
            return known[1]
        journal = Journal(self._runs / name)
        try:
            told = tell(workflow, journal.read())
        except Exception:  # a journal from elsewhere: one run must not take the insights away
            told = Told({})
        finally:
            journal.close()
        self._told[name] = (made, told)
        return told

    # -- suggestions -------------------------------------------------------------------------------

    def suggests(self, workflow: str) -> bool:
        """Whether the person wants earlier answers suggested in this workflow."""
        return workflow in self._wanted()

    def suggest(self, workflow: str, wanted: bool) -> None:
        """Turn suggesting on or off for the workflow."""
        names = self._wanted() - {workflow} | ({workflow} if wanted else set())
        write_private(self.path, json.dumps({"workflows": sorted(names)}, indent=1) + "\n")

    def _wanted(self) -> set[str]:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
            return {name for name in found["workflows"] if isinstance(name, str)}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return set()  # not there, or not as it should be: nothing is suggested

    def usual(self, run: Run, card: str, question: Question) -> Usual | None:
        """The usual answer to a question without a default of its own; None where there is none."""
        name = run.folder.parent.name
        if not self.suggests(name):
            return None
        try:
            workflow = self._catalog.workflow(name)
        except (NotFound, WorkflowError):
            return None
        counts = usual(self._lately(workflow), card)
        if not question.parts:
            return _of_one(question, counts.get(WHOLE), workflow)
        fields = {
            field: found
            for field, inner in question.parts.items()
            if (found := _of_one(inner, counts.get(field), workflow)) is not None
        }
        if not fields:
            return None
        said = "; ".join(f"{question.parts[f].label}: {found.said}" for f, found in fields.items())
        return Usual({field: found.value for field, found in fields.items()}, said)

    def _lately(self, workflow: Workflow) -> list[Told]:
        at, told = self._counted.get(workflow.name, (0.0, []))
        if time.monotonic() - at > STAYS:
            told = self.told(workflow, self.fingerprints(workflow))
            self._counted[workflow.name] = (time.monotonic(), told)
        return told


def _of_one(
    question: Question, found: tuple[Any, int, int] | None, workflow: Workflow
) -> Usual | None:
    if found is None or found[1] < ENOUGH or question.default is not MISSING:
        return None
    stored, count, total = found
    if (value := _allowed(question, lambda: decode(stored, workflow.types))) is None:
        return None
    return Usual(value, f"most often: {_worded(question, stored, value)}, {count} of {total} runs")


def _allowed(question: Question, value: Callable[[], Any]) -> Any:
    """The earlier answer where the question as it is now still takes it, else None."""
    try:
        made = value()
        question.check(made)
    except (Wrong, ValueError, TypeError, KeyError):
        return None
    return made


def _worded(question: Question, stored: Json, value: Any) -> str:
    for option in question.options:
        if type(option.value) is type(value) and option.value == value:
            return str(option.label)
    return brief(stored)
