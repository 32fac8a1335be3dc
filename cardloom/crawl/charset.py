"""In which encoding a page is: byte order mark, the header's charset, the page's own word, a guess.

The order and the search for `<meta>` are those of the HTML standard. Browsers go on looking for
`<meta>` beyond the first bytes; there the parsed page tells (document.py), and `sure` is False.
A page that says nothing is UTF-8 where it can be, else what Firefox's detector takes it for.
Source: https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from chardetng_py import EncodingDetector

from cardloom.crawl.encodings import UTF_8, WESTERN, decode, encoding_of

_BOMS = ((b"\xef\xbb\xbf", UTF_8), (b"\xfe\xff", "utf-16be"), (b"\xff\xfe", "utf-16le"))
_PRESCAN = 1024  # bytes a browser looks through before it reads
_DETECTED = 262_144  # bytes a guess is made from, a millisecond for each 50,000
_XML = ((b"<\0?\0x\0", "utf-16le"), (b"\0<\0?\0x", "utf-16be"))
_XML_ENCODING = re.compile(rb"<\?xml[^>]*?encoding[\0- ]*=[\0- ]*([\"'])([^\0- \"'>]*)\1")
_MARKUP = re.compile(rb"<(?:(!--)|(meta)[\t\n\f\r /]|(/?[a-z][^\t\n\f\r >]*)|[!/?])", re.I)
_ATTRIBUTE = re.compile(
    rb"[\t\n\f\r /]*([^\t\n\f\r />][^\t\n\f\r />=]*)"
    rb"(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:\"([^\"]*)\"|'([^']*)'|([^\t\n\f\r >\"'][^\t\n\f\r >]*)))?"
)
_CHARSET = re.compile(
    r"charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:\"([^\"]*)\"|'([^']*)'|([^\t\n\f\r ;\"'][^\t\n\f\r ;]*))",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Text:
    """A page's text and its encoding. `sure`: nothing in the page can change the encoding."""

    text: str
    encoding: str
    sure: bool


def read_text(body: bytes, header: str | None) -> Text:
    """The text of a page whose Content-Type named the charset `header`. Never fails."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return Text(decode(body[len(mark) :], encoding), encoding, True)
    named = encoding_of(header) or _prescan(body[:_PRESCAN]) or _xml_encoding(body[:_PRESCAN])
    if named:
        return Text(decode(body, named), named, True)
    guessed = _guess(body)
    return Text(decode(body, guessed), guessed, False)


def declared(http_equiv: str, content: str, charset: str | None) -> str | None:
    """The encoding that one `<meta>` with these attributes declares."""
    if charset is None:
        if http_equiv.strip().lower() != "content-type":
            return None
        found = _CHARSET.search(content)
        charset = next(filter(None, found.groups()), None) if found else None
    encoding = encoding_of(charset)
    if encoding is None:
        return None
    # A page that could be read this far in ASCII is not in UTF-16, whatever it says.
    return {"utf-16le": UTF_8, "utf-16be": UTF_8, "x-user-defined": WESTERN}.get(encoding, encoding)


def _prescan(head: bytes) -> str | None:
    position = 0
    while found := _MARKUP.search(head, position):
        encoding, position = _declaration(head, found)
        if encoding:
            return encoding
    return None


def _declaration(head: bytes, found: re.Match[bytes]) -> tuple[str | None, int]:
    """What a comment, tag or `<meta>` declares, and where it ends."""
    comment, meta, tag = found.groups()
    if comment:
        return None, _after(head, b"-->", found.start() + 2)
    if not meta and not tag:
        return None, _after(head, b">", found.end())
    attributes, end = _attributes(head, found.end() - 1 if meta else found.end())
    if not meta:
        return None, end
    equiv, content = attributes.get("http-equiv", ""), attributes.get("content", "")
    return declared(equiv, content, attributes.get("charset")), end


def _attributes(head: bytes, position: int) -> tuple[dict[str, str], int]:
    attributes: dict[str, str] = {}
    while found := _ATTRIBUTE.match(head, position):
        position = found.end()
        name, *values = found.groups()
        value = next((each for each in values if each is not None), b"")
        attributes.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return attributes, position


def _after(head: bytes, end: bytes, position: int) -> int:
    found = head.find(end, position)
    return len(head) if found < 0 else found + len(end)


def _xml_encoding(head: bytes) -> str | None:
    for start, wide in _XML:
        if head.startswith(start):
            return wide
    found = _XML_ENCODING.match(head)
    encoding = encoding_of(found[2].decode("latin-1")) if found else None
    return UTF_8 if encoding and encoding.startswith("utf-16") else encoding


def _guess(body: bytes) -> str:
    if body.isascii() and b"\x1b" not in body:
        return WESTERN
    return UTF_8 if _is_utf_8(body) else _detect(body[:_DETECTED])


def _is_utf_8(body: bytes) -> bool:
    try:
        body.decode(UTF_8)
    except UnicodeDecodeError as error:
        # A page cut at the size limit may end inside a character.
        return error.start >= len(body) - 3
    return not body.isascii()


def _detect(body: bytes) -> str:
    detector = EncodingDetector()
    detector.feed(body, last=True)
    return encoding_of(detector.guess(tld=None, allow_utf8=False)) or WESTERN
