"""A queue that is torn, killed, changed or on a bad disk keeps what it acknowledged, and says the rest."""

import errno
import json
import os
import shutil
import subprocess
import sys

import pytest

from cardloom.errors import Refused, Unwritable
from cardloom.journal import Queue, SegmentDamage, Storage

SIZE = 200


class Killed(BaseException):
    """What stands for kill -9: nothing of ours runs on it."""


class Disk:
    """Makes storages that count their calls together; the call numbered `fatal` is the last one.

    An append that is cut has written half of its bytes.
    """

    def __init__(self, fatal=None, before=True, error=None):
        self.calls, self.fatal, self.before, self.error = [], fatal, before, error

    def __call__(self, path):
        disk = self

        class Counted(Storage):
            pass

        def counted(name):
            def call(self, *args):
                due = disk.fatal is not None and len(disk.calls) == disk.fatal
                disk.calls.append((name, self.path.name))
                if due and disk.error:
                    raise OSError(disk.error, os.strerror(disk.error))
                if due and disk.before:
                    if name == "append":
                        Storage.append(self, args[0][: len(args[0]) // 2])
                    raise Killed
                result = getattr(Storage, name)(self, *args)
                if due:
                    raise Killed
                return result

            return call

        for name in ("append", "sync", "truncate", "rename", "remove", "sync_folder"):
            setattr(Counted, name, counted(name))
        return Counted(path)


def act(queue, said):
    """Push, rotate, acknowledge and retain; `said` gets what was acknowledged, in order."""
    for i in range(14):
        said.append(("pushing", i))
        queue.push({"i": i})
        said.append(("pushed", i))
        if i % 3 == 2:
            said.append(("reading", i))
            queue.pop("reader", 3)
            said.append(("read", i))
        if i == 10:
            queue.ack("other", 6)
            queue.retain(1)


def calls_of_a_whole_life(folder):
    disk = Disk()
    act(Queue(folder, size=SIZE, storage=disk), [])
    return disk.calls


def check_after(folder, said):
    """What is there now is what was acknowledged, and at most what was being done then."""
    pushed = sum(1 for word, _ in said if word == "pushed")
    pushing = sum(1 for word, _ in said if word == "pushing")
    read = max([i + 1 for word, i in said if word == "read"], default=0)
    reading = max([i + 1 for word, i in said if word == "reading"], default=0)
    queue = Queue(folder, size=SIZE)
    assert queue.verify()[1] == []
    entries = list(queue.replay())
    first = entries[0]["n"] if entries else 1
    assert [e["i"] for e in entries] == list(range(first - 1, first - 1 + len(entries)))
    assert pushed <= first - 1 + len(entries) <= pushing
    place = queue.positions().get("reader", 0)
    assert read <= place <= reading
    assert first <= place + 1  # nothing unread was dropped
    n = queue.n
    assert queue.push({"i": n})[0]["n"] == n + 1
    assert [e["i"] for e in queue.pop("reader", 99)] == list(range(place, n + 1))
    assert Queue(folder).verify()[1] == []
    queue.close()


@pytest.mark.parametrize("before", [True, False])
def test_a_kill_at_every_call_loses_nothing_acknowledged(tmp_path, before):
    calls = calls_of_a_whole_life(tmp_path / "whole")
    assert {name for name, _ in calls} >= {"append", "sync", "rename", "remove", "sync_folder"}
    for fatal in range(len(calls)):
        folder, said = tmp_path / f"{fatal}", []
        queue = Queue(folder, size=SIZE, storage=Disk(fatal, before))
        with pytest.raises(Killed):
            act(queue, said)
        queue.close()
        check_after(folder, said)
        shutil.rmtree(folder)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_an_error_at_every_call_is_said_and_loses_nothing_acknowledged(tmp_path, code):
    calls = calls_of_a_whole_life(tmp_path / "whole")
    for fatal in range(len(calls)):
        folder, said = tmp_path / f"{fatal}", []
        queue = Queue(folder, size=SIZE, storage=Disk(fatal, error=code))
        with pytest.raises(Unwritable, match="disk"):
            act(queue, said)
        queue.close()
        check_after(folder, said)
        shutil.rmtree(folder)


def test_a_failed_sync_stops_writing_until_the_files_are_read_again(tmp_path):
    disk = Disk()
    queue = Queue(tmp_path, storage=disk)
    queue.push({"i": 0})
    disk.fatal, disk.error = len(disk.calls) + 1, errno.EIO  # after the append, its sync
    with pytest.raises(Unwritable, match="nothing was acknowledged"):
        queue.push({"i": 1})
    with pytest.raises(Unwritable, match="has stopped until its files are read again"):
        queue.push({"i": 1})
    queue.reopen()
    n = queue.n
    assert queue.push({"i": 2})[0]["n"] == n + 1


def test_a_tail_torn_at_every_byte_is_set_aside(tmp_path):
    queue = Queue(tmp_path / "whole", size=SIZE)
    for i in range(6):
        queue.push({"i": i})
    active = (tmp_path / "whole" / "active.log").read_bytes()
    ends = [0, *(i + 1 for i, byte in enumerate(active) if byte == 10)]
    sealed = 6 - (len(ends) - 1)
    for length in range(len(active)):
        folder = tmp_path / "torn"
        shutil.copytree(tmp_path / "whole", folder)
        (folder / "active.log").write_bytes(active[:length])
        whole = sum(1 for end in ends[1:] if end <= length)
        torn = Queue(folder, size=SIZE)
        assert torn.verify() == (sealed + whole, [])
        assert torn.push({"i": "next"})[0]["n"] == sealed + whole + 1
        assert torn.verify() == (sealed + whole + 1, [])
        kept = [p.read_bytes() for p in folder.glob("active.torn-*")]
        assert b"".join(kept) == active[ends[whole] : length]
        torn.close()
        shutil.rmtree(folder)


@pytest.fixture
def written(tmp_path):
    """A queue of four files, two consumers in it."""
    queue = Queue(tmp_path / "q", size=SIZE)
    for i in range(12):
        queue.push({"i": i})
    queue.ack("early", 2)
    queue.ack("late", 11)
    queue.close()
    return queue.folder


def spoil(path, old, new):
    path.write_bytes(path.read_bytes().replace(old, new, 1))


def test_damage_is_told_by_file_and_line_and_what_stands_before_it_reads(written):
    spoil(written / "0002.log", b'"i":5', b'"i":7')
    queue = Queue(written, size=SIZE)
    good, [damage] = queue.verify()
    assert (good, damage.segment, damage.line) == (5, "0002.log", 3)
    assert str(damage).startswith("0002.log, line 3: its sum does not match")
    assert [e["i"] for e in queue.pop("early", 99)] == [2, 3, 4]
    with pytest.raises(Refused, match=r"is damaged: 0002\.log, line 3: its sum"):
        queue.peek("early")
    with pytest.raises(Refused, match=r"0002\.log, line 3"):
        list(queue.replay())
    assert [e["i"] for e in queue.pop("late")] == [11]  # past the damage already


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "reason"),
    [
        ("0001.log", b'"n":1,', b'"n":9,', 1, "sum does not match"),
        ("0003.log", b"{", b"", 1, "sum does not match"),
        ("0003.log", b'"after":"', b'"after":"x', 1, "sum does not match"),
        ("active.log", b"{", b"[", 1, "sum does not match"),
    ],
)
def test_damage_anywhere_is_found(written, name, old, new, line, reason):
    spoil(written / name, old, new)
    [damage] = Queue(written).verify()[1]
    assert isinstance(damage, SegmentDamage)
    assert (damage.segment, damage.line) == (name, line)
    assert reason in damage.reason or "not JSON" in damage.reason


def test_a_lost_file_in_the_middle_is_damage(written):
    (written / "0002.log").unlink()
    assert [str(d) for d in Queue(written).verify()[1]] == [
        "0003.log, line 1: it is numbered 7, and 4 was due."
    ]


def test_a_closed_file_cut_short_is_damage(written):
    path = written / "0002.log"
    path.write_bytes(path.read_bytes()[:-10])
    [damage] = Queue(written).verify()[1]
    assert (damage.segment, damage.line) == ("0002.log", 3)


def test_nothing_is_pushed_behind_damage(written):
    spoil(written / "active.log", b'"i":', b'"j":')
    with pytest.raises(Refused, match=r"active\.log, line 1"):
        Queue(written).push({"i": 99})


@pytest.mark.parametrize("name", ["0001.log", "0002.log", "active.log"])
def test_a_repair_keeps_the_good_beginning_and_all_the_rest_beside_it(written, name):
    before = {p.name: p.read_bytes() for p in written.glob("*.log")}
    spoil(written / name, b'"at":"2', b'"at":"3')
    spoilt = (written / name).read_bytes()
    queue = Queue(written, size=SIZE)
    good = queue.verify()[0]
    aside = queue.repair()
    assert (aside / name).read_bytes() == spoilt
    for kept in aside.iterdir():
        assert kept.name == name or kept.read_bytes() == before[kept.name]
    assert queue.verify() == (good, [])
    assert max(queue.positions().values()) <= good
    assert queue.push({"i": "new"})[0]["n"] == good + 1
    assert queue.pop("late")[-1]["i"] == "new"
    assert queue.repair() is None


def test_places_that_do_not_read_are_told(written):
    for text in ("{", "[]", '{"read": {"a": "x"}}', '{"read": 1}'):
        (written / "state.json").write_text(text)
        with pytest.raises(Refused, match="does not say how far its readers are"):
            Queue(written).peek("early")
    (written / "state.json").unlink()
    assert Queue(written).peek("early")[0]["i"] == 0


def test_a_left_over_part_of_the_places_is_no_hindrance(written):
    (written / "state.json.part").write_text('{"read": {"early": 11')
    Queue(written).ack("early", 3)
    assert json.loads((written / "state.json").read_text()) == {"read": {"early": 3, "late": 11}}


KILLED = """
import sys
from pathlib import Path
from cardloom.journal import Queue

queue = Queue(Path(sys.argv[1]), size=1500)
while True:
    [entry] = queue.push({"text": "y" * 200})
    print("pushed", entry["n"], flush=True)
    if entry["n"] % 3 == 0:
        print("read", queue.pop("reader", 9)[-1]["n"], flush=True)
        queue.retain(1)
"""


def test_kill_nine_in_mid_work_loses_nothing_acknowledged(tmp_path):
    for wanted in (1, 8, 50):
        worker = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        lines = [worker.stdout.readline() for _ in range(wanted)]
        worker.kill()
        rest, _ = worker.communicate()
        said = [line.split() for line in [*lines, *rest.splitlines(keepends=True)] if "\n" in line]
        queue = Queue(tmp_path)
        assert queue.verify()[1] == []
        assert queue.n >= max(int(n) for word, n in said if word == "pushed")
        place = queue.positions().get("reader", 0)
        assert place >= max([int(n) for word, n in said if word == "read"], default=0)
        unread = [e["n"] for e in queue.peek("reader", 999)]
        assert unread == list(range(place + 1, queue.n + 1))
