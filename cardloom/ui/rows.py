"""What differs between two tables, as HTML: totals in words, and the first rows of each kind."""

from collections.abc import Sequence
from typing import Any

from cardloom.tables.changes import Changed, Rows
from cardloom.ui.compare import box, letter
from cardloom.ui.tags import (
    Caption,
    Code,
    Del,
    Details,
    Div,
    Ins,
    P,
    Part,
    Span,
    Summary,
    Table,
    Tbody,
    Td,
    Th,
    Thead,
    Tr,
)


def rows(name: str, base: int, number: int, found: Rows) -> Part:
    """The rows of the file `name` in which run `number` differs from run `base`."""
    by = f"by {' and '.join(found.key)}" if found.key else "row by row"
    said = (
        f"{found.total_added:,} added, {found.total_removed:,} removed, "
        f"{found.total_changed:,} changed"
    )
    return Details(
        Summary(Code(name), Span(f" {letter(base)} → {letter(number)}: {said}")),
        P(f"{found.counts[0]:,} and {found.counts[1]:,} rows, compared {by}.", cls="note"),
        *_columns(found),
        _changed(name, found),
        _listed(name, "added", "+", Ins, found, found.added, found.total_added),
        _listed(name, "removed", "−", Del, found, found.removed, found.total_removed),
        cls="rows",
        open=True,
    )


def trouble(name: str, sentence: str) -> Part:
    """Why a file's rows can't be told."""
    return Div(P(Code(name), f" {sentence}", cls="note"), cls="rows")


def _columns(found: Rows) -> list[Part]:
    said = [
        P(f"{name}: {count:,} rows left out, {reason}, first in line {lines[0]:,}.", cls="note")
        for name, reason, count, lines in found.unread
    ]
    for names, words in ((found.new, "new"), (found.gone, "gone")):
        if names:
            said.append(P(f"Columns {words}: {', '.join(names[:30])}.", cls="note"))
    return said


def _listed(
    name: str,
    kind: str,
    sign: str,
    mark: Any,
    found: Rows,
    some: Sequence[Sequence[str]],
    total: int,
) -> Part:
    if not some:
        return ""
    head = Thead(Tr(Th(Span("Sign", cls="listen")), *(Th(c, scope="col") for c in found.columns)))
    body = Tbody(*(Tr(Td(sign), *(Td(mark(cell) if cell else "") for cell in row)) for row in some))
    return box(Table(_caption(kind, len(some), total), head, body), f"Rows {kind} in {name}")


def _changed(name: str, found: Rows) -> Part:
    if not found.changed:
        return ""
    head = Thead(Tr(*(Th(c, scope="col") for c in ("Row", "Column", "Before", "After"))))
    groups = [Tbody(*_moved(found, each)) for each in found.changed]
    caption = _caption("changed", len(found.changed), found.total_changed)
    return box(Table(caption, head, *groups, cls="changes"), f"Rows changed in {name}")


def _moved(found: Rows, each: Changed) -> list[Part]:
    row = ", ".join(v for c, v in zip(found.columns, each.one, strict=True) if c in found.key)
    told = zip(found.columns, each.one, each.other, strict=True)
    moved = [(c, a, b) for c, a, b in told if c in each.columns]
    heads = [Th(row, scope="rowgroup", rowspan=str(len(moved)))]
    return [
        Tr(*(heads if number == 0 else ()), Td(Code(c)), Td(Del(a)), Td(Ins(b)))
        for number, (c, a, b) in enumerate(moved)
    ]


def _caption(kind: str, shown: int, total: int) -> Part:
    first = f", the first {shown}" if total > shown else ""
    return Caption(f"{total:,} {kind}{first}")
