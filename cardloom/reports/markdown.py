"""A document as Markdown (CommonMark with tables) that a person's text cannot break.

Every text of the run is escaped, or stands in a fence longer than any in it. A card's own Markdown
is quoted, with its HTML and links made inert: a viewer elsewhere may be less careful than the page.
"""

import re
from collections.abc import Sequence

from cardloom.brief import file_size
from cardloom.engine import Bars, Facts, Markdown, Table
from cardloom.reports.document import Block, Heading, Items, Line, Pairs, Picture, Pre
from cardloom.reports.spelling import cell, data_address, is_number

MOST_PICTURE = 200_000  # bytes of a picture that is put into the text

_SPECIAL = re.compile(r"([\\`*_\[\]<>&|~$#!])")
_LIST = re.compile(r"^([-+=]|\d{1,9}(?=[.)](?:\s|$)))")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


def spell_markdown(blocks: Sequence[Block], seal: str) -> str:
    """The document as Markdown; `seal` is one plain line about where it comes from."""
    return "\n\n".join([*map(spell_block, blocks), "---", f"*{escape(seal)}*"]) + "\n"


def escape(text: str) -> str:
    """`text` on one line, so that Markdown shows it as it is."""
    line = " ".join(_CONTROL.sub(" ", text).split())
    line = _SPECIAL.sub(r"\\\1", line)
    found = _LIST.match(line)
    if found is None:
        return line
    return f"{found[0]}\\{line[found.end() :]}" if found[0].isdigit() else f"\\{line}"


def spell_block(block: Block, most_picture: int = MOST_PICTURE) -> str:
    """One block; a picture of more than `most_picture` bytes is told by its name and size."""
    match block:
        case Heading():
            return f"{'#' * block.depth} {escape(block.text)}"
        case Line():
            return f"*{escape(block.text)}*" if block.quiet else escape(block.text)
        case Pairs():
            return "\n".join(f"- **{escape(name)}:** {escape(text)}" for name, text in block.items)
        case Items():
            return "\n".join(f"- {escape(text)}" for text in block.items)
        case Pre():
            return fence(block.text)
        case Picture():
            return _picture(block, most_picture)
        case Table():
            return _table(block)
        case Facts():
            pairs = ((str(name), cell(value)) for name, value in block.items.items())
            return spell_block(Pairs(tuple(pairs)))
        case Bars():
            rows = [(str(name), value) for name, value in block.items.items()]
            return _table(Table(("", ""), rows, block.title))
        case Markdown():
            return _quoted(block.text)


def fence(text: str) -> str:
    """`text` between fences that it cannot close."""
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "\ufffd", text.replace("\r", "\n"))
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    mark = "`" * max(3, longest + 1)
    return f"{mark}text\n{text.rstrip()}\n{mark}"


def _picture(block: Picture, most: int) -> str:
    address = data_address(block.path, most)
    name = escape(block.file.name)
    if address:
        return f"![{name}]({address})"
    return f"*Picture {name} ({file_size(block.file.size)}), in the run's files.*"


def _table(table: Table) -> str:
    rows = [[escape(cell(value)) for value in row] for row in table.rows]
    numbers = {
        i
        for i in range(len(table.columns))
        if table.rows and all(i < len(r) and is_number(r[i]) for r in table.rows)
    }
    rule = ["---:" if i in numbers else "---" for i in range(len(table.columns))]
    lines = [[escape(str(name)) for name in table.columns], rule, *rows]
    parts = ["\n".join("| " + " | ".join(line) + " |" for line in lines)]
    if table.title:
        parts.insert(0, f"**{escape(table.title)}**")
    if table.note:
        parts.append(f"*{escape(table.note)}*")
    return "\n\n".join(parts)


def _quoted(text: str) -> str:
    inert = text.replace("&", "&amp;").replace("<", "&lt;").replace("![", "!\\[")
    inert = re.sub(r"\](?=[(:\[])", r"]\\", inert)
    return "\n".join(f"> {line}" for line in inert.replace("\r", "\n").split("\n"))
