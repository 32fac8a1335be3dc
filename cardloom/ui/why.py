"""A quiet place for a person's own reason: one line that the journal keeps with what they do."""

from typing import Any

from cardloom.ui.tags import Details, Input, Summary

Part = Any

LONGEST = 500  # characters


def reason() -> Part:
    """A word that opens into a field, to stand in a form beside its button."""
    return Details(
        Summary("Why?", cls="quiet"),
        Input(
            name="why",
            placeholder="One line for the journal, if you like",
            aria_label="Why",
            autocomplete="off",
            maxlength=str(LONGEST),
        ),
        cls="reason",
    )
