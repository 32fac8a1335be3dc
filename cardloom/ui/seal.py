"""The seal of a run: up to which event its journal holds, said only by who has read it so.

A journal is read line by line, each checked against its own sum and the one before. So what a page
shows has been verified: the seal is the number of the last event and its sum, or where it breaks.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cardloom.ui.tags import A, Code, Part, Span


def seal(events: Sequence[Mapping[str, Any]], n: int, damage: Sequence[Any], help: str) -> Part:
    """`events` as they were read and checked, of which the page shows those up to `n`."""
    if not 1 <= n <= len(events):
        return ""
    total = str(events[n - 1].get("sum", ""))
    said = f"verified up to event {n:,}"
    broken = f", breaks at line {damage[0].line:,}" if damage else ""
    return Span(
        A(f"{said}{broken}", href=help, title="Every line's sum was checked when it was read"),
        " ",
        Code(total),
        id="seal",
        cls="seal",
        data_holds="no" if damage else "yes",
    )
