"""What went wrong in a card, said shortly: one sentence, and the author's own frames."""

import traceback
from pathlib import Path

MOST = 12_000  # characters of a traceback that are worth keeping

_HOUSE = str(Path(__file__).parent.parent)


def sentence(error: BaseException) -> str:
    """One line for the page: the error's own words, and its type where it is Python's."""
    words = " ".join(str(error).split())[:2_000]
    kind = type(error).__name__
    if not words:
        return f"{kind}."
    ends = "" if words[-1] in ".!?…" else "."
    plain = type(error).__module__ != "builtins" or kind in ("ValueError", "RuntimeError")
    return f"{words}{ends}" if plain else f"{kind}: {words}{ends}"


def own_frames(error: BaseException, path: Path) -> str:
    """The traceback from the author's first line on; frames of this house are left out."""
    lines: list[str] = []
    for frame in traceback.extract_tb(error.__traceback__):
        of_house = frame.filename.startswith(_HOUSE) and Path(frame.filename) != path
        if of_house or (not lines and Path(frame.filename) != path):
            continue
        lines.append(f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n')
        if frame.line:
            lines.append(f"    {frame.line}\n")
    head = "Traceback (most recent call last):\n" if lines else ""
    text = head + "".join(lines) + "".join(traceback.format_exception_only(error))
    return text if len(text) <= MOST else text[:200] + "\n  …\n" + text[-MOST:]
