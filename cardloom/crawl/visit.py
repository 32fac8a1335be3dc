"""From an answer to what is kept of it: the links in scope, what the page says of itself.

Pure: no network, no disk, no clock. A page is what came with a 2xx status and an HTML type;
anything else is recorded and not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cardloom.crawl.address import Refused, Resolver
from cardloom.crawl.document import Document
from cardloom.crawl.fetch import Answer, printable
from cardloom.crawl.redirect import redirect_target, refresh_of
from cardloom.crawl.store import ANCHOR, FRAME, NOFOLLOW, Visit

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_SAMPLES = 10
_ADDRESS_CHARS = 4_096
_CANONICAL = re.compile(r"<([^>]*)>\s*;[^,<]*\brel\s*=\s*\"?[^\",<]*\bcanonical\b", re.I)
_HTML_BEGINS = re.compile(
    rb"\s*(?:<!--.{0,400}?-->\s*)?<(?:!doctype html|html|head)\b", re.I | re.S
)
_DIRECTIVES = frozenset({"none", "noindex", "nofollow"})


def is_page(status: int, content_type: str) -> bool:
    """Whether an answer is worth its body. No type at all may turn out to be HTML."""
    return 200 <= status < 300 and (content_type in _HTML or not content_type)


def has_html(answer: Answer) -> bool:
    """Whether a body should be read as HTML."""
    if not answer.body:
        return False
    return answer.content_type in _HTML or _HTML_BEGINS.match(answer.body) is not None


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
    robots = _directives(document["robots"]) | _header_directives(answer)
    canonical = _canonical(url, base, answer, document, resolver)
    links, refused = _links(url, base, document, resolver, "nofollow" in robots)
    onward, at_once = _refreshed(url, base, answer, document, resolver)
    return Visit(
        status=answer.status,
        reason=answer.reason,
        title=document["title"],
        canonical=canonical,
        indexable=answer.status == 200
        and "noindex" not in robots
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


def _header_directives(answer: Answer) -> set[str]:
    found: set[str] = set()
    for header in answer.headers.getall("X-Robots-Tag", []):
        found |= _directives(",".join(_for_us(printable(header).lower()[:2_000])))
    return found


def _for_us(header: str) -> Iterator[str]:
    # “googlebot: noindex, nofollow” speaks to another crawler until the next name.
    ours = True
    for part in header.split(","):
        name, colon, rest = part.partition(":")
        if colon and name.strip() not in ("unavailable_after", "max-snippet", "max-image-preview"):
            ours = name.strip() in ("cardloom", "*")
            part = rest
        if ours:
            yield part


def _directives(text: str) -> set[str]:
    found = {word for word in re.split(r"[\s,;]+", text) if word in _DIRECTIVES}
    return found | {"noindex", "nofollow"} if "none" in found else found
