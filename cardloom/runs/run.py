"""One run on disk: its journal, the fold of it, its files and its drafts.

Everything that happens to a run goes through `Run.move`: read, fold, ask the engine, append, publish.
Where another process was first, the engine is asked again about the newer state.

A Run belongs to one thread (the server's loop, or a command); only `sync` may wait elsewhere.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cardloom.disk import write_private
from cardloom.engine import State, Workflow, decode, fold
from cardloom.engine.moves import Move
from cardloom.engine.validate import fault, sound
from cardloom.errors import NoEvent, Refused, Unwritable, WorkflowError
from cardloom.journal import Damage, Journal, Moved
from cardloom.runs.files import Files
from cardloom.types import Event, Json

Listener = Callable[["Run", Sequence[Event]], None]

MOST_DRAFT = 200_000  # characters kept of what is typed and not sent
ARRIVED = "imported.json"  # beside the journal of a run from elsewhere: its last event, and when


class Run:
    """The run in `folder`; `workflow` is None when its file is gone or does not load."""

    def __init__(
        self, folder: Path, workflow: Workflow | None, subscribers: Iterable[Listener] = ()
    ) -> None:
        self.folder = folder
        self.workflow = workflow
        self.journal = Journal(folder)
        self.files = Files(folder / "files")
        self.unloaded = ""  # why the workflow's file, which is there, does not load
        self.trouble = ""  # a sentence for the page: what stops the machine from going on
        self.listeners: set[Listener] = set()  # followers of this run alone: open pages, a terminal
        self._subscribers = subscribers  # followers of all runs
        self._state = State()
        self._folded: list[Event] | None = None
        self._first: Event | None = None  # the first event, when it was looked at last
        self._wrong: list[Damage] = []

    @property
    def name(self) -> str:
        """`workflow/folder`: how the run is called in addresses and commands."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def workspace(self) -> Path:
        """The folder in whose `runs/<workflow>/<run>` this run lies."""
        return self.folder.parents[2]

    @property
    def exists(self) -> bool:
        return self.journal.path.exists()

    @property
    def begun(self) -> bool:
        """Whether its first event is there: who begins a run may be killed before it is."""
        return self.state().n > 0 or bool(self.journal.damage)

    @property
    def is_record(self) -> bool:
        """Whether the run is composed of others, with no workflow to go on by."""
        return self.workflow is None and bool(self.state().runs)

    def loaded(self) -> Workflow:
        """The workflow, to go on by; Refused or WorkflowError where the run can only be read."""
        if self.workflow is not None:
            return self.workflow
        if self.is_record:
            raise Refused(composed_refusal(self))
        raise WorkflowError(self.only_read)

    @property
    def only_read(self) -> str:
        """Refusal text for going on with a run whose workflow is missing or does not load."""
        why = f" ({self.unloaded})" if self.unloaded else ""
        return (
            f"The workflow file {self.folder.parent.name}.py is missing or does not load{why}. "
            f"{self.name} can only be read until it does."
        )

    @property
    def damage(self) -> list[Damage]:
        """Where the journal does not hold, or is no run's: then the run is for reading only."""
        return self.journal.damage or self._misread()

    @property
    def mendable(self) -> bool:
        """Whether `cardloom repair` has something to mend; what never was a run it can't make one."""
        return bool(self.journal.damage)

    def _misread(self) -> list[Damage]:
        first = self.journal.events[0] if self.journal.events else None
        if first is not self._first:
            self._first, self._wrong = first, _wrong_first(first)
        return self._wrong

    def state(self) -> State:
        """The fold of the journal as it is on disk now; only the new tail is read."""
        events = self.journal.read()
        if events is not self._folded:
            self._state, self._folded = State(), events
        if len(events) > self._state.n:
            self._state = fold(events, self._state)
        return self._state

    def state_at(self, n: int) -> State:
        """The state as it was at event `n`; NoEvent where there is none."""
        events = self.journal.read()
        if not 0 <= n <= len(events):
            raise NoEvent(self.name, len(events), n)
        return fold(events[:n])

    def move(self, decide: Move, *, sync: bool = True) -> list[Event]:
        """Append what `decide(state)` gives; its refusals pass through, with nothing written."""
        while True:
            state = self.state()
            if self.damage:
                mend = f" `cardloom repair {self.name}` keeps what is good."
                raise Refused(
                    f"{self.name} is damaged and open for reading only. {self.damage[0]}"
                    f"{mend if self.mendable else ''}"
                )
            drafts = decide(state)
            try:
                written = self.journal.append(drafts, expect=state.n, sync=sync)
            except Moved:
                continue
            except Unwritable as error:
                self.trouble = str(error)
                raise
            self.trouble = ""
            if written:
                self.publish(written)
            return written

    def needs_approval(self) -> bool:
        """Whether this run came from elsewhere and nobody here has done anything with it since.

        Its answers are a stranger's: the machine does not go on with them by itself.
        """
        try:
            told = json.loads((self.folder / ARRIVED).read_text(encoding="utf-8"))
            return bool(self.journal.n <= told["n"])
        except FileNotFoundError:
            return False
        except (OSError, ValueError, KeyError, TypeError):
            return True

    def approve(self) -> None:
        """A person lets the machine go on with a run from elsewhere."""
        (self.folder / ARRIVED).unlink(missing_ok=True)
        self.publish()

    def publish(self, events: Sequence[Event] = ()) -> None:
        """Tell the followers of this run, and of all runs, that the run has changed.

        `events` are those that this process has just written; empty for another process's lines and
        for what is no event.
        """
        for listener in (*self._subscribers, *self.listeners):
            listener(self, events)

    def stop_with(self, sentence: str) -> None:
        """Show what stops the machine from going on; an empty sentence takes it back."""
        self.trouble = sentence
        self.publish()

    def value(self, name: str) -> Any:
        """The Python value of a settled card, None for others."""
        return self.decoded(self.state().card(name).value)

    def decoded(self, stored: Json) -> Any:
        """The Python value of what the journal holds."""
        return decode(stored, self.workflow.types if self.workflow else None, self.files.fetch)

    def start_over(self) -> Path:
        """Set the journal and its files aside under their time; the next event is the first.

        The draft goes: it was typed into a card that is no more.
        """
        (self.folder / "draft.json").unlink(missing_ok=True)
        (self.folder / ARRIVED).unlink(missing_ok=True)  # what begins now is this person's own
        kept = self.journal.set_aside()
        if self.files.root.is_dir():
            self.files.root.rename(kept.with_name(kept.stem.replace("journal", "files")))
        return kept

    # -- drafts: what was typed and not sent; beside the journal, since it did not happen ----------

    def draft(self, card: str) -> dict[str, list[str]]:
        """What was typed into the card's fields, by field name; empty where nothing was."""
        found = self._drafts().get(card)
        return found if isinstance(found, dict) else {}

    def keep_draft(self, card: str, fields: Mapping[str, list[str]]) -> None:
        drafts = self._drafts()
        drafts.pop(card, None)
        kept = {name: values for name, values in fields.items() if any(values)}
        if kept and sum(len(v) for values in kept.values() for v in values) <= MOST_DRAFT:
            drafts[card] = kept
        path = self.folder / "draft.json"
        if drafts:
            # Not synced: a draft outlives a killed server, and is not worth a person's waiting.
            write_private(path, json.dumps(drafts), sync=False)
        else:
            path.unlink(missing_ok=True)

    def drop_draft(self, card: str) -> None:
        if card in self._drafts():
            self.keep_draft(card, {})

    def _drafts(self) -> dict[str, Json]:
        try:
            found = json.loads((self.folder / "draft.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _wrong_first(first: Event | None) -> list[Damage]:
    if first is None or (first.get("type") == "created" and sound(first)):
        return []
    wrong = fault(first) or "a run begins with `created`"
    return [Damage(1, f"it begins no run that can be shown: {wrong}")]


def composed_refusal(run: Run) -> str:
    """Refusal text for acting on a composed, read-only run."""
    return (
        f"{run.name} is composed of {' and '.join(run.state().runs)}. It is a record to read: nothing "
        "in it is asked or runs again. Go on with those runs themselves."
    )
