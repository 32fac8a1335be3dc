"""A run at a moment: as it is now, or as it was at one of its events. Written `bridge/ada@9`."""

from dataclasses import dataclass

from cardloom.engine import State
from cardloom.runs.run import Run


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
