"""A run as data: its facts, cards, values and events as one JSON object. Stored values stay as they
are in the journal, so that `cardloom.engine.decode` makes Python of them again.
"""

from dataclasses import asdict

from cardloom.archive import FORMAT
from cardloom.journal import Event, dumps
from cardloom.reports.report import Entry, Report
from cardloom.types import Json


def write_data(report: Report, events: list[Event]) -> str:
    """The JSON text; docs/export.md says its shape."""
    return dumps(
        {
            "cardloom_export": FORMAT,
            **head(report),
            "title": report.title,
            "status": report.status,
            "created_at": report.created_at,
            "changed_at": report.at,
            "from": report.source,
            "notes": list(report.notes),
            "damage": list(report.damage),
            "turns": [asdict(turn) for turn in report.turns],
            "cards": [_card(card) for card in report.cards],
            "values": {card.name: card.value for card in report.cards if card.settled},
            "files": [asdict(file) for file in report.files],
            "events": events[: report.n],
        }
    )


def head(report: Report) -> dict[str, Json]:
    """What every export says of where it comes from."""
    return {
        "run": report.run,
        "workflow": report.workflow,
        "key": report.key,
        "n": report.n,
        "sum": report.sum,
    }


def _card(card: Entry) -> dict[str, Json]:
    return {
        "name": card.name,
        "label": card.label,
        "asks": card.asks,
        "status": card.status,
        "value": card.value,
        "typed": card.typed,
        "from": card.source,
        "n": card.value_n,
        "by": card.by,
        "why": card.why,
        "at": card.at,
        "question": card.question,
        "inputs": {taken.name: taken.n for taken in card.inputs},
        "code": card.code,
        "code_changed": card.code_changed,
        "seconds": card.seconds,
        "notes": list(card.notes),
        "output": card.output,
        "error": card.error,
        "trace": card.trace,
        "files": [asdict(file) for file in card.files],
        "earlier": [asdict(earlier) for earlier in card.earlier],
    }
