"""The inbox: a JSON file that another program drops into a folder is a run, begun or gone on with.

    inbox/incoming → processing → completed | failed

The rules are those of `cardloom run`. This room knows no page; the server watches while it runs.
"""

from cardloom.inbox.folder import Inbox, inboxes_of
from cardloom.inbox.watch import watch

__all__ = ["Inbox", "inboxes_of", "watch"]
