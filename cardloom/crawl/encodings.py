"""The encodings of the web, decoded as browsers decode them, on top of Python's codecs.

Labels are those of the WHATWG Encoding standard (webencodings). Python's codecs differ from it
in a few characters, in what follows a damaged pair of bytes, and in Japanese; those differences
are made up for here, but for 191 rare characters of Big5.
Source: https://encoding.spec.whatwg.org/.
"""

from __future__ import annotations

import codecs
import re
from functools import partial

from webencodings.labels import LABELS

from cardloom.crawl.japanese import pair_of

UTF_8 = "utf-8"
REPLACEMENT = "replacement"  # the name of all encodings that browsers refuse to read
WESTERN = "windows-1252"
PAIRED = frozenset({"gbk", "gb18030", "big5", "shift_jis", "euc-kr", "euc-jp"})
_LABELS: dict[str, str] = LABELS
_LABEL_CHARS = 40
_STRIPPED = "\t\n\f\r "

# The codec of Python, where it has another name than the encoding.
_CODECS = {
    "ibm866": "cp866",
    "iso-8859-8-i": "iso8859-8",
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "windows-874": "cp874",
}
_CHINESE = str.maketrans(
    "\ue5e5\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796\ue7c7"
    "\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864",
    "\u3000\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19\u1e3f"
    "\u9fb4\u9fb5\u9fb6\u9fb7\u9fb8\u9fb9\u9fba\u9fbb",
)
# What the codec makes of some bytes → what browsers make of them.
_OTHERWISE = {
    "koi8-u": str.maketrans("╝╬", "ўЎ"),
    "gbk": _CHINESE,
    "gb18030": _CHINESE,
    "big5": str.maketrans("•､‾∼♁☉¥¢£", "‧﹑¯～⊕⊙￥￠￡"),
    "shift_jis": str.maketrans("\uf8f0\uf8f1\uf8f2\uf8f3", "\ufffd" * 4),
    "euc-jp": str.maketrans("〜‖−¢£¬", "～∥－￠￡￢"),
}
_ESCAPE = re.compile(rb"\x1b(\([BJI]|\$[@B])")
_RAISED = bytes(byte | 0x80 if 0x21 <= byte <= 0x7E else byte for byte in range(256))


def encoding_of(label: str | None) -> str | None:
    """The encoding that browsers take a label for; None where there is no such label."""
    if not label or len(label) > _LABEL_CHARS:
        return None
    return _LABELS.get(label.strip(_STRIPPED).lower())


def decode(data: bytes, encoding: str) -> str:
    """The text of `data`. What cannot be decoded becomes U+FFFD; never fails."""
    if encoding in (UTF_8, "utf-16le", "utf-16be"):
        return data.decode(encoding, "replace")
    if encoding == REPLACEMENT:
        return "\ufffd" if data else ""
    if encoding == "x-user-defined":
        return "".join(chr(byte if byte < 0x80 else 0xF700 + byte) for byte in data)
    if encoding == "iso-2022-jp":
        return _switched(data)
    text = data.decode(_CODECS.get(encoding, encoding), f"browsers:{encoding}")
    return text.translate(_OTHERWISE[encoding]) if encoding in _OTHERWISE else text


def _switched(data: bytes) -> str:
    # iso-2022-jp: escape sequences say what the bytes after them are.
    first, *rest = _ESCAPE.split(data)
    switched = map(_segment, rest[::2], rest[1::2])
    return first.decode("ascii", "replace") + "".join(switched)


def _segment(escape: bytes, data: bytes) -> str:
    if escape.startswith(b"$"):
        return decode(data.translate(_RAISED), "euc-jp")
    if escape == b"(I":
        return data.translate(_RAISED).decode("cp932", "replace")
    text = data.decode("ascii", "replace")
    return text.replace("\\", "¥").replace("~", "‾") if escape == b"(J" else text


def _single(known: dict[int, str], error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    byte = error.object[error.start]
    control = chr(byte) if 0x80 <= byte < 0xA0 else "\ufffd"
    return known.get(byte, control), error.start + 1


def _double(encoding: str, error: UnicodeError) -> tuple[str, int]:
    # The byte after a lead byte belongs to it, unless it is ASCII: else a quote or a “<” would
    # be swallowed, and the rest of the page read off by one.
    assert isinstance(error, UnicodeDecodeError)
    lead, *trail = error.object[error.start : error.start + 2]
    if encoding in ("gbk", "gb18030") and lead == 0x80:
        return "€", error.start + 1
    if encoding == "big5" and [lead, *trail] == [0xA3, 0xE1]:
        return "€", error.start + 2
    if encoding == "euc-jp":
        return pair_of(error.object, error.start)
    alone = lead in (0x80, 0xFF) or not trail or trail[0] < 0x80
    return "\ufffd", error.start + (1 if alone else 2)


for _name in set(LABELS.values()):
    _hebrew = {0xCA: "\u05ba"} if _name == "windows-1255" else {}
    _recover = partial(_double, _name) if _name in PAIRED else partial(_single, _hebrew)
    codecs.register_error(f"browsers:{_name}", _recover)
