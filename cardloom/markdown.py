"""Markdown as HTML that is safe whoever wrote it: HTML in it is shown as text, and not obeyed."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


def render(text: str, *, pictures: bool = False) -> str:
    """`text` as HTML. A stranger's picture would be a request to a stranger's server: it is left a
    link, unless `pictures` are the author's own.
    """
    return str(_parser(pictures).render(text))


@cache
def _parser(pictures: bool) -> "MarkdownIt":
    # Loaded when first used: it takes longer than any other library at a start, and most pages
    # have no Markdown.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    return parser if pictures else parser.disable("image")
