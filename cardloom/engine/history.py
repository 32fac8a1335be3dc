"""What was done and can be undone: where undo and redo lead, as numbers of events.

Undo, redo and rewind are one event, `rewound`, and nothing is ever deleted. So redo is a rewind
too: back to the event before the undo.
"""

from collections.abc import Sequence

from cardloom.engine.state import path
from cardloom.engine.validate import sound
from cardloom.types import Event

# What a person does to a run, whether from a page, a terminal or a notebook. `by` names who.
# A tuple, for a journal from elsewhere may have a type that can't be looked up in a set.
ACTS = ("answered", "reopened", "cancelled")
MACHINE = frozenset({"", "kept", "fork", "default"})


def undo_target(events: Sequence[Event]) -> int | None:
    """The n of the event to rewind to, so that the person's last act is undone; None without one.

    A change of an answer is two events, reopened and answered, of one act: both are undone.
    """
    counted = path(events, len(events))
    last = max((i for i, event in enumerate(counted) if _act(event)), default=None)
    if last is None:
        return None
    while last > 0 and _one_act(counted[last - 1], counted[last]):
        last -= 1
    return counted[last - 1]["n"] if last > 0 else None


def redo_target(events: Sequence[Event]) -> int | None:
    """The n of the event that the last undo or rewind left; None where something new was done."""
    left: list[int] = []
    for event in events:
        if event.get("type") == "rewound" and sound(event):
            if event.get("as") == "redo":
                left = left[:-1]
            else:
                left.append(event["n"] - 1)
        elif _act(event) and event.get("why") != "rewound":
            left = []
    return left[-1] if left else None


def _act(event: Event) -> bool:
    return event.get("type") in ACTS and sound(event) and event.get("by", "") not in MACHINE


def _one_act(earlier: Event, later: Event) -> bool:
    """Whether two events were written together: one append has one time."""
    return _act(earlier) and earlier.get("at") == later.get("at")
