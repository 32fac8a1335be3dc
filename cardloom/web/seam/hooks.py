"""The hooks: what an app may add to Cardloom, and the small values that it returns for them.

An app is a module whose functions carry the mark `@hook`. Each function is named after a hook of
`Hooks` and takes those of the hook's parameters that it needs, in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pluggy import HookimplMarker, HookspecMarker

if TYPE_CHECKING:
    import click
    from fasthtml.core import APIRouter

    from cardloom.catalog import Entry
    from cardloom.engine import Question, State, View
    from cardloom.runs import Run
    from cardloom.web.seam.app import App

Part = Any

PROJECT = "cardloom"
hook = HookimplMarker(PROJECT)
_spec = HookspecMarker(PROJECT)


@dataclass(frozen=True)
class Link:
    """A way to a page: what it says, and the page's address."""

    label: str
    address: str

    def __post_init__(self) -> None:
        _check_texts(self.label, self.address)


@dataclass(frozen=True)
class Action:
    """A button: what it says, and the address that it posts to."""

    label: str
    address: str

    def __post_init__(self) -> None:
        _check_texts(self.label, self.address)


def _check_texts(*values: object) -> None:
    for value in values:
        if not isinstance(value, str):
            raise TypeError(f"Label and address are texts, and {value!r:.80} is none.")


@dataclass(frozen=True)
class Panel:
    """HTML that is drawn only when its `key` does not equal that of last time."""

    key: Any
    draw: Callable[[], Part]

    def __post_init__(self) -> None:
        bool(self.key == self.key)  # an array can't be a key: it has no one answer, and raises here


class Hooks:
    """Every hook. `app` is the app itself: its tables and settings, and the workspace around it."""

    @_spec
    def routes(self, app: App) -> APIRouter | Sequence[APIRouter]:
        """The app's pages: one `Router`, or several. An address of Cardloom's own wins."""
        raise NotImplementedError

    @_spec
    def menu(self, app: App) -> Link | Sequence[Link]:
        """Entries of the menu in every page's top bar, asked for once, at the start."""
        raise NotImplementedError

    @_spec
    def home_section(self, app: App) -> Part:
        """A section of the first page, below its title."""
        raise NotImplementedError

    @_spec
    def workflow_panel(self, app: App, workflow: Entry) -> Part:
        """HTML below a workflow on the first page: `workflow` has `name`, `title` and `shipped`."""
        raise NotImplementedError

    @_spec
    def suggested_keys(self, app: App, workflow: Entry) -> Sequence[str]:
        """Names that the first page suggests for a new run of the workflow."""
        raise NotImplementedError

    @_spec
    def run_panel(self, app: App, run: Run, state: State) -> Part:
        """HTML beside a run, below its cards. It is drawn again when the run goes on."""
        raise NotImplementedError

    @_spec
    def card_panel(self, app: App, run: Run, state: State, card: View) -> Part | Panel:
        """HTML below the value, or the error, of a card. `card.status` says how far the card is."""
        raise NotImplementedError

    @_spec
    def card_actions(
        self, app: App, run: Run, state: State, card: View
    ) -> Action | Sequence[Action]:
        """Buttons on a card."""
        raise NotImplementedError

    @_spec
    def file_actions(self, app: App, run: Run, path: str) -> Action | Sequence[Action]:
        """Buttons beside a file of a card; `path` is its place below the run's files."""
        raise NotImplementedError

    @_spec
    def tables(self) -> str | Sequence[str]:
        """SQL that makes the tables of `app.tables`. Of several texts, each is run once, in order:
        a later version of the app adds one at the end."""
        raise NotImplementedError

    @_spec
    def settings(self) -> Mapping[str, Question]:
        """The app's settings as questions by name; the Apps page asks them, `app.settings` has them."""
        raise NotImplementedError

    @_spec
    def commands(self) -> Mapping[str, click.Command | str]:
        """Commands by name: a click command, or where it is as `module:function`, loaded when called."""
        raise NotImplementedError

    @_spec
    def start(self, app: App) -> Any:
        """The server starts. A coroutine may go on until the server stops; it is cancelled then."""
        raise NotImplementedError

    @_spec
    def stop(self, app: App) -> Any:
        """The server stops."""
        raise NotImplementedError


MAY_BE_ASYNC = frozenset({"start", "stop"})
