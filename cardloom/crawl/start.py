"""Why a crawl gets no further than its first page, as far as that page itself can tell."""

from __future__ import annotations

from collections import Counter

from ada_url import URL, join_url

from cardloom.crawl.address import Scope
from cardloom.crawl.document import Document
from cardloom.crawl.fetch import Answer
from cardloom.crawl.store import Visit
from cardloom.crawl.visit import is_page


def why_alone(
    url: str, answer: Answer, visit: Visit, document: Document | None, scope: Scope
) -> str:
    """A sentence on why this first page leads nowhere; "" where it leads on or gives no page."""
    if visit.links or visit.redirect_to or not 200 <= visit.status < 300:
        return ""
    if not is_page(visit.status, visit.content_type):
        return f"The first page is no HTML page: its type is {visit.content_type}."
    if visit.reason:
        return f"The first page was not wholly read: {visit.reason}."
    if document is None:
        return "The first page is empty." if not answer.body else "The first page is no HTML page."
    hosts = _outside(url, document, scope)
    if hosts:
        return _led_away(url, hosts)
    if document["scripts"]:
        return (
            "The HTML of the first page has no links. Its scripts may draw them, and scripts are "
            "not run here."
        )
    return "The first page has no links to other pages."


def _outside(url: str, document: Document, scope: Scope) -> Counter[str]:
    """How many links of a page lead to each origin outside the site."""
    hosts: Counter[str] = Counter()
    for href in document["links"]:
        try:
            target = URL(join_url(join_url(url, document["base"] or ""), href))
        except ValueError:
            continue
        if target.protocol in ("http:", "https:") and not scope.holds(target.href):
            hosts[target.origin] += 1
    return hosts


def _led_away(url: str, hosts: Counter[str]) -> str:
    site, count = hosts.most_common(1)[0]
    total = hosts.total()
    links = "Its only link leads" if total == 1 else f"All its {total:,} links lead"
    most = f"{site}/" if count == total else f"other sites, {count:,} of them to {site}/"
    return (
        f"The first page links to no other page of {URL(url).host}. {links} to {most}. If that is "
        "the site you mean, change the site to it."
    )
