"""`cardloom reproduce`: whether the cards of a run give the same again. The journal is only read."""

import asyncio
import contextlib
import sys
from dataclasses import asdict

import click

from cardloom.cli.group import store_at, workspace_option
from cardloom.jobs import Outcome
from cardloom.jobs import reproduce as run_again
from cardloom.journal import dumps
from cardloom.workspace import Secrets


@click.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
@click.option("--card", default="", metavar="NAME", help="This card alone.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcomes as JSON.")
def reproduce(run_name: str, workspace: str | None, card: str, as_json: bool) -> None:
    """Run the computed cards of RUN again with the inputs they had, and compare what comes out.

    Nothing is written to the run. Cards that must not be repeated are left alone. Exit code 0: all
    that was run gave the same; 1: something differs or fails now.
    """
    store = store_at(workspace)
    opened = store.workable(run_name)
    out = sys.stdout

    def tell(outcome: Outcome) -> None:
        if not as_json:
            click.echo(spell(outcome), file=out)

    with contextlib.redirect_stdout(sys.stderr):  # what the cards print is not the outcome
        outcomes = asyncio.run(run_again(opened, Secrets(store.workspace), card=card, tell=tell))
    well = all(outcome.well for outcome in outcomes)
    if as_json:
        told = {
            "run": opened.name,
            "n": opened.journal.n,
            "same": well,
            "cards": [asdict(outcome) for outcome in outcomes],
        }
        click.echo(dumps(told))
    sys.exit(0 if well else 1)


def spell(outcome: Outcome) -> str:
    """One line for the card, and one for each difference."""
    about = [outcome.why] if outcome.why else []
    if outcome.code_changed:
        about.append("its code is another one now")
    if outcome.recalled:
        steps = "step" if outcome.recalled == 1 else "steps"
        about.append(f"{outcome.recalled} remembered {steps} recalled, not repeated")
    head = f"{outcome.verdict:<9} {outcome.card:<18} {'; '.join(about)}".rstrip()
    return "\n".join([head, *(f"          {line}" for line in outcome.differences)])
