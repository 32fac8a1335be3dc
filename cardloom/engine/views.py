"""What a card's `show` may return, besides text: plain data that the page knows how to draw.

Also any list of these, and anything FastHTML can draw. A view is made from the value each time the
page is drawn and never stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Markdown:
    """CommonMark text. Raw HTML in it is shown as text; pictures and links to elsewhere load nothing."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows under named columns. `numbers` are the columns to align as numbers; `note` stands below."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    title: str = ""
    note: str = ""


@dataclass(frozen=True)
class Facts:
    """A few named figures: {"Pages": 500, "Links": 12_345}."""

    items: Mapping[str, Any]


@dataclass(frozen=True)
class Bars:
    """Counts by label, drawn as bars: {"0": 1, "1": 24}. `title` says of what."""

    items: Mapping[str, float]
    title: str = ""


@dataclass(frozen=True)
class Files:
    """Links to files of the run (paths that the card was given or returned)."""

    paths: Sequence[Path]


@dataclass(frozen=True)
class Code:
    """Text to be typed or copied as it stands, folded away under `title`."""

    text: str
    title: str = "Code"


@dataclass(frozen=True)
class GraphMap:
    """A link graph to walk through: the folder that `cardloom.graph` wrote its buffers to."""

    folder: Path
    title: str = "Link graph"
