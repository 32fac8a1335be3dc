"""Tables that other tools export: how a file begins, which tool made it, which column is what.

    theirs.csv ── look_at_links, look_at_pages ──▶ Sheet

A tool is known by its header. What is not known is for a person to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cardloom.graph.structure import GraphError
from cardloom.tables.table import begin_of
from cardloom.tables.text import clean_text

LINK_ROLES = ("source", "target", "nofollow", "weight")
PAGE_ROLES = ("id", "title", "status", "depth", "pagetype", "visits", "redirect_to")
SAMPLE = 5  # rows that are shown


@dataclass(frozen=True)
class Tool:
    """A tool's export: by which columns it is known, and which of them is what, all in small letters.

    `follows` is a column that says the contrary of nofollow; `only` a column and the one value that
    makes a row a link.
    """

    name: str
    known_by: frozenset[str]
    columns: Mapping[str, str]
    follows: str = ""
    only: tuple[str, str] = ("", "")


def _tool(name: str, known_by: str, follows: str = "", only: str = "", **columns: str) -> Tool:
    column, _, value = only.partition("=")
    return Tool(name, frozenset(known_by.split(", ")), columns, follows, (column, value))


LINK_TOOLS = (
    _tool(
        "a link graph",
        "source, target",
        source="source",
        target="target",
        nofollow="nofollow",
        weight="weight",
    ),
    _tool(
        "Screaming Frog",
        "type, source, destination",
        source="source",
        target="destination",
        follows="follow",
        only="type=hyperlink",
    ),
    _tool(
        "Screaming Frog",
        "source, destination",
        source="source",
        target="destination",
        follows="follow",
    ),
    _tool(
        "Ahrefs",
        "referring page url, target url",
        source="referring page url",
        target="target url",
        nofollow="nofollow",
    ),
    _tool("Ahrefs", "source url, target url", source="source url", target="target url"),
)
PAGE_TOOLS = (
    _tool("a link graph", "id", **{role: role for role in PAGE_ROLES}),
    _tool(
        "Screaming Frog",
        "address, status code",
        id="address",
        title="title 1",
        status="status code",
        depth="crawl depth",
        redirect_to="redirect url",
    ),
    _tool(
        "Ahrefs",
        "url, http status code",
        id="url",
        title="title",
        status="http status code",
        depth="depth",
        visits="organic traffic",
    ),
)
# Words by which a column is offered first, where no tool is known.
_GUESSES = {
    "source": ("source", "from", "referring", "start"),
    "target": ("target", "destination", "to", "link"),
    "nofollow": ("nofollow",),
    "weight": ("weight", "gewicht"),
    "id": ("url", "address", "page", "id"),
    "title": ("title", "titel"),
    "status": ("status", "code"),
    "depth": ("depth", "level"),
    "pagetype": ("type", "segment", "template"),
    "visits": ("visits", "clicks", "klicks", "traffic", "sessions"),
    "redirect_to": ("redirect",),
}


@dataclass(frozen=True)
class Sheet:
    """A file as it begins. `columns` says which column is what; `tool` is "" where it is a guess."""

    path: Path
    encoding: str
    delimiter: str
    before: int  # lines before the header
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    tool: str
    columns: Mapping[str, str]
    follows: str = ""
    only: tuple[str, str] = ("", "")


def look_at_links(path: Path) -> Sheet:
    """How a file of links begins. Raises GraphError where it is no table at all; OSError."""
    return _look(path, LINK_TOOLS, LINK_ROLES)


def look_at_pages(path: Path) -> Sheet:
    """How a file about pages begins. Raises GraphError where it is no table at all; OSError."""
    return _look(path, PAGE_TOOLS, PAGE_ROLES)


def _look(path: Path, tools: Sequence[Tool], roles: Sequence[str]) -> Sheet:
    found, dialect = begin_of(path)
    header = dialect.names
    if len(header) < 2 and "source" in roles:
        raise GraphError(
            f"{path.name} is no table of links: its rows have one column. A comma, semicolon, "
            "tab, | or another sign between the columns is understood."
        )
    form = (path, found.encoding, dialect.manner.delimiter, dialect.before, header)
    sample = [tuple(map(clean_text, row[: len(header)])) for row in dialect.sample if any(row)]
    small = {name.lower(): name for name in reversed(header)}
    for tool in tools:
        if tool.known_by <= set(small):
            columns = {role: small[name] for role, name in tool.columns.items() if name in small}
            only = (small[tool.only[0]], tool.only[1]) if tool.only[0] else ("", "")
            follows = small.get(tool.follows, "")
            return Sheet(*form, tuple(sample[:SAMPLE]), tool.name, columns, follows, only)
    guess = _guess(header, roles) if dialect.headed else {}
    return Sheet(*form, tuple(sample[:SAMPLE]), "", guess)


def _guess(header: Sequence[str], roles: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for role in roles:
        for word in _GUESSES[role]:
            free = [name for name in header if name not in found.values()]
            if match := next((name for name in free if word in name.lower()), ""):
                found[role] = match
                break
    return found
