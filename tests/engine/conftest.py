"""A run in memory: what the journal would hold, and the state it means."""

import pytest

from cardloom.engine import encode, fold, moves, next_card


class Story:
    """Events as a journal would number them; moves are asked about the state so far."""

    def __init__(self, workflow):
        self.workflow = workflow
        self.events = []
        self.add(moves.create(workflow, "ada", "person"))

    @property
    def state(self):
        return fold(self.events)

    def add(self, drafts):
        at = f"2026-11-21T08:00:{len(self.events) + 1:02}.000000Z"  # one append, one time
        for draft in drafts:
            self.events.append({"n": len(self.events) + 1, "at": at, **draft})
        return drafts

    def answer(self, name, raw, **facts):
        return self.add(
            moves.answer(self.workflow, self.state, name, raw, **{"by": "person", **facts})
        )

    def start(self, name):
        self.add(moves.start(self.workflow, self.state, name))
        return len(self.events)

    def finish(self, name, value, seconds=0.5):
        """Finish the running card, or start and finish it."""
        if self.state.card(name).status != "running":
            self.start(name)
        started = self.state.card(name).started_n
        self.add(moves.finish(self.state, name, started, encode(value), [], seconds))

    def ask(self, name, question):
        started = self.start(name)
        return self.add(moves.ask(self.workflow, self.state, name, started, question))

    def do(self, move, *words, **facts):
        """A move of the engine that takes the workflow, or not."""
        first = (self.workflow, self.state) if move is moves.reopen else (self.state,)
        return self.add(move(*first, *words, **{"by": "person", **facts}))

    @property
    def next(self):
        """(step's name, card's name), or None at the end."""
        upcoming = next_card(self.workflow, self.state)
        return upcoming and (upcoming.step.name, upcoming.card.name)

    def status(self, name):
        return self.state.card(name).status


@pytest.fixture
def story():
    return Story
