"""A run as a graph: its cards, what each takes from which, and how each came to its value.

    draw(workflow, state)  →  nodes;   mermaid(nodes)  →  the text of a Mermaid flowchart

Names and labels come from workflow files and journals and may hold anything. A node is called by
its number, and of a label only letters, digits and a few harmless signs go out as they are: all
else is written as a character's number, which neither Mermaid nor Markdown nor HTML reads.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cardloom.brief import shorten
from cardloom.engine.plan import View, views_of
from cardloom.engine.state import State
from cardloom.engine.status import CardStatus
from cardloom.engine.workflow import Workflow

LONGEST = 60  # characters of a label in the picture


@dataclass(frozen=True)
class Shape:
    """How a card at a mark looks: a sign, the word, the shape's two ends, the style of its class."""

    sign: str
    word: str
    ends: tuple[str, str]
    style: str


def _style(fill: str, stroke: str, more: str = "") -> str:
    # The ink is told too: a picture that is pasted elsewhere stands on a ground of any colour.
    return f"fill:{fill},stroke:{stroke},color:#22232b{more}"


_DASHED = ",stroke-dasharray:5 4"
# Colour, shape, sign and word say the same thing, so that none of them has to be seen.
SHAPES = {
    CardStatus.PENDING: Shape("○", "to come", ("(", ")"), _style("#f4f3ee", "#8d8c86", _DASHED)),
    CardStatus.HELD: Shape("◇", "waits for your word", ("{{", "}}"), _style("#eceafb", "#4a43bd")),
    CardStatus.ASKING: Shape("◇", "your turn", ("{{", "}}"), _style("#eceafb", "#4a43bd")),
    CardStatus.PREPARING: Shape("◐", "preparing", ("[[", "]]"), _style("#eceafb", "#4a43bd")),
    CardStatus.RUNNING: Shape("◐", "working", ("[[", "]]"), _style("#eceafb", "#4a43bd")),
    CardStatus.DONE: Shape("●", "done", ("[", "]"), _style("#e3f1ea", "#1f6f50")),
    CardStatus.STALE: Shape(
        "◌", "out of date", ("[/", "\\]"), _style("#fbf0da", "#82540a", _DASHED)
    ),
    CardStatus.SKIPPED: Shape("–", "not needed", ("([", "])"), _style("#f4f3ee", "#8d8c86")),
    CardStatus.FAILED: Shape("✕", "failed", (">", "]"), _style("#fbe6e6", "#a3262b")),
    CardStatus.CANCELLED: Shape("✕", "cancelled", (">", "]"), _style("#fbe6e6", "#a3262b")),
    CardStatus.INTERRUPTED: Shape("✕", "interrupted", (">", "]"), _style("#fbe6e6", "#a3262b")),
}


@dataclass(frozen=True)
class Node:
    """One card: `takes` are the earlier cards it is made from, `moved` those whose value moved since.

    `how` says how its value came to be: answered, kept, ran, by default … and repeated from another run.
    """

    view: View
    takes: tuple[str, ...]
    moved: tuple[str, ...]
    once: bool
    how: str

    @property
    def shape(self) -> Shape:
        return SHAPES.get(self.view.status, SHAPES[CardStatus.PENDING])

    @property
    def standing(self) -> str:
        """The node's state in words: 'done · ran · once only'."""
        said = (self.shape.word, self.how, "once only" if self.once else "")
        return " · ".join(part for part in said if part)


def draw(workflow: Workflow | None, state: State) -> list[Node]:
    """The cards of the run at `state`; from the journal's own outline without a workflow."""
    outline = {str(told.get("name")): told for told in state.outline}
    nodes: list[Node] = []
    earlier: set[str] = set()
    for view in views_of(workflow, state):
        told = outline.get(view.name, {})
        params = view.card.params if view.card else tuple(map(str, told.get("params") or ()))
        nodes.append(
            Node(
                view,
                tuple(name for name in params if name in earlier),
                view.stale_because,
                view.once or bool(told.get("once")),
                _how(view),
            )
        )
        earlier.add(view.name)
    return nodes


def _how(view: View) -> str:
    now = view.state
    if not now.settled:
        return ""
    if now.status == CardStatus.SKIPPED:
        made = ""
    elif view.asks:
        by = {"kept": "kept", "default": "by default", "fork": "brought by the fork"}
        made = by.get(now.by, "answered")
    else:
        made = "ran"
    return " · ".join(
        part for part in (made, "repeated from another run" if now.source else "") if part
    )


def mermaid(
    nodes: Sequence[Node], *, to: Callable[[str], str] | None = None, colours: bool = True
) -> str:
    """The text of a flowchart. `to(card)` is where a click on a card goes, if anywhere.

    Without `colours` the classes are named and not defined: a page brings its own.
    """
    numbers = {node.view.name: f"c{i}" for i, node in enumerate(nodes, 1)}
    lines = ["flowchart LR"]
    lines += [f"    {numbers[node.view.name]}{_box(node)}:::{_mark(node)}" for node in nodes]
    for node in nodes:
        here = numbers[node.view.name]
        lines += [
            f"    {numbers[name]} {'-.->|moved|' if name in node.moved else '-->'} {here}"
            for name in dict.fromkeys(node.takes)
        ]
    if to is not None:
        lines += [
            f'    click {numbers[n.view.name]} href "{_address(to(n.view.name))}"' for n in nodes
        ]
    if colours:
        marks = sorted({_mark(node) for node in nodes})
        lines += [f"    classDef {mark} {SHAPES[mark].style}" for mark in marks]
    return "\n".join(lines) + "\n"


def _mark(node: Node) -> CardStatus:
    return node.view.status if node.view.status in SHAPES else CardStatus.PENDING


def _box(node: Node) -> str:
    begin, end = node.shape.ends
    label = escape(_short(node.view.label or node.view.name))
    return f'{begin}"{label}<br/>{node.shape.sign} {node.standing}"{end}'


def _short(label: str) -> str:
    line = shorten(label)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


_PLAIN = re.compile(r"[^\W_]|[ ,?!]")


def escape(text: str) -> str:
    """`text` on one line, as a label that means nothing but itself to Mermaid, Markdown and HTML."""
    return "".join(_character(sign) for sign in " ".join(text.split())).strip()


def _character(sign: str) -> str:
    if _PLAIN.fullmatch(sign):
        return sign
    if unicodedata.category(sign) in ("Cc", "Cf", "Cs"):
        return ""  # a character that turns the line around, or half of one
    return f"#{ord(sign)};"


def _address(place: str) -> str:
    """An address between quotation marks; its own are percent-encoded, as a URL has them."""
    return re.sub(r"[\"<>\\\s`]", lambda found: f"%{ord(found[0]):02X}", place)
