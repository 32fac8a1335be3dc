"""Runs to choose from, as boxes of a form: those named already, their kin, and the recent ones."""

from collections.abc import Sequence

from cardloom.errors import CardloomError
from cardloom.runs import Moment, Run
from cardloom.ui.tags import Fieldset, Input, Label, Legend, Part, Span
from cardloom.web.context import AppContext
from cardloom.workspace import Kin, Query

OFFERED = 12  # recent runs of a workflow


def called(moment: Moment) -> str:
    """The moment in a person's words: the run by its key, which its folder may only hint at."""
    run = moment.run
    key = run.state().key or run.folder.name
    at = "" if moment.at is None else f" at event {moment.at}"
    return f"{run.folder.parent.name}/{key}{at}"


def run_boxes(context: AppContext, chosen: Sequence[str], runs: Sequence[Run]) -> Part:
    """A box for each run on offer, those in `chosen` ticked; `runs` are the ones found of these."""
    offered = dict.fromkeys([*chosen, *_offered(context, runs)])
    boxes = [
        Label(
            Input(type="checkbox", name="run", value=name, checked=name in chosen),
            Span(_named(context, name)),
            cls="option",
        )
        for name in list(offered)[: OFFERED * 2]
    ]
    return Fieldset(Legend("Runs"), *boxes) if boxes else ""


def _named(context: AppContext, name: str) -> str:
    try:
        return called(context.store.moment(name))
    except CardloomError:
        return name


def _offered(context: AppContext, runs: Sequence[Run]) -> list[str]:
    """The families of the runs, and what was written to last of their workflows, or of all."""
    kin = [name for run in runs if (tree := context.lineage.family(run)) for name in _names(tree)]
    workflows = dict.fromkeys(run.folder.parent.name for run in runs) or {"": None}
    queries = [Query(workflow=workflow) for workflow in workflows]
    rows = [row for query in queries for row in context.store.index.find(query, most=OFFERED)]
    return [*kin, *(row.name for row in rows)]


def _names(kin: Kin) -> list[str]:
    return [kin.name, *(name for child in kin.forks for name in _names(child))]
