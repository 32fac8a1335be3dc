"""`cardloom answer`: answer a card, change an answer, or see what a change would do."""

from typing import Any

import click

from cardloom.cli.answers import finished, intake_of
from cardloom.cli.group import store_at, workspace_option
from cardloom.cli.words import split_words
from cardloom.engine import next_card, plan_change
from cardloom.errors import Missing
from cardloom.reports.plan import plan_line
from cardloom.runs import Run, naming_card
from cardloom.workspace import RunStore


@click.command()
@click.argument("run_name", metavar="RUN")
@click.argument("words", nargs=-1, required=True, metavar="CARD=VALUE…")
@workspace_option
@click.option("--why", default="", help="One line for the journal.")
@click.option(
    "--plan", is_flag=True, help="Print what a change would set in motion, and change nothing."
)
def answer(
    run_name: str, words: tuple[str, ...], workspace: str | None, why: str, plan: bool
) -> None:
    """Answer a card of RUN (workflow/key), or change its answer. An open page follows."""
    store = store_at(workspace)
    opened = store.workable(run_name)
    flow = opened.loaded()
    keys, answers = split_words(flow, words)
    if keys:
        name = keys[0].partition("=")[0]
        if "=" in keys[0]:
            flow.card(name.partition(".")[0])  # raises, with the nearest name
        raise Missing(f"{keys[0]!r} is not an answer. Write CARD=VALUE.")
    if plan:
        for name in answers:
            click.echo(f"{name}: {plan_line(plan_change(flow, opened.state(), name))}")
        return
    _answer(store, opened, answers, why)
    upcoming = next_card(flow, opened.state())
    where = "The run is finished." if upcoming is None else f"Next: {upcoming.card.name}."
    click.echo(f"{', '.join(answers)} answered. {where}")


def _answer(store: RunStore, opened: Run, answers: dict[str, Any], why: str) -> None:
    """Write the answers, all of them or none."""
    intake = intake_of(store, opened)
    questions = {name: finished(intake.question(name)) for name in answers}
    with naming_card():
        given = [intake.take(name, answers[name], asked) for name, asked in questions.items()]
        for each in given:
            each.value()
        for each in given:
            changing = opened.state().card(each.card.name).settled
            intake.answer(each, by="cli", why=why, change=changing)
