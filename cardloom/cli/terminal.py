"""A person at a terminal: questions put until they are answered, and one line of progress.

Whether there is a person is for the caller to know; nothing here looks.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from cardloom.engine import MISSING, Card, Question, Wrong
from cardloom.engine.status import CardStatus
from cardloom.runs import Run


def silent() -> None:
    pass


class Progress:
    """One line on a terminal's standard error: what runs, and how far it is."""

    def __init__(self, opened: Run) -> None:
        self._run, self._last = opened, 0.0

    def __call__(self) -> None:
        if time.monotonic() - self._last < 0.1:
            return
        self._last = time.monotonic()
        for name, card in self._run.state().cards.items():
            if card.status == CardStatus.RUNNING:
                of = f"/{card.total:g}" if card.total else ""
                line = f"{name} {card.done:g}{of} {card.note}"[:100]
                click.echo(f"\r\x1b[K{line}", nl=False, err=True)
                return
        click.echo("\r\x1b[K", nl=False, err=True)


def ask_on_terminal(card: Card, question: Question) -> Any:
    """Put the question on the terminal until its answer is accepted."""
    if not question.parts:
        return _ask_one(question)
    click.echo(question.label or card.label)
    while True:
        raw = {name: _ask_one(inner) for name, inner in question.parts.items()}
        if _accepted(question, raw):
            return raw


def _ask_one(question: Question) -> Any:
    if question.help:
        click.echo(f"  {question.help}")
    for number, option in enumerate(question.options, 1):
        about = f" ({option.disabled or option.note})" if option.disabled or option.note else ""
        click.echo(f"  {number}. {option.label}{about}")
    while True:
        raw = _typed(question)
        if _accepted(question, raw):
            return raw


def _accepted(question: Question, raw: Any) -> bool:
    try:
        if (
            question.uploads
            and isinstance(raw, str)
            and raw
            and not Path(raw).expanduser().is_file()
        ):
            raise Wrong(f"There is no file {raw}.")
        question.ahead().check(raw)
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


def _typed(question: Question) -> Any:
    default = "" if question.default is MISSING else str(question.default)
    with _interruptible():
        raw = click.prompt(question.label, default=default, show_default=bool(default))
    if question.options:
        picks = [_picked(question, part.strip()) for part in str(raw).split(",") if part.strip()]
        return picks if question.multiple else (picks[0] if picks else "")
    return question.default if raw == default and default else raw


def _picked(question: Question, text: str) -> Any:
    """An option by its number on the terminal, where no option is itself called so."""
    if text.isdigit() and text not in {o.id for o in question.options}:
        place = int(text) - 1
        if 0 <= place < len(question.options):
            return question.options[place].value
    return text
