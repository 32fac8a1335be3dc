"""A press: one button that does something at an address, with JavaScript and without."""

from cardloom.ui.tags import Button, Form, Part


def press(label: str, address: str, *more: Part, kind: str = "secondary small") -> Part:
    """The button in a form of its own; `more` stands beside it, `kind` says how it looks."""
    return Form(
        Button(label, cls=kind),
        *more,
        method="post",
        action=address,
        hx_post=address,
        hx_swap="none",
        cls="pressed",
    )
