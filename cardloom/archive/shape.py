"""Whether the events of a journal from elsewhere are a run that can be folded and shown.

A chain that holds proves that a journal is whole, not that it is well meant: anyone can write one.
The engine's table of events says what a field may hold and how much of it; here is what only a
whole run shows.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from cardloom.archive.unpack import wrong_name
from cardloom.engine import decode, fold, revive, views_of
from cardloom.engine.events import MOST_CARDS, MOST_OPTIONS
from cardloom.engine.validate import fault
from cardloom.journal import Event
from cardloom.types import Json


class Misshapen(ValueError):
    """A journal that no Cardloom wrote; the text says what of it."""


def check_events(events: list[Event]) -> None:
    """Raise Misshapen, naming the line, unless every event can be folded and shown."""
    if not events:
        raise Misshapen("it holds no event")
    for event in events:
        if wrong := fault(event) or _wrong_file(event) or _wrong_question(event):
            raise Misshapen(f"line {event['n']}: {wrong}")
    _check_first(events[0])
    try:
        state = fold(events)
        views = views_of(None, state)
    except Exception as error:
        raise Misshapen(f"it can't be read ({type(error).__name__})") from error
    if len(state.cards) > MOST_CARDS:
        raise Misshapen(f"it tells of {len(state.cards):,} cards, and {MOST_CARDS:,} are the most")
    if sum(_options(view.question or {}) for view in views) > 2 * MOST_OPTIONS:
        raise Misshapen(f"its questions offer more than {2 * MOST_OPTIONS:,} options")


def _check_first(first: Event) -> None:
    if first.get("type") != "created" or not first["workflow"] or not first["key"]:
        raise Misshapen("line 1: a run begins with `created`, its workflow and its key")
    if first.get("format", 1) != 1:
        raise Misshapen(f"it is of format {str(first['format'])[:20]}, and 1 is read here")


def _wrong_question(event: Event) -> str:
    """Why a question of the event can't be put; '' where all can."""
    cards = event.get("cards")  # checked for `created`; of another type it may be anything
    listed = [c for c in cards if isinstance(c, dict)] if isinstance(cards, list) else []
    for told in (event.get("question"), *(card.get("question") for card in listed)):
        try:
            if told is not None:
                revive(told, decode)
        except Exception as error:
            return f"a question can't be put ({type(error).__name__})"
    return ""


def _wrong_file(event: Event) -> str:
    """Why a file that the event names is none of a run's own; '' where all are."""
    for path in _paths(event):
        if wrong_name(path) or "/" not in path or ".part" in path.split("/")[0]:
            return "a file is not named as a run names its files"
    return ""


def _paths(event: Event) -> Iterator[str]:
    waiting: list[Any] = [event]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            waiting += item.values()
            if item.get("$") == "file":
                yield str(item.get("path"))


def _options(question: dict[str, Json]) -> int:
    inner: Sequence[dict[str, Json]] = (question, *question.get("fields", {}).values())
    return sum(len(one.get("options", ())) for one in inner)
