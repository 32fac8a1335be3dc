"""Random stories against a model: whatever happens to a run, the same few things hold.

The model is the answers as they ought to be and the functions themselves. The machine's work is
done at once, as a driver would: start, compute, finish, until a person is needed.
"""

import copy

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cardloom import Number, Text, Workflow
from cardloom.engine import Step, fold, fork, moves, next_card, redo_target, undo_target, views_of
from cardloom.errors import CardloomError

WORDS = st.sampled_from(["a", "b", "c"])
SIZES = st.integers(1, 3)


def made():
    flow = Workflow("Story")
    flow.ask(word=Text("Word?"), size=Number("Size?", whole=True))

    @flow.do
    def upper(word):
        return word.upper()

    @flow.do
    def half(size):
        return size / 2

    @flow.do(once=True)
    def sent(upper):
        return f"sent {upper}"

    @flow.do
    def end(sent, half):
        return f"{sent} {half}"

    return flow


FLOW = made()


class Story(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.events = []
        self.forks = []
        self.calls = []
        self.clock = 0
        self.write(moves.create(FLOW, "ada", "person"))

    # -- the journal and the machine -----------------------------------------------------------

    @property
    def state(self):
        return fold(self.events)

    def write(self, drafts):
        self.clock += 1
        at = f"2026-11-21T08:{self.clock // 60 % 60:02}:{self.clock % 60:02}.000000Z"
        for draft in drafts:
            self.events.append({"at": at, **draft, "n": len(self.events) + 1})

    def attempt(self, move, *words, **facts):
        """The move, or its refusal with nothing written."""
        before = len(self.events)
        try:
            drafts = move(*words, **facts)
        except CardloomError:
            assert len(self.events) == before
            return False
        self.write(drafts)
        return True

    def work(self, most=20):
        """As far as the machine goes; the names of the cards that ran."""
        ran = []
        for _ in range(most):
            upcoming = next_card(FLOW, self.state)
            if upcoming is None or upcoming.step in (Step.WAIT, Step.STOPPED):
                return ran
            if upcoming.step is Step.BUSY:
                self.write(moves.interrupt(self.state))
                continue
            card = upcoming.card
            self.write(moves.start(FLOW, self.state, card.name))
            now = self.state.card(card.name)
            given = {name: self.state.values[n] for name, n in now.inputs.items()}
            value = card.function(**given)
            self.write(moves.finish(self.state, card.name, now.started_n, value, [], 0.1))
            ran.append(card.name)
        raise AssertionError("the machine does not come to rest")

    # -- what may happen -----------------------------------------------------------------------

    @rule(word=WORDS, by=st.sampled_from(["person", "cli", "llm"]))
    def say_word(self, word, by):
        change = self.state.card("word").settled
        self.attempt(moves.answer, FLOW, self.state, "word", word, by=by, change=change)

    @rule(size=SIZES)
    def say_size(self, size):
        change = self.state.card("size").settled
        self.attempt(moves.answer, FLOW, self.state, "size", size, by="person", change=change)

    @rule()
    def machine(self):
        self.calls += self.work()

    @precondition(lambda self: next_card(FLOW, self.state) is not None)
    @rule(how=st.sampled_from(["failed", "cancelled", "cut"]))
    def trouble(self, how):
        upcoming = next_card(FLOW, self.state)
        if upcoming.step is not Step.WORK:
            return
        name = upcoming.card.name
        self.write(moves.start(FLOW, self.state, name))
        started = self.state.card(name).started_n
        if how == "failed":
            event = {"type": "failed", "error": "No.", "trace": ""}
            self.write(moves.report(self.state, name, started, event))
        elif how == "cancelled":
            self.write(moves.cancel(self.state, name, by="person"))
        else:
            self.write(moves.interrupt(self.state))

    @rule(name=st.sampled_from(["word", "upper", "half", "sent", "end"]))
    def again(self, name):
        self.attempt(moves.reopen, FLOW, self.state, name, by="person")

    @rule()
    def lock(self):
        move = moves.unfinalize if self.state.finalized else moves.finalize
        self.attempt(move, self.state, by="person")

    @rule(data=st.data())
    def rewind(self, data):
        to = data.draw(st.integers(0, len(self.events) + 1))
        before = len(self.events)
        if self.attempt(moves.rewind, self.state, to, by="person"):
            assert 1 <= to < before
            assert told(self.state) == told(fold(self.events[:to]))

    @rule()
    def undo_and_redo(self):
        to = undo_target(self.events)
        if to is None or self.state.finalized:
            return
        before = told(self.state)
        running = any(c.status == "running" for c in self.state.cards.values())
        if not self.attempt(moves.rewind, self.state, to, by="person", kind="undo"):
            return
        back = redo_target(self.events)
        if not running:
            self.write(moves.rewind(self.state, back, by="person", kind="redo"))
            assert told(self.state) == before

    @rule(data=st.data(), word=st.none() | WORDS)
    def fork_it(self, data, word):
        at = data.draw(st.integers(0, len(self.events)))
        before = copy.deepcopy(self.events)
        changes = {"word": word} if word else {}
        try:
            forked = fork(
                FLOW, self.events, at, origin="story/ada", key="bob", by="person", changes=changes
            )
        except CardloomError:
            return
        assert self.events == before  # the original is only read
        child = Story.__new__(Story)
        child.events, child.calls, child.clock, child.forks = [], [], 0, []
        Story.write(child, forked.events)
        then = fold(self.events[:at])
        if at and not word and all(c.status in ("done", "asking") for c in then.cards.values()):
            assert told(child.state) == told(then)
            again = fork(
                FLOW, child.events, len(child.events), origin="story/bob", key="eve", by="person"
            )
            twin = Story.__new__(Story)
            twin.events, twin.clock = [], 0
            Story.write(twin, again.events)
            assert told(twin.state) == told(child.state)
        begun = {e.get("card") for e in self.events if e["type"] == "started"}
        ran = Story.work(child)
        if "sent" in begun:
            assert "sent" not in ran  # never twice without a person's word
        if at and word and then.card("word").settled:
            kept = {n for n in ("half",) if then.card(n).status == "done"}
            fresh_then = {v.name for v in views_of(FLOW, then) if v.status == "done"}
            assert not (kept & fresh_then & set(ran))

    # -- what always holds ---------------------------------------------------------------------

    @invariant()
    def folding_is_deterministic_and_may_stop_anywhere(self):
        whole = fold(self.events)
        half = fold(self.events[: len(self.events) // 2])
        assert told(fold(self.events, half)) == told(whole)

    @invariant()
    def what_is_fresh_is_what_the_functions_say(self):
        state = self.state
        for view in views_of(FLOW, state):
            if view.status == "done" and not view.asks:
                given = {p: state.card(p).value for p in FLOW.card(view.name).params}
                if all(state.card(p).settled for p in given):
                    assert view.state.value == FLOW.card(view.name).function(**given)

    @invariant()
    def an_effect_happens_once_for_each_word_of_a_person(self):
        # Whatever is rewound, cut or undone: it began once, and again only after it was opened again.
        word = True
        for event in self.events:
            if event.get("card") == "sent" and event["type"] == "reopened":
                word = True
            elif event.get("card") == "sent" and event["type"] == "started":
                assert word
                word = False


def told(state):
    """The state without what every event moves: its number, its time, and `changed`."""
    return {
        name: (c.status, c.value, c.question, c.error, c.by, c.why, c.settled)
        for name, c in state.cards.items()
    }


Story.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestStories = Story.TestCase
