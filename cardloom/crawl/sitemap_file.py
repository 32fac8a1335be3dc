"""One sitemap file, read piece by piece: XML, a list of addresses, RSS or Atom, plain or gzipped.

It is somebody's XML, so every dimension is bounded, and a DOCTYPE (entities, the stuff of XML
bombs) is refused. Source of the formats: https://www.sitemaps.org/protocol.html
"""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from xml.parsers import expat

FILE_BYTES = 52_428_800  # the protocol's 50 MB, unpacked
FILE_ADDRESSES = 50_000  # the protocol's most
ADDRESS_CHARS = 4_096
_CHUNK = 65_536
_PACKED_CHUNK = 2_048  # gzip makes at most a thousand times as much of it
_DEEPEST = 20
_GZIP = b"\x1f\x8b"
_ROOTS = {"urlset", "sitemapindex", "rss", "feed", "rdf"}
_BLANK = b" \t\r\n\f\v"
_WIDE = {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
_DECLARED = re.compile(rb"<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9._-]+)", re.I)
_HTML = re.compile(rb"(?:<!--.{0,1000}?-->\s*)*<(?:!doctype\s+)?html\b", re.I | re.S)
_LINE_ENDS = re.compile(rb"[\r\n]+")


class SitemapError(ValueError):
    """A file that was given up, or not all of it used; the message is a sentence's end.

    lost   whether it may name addresses that were not read
    """

    def __init__(self, sentence: str, lost: bool = True) -> None:
        super().__init__(f"{sentence}; the rest of it was not read" if lost else sentence)
        self.lost = lost


@dataclass(slots=True)
class Named:
    """What a piece of a file names: pages, and further sitemaps."""

    pages: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def read_file(body: bytes) -> Iterator[Named]:
    """What a sitemap names, piece by piece, as written there. Raises SitemapError."""
    head, chunks = _begun(_unpacked(body))
    if not head:
        raise SitemapError("is empty", lost=False)
    text = _as_utf8(chunks, _encoding(head))
    head, text = _begun(text)
    if _HTML.match(head):
        raise SitemapError("is an HTML page and no sitemap", lost=False)
    return _read_xml(text) if head.startswith(b"<") else _read_lines(text)


def _begun(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The beginning, and all of it, without the blanks and marks that stand before it."""
    rest = iter(chunks)
    head = b""
    for chunk in rest:
        head += chunk
        if head[:2] in _WIDE:
            break
        while (bare := head.lstrip(_BLANK).removeprefix(codecs.BOM_UTF8)) != head:
            head = bare
        if len(head) > len(codecs.BOM_UTF8):
            break
    return head, chain([head], rest)


def _encoding(head: bytes) -> str:
    """What a file is written in: its mark, its zeros, its XML declaration, else UTF-8."""
    if head[:2] in _WIDE:
        return "utf-16"
    for pattern, wide in ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be")):
        if head.startswith(pattern):
            return wide
    declared = _DECLARED.match(head[:_CHUNK])
    name = declared[1].decode() if declared else "utf-8"
    # What could be read so far is not of two bytes a character, whatever it says.
    return "utf-8" if name.lower().startswith(("utf-16", "utf-32", "ucs")) else name


def _as_utf8(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    try:
        decoder = codecs.getincrementaldecoder(encoding)("replace")
    except LookupError:
        raise SitemapError("is written in an encoding that is not known") from None
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")


def _unpacked(body: bytes) -> Iterator[bytes]:
    if not body.startswith(_GZIP):
        for start in range(0, len(body), _CHUNK):
            yield body[start : start + _CHUNK]
        return
    room = FILE_BYTES
    for data in _members(body):
        room -= len(data)
        if room < 0:
            raise SitemapError("is larger than 50 MB unpacked, the most a sitemap may have")
        yield data


def _members(body: bytes) -> Iterator[bytes]:
    # A gzip file may be several, one behind the other; zeros behind the last are padding.
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for start in range(0, len(body), _PACKED_CHUNK):
        chunk = body[start : start + _PACKED_CHUNK]
        while chunk:
            if stream.eof:
                chunk = chunk.lstrip(b"\x00")
                if not chunk or not chunk.startswith(_GZIP[: len(chunk)]):
                    return
                stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                yield stream.decompress(chunk)
            except zlib.error:
                raise SitemapError("is damaged") from None
            chunk = stream.unused_data
    if not stream.eof:
        raise SitemapError("breaks off")


def _read_lines(chunks: Iterable[bytes]) -> Iterator[Named]:
    carried, good, bad = b"", 0, 0
    for chunk in chain(chunks, [b"\n"]):
        *lines, carried = _LINE_ENDS.split(carried[: ADDRESS_CHARS * 2] + chunk)
        full = [line.decode("utf-8", "replace").strip() for line in lines if line.strip(_BLANK)]
        pages = [line for line in full if line.lower().startswith(("http://", "https://"))]
        good += len(pages)
        bad += len(full) - len(pages)
        if bad and not good:
            raise SitemapError("is neither XML nor a list of addresses", lost=False)
        yield Named(pages)
    if bad:
        many = "a line that is no address" if bad == 1 else f"{bad:,} lines that are no addresses"
        raise SitemapError(f"has {many}", lost=False)


def _read_xml(chunks: Iterable[bytes]) -> Iterator[Named]:
    reading = _Xml()
    # Without namespaces: a prefix that was never declared is a frequent fault, and harmless.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reading.refuse
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.characters
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            yield reading.take()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        yield reading.take()
        raise SitemapError(f"is not well-formed XML (line {error.lineno})") from None
    except SitemapError:
        yield reading.take()
        raise


class _Xml:
    """Collects the texts of `loc` in `url` and `sitemap`, and the links of feeds."""

    def __init__(self) -> None:
        self._named = Named()
        self._path: list[str] = []
        self._text = ""

    def take(self) -> Named:
        named, self._named = self._named, Named()
        return named

    def refuse(self, *_: object) -> None:
        raise SitemapError("has a DOCTYPE, which a sitemap has no use for")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._path:
            _check_root(name)
        self._path.append(name)
        self._text = ""
        if len(self._path) > _DEEPEST:
            raise SitemapError(f"is nested deeper than {_DEEPEST} elements")
        if (
            self._inside() == ("entry", "link")
            and attributes.get("rel", "alternate") == "alternate"
        ):
            self._named.pages.append(attributes.get("href", "")[: ADDRESS_CHARS + 1])

    def characters(self, text: str) -> None:
        if self._path and self._path[-1].endswith(("loc", "link")):
            self._text = (self._text + text)[: ADDRESS_CHARS + 1]

    def end(self, _: str) -> None:
        inside = self._inside()
        if inside in (("url", "loc"), ("item", "link")):
            self._named.pages.append(self._text.strip())
        elif inside == ("sitemap", "loc"):
            self._named.files.append(self._text.strip())
        self._path.pop()

    def _inside(self) -> tuple[str, ...]:
        """The names of an element's parent and its own, where both have the same prefix."""
        parts = [name.rpartition(":") for name in self._path[-2:]]
        alike = len({prefix for prefix, _, _ in parts}) == 1
        return tuple(name for _, _, name in parts) if alike else ()


def _check_root(name: str) -> None:
    root = name.rpartition(":")[2].lower()
    if root not in _ROOTS:
        raise SitemapError(f"begins with <{name[:40]}>, which no sitemap does", lost=False)
