"""Text of a stranger's file as it can be shown: one line, not too long, with nothing that hides."""

import re

TEXT_LENGTH = 300
# Line and paragraph separators, controls, and the marks that turn the direction of the text
# around them: one title would break a line-based file, or rewrite the look of its neighbours.
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\s]+")


def clean_text(text: str) -> str:
    """The text on one line, cut to 300 characters, without what could not be shown."""
    if len(text) <= TEXT_LENGTH and text.isprintable() and "  " not in text:
        return text.strip()
    # Cut before cleaning too: a title of megabytes should not be searched to its end.
    return _UNSHOWABLE.sub(" ", text[: TEXT_LENGTH * 4]).strip()[:TEXT_LENGTH].strip()


def shown(value: object) -> str:
    """A value of a stranger's file, short and in ASCII."""
    text = ascii(value)
    return text if len(text) <= 120 else text[:117] + "…"
