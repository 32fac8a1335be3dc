"""What is shared of a card's map, as HTML: the button that shares it, or the link and its end.

The one page of another site that Cardloom leads to. Nothing of it is loaded before the click.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cardloom.ui.tags import A, Button, Div, Form, P, Span, Time

Part = Any

READS = (
    "It is a page of another maker and needs the network. In your browser it reads {names} from this "
    "machine; they do not pass through a server of ours. Your browser may ask you whether it may."
)
BEFORE = (
    "Makes a link to {names} that only Cosmograph's page can read, in a browser on this machine."
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
    names = " and ".join(shown.names)
    again = "Share the files of this map instead" if shown.since else "Share for Cosmograph"
    anew = _press(again, share)
    if not shown.since:
        parts = [
            Div(anew, cls="buttons"),
            P(BEFORE.format(names=names), " ", _reads(names), cls="note"),
        ]
    else:
        when = Time(shown.since[:16].replace("T", " ") + " UTC", datetime=shown.since)
        trouble = CHANGED if not shown.target else OLDER if shown.older else ""
        acts = [_open(shown.target), _press("Stop sharing", stop), anew if trouble else ""]
        parts = [
            P(Span("Shared since ", when, cls="since"), cls="shared"),
            P(trouble, cls="plan") if trouble else "",
            Div(*acts, cls="buttons"),
            P(_reads(names), cls="note") if shown.target else "",
        ]
    return Div(*parts, cls="share", id=f"share-{card}")


def _reads(names: str) -> str:
    return READS.format(names=names)


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


def _press(label: str, address: str) -> Part:
    return Form(
        Button(label, cls="secondary small"),
        method="post",
        action=address,
        hx_post=address,
        hx_swap="none",
    )
