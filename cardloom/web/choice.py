"""Runs to choose from, as boxes of a form: those named already, their kin, and the recent ones."""

from collections.abc import Sequence
from typing import Any

from cardloom.errors import CardloomError
from cardloom.runs import Kin, Moment, Query, Run, find_moment
from cardloom.ui.tags import Fieldset, Input, Label, Legend, Span
from cardloom.web.house import House

Part = Any

OFFERED = 12  # recent runs of a workflow


def called(moment: Moment) -> str:
    """The moment in a person's words: the run by its key, which its folder may only hint at."""
    run = moment.run
    key = run.state().key or run.folder.name
    at = "" if moment.at is None else f" at event {moment.at}"
    return f"{run.folder.parent.name}/{key}{at}"


def run_boxes(house: House, chosen: Sequence[str], runs: Sequence[Run]) -> Part:
    """A box for each run on offer, those in `chosen` ticked; `runs` are the ones found of these."""
    offered = dict.fromkeys([*chosen, *_offered(house, runs)])
    boxes = [
        Label(
            Input(type="checkbox", name="run", value=name, checked=name in chosen),
            Span(_named(house, name)),
            cls="option",
        )
        for name in list(offered)[: OFFERED * 2]
    ]
    return Fieldset(Legend("Runs"), *boxes) if boxes else ""


def _named(house: House, name: str) -> str:
    try:
        return called(find_moment(house.shelf, name))
    except CardloomError:
        return name


def _offered(house: House, runs: Sequence[Run]) -> list[str]:
    """The families of the runs, and what was written to last of their workflows, or of all."""
    kin = [name for run in runs if (tree := house.lineage.family(run)) for name in _names(tree)]
    workflows = dict.fromkeys(run.folder.parent.name for run in runs) or {"": None}
    queries = [Query(workflow=workflow) for workflow in workflows]
    rows = [row for query in queries for row in house.shelf.index.find(query, most=OFFERED)]
    return [*kin, *(row.name for row in rows)]


def _names(kin: Kin) -> list[str]:
    return [kin.name, *(name for child in kin.forks for name in _names(child))]
