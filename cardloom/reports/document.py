"""A report as blocks of a document, in the order in which a colleague reads it.

    Report ── write_document ──► [Heading, Line, Pairs, Grid, Pre, …] ── markdown.py, html.py ──► text

What is said, and how much of it, is decided here once; the writers only spell it. Beside the blocks
below, a document holds the engine's own views (Table, Facts, Bars, Markdown).
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cardloom.brief import brief, file_size
from cardloom.engine import Bars, Facts, File, Files, GraphMap, Markdown, Table
from cardloom.engine.status import CardStatus
from cardloom.reports.report import Earlier, Entry, Report
from cardloom.reports.tables import read_head
from cardloom.types import Json

Find = Callable[[str], Path | None]  # path below the run's files → where it lies, if it does

MOST_TEXT = 20_000  # characters of one text; the middle of a longer one is left out
MOST_ROWS = 200
MOST_OFFERED = 20
SMALL = 20_000  # bytes of a CSV file whose first rows are shown though it is not the value
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
MARKS = {
    CardStatus.DONE: "done",
    CardStatus.SKIPPED: "skipped",
    CardStatus.STALE: "done, with inputs that have changed since",
    CardStatus.ASKING: "asks",
    CardStatus.PREPARING: "asks",
    CardStatus.PENDING: "not reached",
    CardStatus.RUNNING: "running",
    CardStatus.FAILED: "failed",
    CardStatus.CANCELLED: "cancelled",
    CardStatus.INTERRUPTED: "interrupted",
}
BY = {
    "person": "on the page",
    "cli": "from a terminal",
    "notebook": "from Python",
    "api": "through the API",
    "llm": "by the assistant",
    "fork": "taken from another run",
    "default": "by default",
    "kept": "kept from before",
}


@dataclass(frozen=True)
class Heading:
    """A heading of depth 1 to 3."""

    depth: int
    text: str


@dataclass(frozen=True)
class Line:
    """One paragraph of plain text; `quiet` says that it is about the report, not of the run."""

    text: str
    quiet: bool = False


@dataclass(frozen=True)
class Pairs:
    """Names with short texts: the facts of the run or of a card."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Items:
    """A list of short texts."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Pre:
    """Text as it was written, with its lines."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A picture of the run's files, and where it lies."""

    file: File
    path: Path


Block = Heading | Line | Pairs | Items | Pre | Picture | Table | Facts | Bars | Markdown


def write_document(report: Report, find: Find) -> list[Block]:
    """The blocks of the whole report; `find` gives the files to look into."""
    blocks: list[Block] = [Heading(1, f"{report.key or report.run} · {report.title}")]
    blocks.append(Pairs(tuple(_run_facts(report))))
    blocks += [Line(f"Damaged: {sentence}") for sentence in report.damage]
    blocks += [Line(note) for note in report.notes]
    for card in report.cards:
        blocks += _card(card, find)
    if report.turns:
        blocks += [Heading(2, "What else happened"), Items(tuple(map(_turn, report.turns)))]
    if report.files:
        columns = ("File", "Size", "SHA-256")
        rows = [(file.path, file_size(file.size), file.sha256) for file in report.files]
        blocks += [Heading(2, "Files"), Table(columns, rows)]
    return blocks


def _run_facts(report: Report) -> Iterator[tuple[str, str]]:
    yield "Run", report.run
    yield "Workflow", f"{report.title} ({report.workflow})"
    yield "Status", report.status
    yield "Begun", moment(report.created_at)
    yield "Last event", moment(report.at)
    if report.source:
        yield "Taken from", report.source
    of = f" of {report.last}" if report.last != report.n else ""
    yield "Events", f"{report.n}{of}"
    yield "Seal of the last event", report.sum


def moment(at: str) -> str:
    """A journal's time for people, to the second: `2026-11-21 08:00:00 UTC`."""
    return f"{at[:10]} {at[11:19]} UTC" if len(at) >= 19 and at.endswith("Z") else at


def _turn(turn: Any) -> str:
    what = {
        "rewound": f"rewound to event {turn.to}",
        "finalized": "finalized",
        "unfinalized": "opened again",
    }[turn.kind]
    return f"{moment(turn.at)}, event {turn.n}: {what}{_signed(turn.by, turn.why)}"


def _signed(by: str, why: str) -> str:
    told = f", {BY.get(by, by)}" if by else ""
    return f"{told}. Why: {why}" if why else told


def _card(card: Entry, find: Find) -> list[Block]:
    blocks: list[Block] = [Heading(2, card.label or card.name), Pairs(tuple(_card_facts(card)))]
    if card.settled and card.status != CardStatus.SKIPPED:
        blocks += _settled(card, find)
    if card.error:
        blocks.append(Line(card.error))
    if card.trace:
        blocks.append(Pre(cut(card.trace)))
    if card.notes:
        blocks += [Heading(3, "Notes"), Items(card.notes)]
    if card.output.strip():
        blocks += [Heading(3, "What it wrote while it worked"), Pre(cut(card.output))]
    if card.earlier:
        blocks.append(Heading(3, "Before that"))
        blocks.append(Items(tuple(map(_before, card.earlier))))
    return blocks


def _card_facts(card: Entry) -> Iterator[tuple[str, str]]:
    kind = "question" if card.asks else "computed"
    yield "Card", f"{card.name} ({kind})"
    if offered := _offered(card.question or {}):
        yield "Offered", offered
    yield "Status", MARKS.get(card.status, card.status)
    if card.settled:
        yield (
            ("Answered" if card.asks else "Ended"),
            moment(card.at) + (f", {BY.get(card.by, card.by)}" if card.by else ""),
        )
        yield "Event", str(card.value_n)
    if card.why:
        yield "Why", card.why
    if card.source:
        yield "Taken from", card.source
    if card.typed is not None:
        yield "Typed", brief(card.typed)
    if card.inputs:
        yield "Made from", ", ".join(f"{i.label} ({i.name}, event {i.n})" for i in card.inputs)
    if card.seconds is not None:
        yield "Took", f"{card.seconds:,.3g} s"
    if card.code_changed:
        yield "Code", "the function is another one now than the one that made this value"


def _offered(question: Mapping[str, Json]) -> str:
    """The options that were to choose from, in short."""
    options = question.get("options") or []
    labels = [str(option.get("label")) for option in options[:MOST_OFFERED]]
    more = f" and {len(options) - MOST_OFFERED:,} more" if len(options) > MOST_OFFERED else ""
    return ", ".join(labels) + more


def _before(earlier: Earlier) -> str:
    undone = ", rewound since" if earlier.rewound else ""
    return (
        f"{moment(earlier.at)}, event {earlier.n}: {brief(earlier.value)}{undone}"
        f"{_signed(earlier.by, earlier.why)}"
    )


def _settled(card: Entry, find: Find) -> list[Block]:
    shown = _views(card.shown, find)
    blocks = shown or _fields(card) or _value(card.value, find)
    itself = isinstance(card.value, dict) and card.value.get("$") == "file" and not shown
    for file in card.files:
        path = find(file.path)
        if path is None or (itself and file.path == card.value["path"]):
            continue  # shown already
        if file.path.lower().endswith(PICTURES):
            blocks.append(Picture(file, path))
        elif file.path.lower().endswith(".csv") and file.size <= SMALL and not shown:
            table = read_head(path)
            blocks += [replace(table, title=file.path)] if table else []
    if card.files:
        lines = (f"{f.path}, {file_size(f.size)}, sha256 {f.sha256[:16]}…" for f in card.files)
        blocks.append(Items(tuple(f"File {line}" for line in lines)))
    return blocks


def _fields(card: Entry) -> list[Block]:
    """A form's answer under its fields' labels; none for other cards."""
    fields = (card.question or {}).get("fields")
    if not isinstance(fields, dict) or not isinstance(card.value, dict) or "$" in card.value:
        return []
    labels = {name: str(told.get("label") or name) for name, told in fields.items()}
    pairs = ((labels.get(str(name), str(name)), brief(v)) for name, v in card.value.items())
    return [Pairs(tuple(pairs))]


def _views(shown: Any, find: Find) -> list[Block]:
    """Blocks of what `show` made; none where it made something that only the page can draw."""
    match shown:
        case str():
            return _text(shown)
        case Table():
            rows = list(shown.rows)[:MOST_ROWS]
            left = len(shown.rows) - len(rows)
            more = f"{shown.note} … and {left:,} more rows".strip() if left else shown.note
            return [Table(shown.columns, rows, shown.title, more)]
        case Facts() | Bars() | Markdown():
            return [shown]
        case list() | tuple():
            return [block for item in shown for block in _views(item, find)]
        case GraphMap():
            return [Line("The map of this card is drawn on the run's page.", quiet=True)]
        case Files() | Path() | None:
            return []  # the card's files are listed below it anyway
    return []


def _value(stored: Json, find: Find) -> list[Block]:
    match stored:
        case str():
            return _text(stored)
        case {"$": "file"}:
            return _file(stored, find)
        case {"$": "table", "file": dict(file)}:
            table = read_head(find(str(file.get("path"))))
            return [table] if table else []
        case {"$": "stored"}:
            return [Line("The value is large; it is in the file named below.", quiet=True)]
        case {"$": "dataclass", "v": dict(inner)}:
            return _value(inner, find)
        case {"$": "tuple" | "set" | "frozenset", "v": list(items)} | list(items):
            return _list(items)
        case dict() if "$" not in stored and all(map(_plain, stored.values())):
            return [Pairs(tuple((str(k), brief(v)) for k, v in list(stored.items())[:MOST_ROWS]))]
        case dict() if "$" not in stored:
            return [Pre(cut(json.dumps(stored, ensure_ascii=False, indent=1)))]
    return [Line(brief(stored))]


def _text(text: str) -> list[Block]:
    return [Pre(cut(text))] if "\n" in text or len(text) > 2_000 else [Line(text)]


def _plain(stored: Json) -> bool:
    return not isinstance(stored, (dict, list)) or (isinstance(stored, dict) and "$" in stored)


def _list(items: Sequence[Json]) -> list[Block]:
    shown = items[:MOST_ROWS]
    note = f"… and {len(items) - MOST_ROWS:,} more" if len(items) > MOST_ROWS else ""
    if shown and all(isinstance(item, dict) and "$" not in item for item in shown):
        columns = list(dict.fromkeys(str(key) for item in shown for key in item))[:30]
        return [Table(columns, [[brief(row.get(c)) for c in columns] for row in shown], note=note)]
    blocks: list[Block] = [Items(tuple(brief(item) for item in shown))] if shown else []
    return [*blocks, Line(note, quiet=True)] if note else blocks or [Line("nothing")]


def _file(stored: Mapping[str, Json], find: Find) -> list[Block]:
    file = File(str(stored["path"]), int(stored["size"]), str(stored["sha256"]))
    path = find(file.path)
    if path is None:
        return [Line(f"{file.name} is not with this run any more.", quiet=True)]
    if file.path.lower().endswith(PICTURES):
        return [Picture(file, path)]
    table = read_head(path) if file.path.lower().endswith(".csv") else None
    return [table] if table else []


def cut(text: str) -> str:
    """`text`, its middle left out where it is longer than a report can bear; it says so."""
    if len(text) <= MOST_TEXT:
        return text
    half = MOST_TEXT // 2
    left = len(text) - 2 * half
    return (
        f"{text[:half]}\n… {left:,} characters are left out here; the JSON export has them …\n"
        f"{text[-half:]}"
    )
