"""The graph of a run as a page shows it: a picture, the same as a table, and as text to copy."""

from collections.abc import Callable, Sequence

from cardloom.brief import brief
from cardloom.engine.status import CardStatus
from cardloom.reports.diagram import Node, mermaid
from cardloom.ui.tags import (
    H2,
    A,
    Code,
    Details,
    Div,
    P,
    Part,
    Pre,
    Section,
    Summary,
    Table,
    Tbody,
    Td,
    Th,
    Thead,
    Tr,
)


def picture(nodes: Sequence[Node], to: Callable[[str], str]) -> Part:
    """The place of the picture; Mermaid draws there the text that it carries."""
    return Section(
        Div(
            P("The picture needs JavaScript. The table says the same.", cls="note"),
            id="diagram",
            data_text=mermaid(nodes, to=to, colours=False),
            tabindex="0",
            role="region",
            aria_label="The cards and what each is made from; the table below says the same",
        ),
        cls="diagram",
    )


def table(nodes: Sequence[Node], to: Callable[[str], str]) -> Part:
    """The same as rows: card, how it stands, what it is made from."""
    labels = {node.view.name: node.view.label or node.view.name for node in nodes}
    rows = [
        Tr(
            Th(A(labels[node.view.name], href=to(node.view.name)), scope="row"),
            Td(f"{node.shape.sign} {node.standing}"),
            Td(_value(node)),
            Td(", ".join(_taken(node, name, labels) for name in node.takes)),
        )
        for node in nodes
    ]
    head = Tr(*(Th(word, scope="col") for word in ("Card", "How it stands", "Value", "Made from")))
    return Section(
        H2("The same as a table"),
        Div(
            Table(Thead(head), Tbody(*rows)),
            cls="scroll diagram-table",
            tabindex="0",
            role="region",
            aria_label="Cards",
        ),
    )


def _value(node: Node) -> str:
    return brief(node.view.state.value) if node.view.state.status == CardStatus.DONE else ""


def _taken(node: Node, name: str, labels: dict[str, str]) -> str:
    return f"{labels[name]} (moved since)" if name in node.moved else labels[name]


def text(nodes: Sequence[Node]) -> Part:
    """The Mermaid text, to be pasted elsewhere: with its colours, without addresses of this machine."""
    return Details(
        Summary("As Mermaid text"),
        Pre(
            Code(mermaid(nodes), id="diagram-text"), tabindex="0", role="region", aria_label="Text"
        ),
        cls="diagram-source",
    )
