"""Single values as the documents spell them: cells of a table, and pictures as data."""

import base64
from pathlib import Path
from typing import Any

from cardloom.brief import brief, shorten

_SIGNS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


def cell(value: Any) -> str:
    """A cell of a table in a few words; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, (bool, float)):
        return brief(value)
    text = str(value)
    return shorten(text) if len(text) > 400 else text


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def data_address(path: Path, most: int) -> str:
    """The picture at `path` as a `data:` address; empty where it is larger than `most` bytes.

    Its type is told by its first bytes: a name can say anything.
    """
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError:
        return ""
    kind = next((kind for sign, kind in _SIGNS if data.startswith(sign)), "")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "image/webp"
    if not kind or len(data) > most:
        return ""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
