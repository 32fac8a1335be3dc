"""What a Content-Type says, as browsers read it, however oddly it is written.

Several values are one header joined by commas; the last that names a type counts, and a value
that names none is passed over. Source: https://fetch.spec.whatwg.org/#content-type-header.
"""

from __future__ import annotations

import re
from functools import lru_cache

HTML = frozenset({"text/html", "application/xhtml+xml"})
_UNKNOWN = frozenset({"*/*", "unknown/unknown", "application/unknown"})
_CHARSET_CHARS = 40
_ESSENCE_CHARS = 100
_VALUE = re.compile(r"(?:[^,\"]|\"[^\"]*\"?)+")
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - a token of HTTP
_ESSENCE = re.compile(rf"[\t\n\r ]*({_TOKEN}/{_TOKEN})(?=[\t\n\r ;(]|$)([^;]*)")
_PARAMETER = re.compile(r";[\t\n\r ]*([^;=\"]*)(?:=(?:[\t\n\r ]*\"([^\"]*)\"?|([^;]*)))?")
# What browsers take for HTML where no type is given: https://mimesniff.spec.whatwg.org/
_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?[\t\n\f\r ]*<(?:!--|(?:!doctype html|html|head|script|iframe|h1|div|font|"
    rb"table|a|style|title|b|body|br|p)[ >])",
    re.I,
)


@lru_cache(maxsize=512)
def read_media_type(header: str) -> tuple[str, str]:
    """`text/html` and the charset of a Content-Type; empty where nothing is said."""
    essence = charset = ""
    for value in _VALUE.findall(header):
        found = _ESSENCE.match(value)
        if not found or found[1] == "*/*":
            continue
        kept = charset if found[1].lower() == essence else ""
        essence, charset = found[1].lower(), _charset(value) or kept
    return ("" if essence in _UNKNOWN else essence[:_ESSENCE_CHARS]), charset


def looks_like_html(body: bytes) -> bool:
    """Whether a browser would take a body without a type for HTML."""
    return _BEGINS.match(body) is not None


def _charset(value: str) -> str:
    for name, quoted, bare in _PARAMETER.findall(value):
        written = str(quoted or bare).strip("\t\n\r \"'")
        if name.strip().lower() == "charset" and written:
            return written[:_CHARSET_CHARS]
    return ""
