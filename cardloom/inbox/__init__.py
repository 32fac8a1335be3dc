"""Requests: a JSON file that another program drops into a folder is a run, begun or gone on with.

    jobs/incoming → processing → completed | failed

The rules are those of `cardloom run`. This room knows no page; the server watches while it runs.
"""

from cardloom.inbox.folder import Requests
from cardloom.inbox.watch import watch

__all__ = ["Requests", "watch"]
