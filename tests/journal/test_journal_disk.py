"""A disk that refuses, lies or dies: one sentence, and nothing acknowledged that is not there."""

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from cardloom.errors import Unwritable
from cardloom.journal import Journal, Storage, verify

NOTE = {"type": "noted", "text": "x" * 50}


class Recording(Storage):
    """A disk that remembers what was asked of it, in order."""

    def __init__(self, path):
        super().__init__(path)
        self.calls = []

    def append(self, data):
        self.calls.append("append")
        super().append(data)

    def sync(self):
        self.calls.append("sync")
        super().sync()

    def sync_folder(self):
        self.calls.append("sync folder")
        super().sync_folder()


class Failing(Storage):
    """A disk that fails once told to: `append` after half of the bytes, `sync` at once."""

    append_error = sync_error = None
    syncs = 0

    def append(self, data):
        if self.append_error:
            super().append(data[: len(data) // 2])
            raise OSError(self.append_error, os.strerror(self.append_error))
        super().append(data)

    def sync(self):
        self.syncs += 1
        if self.sync_error:
            raise OSError(self.sync_error, os.strerror(self.sync_error))
        super().sync()


@pytest.fixture
def failing(tmp_path):
    """A journal with one event on a disk that can be told to fail."""
    disk = Failing(tmp_path / "journal.jsonl")
    journal = Journal(tmp_path, storage=disk)
    journal.append([NOTE])
    return journal, disk


def test_an_append_returns_after_its_sync(tmp_path):
    disk = Recording(tmp_path / "journal.jsonl")
    journal = Journal(tmp_path, storage=disk)
    journal.append([NOTE, NOTE])
    assert disk.calls == ["sync folder", "append", "sync"]
    disk.calls.clear()
    journal.append([NOTE], sync=False)
    assert disk.calls == ["append"]
    journal.append([NOTE])
    assert disk.calls == ["append", "append", "sync"]


def test_the_sync_is_fdatasync_itself(tmp_path):
    """Seen from outside the process, by the system calls it makes."""
    if not Path("/usr/bin/strace").exists():
        pytest.skip("strace is not installed")
    code = "from pathlib import Path; from cardloom.journal import Journal;"
    code += f"Journal(Path({str(tmp_path)!r})).append([{{'type': 'noted'}}]); print('acknowledged')"
    command = ["strace", "-f", "-e", "trace=write,fdatasync", sys.executable, "-c", code]
    trace = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    order = [trace.index(mark) for mark in ('"{\\"n\\":1', "fdatasync(", "acknowledged")]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.ENOSPC, r"The disk is full: .*journal\.jsonl did not take the event.*Make room"),
        (errno.EDQUOT, "The disk is full"),
        (errno.EROFS, "The disk is read-only"),
        (errno.EACCES, "The file may not be written.*Check its permissions"),
        (errno.EIO, r"The disk reported an error \(Input/output error\).*Check the disk"),
    ],
)
def test_a_failed_write_leaves_no_part_and_the_next_one_goes_on(failing, code, sentence):
    journal, disk = failing
    before = journal.path.read_bytes()
    disk.append_error = code
    with pytest.raises(Unwritable, match=sentence):
        journal.append([NOTE, NOTE])
    assert journal.path.read_bytes() == before
    assert len(journal.read()) == 1
    disk.append_error = None
    assert journal.append([NOTE])[0]["n"] == 2
    assert verify(journal.folder) == (2, [])


def test_a_failed_sync_acknowledges_nothing_and_is_never_repeated(failing):
    journal, disk = failing
    before = disk.syncs
    disk.sync_error = errno.EIO
    with pytest.raises(Unwritable, match=r"Input/output error.*nothing was acknowledged"):
        journal.append([NOTE])
    disk.sync_error = None  # the disk says that all is well again: it is not believed
    for _ in range(3):
        with pytest.raises(Unwritable, match="has stopped until its file is read again"):
            journal.append([NOTE])
        with pytest.raises(Unwritable, match="has stopped"):
            journal.sync()
    assert disk.syncs == before + 1
    held = journal.path.read_bytes()
    journal.reopen()
    assert journal.path.read_bytes() == held
    assert journal.append([NOTE])[0]["n"] == len(held.splitlines()) + 1
    assert verify(journal.folder)[1] == []


def test_the_refusal_outlives_a_new_file_at_the_same_place(failing):
    journal, disk = failing
    disk.sync_error = errno.EIO
    with pytest.raises(Unwritable):
        journal.append([NOTE])
    journal.path.rename(journal.folder / "away.jsonl")
    journal.path.write_bytes(b"")
    journal.read()
    with pytest.raises(Unwritable, match="has stopped"):
        journal.append([NOTE])


LIMITED = """
import resource, signal, sys
from pathlib import Path
from cardloom.errors import Unwritable
from cardloom.journal import Journal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
journal = Journal(Path(sys.argv[1]))
try:
    for i in range(1000):
        journal.append([{"type": "noted", "i": i}])
        print(i, flush=True)
except Unwritable as error:
    print(error)
"""


def test_a_file_that_may_not_grow_keeps_what_was_acknowledged(tmp_path):
    """The system itself takes a part of a line, then no more."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    *acknowledged, sentence = done.stdout.splitlines()
    assert "did not take the event, and nothing was acknowledged" in sentence
    assert [str(e["i"]) for e in Journal(tmp_path).read()] == acknowledged
    assert (tmp_path / "journal.jsonl").read_bytes().endswith(b"}\n")
    assert len(acknowledged) > 3


FORBIDDEN = """
import os, sys
from pathlib import Path
from cardloom.errors import Unwritable
from cardloom.journal import Journal

if os.geteuid() == 0:  # root may write anything: go on as somebody else
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
journal = Journal(Path(sys.argv[1]))
print(len(journal.read()))
try:
    journal.append([{"type": "noted"}])
except Unwritable as error:
    print(error)
"""


def test_a_file_one_may_read_and_not_write(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forbidden")
    path = folder / "journal.jsonl"
    Journal(folder).append([NOTE])
    path.chmod(0o444)
    for place in [folder, *folder.parents]:  # pytest's own folders are for one user alone
        if place == Path(tempfile.gettempdir()):
            break
        place.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", FORBIDDEN, str(folder)], capture_output=True, text=True
    )
    assert done.stdout.splitlines()[0] == "1", done.stderr
    assert "The file may not be written" in done.stdout
    assert "Check its permissions and its owner." in done.stdout


class PowerCut(Storage):
    """A disk that says, before each call, what would be on it after a power cut just then."""

    def __init__(self, path):
        super().__init__(path)
        self.durable = b""
        self.cuts = []  # (bytes that are surely there, bytes that may be, acknowledged so far)
        self.acknowledged = 0

    def _note(self):
        there = self.path.read_bytes() if self.path.exists() else b""
        self.cuts.append((self.durable, there, self.acknowledged))

    def append(self, data):
        self._note()
        super().append(data)
        self._note()

    def sync(self):
        self._note()
        super().sync()
        self.durable = self.path.read_bytes()
        self._note()


def test_no_power_cut_at_any_call_loses_what_was_acknowledged(tmp_path):
    disk = PowerCut(tmp_path / "live" / "journal.jsonl")
    journal = Journal(tmp_path / "live", storage=disk)
    for number in range(4):
        journal.append([{"type": "noted", "i": number}], sync=number % 2 == 1)
        if number % 2:
            disk.acknowledged = number + 1
    whole = journal.read()
    folder = tmp_path / "after"
    folder.mkdir()
    for sure, maybe, acknowledged in disk.cuts:
        for length in range(len(sure), len(maybe) + 1):
            for lost in (b"", b"\0" * (len(maybe) - length)):  # cut short, or never filled
                (folder / "journal.jsonl").write_bytes(maybe[:length] + lost)
                again = Journal(folder)
                found = again.read()
                assert found == whole[: len(found)]
                assert len(found) >= acknowledged
                assert again.damage == []
    assert len(disk.cuts) == 12


KILLED = """
import sys
from pathlib import Path
from cardloom.journal import Journal

journal = Journal(Path(sys.argv[1]))
while True:
    [event] = journal.append([{"type": "noted", "text": "y" * 200}])
    print(event["n"], flush=True)
"""


def test_kill_nine_in_mid_write_loses_nothing_acknowledged(tmp_path):
    acknowledged = 0
    for wanted in (1, 7, 40):
        writer = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(wanted):
            acknowledged = int(writer.stdout.readline())
        writer.kill()
        rest, _ = writer.communicate()
        acknowledged = max([acknowledged, *(int(n) for n in rest.split("\n")[:-1])])
        kept, damage = verify(tmp_path)
        assert damage == []
        assert kept >= acknowledged
