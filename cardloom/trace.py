"""What went wrong in a card, said shortly: one sentence, and the author's own frames."""

import traceback
from pathlib import Path

MOST = 12_000  # characters of a traceback that are worth keeping

PLAIN = ("ValueError", "RuntimeError", "ExceptionGroup", "BaseExceptionGroup")  # words suffice
MOST_LEAVES = 3  # errors of a group that its sentence names

_HOUSE = str(Path(__file__).parent)


def sentence(error: BaseException) -> str:
    """One line for the page: the error's own words, and its type where it is Python's."""
    words = " ".join(_words(error).split())[:2_000]
    kind = type(error).__name__
    if not words:
        return f"{kind}."
    ends = "" if words[-1] in ".!?…" else "."
    plain = type(error).__module__ != "builtins" or kind in PLAIN
    return f"{words}{ends}" if plain else f"{kind}: {words}{ends}"


def _words(error: BaseException) -> str:
    """What it says of itself: its `__str__` is its author's, and may fail as anything else."""
    try:
        if isinstance(error, BaseExceptionGroup):
            return _of_group(error)
        return str(error)
    except BaseException:
        return "it can't say what went wrong"


def _of_group(error: BaseExceptionGroup[BaseException]) -> str:
    leaves = _leaves(error)
    more = f" (and {len(leaves) - MOST_LEAVES} more)" if len(leaves) > MOST_LEAVES else ""
    return f"{error.message}: {' '.join(map(sentence, leaves[:MOST_LEAVES]))}{more}"


def _leaves(error: BaseException) -> list[BaseException]:
    """The errors of a group and of the groups in it, in their order."""
    found, look = [], [error]
    while look:
        each = look.pop()
        if isinstance(each, BaseExceptionGroup):
            look += reversed(each.exceptions)
        else:
            found.append(each)
    return found


def own_frames(error: BaseException, path: Path) -> str:
    """The traceback from the author's first line on; frames of this house are left out."""
    lines: list[str] = []
    # The first of a group stands for it: where the group was put together tells less.
    for frame in traceback.extract_tb(_leaves(error)[0].__traceback__):
        of_house = frame.filename.startswith(_HOUSE) and Path(frame.filename) != path
        if of_house or (not lines and Path(frame.filename) != path):
            continue
        lines.append(f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n')
        if frame.line:
            lines.append(f"    {frame.line}\n")
    head = "Traceback (most recent call last):\n" if lines else ""
    text = head + "".join(lines) + "".join(traceback.format_exception_only(error))
    return text if len(text) <= MOST else text[:200] + "\n  …\n" + text[-MOST:]
