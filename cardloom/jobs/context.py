"""`run`, the one object that a card gets after its bare `*`, and the recorder behind it.

    card's function ── run.progress, run.write, run.once … ──► Recorder ──► the run's journal

A card may be a coroutine, a thread or a process; the Recorder is the same for all three. What a card
streams is gathered and passed on ten times a second, its progress twice.
"""

import functools
import inspect
import json
import math
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cardloom.engine import decode
from cardloom.jobs.http import BlockingHttp, Http
from cardloom.runs import CardFiles
from cardloom.types import Json

MOST_OUTPUT = 2_000_000  # characters one card may stream; the rest belongs in a file
HIDDEN = "•••"


class Recorder:
    """What a card at work has said and not yet had journaled, and what it may ask for."""

    def __init__(
        self,
        files: CardFiles,
        remembered: Mapping[str, Json],
        secret: Callable[[str], str],
        remember: Callable[[str, Json], None],
        types: Mapping[str, type],
        key: str = "",
        workspace: Path | None = None,
    ) -> None:
        self.files = files
        self.key = key
        self.workspace = workspace or Path()
        self.cancelled = False
        self.handed: set[str] = set()  # secrets the card has seen: never to be journaled
        self._remembered = dict(remembered)
        self._secret, self._remember, self._types = secret, remember, types
        self._lock = threading.Lock()
        self._text: list[str] = []
        self._written = 0
        self._progress: dict[str, Json] | None = None
        self._told: dict[str, Json] | None = None
        self._notes: list[str] = []

    def progress(self, done: float, total: float | None = None, note: str = "") -> None:
        said = {
            "done": _figure(done) or 0,
            "total": None if total is None else _figure(total),
            "note": self.hide(str(note))[:500],
        }
        with self._lock:
            self._progress = said

    def write(self, text: object) -> None:
        said = str(text)
        with self._lock:
            room = MOST_OUTPUT - self._written
            if room < 0:
                return  # the last words have been said
            if len(said) > room:
                said = said[:room] + "\n… more was written than a card shows; write it to a file.\n"
            self._written += len(said)
            self._text.append(said)

    def note(self, text: object) -> None:
        with self._lock:
            self._notes.append(self.hide(str(text))[:10_000])

    def secret(self, name: str) -> str:
        value = self._secret(name)
        self.handed.add(value)
        return value

    def hide(self, text: str) -> str:
        """`text` without the secrets that the card has seen."""
        for secret in self.handed:
            # An error's sentence is on one line, whatever it was before.
            text = text.replace(secret, HIDDEN).replace(" ".join(secret.split()), HIDDEN)
        return text

    def knows(self, key: str) -> bool:
        return key in self._remembered

    def recall(self, key: str) -> Any:
        return decode(self._remembered[key], self._types, self.files.files.fetch)

    def encode(self, value: Any, said: str) -> Json:
        """The stored form of a value; RuntimeError beginning with `said` where it holds a secret."""
        return self.files.encode(value, functools.partial(self.guard, said))

    def guard(self, said: str, stored: Json) -> None:
        """Raise RuntimeError when what is to be journaled holds a secret that the card has seen."""
        text = json.dumps(stored)
        # Spelled as JSON spells it, and not where a word of three letters may stand by chance.
        if any(json.dumps(secret)[1:-1] in text for secret in self.handed if len(secret) > 3):
            raise RuntimeError(
                f"{said} a value that holds a secret. Return it without: values are written to "
                "the journal."
            )

    def remember(self, key: str, value: Any) -> None:
        """Journal a sub-step's value; returns when it is on the disk."""
        self.keep(key, self.encode([str(key), value], "run.once was given")[1])

    def keep(self, key: str, stored: Json) -> None:
        """Journal a sub-step's value that has been encoded already."""
        self._remember(key, stored)
        self._remembered[key] = stored

    def take(self, progress: bool = True) -> list[dict[str, Json]]:
        """The events gathered so far: notes, text, and (where asked for) progress."""
        with self._lock:
            events: list[dict[str, Json]] = [{"type": "noted", "text": t} for t in self._notes]
            if self._text:
                text = self.hide("".join(self._text))
                events.append({"type": "wrote", "text": text})
            if progress and self._progress is not None:
                if self._progress != self._told:  # what is known already is not news
                    events.append({"type": "progressed", **self._progress})
                    self._told = self._progress
                self._progress = None
            self._notes, self._text = [], []
            return events


def _figure(number: float) -> float | None:
    """The number as JSON has it; None for what is no finite one."""
    try:
        plain = float(number)
    except OverflowError:
        return None
    except (TypeError, ValueError):
        raise TypeError(f"run.progress takes numbers, and {number!r} is no number.") from None
    if not math.isfinite(plain):
        return None
    return int(plain) if plain.is_integer() and abs(plain) < 1e15 else plain


class CardContext:
    """What every card's `run` can do, on whatever it runs."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.stopped = False  # this attempt alone; the recorder serves the next one too

    def progress(self, done: float, total: float | None = None, note: str = "") -> None:
        """Say how far the card is: a bar where `total` is given, a count otherwise."""
        self._recorder.progress(done, total, note)

    def write(self, text: object) -> None:
        """Append text to the card on the page. Nothing is added: end lines yourself."""
        self._recorder.write(text)

    def note(self, text: object) -> None:
        """Leave a remark in the journal, shown on the card."""
        self._recorder.note(text)

    def file(self, name: str) -> Path:
        """Where to write a file of this name; it is published when the card finishes.

        An interrupted card that runs again with the same inputs finds what it wrote.
        """
        return self._recorder.files.file(name)

    @property
    def key(self) -> str:
        """The run's key, as the workflow cleaned it."""
        return self._recorder.key

    @property
    def workspace(self) -> Path:
        """The folder that the workflows lie in, for files that are to outlive the run."""
        return self._recorder.workspace

    @property
    def cancelled(self) -> bool:
        """Whether the card should stop: for loops in code that cannot be interrupted."""
        return self.stopped or self._recorder.cancelled

    def secret(self, name: str) -> str:
        """The secret of this name; it is kept out of the journal and the page."""
        return self._recorder.secret(name)


class ThreadContext(CardContext):
    """`run` for a plain function."""

    def __init__(self, recorder: Recorder, http: BlockingHttp) -> None:
        super().__init__(recorder)
        self.http = http

    def once(self, key: str, function: Callable[[], Any]) -> Any:
        """The value of `function()`: called once, recalled from the journal after a crash."""
        if not self._recorder.knows(key):
            self._recorder.remember(key, function())
        return self._recorder.recall(key)


class AsyncContext(CardContext):
    """`run` for an `async def` card."""

    def __init__(self, recorder: Recorder, http: Http) -> None:
        super().__init__(recorder)
        self.http = http

    async def once(self, key: str, function: Callable[[], Any]) -> Any:
        """The value of `function()`, awaited where need be: called once, recalled after a crash."""
        if not self._recorder.knows(key):
            value = function()
            self._recorder.remember(key, await value if inspect.isawaitable(value) else value)
        return self._recorder.recall(key)
