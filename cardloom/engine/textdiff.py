"""Two texts word by word: what stayed, what went, what came.

Bounded in work, not only in length: difflib takes minutes over texts that repeat a few words, so
what it is given is counted first. A middle that is too much for words is compared by lines, and one
that is too much for lines is one change. Same texts, same marks.
"""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

# A run of text and what became of it: "same", "gone" (in the first only), "new" (in the other only).
Mark = tuple[str, str]

MOST_PAIRS = 25_000  # pairs of equal words that difflib may look at
MOST_WORDS = 6_000  # words (or lines) of either text
MOST_TEXT = 200_000  # characters of either text; beyond, it is one change


def mark_words(one: str, other: str) -> list[Mark]:
    """The marks that lead from `one` to `other`: without "new" they spell one, without "gone" other."""
    if max(len(one), len(other)) > MOST_TEXT:
        return _joined([("gone", one), ("new", other)])
    return _joined(_marks(_words(one), _words(other), coarser=True))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]|\s+", text)


def _lines(words: Sequence[str]) -> list[str]:
    return "".join(words).splitlines(keepends=True)


def _marks(one: Sequence[str], other: Sequence[str], *, coarser: bool) -> list[Mark]:
    head = _equal(one, other)
    tail = _equal(one[head:][::-1], other[head:][::-1])
    left, right = one[head : len(one) - tail], other[head : len(other) - tail]
    if _bearable(left, right):
        middle = _matched(left, right)
    elif coarser:
        middle = _marks(_lines(left), _lines(right), coarser=False)
    else:
        middle = [("gone", "".join(left)), ("new", "".join(right))]
    same = [("same", "".join(one[:head]))], [("same", "".join(one[len(one) - tail :]))]
    return [*same[0], *middle, *(same[1] if tail else [])]


def _equal(one: Sequence[str], other: Sequence[str]) -> int:
    """How many first words are equal."""
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _bearable(one: Sequence[str], other: Sequence[str]) -> bool:
    if max(len(one), len(other)) > MOST_WORDS:
        return False
    here, there = Counter(_weighty(one)), Counter(_weighty(other))
    return sum(count * there[word] for word, count in here.items()) <= MOST_PAIRS


def _weighty(words: Sequence[str]) -> list[str]:
    return [word for word in words if not word.isspace()]


def _matched(one: Sequence[str], other: Sequence[str]) -> list[Mark]:
    # White space joins what is equal and never begins it: else difflib pairs every space with every.
    matcher = SequenceMatcher(str.isspace, one, other, autojunk=False)
    marks: list[Mark] = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            marks.append(("same", "".join(one[i:j])))
        else:
            marks += [("gone", "".join(one[i:j])), ("new", "".join(other[k:m]))]
    return marks


def _joined(marks: Sequence[Mark]) -> list[Mark]:
    """The marks without empty ones, neighbours of one kind as one."""
    joined: list[Mark] = []
    for kind, text in marks:
        if text and joined and joined[-1][0] == kind:
            joined[-1] = (kind, joined[-1][1] + text)
        elif text:
            joined.append((kind, text))
    return joined
