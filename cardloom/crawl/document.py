"""One HTML page: what it says of itself and what it links to, exactly as written there.

Lexbor builds the tree a browser would build without scripts. Addresses are not resolved here,
and nothing is fetched; only what is not ASCII in a query is encoded, as the page's encoding has
it. `Document` is plain JSON data, since it crosses a process border.
"""

from __future__ import annotations

from typing import TypedDict

from selectolax.lexbor import LexborHTMLParser, LexborNode

from cardloom.crawl.charset import declared, read_text
from cardloom.crawl.encodings import REPLACEMENT, decode
from cardloom.crawl.query import encode_query, sends_utf_8

_TELLING = "a,area,base,link,meta,iframe,frame,title"
_ROBOTS = ("robots", "cardloom")
_TITLE_CHARS = 1_000
_ATTRIBUTE_CHARS = 20_000
_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")


class Document(TypedDict):
    """links: href without its fragment → True where every such link is rel=nofollow.

    encoding: what a `<meta>` in the head declares. note: why it could not be read.
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
    encoding: str | None
    note: str


def read(body: bytes, charset: str | None) -> Document:
    """The document in a body whose Content-Type named `charset`."""
    page = read_text(body, charset)
    document = read_document(page.text, page.encoding)
    late = document["encoding"]
    if not page.sure and late and late != page.encoding:
        # Browsers begin anew when `<meta>` comes later than they looked for it.
        document = read_document(decode(body, late), late)
    if page.encoding == REPLACEMENT:
        document["note"] = "its charset is one that no browser reads"
    return document


def read_document(text: str, encoding: str) -> Document:
    """The document in `text`, which came in this encoding."""
    document = Document(
        title="",
        base=None,
        canonical=None,
        robots="",
        links={},
        frames=[],
        encoding=None,
        note="",
        refresh=None,
        scripts=0,
    )
    links = document["links"]
    legacy = not sends_utf_8(encoding)
    titled = False
    tree = LexborHTMLParser(text)
    for node in tree.css(_TELLING):
        attributes = node.attributes
        tag = node.tag
        if tag in ("a", "area"):
            if "href" in attributes:
                # Written out: a page has a hundred links, and a call costs as much as the rest.
                href = (attributes["href"] or "").partition("#")[0][:_ATTRIBUTE_CHARS]
                if legacy and not href.isascii():
                    href = encode_query(href, encoding)
                links[href] = "rel" in attributes and links.get(href, True) and _never(attributes)
        elif tag == "title":
            if not titled and not _in_picture(node):
                document["title"], titled = plain(node.text()), True
        elif tag == "meta":
            _declare(document, node, attributes)
            if document["refresh"] is None and "http-equiv" in attributes:
                document["refresh"] = _refresh(node, attributes)
        else:
            _refer(document, tag or "", attributes, encoding)
    if not links:
        document["scripts"] = len(tree.css("script"))
    return document


def _address(written: str | None, encoding: str) -> str:
    href = (written or "").partition("#")[0][:_ATTRIBUTE_CHARS]
    return href if sends_utf_8(encoding) else encode_query(href, encoding)


def plain(text: str) -> str:
    """One line of text a person may see: no control characters, bounded."""
    return " ".join(text[: _TITLE_CHARS * 4].translate(_CONTROLS).split())[:_TITLE_CHARS]


def _never(attributes: dict[str, str | None]) -> bool:
    return "nofollow" in (attributes["rel"] or "").lower().split()


def _declare(document: Document, node: LexborNode, attributes: dict[str, str | None]) -> None:
    content = (attributes.get("content") or "")[:_ATTRIBUTE_CHARS]
    if (attributes.get("name") or "").strip().lower() in _ROBOTS:
        document["robots"] += "," + content
    if document["encoding"] is None and _in_head(node):
        equiv, charset = attributes.get("http-equiv") or "", attributes.get("charset")
        document["encoding"] = declared(equiv, content, charset)


def _refer(document: Document, tag: str, attributes: dict[str, str | None], encoding: str) -> None:
    if tag == "base":
        if document["base"] is None and "href" in attributes:
            document["base"] = _address(attributes["href"], encoding)
    elif tag == "link":
        rels = (attributes.get("rel") or "").lower().split()
        if "canonical" in rels and document["canonical"] is None and attributes.get("href"):
            document["canonical"] = _address(attributes["href"], encoding)
    elif attributes.get("src"):
        document["frames"].append(_address(attributes["src"], encoding))


def _in_head(node: LexborNode) -> bool:
    return node.parent is not None and node.parent.tag == "head"


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
    while parent is not None and parent.tag not in ("svg", "math"):
        parent = parent.parent
    return parent is not None
