"""What can go wrong, said to a person: each error is one sentence (what, which one, what to do).

    CardloomError
    ├── Missing        something is missing or wrong in what was asked      exit 2, HTTP 422 or 404
    ├── Refused        the house's rules do not allow it now                exit 3, HTTP 409
    │   └── NoEvent    a run has no event of that number                    exit 3, HTTP 404
    ├── Unwritable     the disk did not take it; nothing was acknowledged   exit 3, HTTP 507
    ├── Unreadable     the disk did not give it; nothing was changed        exit 3, HTTP 503
    └── WorkflowError  a workflow file is wrong, with its file and line     exit 2, HTTP 422

`exit_code` is what the command returns for it; `status` is what a page answers.
"""

from pathlib import Path


class CardloomError(Exception):
    """The root of every error whose text is meant for a person."""

    exit_code = 1
    status = 500


class Missing(CardloomError):
    """Something is missing or wrong in the call: a name, a value, an argument."""

    exit_code = 2
    status = 422


class NotFound(Missing):
    """There is no such workflow, run, card or file."""

    status = 404


class Refused(CardloomError):
    """Understood, and not allowed now: the run is locked, another answer was first."""

    exit_code = 3
    status = 409


class NoEvent(Refused):
    """A run has no event of that number."""

    status = 404

    def __init__(self, run: str, events: int, given: int | str) -> None:
        super().__init__(f"{run} has {events} events; there is no event {given}.")


class Unwritable(CardloomError):
    """The disk refused: full, read-only, gone. What was asked is not in the journal."""

    exit_code = 3
    status = 507


class Unreadable(CardloomError):
    """The disk did not give a file that is there. Nothing was changed."""

    exit_code = 3
    status = 503


class WorkflowError(CardloomError):
    """A workflow file that cannot be used. `path` and `line` say where, the text says why."""

    exit_code = 2
    status = 422

    def __init__(self, sentence: str, path: Path | None = None, line: int | None = None) -> None:
        super().__init__(sentence)
        self.path = path
        self.line = line
