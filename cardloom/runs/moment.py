"""A run at a moment: as it is now, or as it was at one of its events. Written `bridge/ada@9`."""

import re
from dataclasses import dataclass

from cardloom.engine import State
from cardloom.errors import NotFound
from cardloom.runs.run import Run
from cardloom.runs.shelf import Shelf


@dataclass(frozen=True)
class Moment:
    """`run` at event `at`, or as it is now where `at` is None."""

    run: Run
    at: int | None = None

    @property
    def name(self) -> str:
        return self.run.name if self.at is None else f"{self.run.name}@{self.at}"

    def state(self) -> State:
        """The state at that moment; Refused for an event that is not there."""
        return self.run.state() if self.at is None else self.run.state_at(self.at)


def find_moment(shelf: Shelf, name: str) -> Moment:
    """The moment called `workflow/key` or `workflow/key@n`. A key that ends so itself is the run."""
    stem, at_sign, number = name.rpartition("@")
    if not at_sign or not re.fullmatch(r"[0-9]{1,9}", number):
        return Moment(shelf.by_name(name))
    try:
        return Moment(shelf.by_name(name))
    except NotFound:
        return Moment(shelf.by_name(stem), int(number))
