"""`cardloom log`, `verify` and `repair`: a run's journal as it lies on the disk."""

import time

import click

from cardloom.cli.group import store_at, warn, workspace_option
from cardloom.errors import Refused
from cardloom.journal import dumps
from cardloom.journal import repair as repair_journal


@click.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
@click.option("--follow", "-f", is_flag=True, help="Go on with what is appended, until Ctrl+C.")
def log(run_name: str, workspace: str | None, follow: bool) -> None:
    """Print the journal of RUN, line by line, as it is on the disk."""
    opened = store_at(workspace).by_name(run_name)
    shown = 0
    try:
        while True:
            events = opened.journal.read()
            if len(events) < shown:  # the run was started over
                shown = 0
            for event in events[shown:]:
                click.echo(dumps(event))
            shown = len(events)
            if not follow:
                break
            time.sleep(0.1)
    except KeyboardInterrupt:
        pass
    warn(opened)


@click.command()
@click.argument("run_names", nargs=-1, metavar="[RUN]…")
@workspace_option
def verify(run_names: tuple[str, ...], workspace: str | None) -> None:
    """Prove the chain of sums of RUN's journal, or of every run's."""
    store = store_at(workspace)
    found = [store.by_name(n) for n in run_names] or [store.at(f) for f in sorted(store.folders())]
    bad = 0
    for opened in found:
        n = opened.state().n
        if damage := opened.journal.damage:
            bad += 1
            click.echo(f"{opened.name}: {n} events hold, then: {damage[0]}")
        else:
            click.echo(f"{opened.name}: {n} events, all hold")
    if bad:
        raise Refused(
            f"{bad} of {len(found)} journals are damaged. `cardloom repair RUN` mends one."
        )


@click.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
def repair(run_name: str, workspace: str | None) -> None:
    """Keep the good beginning of a damaged journal, and save what still reads beside it."""
    opened = store_at(workspace).by_name(run_name)
    done = repair_journal(opened.folder)
    if done is None:
        click.echo(f"{opened.name} is not damaged; nothing was changed.")
        return
    for damage in done.damage:
        click.echo(str(damage))
    click.echo(f"Kept {done.kept} events. The original is {done.original}.")
    if done.salvage:
        click.echo(f"{done.salvaged} later lines still read; they are in {done.salvage}.")
    if done.unreadable:
        click.echo(f"{done.unreadable} lines do not read; they are in the original only.")
