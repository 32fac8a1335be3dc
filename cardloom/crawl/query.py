"""A link's query in the encoding of its page, as browsers send it.

“?q=größe” on a page in windows-1252 asks for `?q=gr%F6%DFe`, which is another address than the
`?q=gr%C3%B6%C3%9Fe` of a page in UTF-8. Source: https://url.spec.whatwg.org/#query-state.
"""

from __future__ import annotations

import re
from functools import cache

from cardloom.crawl.encodings import PAIRED, REPLACEMENT, decode

_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_ESCAPED = frozenset({*range(0x21), *b"\"#<>'", *range(0x7F, 0x100)})
_JAPANESE = frozenset({"shift_jis", "euc-jp", "iso-2022-jp"})
_ALIKE = {"¥": b"\\", "‾": b"~"}  # the Japanese encodings have them in ASCII's place
_KANJI, _ROMAN, _ASCII = b"\x1b$B", b"\x1b(J", b"\x1b(B"
_HALF = "｡｢｣､･ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ"
_FULL = (
    "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソ"
    "タチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜"
)
_WIDENED = dict(zip(_HALF, _FULL, strict=True))


def sends_utf_8(encoding: str) -> bool:
    """Whether queries on a page in this encoding are in UTF-8, as all of an address else is."""
    return encoding.startswith("utf-") or encoding == REPLACEMENT


def encode_query(href: str, encoding: str) -> str:
    """`href`, which has no fragment, with its query in ASCII, as this legacy encoding writes it."""
    path, mark, query = href.partition("?")
    if not mark or query.isascii():
        return href
    encoded = _switching if encoding == "iso-2022-jp" else _encoded
    return path + mark + _FOREIGN.sub(lambda found: encoded(found[0], encoding), query)


def _encoded(text: str, encoding: str) -> str:
    return "".join(_percent(_bytes(each, encoding)) or _lacking(each) for each in text)


def _percent(data: bytes) -> str:
    return "".join(f"%{byte:02X}" if byte in _ESCAPED else chr(byte) for byte in data)


def _lacking(character: str) -> str:
    # “&#8364;”, as forms send a character that the encoding of their page does not have.
    return f"%26%23{ord(character)}%3B"


def _bytes(character: str, encoding: str) -> bytes:
    if encoding in _JAPANESE:
        character = "－" if character == "−" else character
        if character in _ALIKE:
            return _ALIKE[character]
    known = _table(encoding).get(character, b"")
    return known or (character.encode("gb18030") if encoding == "gb18030" else b"")


def _switching(text: str, _: str) -> str:
    # iso-2022-jp says by escape sequences what the bytes after them are.
    parts, state = [], _ASCII
    for character in text:
        wanted = _ROMAN if character in _ALIKE else _KANJI
        data = _bytes(_WIDENED.get(character, character), "euc-jp")
        if data and wanted != state:
            parts.append(_percent(wanted))
            state = wanted
        parts.append(_percent(bytes(byte & 0x7F for byte in data)) or _lacking(character))
    return "".join(parts) + (_percent(_ASCII) if state != _ASCII else "")


@cache
def _table(encoding: str) -> dict[str, bytes]:
    """Character → bytes, by decoding all there are: some ten milliseconds, once an encoding."""
    table: dict[str, bytes] = {}
    for data in _written(encoding):
        character = decode(data, encoding)
        if len(character) == 1:
            table.setdefault(character, data)
    table.pop("\ufffd", None)
    return table


def _written(encoding: str) -> list[bytes]:
    if encoding not in PAIRED:
        return [bytes([byte]) for byte in range(0x80, 0x100)]
    # Browsers read the characters that only Hong Kong's Big5 has, and in Shift_JIS those of a
    # user's own and NEC's copy of IBM's, and write none of them.
    unwritten = {"big5": range(0x80, 0xA1), "shift_jis": (0xED, 0xEE, *range(0xF0, 0xFA))}
    leads = [byte for byte in range(0x80, 0xFF) if byte not in unwritten.get(encoding, ())]
    single = [bytes([byte]) for byte in range(0x81 if encoding == "gb18030" else 0x80, 0xFF)]
    return single + [bytes((lead, trail)) for lead in leads for trail in range(0x40, 0xFF)]
