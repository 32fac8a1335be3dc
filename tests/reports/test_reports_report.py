"""A report says who gave what and why, what it was made from, and what was changed on the way."""

from cardloom.engine import Text, Workflow
from cardloom.engine.copies import files_of
from cardloom.reports.report import report

FILE = {"$": "file", "path": "both-9/a.txt", "size": 3, "sha256": "a" * 64}


def flow():
    made = Workflow("Chain")
    made.ask(left=Text("Left?"), right=Text("Right?"))

    @made.do
    def both(left, right):
        """Both of them"""
        return left + right

    return made


def lines(*drafts):
    """Events as a journal has them; the sums are only told apart here."""
    return [
        {"n": n, "at": f"2026-11-21T08:00:{n:02}.000000Z", **draft, "sum": f"{n:016x}"}
        for n, draft in enumerate(drafts, 1)
    ]


def created(workflow):
    return {
        "type": "created",
        "workflow": "chain",
        "key": "k",
        "title": "Chain",
        "cards": workflow.outline(),
        "by": "person",
    }


def answered(card, value, **facts):
    return {"type": "answered", "card": card, "value": value, "inputs": {}, "by": "cli", **facts}


def finished(value, inputs, **facts):
    event = {"type": "finished", "card": "both", "value": value, "inputs": inputs, "seconds": 0.5}
    return {**event, **facts}


def told(events, workflow=None, **facts):
    return report(events, workflow, run="chain/k", status="done", **facts)


def card(made, name):
    return next(entry for entry in made.cards if entry.name == name)


def test_a_card_says_by_whom_why_and_what_it_was_made_from():
    workflow = flow()
    events = lines(
        created(workflow),
        answered("left", "a", why="it was there"),
        answered("right", "b"),
        {"type": "started", "card": "both", "inputs": {"right": 3, "left": 2}},
        {"type": "wrote", "card": "both", "started": 4, "text": "one "},
        {"type": "wrote", "card": "both", "started": 4, "text": "two"},
        {"type": "noted", "card": "both", "started": 4, "text": "a remark"},
        finished(FILE, {"right": 3, "left": 2}, started=4, files=[FILE]),
    )

    made = told(events, workflow)

    left, both = card(made, "left"), card(made, "both")
    assert (left.by, left.why, left.value) == ("cli", "it was there", "a")
    assert [(taken.name, taken.n) for taken in both.inputs] == [("left", 2), ("right", 3)]
    assert [taken.label for taken in both.inputs] == ["Left?", "Right?"]
    assert (both.output, both.notes, both.seconds) == ("one two", ("a remark",), 0.5)
    assert [file.path for file in both.files] == ["both-9/a.txt"] == [f.path for f in made.files]
    assert (made.n, made.sum) == (8, f"{8:016x}")


def test_a_changed_answer_shows_the_earlier_one_with_its_why():
    workflow = flow()
    events = lines(
        created(workflow),
        answered("left", "a", why="first"),
        {"type": "reopened", "card": "left", "why": "second"},
        answered("left", "b", why="second"),
    )

    left = card(told(events, workflow), "left")

    assert (left.value, left.why) == ("b", "second")
    assert [(e.value, e.why, e.n, e.rewound) for e in left.earlier] == [("a", "first", 2, False)]


def test_an_equal_answer_is_no_change():
    workflow = flow()
    events = lines(created(workflow), answered("left", "a"), answered("left", "a"))

    assert card(told(events, workflow), "left").earlier == ()


def test_what_was_rewound_over_is_told_as_such():
    workflow = flow()
    events = lines(
        created(workflow),
        answered("left", "a"),
        answered("right", "b", why="a whim"),
        {"type": "rewound", "to": 2, "by": "person", "why": "no"},
    )

    made = told(events, workflow)

    right = card(made, "right")
    assert not right.settled and right.value is None
    assert [(e.value, e.why, e.rewound) for e in right.earlier] == [("b", "a whim", True)]
    assert [(turn.kind, turn.to, turn.why) for turn in made.turns] == [("rewound", 2, "no")]


def test_an_earlier_event_is_reported_as_it_was_then():
    workflow = flow()
    events = lines(created(workflow), answered("left", "a"), answered("left", "b"))

    made = told(events, workflow, at=2)

    assert (made.n, made.last, made.sum) == (2, 3, f"{2:016x}")
    assert card(made, "left").value == "a"


def test_without_its_workflow_a_run_is_told_from_its_own_outline():
    events = lines(created(flow()), answered("left", "a"))

    made = told(events)

    assert [entry.name for entry in made.cards] == ["left", "right", "both"]
    assert card(made, "left").value == "a"


def test_every_file_that_an_event_names_is_found():
    other = {**FILE, "path": "left-aa/b.txt"}
    events = lines(
        created(flow()),
        answered("left", {"$": "tuple", "v": [other]}),
        answered("left", "a"),
        finished("x", {}, files=[FILE]),
    )

    assert [file.path for file in files_of(events)] == ["both-9/a.txt", "left-aa/b.txt"]
