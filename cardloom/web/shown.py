"""What a card's own `show` makes of its value: worked out once for each value, away from the loop.

A page waits a moment for it, so that a quick one is there at first sight. A slow one comes with the
stream, as any change does; one that takes too long is given up, and the value itself is shown.
"""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from cardloom.apart import Apart
from cardloom.engine import View
from cardloom.runs import Run
from cardloom.trace import sentence
from cardloom.ui.tags import Div, NotStr, P, html
from cardloom.ui.values import FileLinks
from cardloom.ui.values import view as draw
from cardloom.web.context import file_address
from cardloom.web.seam.drawing import CardAdded

Part = Any

PATIENCE = 0.03  # seconds that a page waits
LIMIT = 20.0  # seconds for one drawing
MOST = 64  # drawings that are kept of one run


class Drawing:
    """One value being drawn; `publish` is called on the loop when it has come, or is given up."""

    def __init__(self, run: Run, view: View, added: CardAdded) -> None:
        self.given_up = False
        self._loop = asyncio.get_running_loop()
        self._run = run
        card, stored = view.card, view.state.value
        assert card is not None and card.show is not None and run.workflow is not None
        show, path = card.show, run.workflow.file_of(card.name)

        def work() -> str:
            links = FileLinks(lambda at: file_address(run, at), added.beside)
            return html(draw(show(run.decoded(stored)), links, run.files.root))

        self._call = Apart(work, path)

    @property
    def ended(self) -> bool:
        return self.given_up or self._call.ended

    def wait(self, seconds: float) -> None:
        """A moment for a quick one; what is slower tells the pages later."""
        if not self._call.wait(seconds):
            self._limit = self._loop.call_later(LIMIT, self._give_up)
            self._call.then(lambda: self._loop.call_soon_threadsafe(self._come))

    def _come(self) -> None:
        self._limit.cancel()
        self._run.publish()

    def _give_up(self) -> None:
        self.given_up = True
        self._call.stop()
        self._run.publish()

    def part(self, stored: Any) -> Part:
        if not self.ended:
            return P("Being drawn. Load the page again if it does not come by itself.", cls="note")
        if self.given_up:
            return _plain(f"The card's show function took longer than {LIMIT:g} s.", stored)
        try:
            return NotStr(self._call.outcome())
        except Exception as error:  # the author's code: its trouble must not take the page away
            return _plain(f"The card's show function failed: {sentence(error)}", stored)


_drawings: WeakKeyDictionary[Run, dict[Any, Drawing]] = WeakKeyDictionary()


def shown(run: Run, view: View, added: CardAdded) -> Part:
    """The drawing as far as it has come; None where the card has no `show`."""
    if not _has_show(run, view):
        return None
    known = _drawings.setdefault(run, {})
    key = (_key(view), added.files_key)
    if (drawing := known.get(key)) is None:
        busy = any(not each.ended for each in known.values())
        drawing = known[key] = Drawing(run, view, added)
        drawing.wait(0 if busy else PATIENCE)
        while len(known) > MOST:
            del known[next(iter(known))]
    return drawing.part(view.state.value)


def is_drawn(run: Run, view: View) -> bool:
    """Whether the drawing is there, or none is due: a picture of the card changes with it."""
    if view.card is None:
        return True
    mine = (each for key, each in _drawings.get(run, {}).items() if key[0] == _key(view))
    return all(drawing.ended for drawing in mine)


def _has_show(run: Run, view: View) -> bool:
    has = view.card is not None and view.card.show is not None
    return has and run.workflow is not None and view.state.status == "done"


def _key(view: View) -> Any:
    return (view.name, view.state.value_n, view.state.at, view.card and view.card.show)


def _plain(said: str, stored: Any) -> Part:
    return Div(P(f"{said} The value itself:", cls="note"), P(str(stored)[:2000]))
