"""The shell of every page: head, top bar, main. Addresses of static files come in as `asset`."""

from collections.abc import Callable, Sequence

from cardloom.ui.tags import (
    A,
    Body,
    Div,
    Footer,
    Head,
    Header,
    Html,
    Link,
    Main,
    Meta,
    Nav,
    Noscript,
    NotStr,
    Part,
    Script,
    Span,
    Title,
    html,
)

# metaCharacter "-" lets `hx_sse_connect=` be a plain Python keyword; the indicator's style would
# be an inline one, which the content policy refuses.
HTMX = '{"metaCharacter":"-","includeIndicatorCSS":false,"history":false,"defaultTimeout":0}'


# The mark of the house: a loom's card with five holes.
_HOLES = "".join(
    f'<circle cx="{x}" cy="{y}" r="1.7"/>'
    for x, y in ((7, 7), (17, 7), (12, 12), (7, 17), (17, 17))
)
MARK = NotStr(
    '<svg class="mark" viewBox="0 0 24 24" aria-hidden="true">'
    f'<rect x="2" y="2" width="20" height="20" rx="4"/>{_HOLES}</svg>'
)


def page(
    title: str,
    *content: Part,
    asset: Callable[[str], str],
    home: str,
    help: str,
    switch: Sequence[Part] = (),
    modules: Sequence[str] = (),
    more_styles: Sequence[str] = (),
    more_scripts: Sequence[str] = (),
    refresh: bool = False,
) -> str:
    """A whole page as HTML. `switch` stands in the top bar; `refresh` serves those without JavaScript."""
    styles = ("ground.css", "cardloom.css", *(["map/map.css"] if modules else []))
    styles = (*styles, *more_styles)
    scripts = ("vendor/htmx.min.js", "vendor/hx-sse.min.js", "cardloom.js", *more_scripts)
    head = Head(
        Title(f"{title} · Cardloom" if title != "Cardloom" else title),
        Meta(charset="utf-8"),
        Meta(name="viewport", content="width=device-width, initial-scale=1"),
        Meta(name="color-scheme", content="light dark"),
        Meta(name="htmx-config", content=HTMX),
        Link(rel="icon", href=asset("icon.svg"), type="image/svg+xml"),
        *(Link(rel="stylesheet", href=asset(name)) for name in styles),
        *(Script(src=asset(name), defer=True) for name in scripts),
        *(Script(src=asset(name), type="module") for name in modules),
        *([_refresh()] if refresh else []),
    )
    top = Header(
        A(MARK, Span("Cardloom"), href=home, cls="brand"),
        Nav(*switch, A("Help", href=help), aria_label="Runs and help"),
        cls="top",
    )
    skip = A("Skip to the content", href="#main", cls="skip")
    body = Body(skip, top, Main(*content, id="main"), Footer(Div(id="toast", role="status")))
    return html(*Html(head, body, lang="en"))


def _refresh() -> Part:
    return Noscript(Meta(http_equiv="refresh", content="2"))
