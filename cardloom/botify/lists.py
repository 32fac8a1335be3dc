"""Lists that come in pages, and reading what may or may not be there.

`next` is followed on the API's own host and scheme only. Where it names another, that address is
never asked: the same page number is asked of our own.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from cardloom.botify.address import origin
from cardloom.botify.curl import Call
from cardloom.botify.errors import Unexpected
from cardloom.botify.transport import Transport

PAGES = 200  # of one list; more is a server that does not end
SIZE = 100  # rows of a page asked for; a server may give fewer


async def all_rows(
    transport: Transport, call: Call, *, pages: int = PAGES, whole: bool = True
) -> list[dict[str, Any]]:
    """The rows of all pages of a list. A query is posted again for each page.

    Raises Unexpected for what is no list, and after `pages` pages unless `whole` is False.
    """
    rows: list[dict[str, Any]] = []
    asked: set[str] = set()
    number = 1
    while call.url not in asked:
        asked.add(call.url)
        body = await transport.ask(call)
        found, following = _page(transport, call, body)
        rows += found
        if not following or _goes_back(following, number):
            break
        if number >= pages:
            if whole:
                raise Unexpected(
                    f"The list does not end after {pages} pages", endpoint=transport.endpoint(call)
                )
            break
        number += 1
        call = Call(call.method, _own(transport, call.url, following, number), call.body)
    return rows


def _page(transport: Transport, call: Call, body: Any) -> tuple[list[dict[str, Any]], str]:
    if isinstance(body, list):  # some lists come bare
        return [row for row in body if isinstance(row, dict)], ""
    results = body.get("results") if isinstance(body, dict) else None
    if not isinstance(results, list):
        raise Unexpected("The answer is not a list", endpoint=transport.endpoint(call))
    following = body.get("next")
    return [row for row in results if isinstance(row, dict)], text(following) if results else ""


def _goes_back(following: str, number: int) -> bool:
    """Whether the next page is said to be one that was read; a sample of the API shows such."""
    told = _number(following)
    return told.isdigit() and int(told) <= number


def _number(following: str) -> str:
    return parse_qs(urlsplit(following).query).get("page", [""])[0][:9]


def _own(transport: Transport, here: str, following: str, number: int) -> str:
    if origin(following) == origin(transport.base):
        return following
    told = _number(following)
    page = told if told.isdigit() else str(number)
    parts = urlsplit(here)
    kept = [pair for pair in parse_qsl(parts.query) if pair[0] != "page"]
    return urlunsplit(parts._replace(query=urlencode([*kept, ("page", page)])))


def at(body: Any, *path: str) -> Any:
    """What stands at a path of keys; None where any part is missing."""
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body


def text(value: Any) -> str:
    """A text or a number as text; anything else is ""."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return str(value)


def whole(value: Any) -> int | None:
    """A whole number, also where it comes as text or as 3.0; else None."""
    try:
        return None if value is None or isinstance(value, bool) else int(value)
    except (TypeError, ValueError, OverflowError):
        return None
