"""An event in words: what happened, and who did it. For a timeline, a terminal, a report."""

from typing import Any

from cardloom.brief import brief, shorten
from cardloom.types import Event

WHO = {
    "person": "by you",
    "cli": "from a terminal",
    "notebook": "from Python",
    "api": "by another program",
    "default": "by default",
    "kept": "kept as it was",
    "llm": "proposed by the assistant",
    "fork": "from a fork",
}

# What an event is, as a timeline groups it: a person's act, the machine's work, trouble, the run.
GROUPS = {
    "answered": "person",
    "reopened": "person",
    "said": "person",
    "accepted": "person",
    "declined": "person",
    "failed": "trouble",
    "cancelled": "trouble",
    "interrupted": "trouble",
    "created": "run",
    "rewound": "run",
    "finalized": "run",
    "unfinalized": "run",
}


def group(event: Event) -> str:
    """person, work, trouble or run."""
    return GROUPS.get(str(event.get("type")), "work")


def who(event: Event) -> str:
    """'by you', 'from a terminal' …; empty where the machine did it."""
    by = str(event.get("by", ""))
    return WHO.get(by, f"by {shorten(by)}" if by else "")


def tell(event: Event) -> str:
    """What happened, in one line without a full stop."""
    card, kind = str(event.get("card", "")), str(event.get("type", ""))
    match kind:
        case "created" if event.get("from"):
            return f"forked from {event['from']}"
        case "created" if isinstance(event.get("runs"), list) and event["runs"]:
            return f"composed of {', '.join(map(str, event['runs']))}"
        case "created":
            return "the run began"
        case "asked":
            return f"{card} was asked"
        case "answered":
            return f"{card} answered: {brief(event.get('value'))}"
        case "reopened":
            return f"{card} was opened again"
        case "started":
            attempt = event.get("attempt", 1)
            return f"{card} began" + (f", attempt {attempt}" if attempt != 1 else "")
        case "progressed":
            total = event.get("total")
            said = _number(event.get("done", 0)) + (f" of {_number(total)}" if total else "")
            return shorten(f"{card}: {said} {event.get('note', '')}".rstrip())
        case "wrote":
            return shorten(f"{card} wrote {event.get('text', '')}")
        case "remembered":
            return shorten(f"{card} did {event.get('key', '')}")
        case "finished":
            seconds = event.get("seconds")
            long = isinstance(seconds, (int, float)) and seconds >= 0.1
            took = f" in {seconds:.3g} s" if long else ""
            return f"{card} finished{took}: {brief(event.get('value'))}"
        case "failed":
            return shorten(f"{card} failed: {event.get('error', '')}")
        case "cancelled":
            return f"{card} was stopped"
        case "interrupted":
            return f"{card} was cut"
        case "skipped":
            return shorten(f"{card} was not needed: {event.get('why', '')}")
        case "rewound":
            done = {"undo": "undone, back to", "redo": "redone, on to"}
            return f"{done.get(str(event.get('as')), 'rewound to')} event {event.get('to')}"
        case "finalized":
            return "the run was finalized"
        case "unfinalized":
            return "the run was opened again"
        case "noted" | "said" | "replied":
            return shorten(f"{card + ': ' if card else ''}{event.get('text', '')}")
    return shorten(f"{kind} {card}")


def _number(value: Any) -> str:
    # A journal from elsewhere may hold anything here.
    return f"{value:,}" if isinstance(value, (int, float)) else shorten(str(value))
