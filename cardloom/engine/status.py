"""How a card stands: what the fold says of it, and what a page adds to that."""

from enum import StrEnum


class CardStatus(StrEnum):
    """The first eight are the fold's; the others are a page's words for a card beside its run."""

    PENDING = "pending"
    ASKING = "asking"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    PREPARING = "preparing"
    HELD = "held"
    STALE = "stale"


class RunStatus(StrEnum):
    """How a run stands, in the order in which lists name it."""

    WAITING = "waiting"
    WORKING = "working"
    STOPPED = "stopped"
    DONE = "done"
    LOCKED = "locked"
    DAMAGED = "damaged"
    COMPOSED = "composed"
    ORPHANED = "orphaned"


SETTLED = frozenset({CardStatus.DONE, CardStatus.SKIPPED})
STOPPED = frozenset({CardStatus.FAILED, CardStatus.CANCELLED, CardStatus.INTERRUPTED})
AT_WORK = frozenset({CardStatus.RUNNING, CardStatus.PREPARING})
