"""What a page tells crawlers: noindex and nofollow in `<meta name=robots>` and X-Robots-Tag.

The strictest word holds, whatever else is said. A directive with a value (`max-snippet: 20`,
`unavailable_after: 25 Jun 2033`) is no crawler's name, and its value is no directive; once its
date is past, `unavailable_after` is a noindex.
Source: https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

NOINDEX, NOFOLLOW = "noindex", "nofollow"
_MEANING = {"none": {NOINDEX, NOFOLLOW}, NOINDEX: {NOINDEX}, NOFOLLOW: {NOFOLLOW}}
_EXPIRES = "unavailable_after"
_KNOWN = frozenset(
    "all none index noindex follow nofollow archive noarchive nocache snippet nosnippet "
    "imageindex noimageindex translate notranslate nositelinkssearchbox indexifembedded noodp "
    f"noydir noai noimageai nopagereadaloud {_EXPIRES}".split()
)
_COLON = re.compile(r"\s*:\s*")
_SEPARATORS = re.compile(r"[\s,;]+")
_AGENT = re.compile(r"(\*|[a-z_][a-z0-9_-]*)(?:/[\w.-]*)?")
_DATE_PARTS = 2  # “Sat, 25 Jun 2033” has a comma of its own


def meta_directives(content: str, now: datetime) -> set[str]:
    """`noindex` and `nofollow`, as far as the contents of `<meta name=robots>` say so."""
    return _meaning(_COLON.sub(":", content.lower()), now)


def header_directives(headers: Iterable[str], product: str, now: datetime) -> set[str]:
    """The same of X-Robots-Tag headers, as far as they speak to all crawlers or to `product`."""
    found: set[str] = set()
    for header in headers:
        text = _COLON.sub(":", header.lower())
        found |= _meaning(",".join(_addressed(text, product.lower())), now)
    return found


def _addressed(header: str, product: str) -> Iterator[str]:
    # “googlebot: noindex, nofollow” speaks to another crawler until the next name.
    ours = True
    for part in re.split("[,;]", header):
        name, colon, rest = part.strip().partition(":")
        agent = _AGENT.fullmatch(name)
        if colon and agent and _names_a_crawler(name, rest):
            ours = agent[1] in ("*", product)
            part = rest
        if ours:
            yield part


def _names_a_crawler(name: str, rest: str) -> bool:
    if name in _KNOWN or name.startswith("max-"):
        return False
    first = re.split(r"[\s:]", rest, maxsplit=1)[0]
    return not first or first in _KNOWN or first.startswith("max-")


def _meaning(text: str, now: datetime) -> set[str]:
    found: set[str] = set()
    for word in _SEPARATORS.split(text):
        found |= _MEANING.get(word, set())
    for rest in text.split(f"{_EXPIRES}:")[1:]:
        expires = _date(rest)
        if expires and expires <= now:
            found.add(NOINDEX)
    return found


def _date(text: str) -> datetime | None:
    parts = text.split(",")
    for count in range(1, _DATE_PARTS + 1):
        written = ",".join(parts[:count]).strip().upper()
        for spelling in (written, f"{written} 00:00:00"):
            for read in (datetime.fromisoformat, parsedate_to_datetime):
                try:
                    date = read(spelling)
                except (ValueError, OverflowError):
                    continue
                return date if date.tzinfo else date.replace(tzinfo=UTC)
    return None
