"""Bars in SVG, drawn here: a table whose second column is as long as its number.

The picture repeats what the numbers beside it say, so it is hidden from who listens.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cardloom.ui.tags import Div, NotStr, Part, Table, Tbody, Td, Th, Thead, Tr

WIDTH, HEIGHT = 200, 12  # units of the picture, which is stretched to its column


@dataclass(frozen=True)
class Bar:
    """One row: `value` is the bar's length, `reach` (if larger) a thin line beyond it."""

    label: str
    value: float
    said: Sequence[str]
    reach: float = 0.0


def bars(columns: Sequence[str], rows: Sequence[Bar], whole: float = 0.0) -> Part:
    """The rows, all on one scale: that of the longest, or of `whole`, of which they are shares.

    `columns` heads the label, the bar, then what each row says.
    """
    most = whole or max([bar.value for bar in rows] + [bar.reach for bar in rows], default=0) or 1.0
    first, picture, *rest = columns
    head = Tr(
        Th(first, scope="col"),
        Th(picture, scope="col"),
        *(Th(name, scope="col", cls="number") for name in rest),
    )
    body = [
        Tr(
            Th(bar.label, scope="row"),
            Td(_drawn(bar, most), cls="bar"),
            *(Td(text, cls="number") for text in bar.said),
        )
        for bar in rows
    ]
    table = Table(Thead(head), Tbody(*body), cls="svg-bars")
    return Div(table, cls="scroll", tabindex="0", role="region", aria_label=first)


def _drawn(bar: Bar, most: float) -> Part:
    length = max(0.0, bar.value) / most * WIDTH
    reach = max(bar.value, bar.reach, 0.0) / most * WIDTH
    line = f'<path d="M{length:.1f} 6H{reach:.1f}"/>' if reach > length else ""
    return NotStr(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect y="2" width="{max(length, 0.8):.1f}" height="8" rx="1"/>{line}</svg>'
    )
