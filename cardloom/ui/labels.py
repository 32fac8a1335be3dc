"""A run's labels as HTML: its title, its tags, and the word where they could not be read."""

from collections.abc import Callable

from cardloom.runs import About
from cardloom.ui.tags import A, P, Part, Span


def labels(about: About, link: Callable[[str], str] | None = None) -> Part:
    """One line of labels, nothing where there are none. `link` gives the address of a tag."""
    parts = [Span(about.title, cls="title")] if about.title else []
    parts += [
        A(tag, href=link(tag), cls="tag") if link else Span(tag, cls="tag") for tag in about.tags
    ]
    if about.archived:
        parts.append(Span("archived", cls="tag put-away"))
    if about.trouble:
        parts.append(Span(about.trouble, cls="trouble"))
    return P(*parts, cls="labels") if parts else ""
