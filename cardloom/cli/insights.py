"""`cardloom insights`: what the runs of a workflow tell together."""

from dataclasses import asdict

import click

from cardloom.brief import brief
from cardloom.cli.group import store_at, workspace_option
from cardloom.journal import dumps
from cardloom.reports.insights import CardInsight, Insights, gather


@click.command()
@click.argument("workflow")
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def insights(workflow: str, workspace: str | None, as_json: bool) -> None:
    """Say how long WORKFLOW's cards take, what fails, what is answered, where runs stop."""
    store = store_at(workspace)
    flow = store.catalog.workflow(workflow)
    store.index.check()
    store.index.wait()
    found = gather(flow, store.habits.all_told(flow))
    if as_json:
        click.echo(dumps({"workflow": flow.name, **asdict(found)}))
        return
    click.echo(f"{flow.title}: {found.runs:,} runs, {found.finished:,} finished")
    for card in found.cards:
        click.echo(f"  {card.name:<20} {_told(card)}".rstrip())
    _tell_whole(found)


def _told(card: CardInsight) -> str:
    said = [f"{card.runs:,} done"] if card.runs else ["never done"]
    if card.median is not None and card.p95 is not None:
        said.append(f"median {card.median:.3g} s, p95 {card.p95:.3g} s")
    for word, count in (("failed", card.failed), ("cancelled", card.cancelled)):
        if count:
            said.append(f"{word} {count} of {card.starts}")
    if card.again:
        said.append("again for " + ", ".join(f"{why} ({count})" for why, count in card.again[:3]))
    for field, answers in card.answers.items():
        answer, count = answers[0]
        of = f"{field}: " if field else ""
        said.append(f"{of}most often {brief(answer)} ({count} of {card.answered[field]})")
    return " · ".join(said)


def _tell_whole(found: Insights) -> None:
    if found.path:
        click.echo(f"Slowest path: {' → '.join(found.path)}, {found.seconds:.3g} s")
    for stop in found.stops:
        click.echo(f"{stop.runs:,} waiting at {stop.card} since {stop.oldest[:10]}")
    for card in found.cards:
        if card.same:
            click.echo(f"{card.name} had the same inputs and value in every run: it could be kept.")
