"""`cardloom run`: a workflow without a page, its answers from the call and from the terminal."""

import asyncio
import sys

import click

from cardloom.brief import brief
from cardloom.cli.group import store_at, workspace_option
from cardloom.cli.terminal import Progress, ask_on_terminal, silent
from cardloom.cli.words import split_words
from cardloom.errors import Missing
from cardloom.headless import drive, look_ahead, result_of
from cardloom.journal import dumps
from cardloom.runs import Run, default_key


@click.command()
@click.argument("workflow")
@click.argument("words", nargs=-1, metavar="[KEY] [CARD=VALUE]…")
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="Print the values as JSON.")
@click.option("--defaults", is_flag=True, help="Take each question's default where it has one.")
@click.option("--why", default="", help="One line for the journal, with what this call changes.")
def run(
    workflow: str,
    words: tuple[str, ...],
    workspace: str | None,
    as_json: bool,
    defaults: bool,
    why: str,
) -> None:
    """Run WORKFLOW without a page: answers as CARD=VALUE, the rest is asked on a terminal.

    KEY is how the run is found again; without one it is the first answer. A finished run prints its
    result and writes nothing; one that failed or was cancelled is tried again.
    """
    store = store_at(workspace, new=True)
    flow = store.catalog.workflow(workflow)
    keys, answers = split_words(flow, words)
    if len(keys) > 1:
        raise Missing(
            f"{keys[1]!r} is neither an answer nor the key, which is {keys[0]!r}. An answer is "
            f"CARD=VALUE, and the cards are: {', '.join(c.name for c in flow.cards if c.asks)}."
        )
    key = keys[0] if keys else default_key(flow, answers)
    interactive = sys.stdin.isatty() and sys.stdout.isatty() and not as_json
    look_ahead(store, store.place(flow, key), answers, asks=interactive, defaults=defaults)
    opened = store.open(flow, key, by="cli")
    watch = Progress(opened) if sys.stderr.isatty() else silent
    try:
        asyncio.run(
            drive(
                store,
                opened,
                answers,
                by="cli",
                why=why,
                ask=ask_on_terminal if interactive else None,
                defaults=defaults,
                watch=watch,
            )
        )
    except (KeyboardInterrupt, click.Abort):
        click.echo(f"\nStopped. `cardloom run {opened.name.replace('/', ' ')}` goes on.", err=True)
        sys.exit(3)
    _print_result(opened, as_json)


def _print_result(opened: Run, as_json: bool) -> None:
    result = result_of(opened)
    state = opened.state()
    if as_json:
        values = {name: state.card(name).value for name in result.values}
        click.echo(dumps({"run": result.run, "values": values}))
        return
    flow = opened.workflow
    last = (
        next((c for c in reversed(flow.cards) if state.card(c.name).settled), None)
        if flow
        else None
    )
    if last is not None:
        now = state.card(last.name)
        value = now.value
        click.echo(value if isinstance(value, str) else brief(value))
        for file in _files_of(opened):
            click.echo(file)


def _files_of(opened: Run) -> list[str]:
    state = opened.state()
    return [
        str(opened.files.root / file["path"])
        for card in state.cards.values()
        if card.settled
        for file in card.files
    ]
