"""What a cell of an export means, where Botify's sources do not say how it is written."""

from __future__ import annotations


def truth(cell: str) -> bool | None:
    """A yes or no in any spelling: true, True, 1, yes … None for an empty cell and anything else."""
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
        cell.strip().lower()
    )
