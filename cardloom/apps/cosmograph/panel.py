"""What is shared of a card's map, as HTML: the button that shares it, or the link and its end.

The one page of another site that Cardloom leads to. Nothing of it is loaded before the click.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cardloom.ui.press import press
from cardloom.ui.tags import A, Div, P, Part, Span, Time

BEFORE = (
    "Cosmograph is another maker's page that draws links, and needs the network. This makes a link to "
    "{names} that only that page can read, in a browser on this machine, until you stop it. Nothing "
    "is sent before you open it."
)
OPENS = (
    "Cosmograph's page opens in a new tab and needs the network. It reads {names} from this machine, "
    "in your browser; they do not pass through a server of ours. Your browser may ask you first."
)
CHANGED = "The files are not what they were when you shared them, so the link gives nothing."
OLDER = "This map was made after that: the link still gives the files of the earlier one."


@dataclass(frozen=True)
class Shown:
    """What a card has shared. `since` is empty where nothing is; `target` where the link gives nothing."""

    names: Sequence[str]
    since: str = ""
    target: str = ""
    older: bool = False


def panel(card: str, shown: Shown, share: str, stop: str) -> Part:
    """The part below a map, addressed as `#share-<card>`; `share` and `stop` are where its forms go."""
    parts = _on(shown, share, stop) if shown.since else _off(shown, share)
    return Div(*parts, cls="share", id=f"share-{card}", aria_live="polite")


def _off(shown: Shown, share: str) -> list[Part]:
    names = " and ".join(shown.names)
    begin = Div(press("Share for Cosmograph", share), cls="buttons")
    return [begin, P(BEFORE.format(names=names), cls="note")]


def _on(shown: Shown, share: str, stop: str) -> list[Part]:
    names = " and ".join(shown.names)
    when = Time(shown.since[:16].replace("T", " ") + " UTC", datetime=shown.since, cls="when")
    trouble = CHANGED if not shown.target else OLDER if shown.older else ""
    anew = press("Share the files of this map instead", share) if trouble else ""
    return [
        P(Span("Shared since ", when, cls="since"), cls="shared"),
        P(trouble, cls="plan") if trouble else "",
        Div(_open(shown.target), press("Stop sharing", stop), anew, cls="buttons"),
        P(OPENS.format(names=names), cls="note") if shown.target else "",
    ]


def _open(target: str) -> Part:
    if not target:
        return ""
    return A(
        "Open in Cosmograph",
        href=target,
        target="_blank",
        rel="noopener noreferrer",
        role="button",
        cls="small",
    )
