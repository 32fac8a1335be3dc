"""The types that rooms share: what JSON holds, and a line of a journal.

`Json` is Any to the checker: a recursive union would ask for a cast at every place that reads a
value whose form the table of events has checked already.
"""

from typing import Any

Json = Any
Event = dict[str, Json]
