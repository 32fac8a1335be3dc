"""What apps add to a page, as HTML. What fails while it is drawn is one line in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cardloom.engine import State, View, files
from cardloom.runs import Run
from cardloom.ui.press import press
from cardloom.ui.tags import NotStr, P, html
from cardloom.web.seam.app import App
from cardloom.web.seam.hooks import Action, Panel
from cardloom.web.seam.seam import Broken, Seam

Part = Any
Added = Panel | str | Broken  # a panel, HTML, or what failed


def _panel(result: Any) -> Panel | str:
    return result if isinstance(result, Panel) else html(result)


def sections(seam: Seam, hook: str, **given: Any) -> list[Part]:
    """The HTML that apps give for the hook."""
    return [_shown(seam, app, added) for app, added in seam.every(hook, _panel, **given)]


def _shown(seam: Seam, app: App, added: Added) -> Part:
    if isinstance(added, Panel):
        return _shown(seam, app, _drawn(seam, app, added))
    if isinstance(added, Broken):
        return P(f"The app {app.name} failed here. {added.sentence}", cls="note app-failed")
    return NotStr(added)


def _drawn(seam: Seam, app: App, panel: Panel) -> str | Broken:
    try:
        return html(panel.draw())
    except (Exception, SystemExit) as error:
        return Broken(seam.blame(app, error, panel.draw))


def buttons(actions: Sequence[Action | Broken]) -> list[Part]:
    """Actions as buttons in a row."""
    return [
        P(f"An app failed here. {one.sentence}", cls="note app-failed")
        if isinstance(one, Broken)
        else press(one.label, one.address)
        for one in actions
    ]


@dataclass(frozen=True)
class CardAdded:
    """What apps add to one card. Equal keys mean that it looks the same."""

    seam: Seam
    panels: Sequence[tuple[App, Added]] = ()
    actions: Sequence[Action | Broken] = ()
    of_files: Mapping[str, Sequence[Action | Broken]] | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """What it is drawn from."""
        panels = tuple((app.name, _key(added)) for app, added in self.panels)
        return (panels, _keys(self.actions), self.files_key)

    @property
    def files_key(self) -> tuple[Any, ...]:
        """What the buttons beside its files are drawn from."""
        return tuple((path, _keys(found)) for path, found in (self.of_files or {}).items())

    def below(self) -> list[Part]:
        """The panels."""
        return [_shown(self.seam, app, added) for app, added in self.panels]

    def buttons(self) -> list[Part]:
        """The buttons on the card."""
        return buttons(self.actions)

    def beside(self, path: str) -> list[Part]:
        """The buttons beside one of its files."""
        return buttons((self.of_files or {}).get(path, ()))


def _key(added: Added | Action) -> Any:
    if isinstance(added, Panel):
        return added.key
    return added.sentence if isinstance(added, Broken) else added


def _keys(found: Sequence[Action | Broken]) -> tuple[Any, ...]:
    return tuple(_key(one) for one in found)


def added_to(seam: Seam, run: Run, state: State, view: View) -> CardAdded:
    """What apps add to this card now."""
    given = {"run": run, "state": state, "card": view}
    return CardAdded(
        seam,
        list(seam.every("card_panel", _panel, **given)) if seam.has("card_panel") else (),
        seam.actions("card_actions", **given) if seam.has("card_actions") else (),
        _of_files(seam, run, view) if seam.has("file_actions") else None,
    )


def _of_files(seam: Seam, run: Run, view: View) -> dict[str, Sequence[Action | Broken]]:
    own = [str(told.get("path")) for told in view.state.files if isinstance(told, dict)]
    paths = dict.fromkeys([*own, *(file.path for file in files(view.state.value))])
    return {path: seam.actions("file_actions", run=run, path=path) for path in paths}
