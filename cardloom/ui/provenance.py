"""Where a value came from, opened in its card or as a page of its own."""

from collections.abc import Callable, Sequence
from typing import Any

from cardloom.reports.provenance import At, Elsewhere, Line, When
from cardloom.reports.provenance import Part as Said
from cardloom.ui.tags import A, Dd, Details, Div, Dl, Dt, Part, Summary, Time

To = Callable[[str, int], str]  # another run (empty: this one) and an event → address


def link(name: str, address: str) -> Part:
    """The words that open it: all that a card pays for before someone asks."""
    return A(
        "Where from?", href=address, hx_get=address, hx_swap="none", id=f"from-{name}", cls="quiet"
    )


def opened(name: str, said: Sequence[Said], to: To) -> Part:
    """What takes the link's place: the words open, to be closed and opened again without a request."""
    # The focus was on the link that is gone; it goes on from the words that have its place.
    return Details(
        Summary("Where from?", cls="quiet", autofocus=True),
        whole(said, to),
        open=True,
        id=f"from-{name}",
        cls="provenance",
    )


def whole(said: Sequence[Said], to: To) -> Part:
    """Headings and their lines; `to` leads to a run as it was at an event."""
    parts: list[Part] = []
    for heading, lines in said:
        parts += [Dt(heading), *(Dd(*_line(line, to)) for line in lines)]
    return Div(Dl(*parts), cls="provenance-lines")


def _line(line: Line, to: To) -> list[Part]:
    return [_piece(piece, to) for piece in line]


def _piece(piece: Any, to: To) -> Part:
    match piece:
        case At(n):
            return A(str(piece), href=to("", n)) if n > 0 else str(piece)
        case When(at):
            return Time(str(piece), datetime=at, cls="when")
        case Elsewhere():
            return A(str(piece), href=to(piece.run, piece.n)) if piece.run else str(piece)
    return str(piece)
