"""From an answer to what is kept of it: the links in scope, what the page says of itself.

Pure: no network, no disk, no clock. A page is what came with a 2xx status and an HTML type;
anything else is recorded and not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from cardloom.crawl.address import Refused, Resolver
from cardloom.crawl.directives import NOFOLLOW as NOFOLLOW_ALL
from cardloom.crawl.directives import NOINDEX, header_directives, meta_directives
from cardloom.crawl.document import Document
from cardloom.crawl.fetch import PRODUCT, Answer, printable
from cardloom.crawl.mediatype import HTML, looks_like_html
from cardloom.crawl.redirect import redirect_target, refresh_of
from cardloom.crawl.store import ANCHOR, FRAME, NOFOLLOW, Visit

_SAMPLES = 10
_ADDRESS_CHARS = 4_096
_CANONICAL = re.compile(r"<([^>]*)>\s*;[^,<]*\brel\s*=\s*\"?[^\",<]*\bcanonical\b", re.I)


def is_page(status: int, content_type: str) -> bool:
    """Whether an answer is worth its body. No type at all may turn out to be HTML."""
    return 200 <= status < 300 and (content_type in HTML or not content_type)


def has_html(answer: Answer) -> bool:
    """Whether a body should be read as HTML."""
    if not answer.body:
        return False
    return answer.content_type in HTML or looks_like_html(answer.body)


def visit_without_page(url: str, answer: Answer, resolver: Resolver, reason: str = "") -> Visit:
    """What is kept of an answer that is not read: a redirect, a picture, a failure."""
    target = redirect_target(url, answer)
    return Visit(
        status=answer.status,
        reason=reason or answer.reason,
        size=answer.size,
        ms=answer.ms,
        content_type=answer.content_type,
        redirect_to=(target or "")[:_ADDRESS_CHARS],
        onward=target if target and resolver.leads_on(target) else "",
    )


def visit_of_page(url: str, answer: Answer, document: Document, resolver: Resolver) -> Visit:
    """What is kept of an HTML page."""
    base = resolver.base(url, document["base"])
    robots = _directives(answer, document)
    canonical = _canonical(url, base, answer, document, resolver)
    links, refused = _links(url, base, document, resolver, NOFOLLOW_ALL in robots)
    onward, at_once = _refreshed(url, base, answer, document, resolver)
    return Visit(
        status=answer.status,
        reason=answer.reason or document["note"],
        title=document["title"],
        canonical=canonical,
        indexable=answer.status == 200
        and NOINDEX not in robots
        and canonical in ("", url)
        and not at_once,
        size=answer.size,
        ms=answer.ms,
        content_type=answer.content_type,
        redirect_to=onward[:_ADDRESS_CHARS],
        onward=onward if onward and resolver.leads_on(onward) else "",
        links=links,
        refused=tuple((each.reason, each.text) for each in refused[:_SAMPLES]),
        refused_count=len(refused),
    )


def _refreshed(
    url: str, base: str, answer: Answer, document: Document, resolver: Resolver
) -> tuple[str, bool]:
    """Where a refresh sends the reader of a page, and whether at once; "" for nowhere else.

    To search engines one that comes at once is a redirect for good; a later one is for the time
    being, so that the page stays in the index.
    """
    header = printable(answer.headers.get("Refresh", ""))
    for text, relative_to in ((document["refresh"] or "", base), (header, url)):
        found = refresh_of(text)
        if found is None:
            continue
        try:
            target = resolver.absolute(relative_to, found[1])
        except ValueError:
            continue
        if target != url and target.startswith(("http://", "https://")):
            return target, found[0] == 0
    return "", False


def _links(
    url: str, base: str, document: Document, resolver: Resolver, nofollow: bool
) -> tuple[dict[str, int], list[Refused]]:
    links: dict[str, int] = {}
    refused: list[Refused] = []
    hrefs = list(document["links"])
    for target, never in zip(
        resolver.targets(base, hrefs), document["links"].values(), strict=True
    ):
        if isinstance(target, str):
            _add(links, target, ANCHOR | NOFOLLOW if never or nofollow else ANCHOR)
        elif target is not None:
            refused.append(target)
    for target in resolver.targets(base, document["frames"]):
        if isinstance(target, str):
            _add(links, target, FRAME)
    links.pop(url, None)
    return links, refused


def _add(links: dict[str, int], target: str, kind: int) -> None:
    before = links.get(target)
    if before is None:
        links[target] = kind
        return
    # Several links to one target: it may be followed unless each of them says it may not.
    never = before & kind if before & kind & ANCHOR else before | kind
    links[target] = (before | kind) & ~NOFOLLOW | never & NOFOLLOW


def _canonical(url: str, base: str, answer: Answer, document: Document, resolver: Resolver) -> str:
    written = document["canonical"]
    if written is None:
        written, base = _header_canonical(answer.headers.getall("Link", [])), url
    if not written:
        return ""
    try:
        return resolver.absolute(base, written)[:_ADDRESS_CHARS]
    except ValueError:
        return ""


def _header_canonical(headers: Iterable[str]) -> str | None:
    for header in headers:
        found = _CANONICAL.search(printable(header)[:8_192])
        if found:
            return found[1]
    return None


def _directives(answer: Answer, document: Document) -> set[str]:
    headers = answer.headers.getall("X-Robots-Tag", [])
    if not headers and not document["robots"]:
        return set()
    now = datetime.fromtimestamp(answer.at, UTC)
    said = header_directives(map(printable, headers), PRODUCT, now)
    return said | meta_directives(document["robots"], now)
