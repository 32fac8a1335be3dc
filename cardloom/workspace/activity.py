"""The activity feed: one line for each thing that happened to a run, newest last.

A convenience drawn from the journals: pushed without a sync, and never a reason for an answer to fail.
The truth is in the journals; a power cut may take the feed's last lines, and nothing else.

    {"n":7,"at":"…","kind":"finished","run":"bridge/ada","event":9,"text":"","sum":"…"}
"""

from collections.abc import Sequence
from pathlib import Path

from cardloom.engine import Step, next_card
from cardloom.engine.moves import Event
from cardloom.errors import CardloomError
from cardloom.journal import Queue
from cardloom.runs.run import Run

SIZE, KEEP = 128_000, 8  # bytes of a file; closed files that stay
NOTABLE = {  # kind to the words of a list
    "created": "begun",
    "finished": "finished",
    "waiting": "waits for you",
    "failed": "failed",
    "interrupted": "interrupted",
    "finalized": "locked",
    "unfinalized": "open again",
    "started over": "started over",
    "request completed": "request completed",
    "request failed": "request failed",
    "backup made": "backup made",
    "backup failed": "backup failed",
}
_QUIET = {"progressed", "wrote", "remembered", "noted", "started", "said", "replied", "proposed"}
_TOLD = ("created", "failed", "interrupted", "finalized", "unfinalized")
_LONGEST = 300  # characters of a line's text


class Activity:
    """The feed of one workspace, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.queue = Queue(folder, size=SIZE, keep=KEEP)

    def tell(self, kind: str, *, run: str = "", event: int = 0, text: str = "") -> None:
        """Add a line; `run` is the run's name, `event` the n of its journal then. Never fails."""
        line = {"kind": kind, "run": run, "event": event, "text": text[:_LONGEST]}
        try:
            try:
                self.queue.push(line, sync=False)
            except CardloomError:  # damaged, or a sync failed: what reads is kept, and it goes on
                self.queue.reopen()
                self.queue.repair()
                self.queue.push(line, sync=False)
        except (CardloomError, OSError, ValueError):
            pass  # the journal has it

    def publish(self, run: Run, written: Sequence[Event]) -> None:
        """What was just written to the journal of `run`, as at most one line."""
        types = [event["type"] for event in written if event["type"] not in _QUIET]
        if not types:
            return
        kind, text = _meaning(run, types, written)
        self.tell(kind, run=run.name, event=written[-1]["n"], text=text)

    def recent(self, most: int = 12) -> list[Event]:
        """The newest lines that a person would care for, newest first; Refused where it is damaged."""
        wanted = most
        while True:
            lines = self.queue.last(wanted)
            notable = [line for line in reversed(lines) if line.get("kind") in NOTABLE]
            if len(notable) >= most or len(lines) < wanted:
                return notable[:most]
            wanted *= 8

    def close(self) -> None:
        self.queue.close()


def _meaning(run: Run, types: list[str], written: Sequence[Event]) -> tuple[str, str]:
    """The kind of a line, and its text. `changed` is for programs, and no list shows it."""
    last = types[-1]
    if last in _TOLD:
        event = next(e for e in reversed(written) if e["type"] == last)
        error = f"{event['card']}: {event['error']}" if last == "failed" else event.get("card", "")
        return last, str(error)
    if run.workflow is None:
        return "changed", ""
    upcoming = next_card(run.workflow, run.state())
    if upcoming is None:
        return "finished", ""
    by_machine = last in ("finished", "asked", "skipped")
    if by_machine and upcoming.step is Step.WAIT:
        return "waiting", upcoming.card.label or upcoming.card.name
    return "changed", ""
