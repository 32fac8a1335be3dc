"""What the proofs share: `--long` or short, one tally of what was tried, a disk to stand on."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from disk import System

from cardloom.journal import storage

TALLY: Counter[str] = Counter()
SHOWN = (
    "disks checked",
    "kills",
    "servers killed over a tree of processes",
    "errors injected",
    "fuzz cases",
    "values round trip",
    "lines by many writers",
    "acts over HTTP",
    "acts without an answer",
    "answers under load",
    "lost events",
)


@pytest.fixture(scope="session")
def long(pytestconfig: pytest.Config) -> bool:
    """Whether everything is tried, and not a selection."""
    return bool(pytestconfig.getoption("--long"))


@pytest.fixture(scope="session")
def tally() -> Callable[..., None]:
    """`tally("disks checked", 12)`: counted for the table at the end."""

    def count(what: str, number: int = 1) -> None:
        TALLY[what] += number

    return count


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not TALLY or not (config.getoption("--long") or config.getoption("capture") == "no"):
        return
    terminalreporter.section("what was tried")
    # A lost event fails its test, and the count of what failed is all that can be said of it.
    failed = len(terminalreporter.stats.get("failed", [])) + len(
        terminalreporter.stats.get("error", [])
    )
    for what in SHOWN[:-1]:
        terminalreporter.write_line(f"{what:<42}{TALLY[what]:>12,}")
    said = "0" if not failed else f"look at the {failed} failed tests above"
    terminalreporter.write_line(f"{SHOWN[-1]:<42}{said:>12}")


class Mount:
    """Stands for `os` in the journal's storage; which system it is can be changed."""

    def __init__(self) -> None:
        self.system = System()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.system, name)


@pytest.fixture
def mount(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mount]:
    """Below the real Storage a disk in memory: set `mount.system`."""
    made = Mount()
    with monkeypatch.context() as patch:
        patch.setattr(storage, "os", made)
        patch.setattr(storage, "_sync", lambda fd: made.fdatasync(fd))
        patch.setattr(storage, "_lock", lambda fd, wait: None)
        patch.setattr(storage, "_unlock", lambda fd: None)
        yield made
