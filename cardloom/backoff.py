"""How long to wait before a server is asked again. It knows no server and does not wait itself."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def delay(attempt: int, longest: float, first: float = 0.5) -> float:
    """Seconds before try number `attempt` + 1: doubling from `first`, bounded by `longest`.

    Jitter over the upper half, so that those stopped together do not return together.
    """
    most = min(first * 2.0 ** min(attempt, 30), longest)
    return random.uniform(most / 2, most)  # noqa: S311 - spreads load, guards nothing


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header, which is a number or an HTTP date; None if neither.

    Source: RFC 9110 §10.2.3.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())
