"""The docs as the tests read them: pages, fenced blocks, sections, links, generated parts."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text with the last newline, the line it begins on."""

    language: str
    text: str
    line: int


def pages() -> list[Path]:
    """Every page of the help, in order."""
    return sorted(DOCS.rglob("*.md"))


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(found[1], found[2], text.count("\n", 0, found.start()) + 1)
        for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)
    ]


def prose(page: Path) -> str:
    """The text of a page without its fenced blocks and code spans."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", "", text)


def links(page: Path) -> list[str]:
    """The targets of a page's links and pictures."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


def sections(page: Path) -> dict[str, str]:
    """Heading → text up to the next heading of any depth; code blocks are not searched for headings."""
    found: dict[str, str] = {}
    heading, fenced = "", False
    for line in page.read_text(encoding="utf-8").splitlines():
        fenced ^= line.startswith("```")
        if line.startswith("#") and not fenced:
            heading = line.lstrip("#").strip()
            assert heading not in found, f"{page.name} has two headings “{heading}”"
            found[heading] = ""
        elif heading:
            found[heading] += line + "\n"
    return found


def anchor(heading: str) -> str:
    """The part after # with which GitHub links to a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.strip().replace(" ", "-")
