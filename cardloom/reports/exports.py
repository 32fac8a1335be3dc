"""A run written down for others: every kind of export by its name, for the page and the command.

    KINDS["md"].write(run, at, out)      bytes go to `out`, any binary file

A further kind is one writer and one line in KINDS; page, command and docs read them there.
Nothing here writes to a journal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cardloom.archive import write_archive
from cardloom.engine import Card, State, decode, fold
from cardloom.engine.status import CardStatus
from cardloom.errors import Missing, NoEvent, NotFound, Refused
from cardloom.journal import Event
from cardloom.reports.data import head, write_data
from cardloom.reports.document import write_document
from cardloom.reports.html import spell_html
from cardloom.reports.markdown import spell_markdown
from cardloom.reports.report import Report, report
from cardloom.reports.script import write_script
from cardloom.runs import composed_refusal
from cardloom.runs.run import Run
from cardloom.types import Json
from cardloom.workspace.summary import status

Write = Callable[[Run, "int | None", BinaryIO], None]


@dataclass(frozen=True)
class Kind:
    """One kind of export: the file's ending and type, what it is in a few words, its writer."""

    ending: str
    media_type: str
    label: str
    write: Write


def read_report(run: Run, at: int | None = None, *, draw: bool = False) -> Report:
    """The report of the run at event `at`; `draw` lets the cards' own `show` draw their values."""
    return _read(run, at, draw=draw)[0]


def _read(run: Run, at: int | None, *, draw: bool) -> tuple[Report, list[Event]]:
    run.state()
    events = list(run.journal.read())  # one look: what is appended meanwhile is not in it
    if not events:
        raise Refused(f"{run.name} has no event that can be read; there is nothing to export.")
    if at is not None and not 1 <= at <= len(events):
        raise NoEvent(run.name, len(events), at)
    shown = _drawn(run, fold(events[:at])) if draw else {}
    now = status(run) if at in (None, len(events)) else f"as it was at event {at}"
    told = report(
        events,
        run.workflow,
        run=run.name,
        status=now,
        at=at,
        shown=shown,
        damage=[str(damage) for damage in run.damage],
    )
    return told, events


def _drawn(run: Run, state: State) -> dict[str, Json]:
    """What the cards' own `show` makes of their values, by card."""
    return {
        card.name: _draw(run, card, state.card(card.name).value)
        for card in (run.workflow.cards if run.workflow else ())
        if card.show is not None and state.card(card.name).status == CardStatus.DONE
    }


def _draw(run: Run, card: Card, stored: Json) -> Any:
    types = run.workflow.types if run.workflow else None
    try:
        return card.show(decode(stored, types, run.files.fetch)) if card.show else None
    except Exception:  # the author's code, or files that are gone: the value itself is told
        return None


def _find(run: Run) -> Callable[[str], Path | None]:
    def find(shown: str) -> Path | None:
        try:
            return run.files.find(shown)
        except NotFound:
            return None

    return find


def _seal(told: Report) -> str:
    return (
        f"Written by Cardloom from {told.run}, event {told.n}, sealed {told.sum}. The command "
        f"cardloom verify {told.run} proves the journal that it stands on."
    )


def _put(out: BinaryIO, text: str) -> None:
    # Half a character that a key or a value may hold is no UTF-8.
    out.write(text.encode("utf-8", "backslashreplace"))


def _write_markdown(run: Run, at: int | None, out: BinaryIO) -> None:
    told = read_report(run, at, draw=True)
    _put(out, spell_markdown(write_document(told, _find(run)), _seal(told)))


def _write_html(run: Run, at: int | None, out: BinaryIO) -> None:
    told = read_report(run, at, draw=True)
    title = f"{told.key or told.run} · {told.title}"
    _put(out, spell_html(title, write_document(told, _find(run)), _seal(told)))


def _write_json(run: Run, at: int | None, out: BinaryIO) -> None:
    told, events = _read(run, at, draw=False)
    _put(out, write_data(told, events) + "\n")


def _write_zip(run: Run, at: int | None, out: BinaryIO) -> None:
    told, events = _read(run, at, draw=False)
    write_archive(
        out, run.folder, head(told), events[: told.n], whole=bool(run.damage) and at is None
    )


def _write_script(run: Run, at: int | None, out: BinaryIO) -> None:
    if run.is_record:
        raise Refused(composed_refusal(run))
    _put(out, write_script(read_report(run, at), run.files.root))


KINDS: Mapping[str, Kind] = {
    "md": Kind("md", "text/markdown; charset=utf-8", "Report in Markdown", _write_markdown),
    "html": Kind("html", "text/html; charset=utf-8", "Report, one HTML page", _write_html),
    "json": Kind("json", "application/json", "Data as JSON", _write_json),
    "zip": Kind("zip", "application/zip", "The run itself, to import elsewhere", _write_zip),
    "py": Kind("py", "text/x-python; charset=utf-8", "Script that repeats it", _write_script),
}


def kinds_of(run: Run) -> Mapping[str, Kind]:
    """The kinds that this run can be written down as: a composed one can't be repeated."""
    return {name: kind for name, kind in KINDS.items() if name != "py" or not run.is_record}


def kind_of(name: str) -> Kind:
    """The kind called `name`; Missing tells which there are."""
    try:
        return KINDS[name]
    except KeyError:
        raise Missing(
            f"There is no export of the kind {name[:40]!r}. There are: {', '.join(KINDS)}."
        ) from None


def file_name(run: Run, name: str) -> str:
    """What the exported file is called: plain letters that every system takes."""
    return f"{run.folder.parent.name}-{run.folder.name}.{kind_of(name).ending}"
