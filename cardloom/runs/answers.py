"""Answers from elsewhere than the page: checked, and their files taken in, before any is written."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cardloom.engine import BadAnswer, Card, Form, Question, Upload, moves
from cardloom.errors import Missing
from cardloom.runs.run import Run


def checked(card: Card, question: Question, raw: Any) -> Any:
    """The stored form of an answer; Missing names the card that it is wrong for."""
    try:
        return moves.check(card, question, raw)
    except BadAnswer as bad:
        raise Missing(f"{card.name}: {bad}") from bad


def holds_upload(question: Question) -> bool:
    """Whether a file is part of the answer."""
    inner = question.questions.values() if isinstance(question, Form) else [question]
    return any(isinstance(each, Upload) for each in inner)


def keep_uploads(opened: Run, name: str, question: Question | None, raw: Any) -> Any:
    """The answer with every path that an Upload is given as a file of the run's own."""
    if isinstance(question, Form) and isinstance(raw, Mapping):
        inner = question.questions
        return {k: keep_uploads(opened, name, inner.get(k), v) for k, v in raw.items()}
    if not isinstance(question, Upload) or not isinstance(raw, (str, Path)) or raw == "":
        return raw
    path = Path(raw).expanduser()
    if not path.is_file():
        raise Missing(f"{name}: there is no file {raw}.")
    with path.open("rb") as file:
        return opened.files.take(path.name, file.read, name, question.max_bytes)
