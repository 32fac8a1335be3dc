"""A place for a person's own reason: one line that the journal keeps with what they do.

Open where a form is being filled in anyway, folded behind a word where there is only a button.
"""

from cardloom.ui.tags import Details, Div, Input, Part, Summary

LONGEST = 500  # characters


def field(value: str = "") -> Part:
    """The open field, a line of its own in a form."""
    return Div(_line("Why? One line for the journal, if you like", value), cls="why")


def reason() -> Part:
    """A word that opens into the field, to stand in a form beside its button."""
    return Details(
        Summary("Why?", cls="quiet"),
        _line("One line for the journal, if you like"),
        cls="reason",
    )


def _line(placeholder: str, value: str = "") -> Part:
    return Input(
        name="why",
        value=value,
        placeholder=placeholder,
        aria_label="Why",
        autocomplete="off",
        maxlength=str(LONGEST),
    )
