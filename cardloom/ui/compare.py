"""Runs side by side as HTML: a table for each card, a column for each run, differences marked.

What differs is said in words and signs (≠, =, struck out, underlined), never by colour alone. All of
it is data from journals and files, and goes out as text. A wide table scrolls inside its box.
"""

from collections.abc import Callable, Sequence

from cardloom.brief import brief, file_size
from cardloom.engine import Cell, Difference, FileRow, Row
from cardloom.engine.differences import ABSENT
from cardloom.ui.card import WORDS
from cardloom.ui.tags import (
    A,
    Article,
    Br,
    Code,
    Del,
    Details,
    Div,
    Ins,
    P,
    Part,
    Small,
    Span,
    Strong,
    Summary,
    Table,
    Tbody,
    Td,
    Th,
    Thead,
    Time,
    Tr,
)

LinkTo = Callable[[int, str], str]  # number of the run, path below its files → address

MOST_TEXT = 1_200  # characters of a text in a cell
MOST_SAME = 300  # of those, what stands unchanged between two changes


def letter(number: int) -> str:
    """The short name of a run on this page: A, B, C …"""
    return chr(ord("A") + number)


def card(row: Row, names: Sequence[str], link: LinkTo, tables: Sequence[Part] = ()) -> Part:
    """One card in each of the runs called `names`: open where it differs, folded where it is equal."""
    sign = "≠ differs" if row.differs else "= equal"
    first = next(cell for cell in row.cells if cell is not None)
    head = Summary(
        Span(row.label, cls="label"),
        Span("" if row.differs else brief(first.value) if first.how else "", cls="brief"),
        Span(sign, cls="state"),
    )
    body = Details(head, _grid(row, names, link), *tables, open=row.differs)
    return Article(body, cls="card compared", id=f"card-{row.name}")


def _grid(row: Row, names: Sequence[str], link: LinkTo) -> Part:
    heads = (
        Th(Strong(letter(number)), " ", Small(_middle_cut(name, 40)), scope="col")
        for number, name in enumerate(names)
    )
    whole = next((d for d in row.differences if not d.path), None)
    places = [d for d in row.differences if d.path]
    lines = [
        _line("Value", [_value(cell, whole, i, row.base) for i, cell in enumerate(row.cells)]),
        *(
            _line(_place(d.path), [_at(d, i, row.base) for i in range(len(row.cells))])
            for d in places
        ),
        *([_line("…", ["and more"] * len(row.cells))] if row.more else []),
        *(_line(Code(file.name), _files(file, link)) for file in row.files),
        *([_line("Status", [_status(cell) for cell in row.cells])] if _telling(row) else []),
        *_facts(row.cells),
    ]
    table = Table(Thead(Tr(Th(Span("In", cls="listen")), *heads)), Tbody(*lines))
    return box(table, f"{row.label} in each run")


def box(table: Part, label: str) -> Part:
    """A table that scrolls by itself; tabindex lets a keyboard scroll it too."""
    return Div(table, cls="scroll", tabindex="0", role="region", aria_label=label)


def _telling(row: Row) -> bool:
    """Whether the status is worth a line: it differs, or is not what one hopes for."""
    return {cell and cell.status for cell in row.cells} != {"done"}


def _line(name: Part, cells: Sequence[Part]) -> Part:
    return Tr(Th(name, scope="row"), *(Td(cell) for cell in cells))


def _place(path: str) -> Part:
    return Code(path)


def _facts(cells: Sequence[Cell | None]) -> list[Part]:
    """What is told of a value and makes no difference; a line only where some run has it."""
    told: dict[str, Callable[[Cell], str]] = {
        "Error": lambda cell: cell.error,
        "How": lambda cell: f"{cell.how}, by {cell.by}" if cell.how and cell.by else cell.how,
        "Why": lambda cell: cell.why,
        "Took": lambda cell: "" if cell.seconds is None else f"{cell.seconds:.3g} s",
    }
    lines = {name: [read(cell) if cell else "" for cell in cells] for name, read in told.items()}
    facts = [_line(name, [c or "–" for c in said]) for name, said in lines.items() if any(said)]
    if any(cell and cell.at for cell in cells):
        facts.append(_line("When", [_when(cell) for cell in cells]))
    return facts


def _when(cell: Cell | None) -> Part:
    if cell is None or not cell.at:
        return "–"
    return Time(cell.at[:16].replace("T", " ") + " UTC", datetime=cell.at, cls="when")


def _status(cell: Cell | None) -> Part:
    return "no such card" if cell is None else WORDS.get(cell.status, cell.status)


def _value(cell: Cell | None, whole: Difference | None, number: int, base: int) -> Part:
    if cell is None or not cell.how:
        return "–"
    if whole is not None:
        return _at(whole, number, base)
    return _text(cell.value) if isinstance(cell.value, str) else brief(cell.value)


def _at(difference: Difference, number: int, base: int) -> Part:
    """What a run has at one place: marked against the base where it is another text."""
    value, first = difference.values[number], difference.values[base]
    if value is ABSENT:
        return Small("nothing there")
    if number != base and value == first and type(value) is type(first):
        return Small(f"as in {letter(base)}")
    if marks := difference.marks[number]:
        return Span(*(_mark(kind, text) for kind, text in marks), cls="marks")
    shown = _text(value) if isinstance(value, str) else Span(brief(value))
    change = difference.deltas[number]
    return Span(shown, Br(), Small(change)) if change else shown


def _mark(kind: str, text: str) -> Part:
    if kind == "same":
        return Span(_middle_cut(text, MOST_SAME))
    return (Del if kind == "gone" else Ins)(_middle_cut(text, MOST_TEXT))


def _text(text: str) -> Part:
    return Span(_middle_cut(text, MOST_TEXT), cls="marks")


def _middle_cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} … {len(text) - 2 * half:,} characters … {text[-half:]}"


def _files(row: FileRow, link: LinkTo) -> list[Part]:
    first = row.files[row.base]
    cells: list[Part] = []
    for number, file in enumerate(row.files):
        if file is None:
            cells.append(Small("no such file"))
            continue
        same = number != row.base and first is not None and file.sha256 == first.sha256
        told = f"as in {letter(row.base)}" if same else f"{file_size(file.size)}, {file.sha256[:8]}"
        cells.append(Span(A(file.name, href=link(number, file.path)), Br(), Small(told)))
    return cells


def equal_cards(rows: Sequence[Row], names: Sequence[str], link: LinkTo) -> Part:
    """The cards that are equal, folded away."""
    said = "1 card is equal" if len(rows) == 1 else f"{len(rows)} cards are equal"
    return Details(Summary(f"= {said}"), *(card(row, names, link) for row in rows), cls="equal")


def columns(names: Sequence[tuple[str, str]]) -> Part:
    """Which letter is which run: (name, address) of each."""
    lines = [
        P(Strong(letter(number)), " ", A(name, href=place))
        for number, (name, place) in enumerate(names)
    ]
    return Div(*lines, cls="columns")
