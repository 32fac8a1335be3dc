"""The words of a call: which are answers, CARD=VALUE, and which are something else."""

from typing import Any

from cardloom.engine import Workflow


def split_words(flow: Workflow, words: tuple[str, ...]) -> tuple[list[str], dict[str, Any]]:
    """(words that are no answers, answers). Before its first `=` an answer has a card's name.

    A form's field is `card.field=value`; a choice of several takes the card again and again.
    """
    keys: list[str] = []
    answers: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        card, _, inner = name.partition(".")
        if not equals or card not in flow:
            keys.append(word)
        elif inner:
            fields = answers.setdefault(card, {})
            if isinstance(fields, dict):
                fields[inner] = _more(fields.get(inner), value)
        else:
            answers[card] = _more(answers.get(card), value)
    return keys, answers


def _more(before: Any, value: str) -> Any:
    if before is None:
        return value
    return [*before, value] if isinstance(before, list) else [before, value]
