"""One HTML page: what it says of itself and what it links to, exactly as written there.

Lexbor builds the tree a browser would build without scripts. Addresses are not resolved here,
and nothing is fetched. `Document` is plain JSON data, since it crosses a process border.
"""

from __future__ import annotations

from typing import TypedDict

from selectolax.lexbor import LexborHTMLParser, LexborNode

_TELLING = "a,area,base,link,meta,iframe,frame,title"
_TITLE_CHARS = 1_000
_ATTRIBUTE_CHARS = 20_000
_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")


class Document(TypedDict):
    """links: href without its fragment → True where every such link is rel=nofollow.

    refresh: content of its first `<meta http-equiv=refresh>`. scripts: their number, counted only
    where there are no links.
    """

    title: str
    base: str | None
    canonical: str | None
    robots: str
    links: dict[str, bool]
    frames: list[str]
    refresh: str | None
    scripts: int


def read(text: str) -> Document:
    """The document in `text`."""
    document = Document(
        title="", base=None, canonical=None, robots="", links={}, frames=[], refresh=None, scripts=0
    )
    links = document["links"]
    titled = False
    tree = LexborHTMLParser(text)
    for node in tree.css(_TELLING):
        attributes = node.attributes
        tag = node.tag
        if tag in ("a", "area"):
            if "href" in attributes:
                href = (attributes["href"] or "").partition("#")[0][:_ATTRIBUTE_CHARS]
                links[href] = "rel" in attributes and links.get(href, True) and _never(attributes)
        elif tag == "title":
            if not titled and not _in_picture(node):
                document["title"], titled = plain(node.text()), True
        else:
            _declare(document, tag or "", attributes)
            if document["refresh"] is None and "http-equiv" in attributes:
                document["refresh"] = _refresh(node, attributes)
    if not links:
        document["scripts"] = len(tree.css("script"))
    return document


def plain(text: str) -> str:
    """One line of text a person may see: no control characters, bounded."""
    return " ".join(text[: _TITLE_CHARS * 4].translate(_CONTROLS).split())[:_TITLE_CHARS]


def _never(attributes: dict[str, str | None]) -> bool:
    return "nofollow" in (attributes["rel"] or "").lower().split()


def _declare(document: Document, tag: str, attributes: dict[str, str | None]) -> None:
    if tag == "base":
        if document["base"] is None and "href" in attributes:
            document["base"] = (attributes["href"] or "")[:_ATTRIBUTE_CHARS]
    elif tag == "link":
        rels = (attributes.get("rel") or "").lower().split()
        if "canonical" in rels and document["canonical"] is None and attributes.get("href"):
            document["canonical"] = (attributes["href"] or "")[:_ATTRIBUTE_CHARS]
    elif tag == "meta":
        if (attributes.get("name") or "").strip().lower() in ("robots", "cardloom"):
            document["robots"] += "," + (attributes.get("content") or "").lower()[:500]
    elif attributes.get("src"):
        document["frames"].append((attributes["src"] or "").partition("#")[0][:_ATTRIBUTE_CHARS])


def _refresh(node: LexborNode, attributes: dict[str, str | None]) -> str | None:
    """What a meta element of this kind says to a browser that runs scripts."""
    if (attributes["http-equiv"] or "").strip().lower() != "refresh":
        return None
    parent = node.parent
    while parent is not None:
        if parent.tag == "noscript":
            return None
        parent = parent.parent
    return (attributes.get("content") or "")[:_ATTRIBUTE_CHARS]


def _in_picture(node: LexborNode) -> bool:
    # An SVG may carry a <title> of its own, before the page's.
    parent = node.parent
    return parent is not None and parent.tag not in ("head", "body", "html")
