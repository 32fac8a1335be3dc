"""The keeper of a card's process: it ends everything that the card has started, and then itself.

    server ──► keeper ──► the card's process ──► whatever the card starts

The keeper only waits. When the card has returned, what is left of its process group is ended. When
the card is cancelled, or the server is gone, all that descends from it is ended: asked with SIGTERM,
made to two seconds later. It holds the run's lock until then, so no other server runs the card
beside what is left. Systems without `fork` have no keeper; those without /proc know the group only.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import time
from pathlib import Path

GRACE = 2.0  # seconds between the request to end and the end
STUBBORN = 5.0  # seconds after which even a killed process is given up: one that hangs in a driver
LOOK = 1.0  # seconds between two looks at whether the server is still the parent
AGAIN = 0.02  # seconds between two looks at what is left

_PDEATHSIG, _SUBREAPER = 1, 36  # of Linux's prctl


def keep(line: int, out: int, held: list[int]) -> None:
    """Fork, and return in the card's process; the keeper stays in here and never returns.

    `line` hangs up when the server wants the end or is gone, `out` takes the exit code, and `held`
    are the descriptors that stay open until everything is over.
    """
    server, keeper = os.getppid(), os.getpid()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, _wake_up)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    card = os.fork()
    if card == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for fd in (woken, wake, *held):
            os.close(fd)
        _become_the_card(keeper)
        return
    with contextlib.suppress(BaseException):  # nothing may keep it from its own end
        _wait(card, server, line, woken, out)
    os._exit(0)


def _wake_up(number: int, frame: object) -> None:
    """A signal with a handler wakes the poll."""


def _become_the_card(keeper: int) -> None:
    os.setpgid(0, 0)
    _prctl(_PDEATHSIG, signal.SIGKILL)  # a keeper that is killed leaves no card without one
    if os.getppid() != keeper:
        os._exit(1)


def _wait(card: int, server: int, line: int, woken: int, out: int) -> None:
    """Until the card's process has ended, or its end is wanted; then clear up."""
    _prctl(_SUBREAPER, 1)  # orphans of the card come to us, and can be found
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _wake_up)
    with contextlib.suppress(OSError):  # a card that was quicker has its group already
        os.setpgid(card, card)
    watch = select.poll()
    watch.register(line, 0)  # hang-ups are told without being asked for
    watch.register(woken, select.POLLIN)
    while True:
        found = dict(watch.poll(LOOK * 1000))
        if woken in found and signal.SIGTERM in os.read(woken, 4096):
            break
        ended, status = os.waitpid(card, os.WNOHANG)
        if ended:
            with contextlib.suppress(OSError):
                os.write(
                    out, f"\n{json.dumps({'exit': os.waitstatus_to_exitcode(status)})}\n".encode()
                )
            end(card, whole_tree=False)
            return
        if line in found or os.getppid() != server:
            break
    end(card, whole_tree=True)


def end(card: int, *, whole_tree: bool) -> None:
    """End the group of `card`, and all that descends from this process where `whole_tree`."""
    asked: set[int] = set()
    limit = time.monotonic() + GRACE
    while (left := _left(card, whole_tree)) and time.monotonic() < limit:
        for pid in left - asked:
            _send(pid, signal.SIGTERM)
        asked |= left
        time.sleep(AGAIN)
    limit = time.monotonic() + STUBBORN
    while (left := _left(card, whole_tree)) and time.monotonic() < limit:
        for pid in left:
            _send(pid, signal.SIGKILL)
        time.sleep(AGAIN)


def _left(card: int, whole_tree: bool) -> set[int]:
    """What still lives: the group, as its negative number, and the descendants."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    left = descendants(os.getpid()) if whole_tree else set()
    with contextlib.suppress(OSError):
        os.killpg(card, 0)
        left.add(-card)
    return left


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, number)


def descendants(root: int) -> set[int]:
    """The processes below `root`; none where the system does not tell (no /proc)."""
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The name of a program stands in brackets, and may hold anything.
            parents[int(status.parent.name)] = int(
                status.read_bytes().rpartition(b")")[2].split()[1]
            )
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {root}


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
