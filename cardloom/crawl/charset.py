"""Bytes to text: byte order mark, then the header's charset, then the page's own `<meta>`.

Only the encodings of the WHATWG Encoding standard are decoded; a page may name any codec that
Python has, and some (punycode, zlib) are slow or not text at all. Never fails.
"""

from __future__ import annotations

import codecs
import re

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"))
_META = re.compile(rb"<meta[^>]{0,1000}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.+-]{1,40})", re.I)
_PRESCAN = 1024  # bytes a browser looks through

# Python's name of an encoding → the one the standard decodes it with.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-16-le",
}
_KNOWN = (
    {"utf-8", "utf-16-le", "utf-16-be", "gb18030", "cp932", "cp949", "big5hkscs", "euc_jp"}
    | {"iso2022_jp", "koi8-r", "koi8-u", "cp866", "cp874", "mac-roman", "mac-cyrillic"}
    | {f"cp125{n}" for n in range(9)}
    | {f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)}
)


def decode(body: bytes, header: str | None) -> str:
    """The text of a page whose Content-Type named the charset `header`."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    named = _encoding(header) or _declared(body)
    if named:
        return body.decode(named, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        # A page cut at the size limit may end inside a character.
        if error.start >= len(body) - 3:
            return body.decode("utf-8", "replace")
        return body.decode("cp1252", "replace")


def _declared(body: bytes) -> str | None:
    found = _META.search(body, 0, _PRESCAN)
    encoding = _encoding(found[1].decode("ascii")) if found else None
    # A page that could be read this far in ASCII is not in UTF-16, whatever it says.
    return "utf-8" if encoding and encoding.startswith("utf-16") else encoding


def _encoding(label: str | None) -> str | None:
    if not label or len(label) > 40:
        return None
    try:
        name = codecs.lookup(label.strip("\"' \t")).name
    except (LookupError, ValueError):
        return None
    name = _SUPERSETS.get(name, name)
    return name if name in _KNOWN else None
