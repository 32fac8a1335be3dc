"""How far each consumer of a queue has read: `state.json`, written whole and durably or not at all."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cardloom.errors import Refused, Unwritable
from cardloom.journal.journal import refusal
from cardloom.journal.line import dumps
from cardloom.journal.storage import Storage

STATE = "state.json"


class Places:
    """The places in the queue's `folder`, by consumer: the number of the last entry it has done."""

    def __init__(self, folder: Path, storage: Callable[[Path], Storage]) -> None:
        self.path = folder / STATE
        self._storage_of = storage
        self._lock = storage(folder / "state.lock")

    def close(self) -> None:
        self._lock.close()

    def read(self) -> dict[str, int]:
        """Consumer to number; Refused when the file does not say it."""
        try:
            read = json.loads(self.path.read_text(encoding="utf-8"))["read"]
            if not all(type(n) is int for n in read.values()):
                raise ValueError("a place is a number")
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refused(
                f"{self.path} does not say how far its readers are. Mend it, or delete it: they "
                "then begin at the oldest entry."
            ) from error
        return dict(read)

    @contextmanager
    def changing(self) -> Iterator[dict[str, int]]:
        """The places, to be changed by one process at a time; durable at the end of the block."""
        try:
            with self._lock.locked():
                before = self.read()
                read = dict(before)
                yield read
                if read != before:
                    self._write(read)
        except OSError as error:
            raise Unwritable(refusal(error, self.path)) from error

    def _write(self, read: dict[str, int]) -> None:
        part = self._storage_of(self.path.with_name(f"{STATE}.part"))
        with closing(part):
            part.open()
            part.truncate(0)
            part.append(dumps({"read": read}).encode("utf-8") + b"\n")
            part.sync()
            part.rename(self.path)
