"""One journal; its threads share it and its syncs, its processes each open it."""

from pathlib import Path

from writers import DRAFT

from cardloom.journal import Journal


def opened(folder: Path) -> Journal:
    return Journal(folder)


def work(journal: Journal, me: int, count: int) -> None:
    for _ in range(count):
        journal.append([DRAFT])
