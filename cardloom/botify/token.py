"""The token: cleaned once, shown never. It refuses to be printed, pickled or formatted."""

from __future__ import annotations

import re

PLACE = "$BOTIFY_TOKEN"  # what stands for it in every text that is shown
_FORM = re.compile(r"[!-~]{8,512}")


def clean_token(text: str) -> str:
    """The token in what a person pasted: its first line, without `Token ` or quotes around it.

    Raises ValueError, as a sentence for the field that never repeats what was pasted.
    """
    first = text.strip().splitlines()[0].strip() if text.strip() else ""
    first = re.sub(r"^(authorization:\s*)?token\s+", "", first, flags=re.I).strip("\"' ")
    if not first:
        raise ValueError("Paste your Botify token here. You find it at app.botify.com/account.")
    if re.search(r"\s", first):
        raise ValueError(
            "A Botify token has no spaces in it. Copy it again, and nothing beside it."
        )
    if not _FORM.fullmatch(first):
        raise ValueError("This is no Botify token: those are 8 or more plain letters and digits.")
    return first


class Token:
    """A token that gives itself away only to `header`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = clean_token(text)

    def __repr__(self) -> str:
        return f"Token({PLACE})"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("A token is not pickled; hand it over as a secret.")

    def header(self) -> str:
        """The value of the header Authorization."""
        return f"Token {self._text}"

    def scrub(self, said: bytes) -> bytes:
        """What a server said, with the token put out of it should it have repeated it."""
        return said.replace(self._text.encode(), PLACE.encode())
