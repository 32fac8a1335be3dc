"""The journal: one JSON object a line, append-only, chained by sums. It is the truth.

This room appends, reads, follows and repairs. It stores lines and does not know what they mean.
"""

from cardloom.journal.follow import follow
from cardloom.journal.journal import NAME, Damage, Journal, Moved, now, stamp
from cardloom.journal.line import ROOT as ROOT_SUM
from cardloom.journal.line import BrokenLine, dumps, is_deeper, seal, unseal
from cardloom.journal.queue import Queue
from cardloom.journal.repair import Repair, repair, verify
from cardloom.journal.segments import SegmentDamage
from cardloom.journal.storage import FileLock, Storage, sync_folder
from cardloom.types import Event

__all__ = [
    "NAME",
    "ROOT_SUM",
    "BrokenLine",
    "Damage",
    "Event",
    "FileLock",
    "Journal",
    "Moved",
    "Queue",
    "Repair",
    "SegmentDamage",
    "Storage",
    "dumps",
    "follow",
    "is_deeper",
    "now",
    "repair",
    "seal",
    "stamp",
    "sync_folder",
    "unseal",
    "verify",
]
