"""The command: serve a workspace, and do from a terminal whatever the page can do.

Exit codes: 0 done, 1 a card failed, 2 something is missing or wrong in the call, 3 refused.
"""

import asyncio
import io
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from cardloom.catalog import Catalog
from cardloom.engine import (
    MISSING,
    Card,
    Choice,
    Confirm,
    Form,
    Number,
    Question,
    Text,
    Upload,
    Workflow,
    Wrong,
    brief,
    moves,
    next_card,
    plan_change,
    survey,
)
from cardloom.errors import CardloomError, Missing, Refused
from cardloom.headless import checked, drive, keep_uploads, look_ahead, open_run, result_of
from cardloom.jobs import Driver, Http
from cardloom.journal import dumps
from cardloom.journal import repair as repair_journal
from cardloom.runs import Run, Shelf, status
from cardloom.settings import PORT, Secrets, Workspace, find_workspace

Command = TypeVar("Command", bound=Callable[..., Any])

workspace_option = click.option(
    "--workspace",
    "-w",
    metavar="DIR",
    help="The workspace. Default: $CARDLOOM_WORKSPACE, else this folder.",
)


def _shelf(workspace: str | None) -> Shelf:
    place = find_workspace(workspace).make()
    return Shelf(place, Catalog(place.root))


class Sentences(click.Group):
    """Every error of the house ends as one sentence and its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CardloomError as error:
            click.echo(str(error), err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            raise  # whoever read has had enough; click knows what to do
        except OSError as error:
            where = f": {error.filename}" if error.filename else ""
            click.echo(f"The system refused: {error.strerror or error}{where}.", err=True)
            ctx.exit(3)


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cardloom", message="cardloom %(version)s")
def main() -> None:
    """Cardloom: fill in cards, let Python do the work, lose nothing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a key or a value may hold half a character
            stream.reconfigure(errors="backslashreplace")


@main.command()
@workspace_option
@click.option(
    "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="0: any."
)
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option("--demo", is_flag=True, help="Run the demo, print its summary, and stop.")
def serve(workspace: str | None, port: int, no_open: bool, demo: bool) -> None:
    """Serve the workspace on this machine and open the page."""
    # The web rooms are for this command alone; a terminal's answer should not wait for them.
    from cardloom.web.server import serve as start

    place = find_workspace(workspace)
    if demo:
        from cardloom.demo import run_demo

        sys.exit(run_demo(place, port))
    sys.exit(start(place, port, open_browser=not no_open, say=click.echo))


@main.command("list")
@workspace_option
def list_(workspace: str | None) -> None:
    """List workflows, and the runs written to last."""
    shelf = _shelf(workspace)
    for entry in shelf.catalog.entries().values():
        shown = entry.title if entry.workflow else f"does not load. {entry.trouble}"
        click.echo(f"{entry.name:<20} {shown}")
    recent = shelf.recent(50)
    if recent:
        click.echo()
    for line in recent:
        click.echo(f"{line.name:<40} {line.status:<9} {line.settled}/{line.cards}  {line.at[:19]}")


@main.command()
@click.argument("workflow")
@click.argument("words", nargs=-1, metavar="[KEY] [CARD=VALUE]…")
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="Print the values as JSON.")
@click.option("--defaults", is_flag=True, help="Take each question's default where it has one.")
def run(
    workflow: str, words: tuple[str, ...], workspace: str | None, as_json: bool, defaults: bool
) -> None:
    """Run WORKFLOW without a page: answers as CARD=VALUE, the rest is asked on a terminal.

    KEY is how the run is found again; without one it is the first answer. A finished run prints its
    result and writes nothing; one that failed or was cancelled is tried again.
    """
    shelf = _shelf(workspace)
    flow = shelf.catalog.workflow(workflow)
    keys, answers = split_words(flow, words)
    if len(keys) > 1:
        raise Missing(
            f"{keys[1]!r} is neither an answer nor the key, which is {keys[0]!r}. An answer is "
            f"CARD=VALUE, and the cards are: {', '.join(c.name for c in flow.cards if c.asks)}."
        )
    key = keys[0] if keys else _key_for(flow, answers)
    interactive = sys.stdin.isatty() and sys.stdout.isatty() and not as_json
    look_ahead(shelf.place(flow, key), answers, asks=interactive, defaults=defaults)
    opened = shelf.open(flow, key, by="cli")
    secrets = Secrets(shelf.workspace)
    watch = Progress(opened) if sys.stderr.isatty() else _silent
    try:
        asyncio.run(
            drive(
                opened,
                secrets,
                answers,
                by="cli",
                ask=_ask_on_terminal if interactive else None,
                defaults=defaults,
                watch=watch,
            )
        )
    except (KeyboardInterrupt, click.Abort):
        click.echo(f"\nStopped. `cardloom run {opened.name.replace('/', ' ')}` goes on.", err=True)
        sys.exit(3)
    _print_result(opened, as_json)


def _silent() -> None:
    pass


def _key_for(flow: Workflow, answers: dict[str, Any]) -> str:
    if answers:
        return str(next(iter(answers.values())))
    raise Missing(
        f"Give the run a key: cardloom run {flow.name} KEY. It is how you find the run again."
    )


def split_words(flow: Workflow, words: tuple[str, ...]) -> tuple[list[str], dict[str, Any]]:
    """(words that are no answers, answers). Before its first `=` an answer has a card's name.

    A form's field is `card.field=value`; a choice of several takes the card again and again.
    """
    keys: list[str] = []
    answers: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        card, _, inner = name.partition(".")
        if not equals or card not in flow:
            keys.append(word)
        elif inner:
            fields = answers.setdefault(card, {})
            if isinstance(fields, dict):
                fields[inner] = _more(fields.get(inner), value)
        else:
            answers[card] = _more(answers.get(card), value)
    return keys, answers


def _more(before: Any, value: str) -> Any:
    if before is None:
        return value
    return [*before, value] if isinstance(before, list) else [before, value]


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


class Progress:
    """One line on a terminal's standard error: what runs, and how far it is."""

    def __init__(self, opened: Run) -> None:
        self._run, self._last = opened, 0.0

    def __call__(self) -> None:
        if time.monotonic() - self._last < 0.1:
            return
        self._last = time.monotonic()
        for name, card in self._run.state().cards.items():
            if card.status == "running":
                of = f"/{card.total:g}" if card.total else ""
                line = f"{name} {card.done:g}{of} {card.note}"[:100]
                click.echo(f"\r\x1b[K{line}", nl=False, err=True)
                return
        click.echo("\r\x1b[K", nl=False, err=True)


# -- asking on a terminal ------------------------------------------------------------------------


def _ask_on_terminal(card: Card, question: Question) -> Any:
    """Put the question on the terminal until its answer is accepted."""
    if not isinstance(question, Form):
        return _ask_one(question)
    click.echo(question.label or card.label)
    while True:
        raw = {name: _ask_one(inner) for name, inner in question.questions.items()}
        if _accepted(question, raw):
            return raw


def _ask_one(question: Any) -> Any:
    if question.help:
        click.echo(f"  {question.help}")
    if isinstance(question, Choice):
        for number, option in enumerate(question.options, 1):
            about = f" ({option.disabled or option.note})" if option.disabled or option.note else ""
            click.echo(f"  {number}. {option.label}{about}")
    while True:
        raw = _typed(question)
        if _accepted(question, raw):
            return raw


def _accepted(question: Question, raw: Any) -> bool:
    try:
        if isinstance(question, Upload) and raw and not Path(raw).expanduser().is_file():
            raise Wrong(f"There is no file {raw}.")
        # A file's parse is for the file as the run keeps it, and it is not kept yet.
        (replace(question, parse=None) if isinstance(question, Upload) else question).check(raw)
    except Wrong as wrong:
        click.echo(f"  {wrong}")
        return False
    return True


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl+C ends a question. asyncio's own handler tells its loop, and the loop waits for us."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _typed(question: Any) -> Any:
    default = "" if question.default is MISSING else str(question.default)
    with _interruptible():
        raw = click.prompt(question.label, default=default, show_default=bool(default))
    if isinstance(question, Choice):
        picks = [_picked(question, part.strip()) for part in str(raw).split(",") if part.strip()]
        return picks if question.multiple else (picks[0] if picks else "")
    if isinstance(question, (Confirm, Number, Text, Upload)):
        return question.default if raw == default and default else raw
    return raw


def _picked(question: Choice, text: str) -> Any:
    """An option by its number on the terminal, where no option is itself called so."""
    if text.isdigit() and text not in {o.id for o in question.options}:
        place = int(text) - 1
        if 0 <= place < len(question.options):
            return question.options[place].value
    return text


# -- one answer, looking, mending ----------------------------------------------------------------


@main.command()
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
    shelf = _shelf(workspace)
    opened = open_run(shelf, run_name)
    flow = opened.workflow
    assert flow is not None
    keys, answers = split_words(flow, words)
    if keys:
        name = keys[0].partition("=")[0]
        if "=" in keys[0]:
            flow.card(name.partition(".")[0])  # raises, with the nearest name
        raise Missing(f"{keys[0]!r} is not an answer. Write CARD=VALUE.")
    if plan:
        for name in answers:
            click.echo(f"{name}: {plan_change(flow, opened.state(), name)}")
        return
    asyncio.run(_answer(shelf, opened, flow, answers, why))
    upcoming = next_card(flow, opened.state())
    where = "The run is finished." if upcoming is None else f"Next: {upcoming.card.name}."
    click.echo(f"{', '.join(answers)} answered. {where}")


async def _answer(
    shelf: Shelf, opened: Run, flow: Workflow, answers: dict[str, Any], why: str
) -> None:
    """Write the answers, all of them or none."""
    http = Http()
    driver = Driver(opened, Secrets(shelf.workspace), http)
    try:
        questions = {name: await driver.question(name) for name in answers}
    finally:
        await http.close()
    given = {n: keep_uploads(opened, n, questions[n], raw) for n, raw in answers.items()}
    for name, raw in given.items():
        checked(flow.card(name), questions[name], raw)
    for name, raw in given.items():
        changing = opened.state().card(name).settled
        opened.move(
            moves.answering(
                flow, name, raw, by="cli", why=why, change=changing, question=questions[name]
            )
        )


@main.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
@click.option("--at", type=int, help="As it was at this event.")
@click.option("--json", "as_json", is_flag=True, help="Print the stored values as JSON.")
def show(run_name: str, workspace: str | None, at: int | None, as_json: bool) -> None:
    """Show the cards of RUN as they are, or as they were."""
    opened = _shelf(workspace).by_name(run_name)
    state = opened.state() if at is None else opened.state_at(at)
    views = survey(opened.workflow, state)
    if as_json:
        told = {v.name: {"status": v.mark, "value": v.state.value} for v in views}
        click.echo(dumps({"run": opened.name, "n": state.n, "cards": told}))
        return
    click.echo(
        f"{state.title} · {state.key}   ({status(opened) if at is None else f'at event {at}'})"
    )
    for view in views:
        value = (
            view.state.error
            if view.mark == "failed"
            else brief(view.state.value)
            if view.state.settled
            else ""
        )
        click.echo(f"  {view.mark:<11} {view.name:<18} {value}".rstrip())
    _warn(opened)


@main.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
@click.option("--follow", "-f", is_flag=True, help="Go on with what is appended, until Ctrl+C.")
def log(run_name: str, workspace: str | None, follow: bool) -> None:
    """Print the journal of RUN, line by line, as it is on the disk."""
    opened = _shelf(workspace).by_name(run_name)
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
    _warn(opened)


def _warn(opened: Run) -> None:
    opened.journal.read()
    for damage in opened.damage:
        click.echo(
            f"Damaged: {damage} `cardloom repair {opened.name}` keeps what is good.", err=True
        )


@main.command()
@click.argument("run_names", nargs=-1, metavar="[RUN]…")
@workspace_option
def verify(run_names: tuple[str, ...], workspace: str | None) -> None:
    """Prove the chain of sums of RUN's journal, or of every run's."""
    shelf = _shelf(workspace)
    found = [shelf.by_name(n) for n in run_names] or [shelf.at(f) for f in sorted(shelf.folders())]
    bad = 0
    for opened in found:
        n = opened.state().n
        if opened.damage:
            bad += 1
            click.echo(f"{opened.name}: {n} events hold, then: {opened.damage[0]}")
        else:
            click.echo(f"{opened.name}: {n} events, all hold")
    if bad:
        raise Refused(
            f"{bad} of {len(found)} journals are damaged. `cardloom repair RUN` mends one."
        )


@main.command()
@click.argument("run_name", metavar="RUN")
@workspace_option
def repair(run_name: str, workspace: str | None) -> None:
    """Keep the good beginning of a damaged journal, and save what still reads beside it."""
    opened = _shelf(workspace).by_name(run_name)
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


TEMPLATE = '''"""{title}: say here in a line what it is for."""

from cardloom import Choice, Text, Workflow

{name} = Workflow("{title}")

{name}.ask(
    who=Text("Who is it for?", placeholder="Ada"),
    tone=Choice("In which tone?", ["friendly", "formal"]),
)


@{name}.do
def greeting(who, tone):
    return f"Hello, {{who}}!" if tone == "friendly" else f"Dear {{who}},"
'''


def _free_path(place: Workspace, name: str) -> Path:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", name):
        raise Missing(f"{name!r} can't be a workflow's name. Use small letters, digits and _.")
    path = place.root / f"{name}.py"
    if path.exists():
        raise Refused(f"{path} exists already, and was left as it is.")
    return path


@main.command()
@click.argument("name")
@workspace_option
def new(name: str, workspace: str | None) -> None:
    """Write a first workflow file called NAME into the workspace."""
    path = _free_path(find_workspace(workspace).make(), name)
    title = name.replace("_", " ").capitalize()
    path.write_text(TEMPLATE.format(name=name, title=title), encoding="utf-8")
    click.echo(f"Wrote {path}. Open it in your editor; the page shows it at once.")


@main.command()
@click.argument("workflow")
@click.argument("name", required=False)
@workspace_option
def copy(workflow: str, name: str | None, workspace: str | None) -> None:
    """Copy a shipped WORKFLOW into the workspace, as NAME if given, to be made your own."""
    shelf = _shelf(workspace)
    entry = shelf.catalog.entry(workflow)
    path = _free_path(shelf.workspace, name or workflow)
    shutil.copyfile(entry.path, path)
    stands = " It now stands before the shipped one." if path.stem == entry.name else ""
    click.echo(f"Wrote {path}.{stands}")


@main.command()
@click.argument("name")
@workspace_option
@click.option("--forget", is_flag=True, help="Forget it.")
def secret(name: str, workspace: str | None, forget: bool) -> None:
    """Keep a secret for cards that ask for it with run.secret(NAME)."""
    place = find_workspace(workspace).make()
    if forget:
        value = ""
    elif sys.stdin.isatty():
        value = click.prompt(f"Value of {name}", hide_input=True)
    else:
        value = sys.stdin.readline().strip()
        if not value:
            raise Missing(
                f"Nothing came in for {name}. Pipe its value in, or call it on a terminal."
            )
    Secrets(place).set(name, value)
    click.echo(f"{name} is {'forgotten' if forget else 'kept, readable by you alone'}.")
