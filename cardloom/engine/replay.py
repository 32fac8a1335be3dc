"""How long to wait between two events when a run is played back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

LONGEST = 2.0  # seconds: nobody watches a night go by


def pauses(
    events: Sequence[Mapping[str, Any]], after: int, speed: float
) -> Iterator[tuple[int, float]]:
    """(n, seconds to wait before it) for every event after `after`, at `speed` times the pace.

    A pause longer than two seconds is shortened to two before it is sped up.
    """
    before = _time(events[after - 1]) if 0 < after <= len(events) else None
    for event in events[after:]:
        moment = _time(event)
        gap = (moment - before).total_seconds() if moment and before else 0.0
        yield event["n"], min(max(gap, 0.0), LONGEST) / speed
        before = moment or before


def _time(event: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(str(event.get("at")))
    except ValueError:
        return None
