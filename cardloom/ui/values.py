"""Values and views as HTML: short for a folded card, whole for an open one.

A stored value is data from a journal and may be hostile: all of it goes out as text, and no more
of it than a page can bear. Addresses of files come in as `link`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardloom import markdown
from cardloom.brief import brief, file_size, shorten
from cardloom.engine import Bars, Facts, Files, GraphMap, Markdown, Table
from cardloom.engine import Code as CodeText
from cardloom.types import Json
from cardloom.ui.tags import (
    A,
    Code,
    Dd,
    Details,
    Div,
    Dl,
    Dt,
    Figcaption,
    Figure,
    Img,
    Li,
    NotStr,
    P,
    Part,
    Pre,
    Small,
    Span,
    Summary,
    Tbody,
    Td,
    Th,
    Thead,
    Tr,
    Ul,
)
from cardloom.ui.tags import Table as HtmlTable

LinkTo = Callable[[str], str]  # path below the run's files → address


@dataclass(frozen=True)
class FileLinks:
    """A `LinkTo` that also says what stands beside the link to a file."""

    address: LinkTo
    beside: Callable[[str], Sequence[Part]]

    def __call__(self, path: str) -> str:
        return self.address(path)


MOST_ROWS = 500
MOST_TEXT = 50_000
MOST_DEEP = 6
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")

# No raw HTML, and no pictures: they would be fetched from wherever the text says.


def whole(stored: Json, link: LinkTo, deep: int = 0) -> Part:
    """A stored value in full, as far as a page can bear."""
    match stored:
        case str():
            return _text(stored)
        case {"$": "file"}:
            return file_link(stored, link)
        case {"$": "stored" | "table", "file": dict(file)}:
            return file_link(file, link)
        case {"$": "dataclass", "v": dict(inner)}:
            return whole(inner, link, deep)
        case {"$": "tuple" | "set" | "frozenset", "v": list(items)}:
            return whole(items, link, deep)
        case list() if deep < MOST_DEEP:
            return _list(stored, link, deep)
        case dict() if "$" not in stored and deep < MOST_DEEP:
            pairs = [
                (Dt(str(k)), Dd(whole(v, link, deep + 1)))
                for k, v in list(stored.items())[:MOST_ROWS]
            ]
            return Dl(*(part for pair in pairs for part in pair), cls="facts")
        case list() | dict():
            if "$" in stored:
                return Span(brief(stored))
            return Pre(_cut(json.dumps(stored, ensure_ascii=False, indent=1)))
    return Span(brief(stored))


def _text(text: str) -> Part:
    return Pre(_cut(text), cls="text") if "\n" in text else P(_cut(text), cls="text")


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "\n… cut here for the page"


def _list(items: list[Json], link: LinkTo, deep: int) -> Part:
    shown = items[:MOST_ROWS]
    more = (
        [P(f"… and {len(items) - MOST_ROWS:,} more", cls="note")] if len(items) > MOST_ROWS else []
    )
    if items and all(isinstance(item, dict) and "$" not in item for item in shown):
        columns = list(dict.fromkeys(key for item in shown for key in item))[:30]
        rows = [[item.get(column) for column in columns] for item in shown]
        return Div(_grid(columns, [[brief(cell) for cell in row] for row in rows]), *more)
    return Div(Ul(*(Li(whole(item, link, deep + 1)) for item in shown)), *more)


def file_link(stored: Mapping[str, Json], link: LinkTo) -> Part:
    """A link to a file of the run; a picture is shown as well."""
    path = str(stored.get("path", ""))
    name = path.rsplit("/", 1)[-1]
    line = P(
        A(name, href=link(path), download=name),
        Small(f" {file_size(int(stored.get('size', 0)))}"),
        cls="file",
    )
    if isinstance(link, FileLinks) and (acts := link.beside(path)):
        line = Div(line, *acts, cls="file-acts")
    if path.lower().endswith(PICTURES):
        return Figure(Img(src=link(path), alt=name, loading="lazy"), Figcaption(line))
    return line


def view(shown: Any, link: LinkTo, files: Path) -> Part:
    """What a card's `show` returned: a view, text, a path, a list of these, or FastHTML's own."""
    match shown:
        case None:
            return ""
        case str():
            return _text(shown)
        case Markdown():
            return Div(NotStr(markdown.render(shown.text)), cls="prose")
        case Table():
            return _table(shown)
        case Facts():
            return _facts(shown)
        case Bars():
            return _bars(shown)
        case CodeText():
            text = Pre(Code(_cut(shown.text)), tabindex="0", role="region", aria_label=shown.title)
            return Details(Summary(shown.title), text, cls="code")
        case Files():
            return Div(*(view(path, link, files) for path in shown.paths))
        case GraphMap():
            source = link(shown.folder.relative_to(files).as_posix() + "/")
            # The folder's own address is the map in a window of its own.
            return Figure(
                cls="graph-map", data_graph=source, data_window=source, aria_label=shown.title
            )
        case Path():
            return _path(shown, link, files)
        case list() | tuple():
            return Div(*(view(item, link, files) for item in shown), cls="views")
    return shown if hasattr(shown, "__ft__") or hasattr(shown, "tag") else _text(str(shown))


def _path(path: Path, link: LinkTo, files: Path) -> Part:
    if not path.is_relative_to(files):
        return Code(str(path))
    size = path.stat().st_size if path.exists() else 0
    return file_link({"path": path.relative_to(files).as_posix(), "size": size}, link)


def _number(cell: Any) -> str:
    if isinstance(cell, bool) or cell is None:
        return brief(cell) if cell is not None else ""
    if isinstance(cell, int):
        return f"{cell:,}".replace(",", "\u202f")
    if isinstance(cell, float):
        return f"{cell:,.4g}" if abs(cell) < 1000 else f"{cell:,.0f}".replace(",", "\u202f")
    return shorten(str(cell)) if len(str(cell)) > 400 else str(cell)


def _table(table: Table) -> Part:
    rows = list(table.rows)[:MOST_ROWS]
    numbers = {i for i in range(len(table.columns)) if rows and all(_is_number(r[i]) for r in rows)}
    parts = [_grid(table.columns, [[_number(cell) for cell in row] for row in rows], numbers)]
    if len(table.rows) > MOST_ROWS:
        parts.append(P(f"… and {len(table.rows) - MOST_ROWS:,} more rows", cls="note"))
    if table.note:
        parts.append(P(table.note, cls="note"))
    return Figure(Figcaption(table.title), *parts) if table.title else Div(*parts)


def _is_number(cell: Any) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def _grid(
    columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: set[int] | None = None
) -> Part:
    def kind(index: int) -> str:
        return "number" if index in (numbers or set()) else ""

    head = Thead(Tr(*(Th(name, scope="col", cls=kind(i)) for i, name in enumerate(columns))))
    body = Tbody(*(Tr(*(Td(cell, cls=kind(i)) for i, cell in enumerate(row))) for row in rows))
    # A wide table scrolls by itself; tabindex lets a keyboard scroll it too.
    return Div(HtmlTable(head, body), cls="scroll", tabindex="0", role="region", aria_label="Table")


def _facts(facts: Facts) -> Part:
    pairs = [(Dt(name), Dd(_number(value))) for name, value in facts.items.items()]
    return Dl(*(Div(*pair) for pair in pairs), cls="figures")


def _bars(bars: Bars) -> Part:
    most = max([*bars.items.values(), 1])
    rows = [
        Tr(
            Th(label, scope="row"),
            Td(
                NotStr(
                    f'<progress value="{value / most:.4f}" max="1" aria-hidden="true"></progress>'
                )
            ),
            Td(_number(value), cls="number"),
        )
        for label, value in bars.items.items()
    ]
    table = HtmlTable(Tbody(*rows), cls="bars")
    return Figure(Figcaption(bars.title), table) if bars.title else table
