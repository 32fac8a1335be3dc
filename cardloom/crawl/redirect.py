"""Where an answer sends its reader: by its status, or by a refresh in its head or its HTML.

Finds the address; whether to go there is not asked here.
"""

from __future__ import annotations

import re

from ada_url import join_url

from cardloom.crawl.fetch import Answer, printable

# The “shared declarative refresh steps” of the HTML standard.
_REFRESH = re.compile(
    r"(?>\s*(?:(\d+)|(?=\.))[\d.]*(?:\s*[;,]|\s)\s*(?:url\s*=\s*)?)"
    r"(?:\"([^\"]*)|'([^']*)|([^\"'].*))",
    re.I | re.S | re.A,
)
_STATUSES = frozenset({301, 302, 303, 307, 308})


def redirect_target(url: str, answer: Answer) -> str | None:
    """The absolute address a redirect names, without its fragment; None for no redirect.

    What cannot be resolved is given as it was written, so that it can be shown.
    """
    location = answer.headers.get("Location")
    if answer.status not in _STATUSES or location is None:
        return None
    # Browsers take bytes that are not UTF-8 as they are, percent-encoded.
    written = re.sub(r"[\udc80-\udcff]", lambda byte: f"%{ord(byte[0]) - 0xDC00:02X}", location)
    try:
        target = str(join_url(url, printable(written))).partition("#")[0]
    except ValueError:
        target = " ".join(printable(written).split())
    return target


def refresh_of(text: str) -> tuple[int, str] | None:
    """(seconds, address as written) of `<meta http-equiv=refresh>` or a Refresh header.

    None where it names no address: such a page only loads itself again.
    """
    found = _REFRESH.match(text)
    if found is None:
        return None
    written = (found[2] or found[3] or found[4] or "").strip()
    return (int((found[1] or "0")[:9]), written) if written else None
