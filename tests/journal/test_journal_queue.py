"""A queue: in order, once, for each consumer by itself, from any number of threads and processes."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from cardloom.errors import Refused
from cardloom.journal import Queue

MORNING = datetime(2026, 11, 21, 8, tzinfo=UTC)


class Clock:
    """A clock that goes on by a minute each time it is asked."""

    def __init__(self):
        self.moment = MORNING

    def __call__(self):
        self.moment += timedelta(minutes=1)
        return self.moment


@pytest.fixture
def queue(tmp_path):
    """A queue of twelve entries in several small files."""
    queue = Queue(tmp_path / "q", size=200, clock=Clock())
    for i in range(12):
        queue.push({"i": i})
    yield queue
    queue.close()


def closed(queue):
    return sorted(p.name for p in queue.folder.glob("[0-9]*.log"))


def values(entries):
    return [entry["i"] for entry in entries]


def test_entries_come_in_order_over_all_files(queue):
    assert closed(queue) == ["0001.log", "0002.log", "0003.log"]
    assert values(queue.replay()) == list(range(12))
    assert values(Queue(queue.folder).replay()) == list(range(12))
    assert queue.verify() == (12, [])
    assert [e["n"] for e in queue.replay()] == list(range(1, 13))


def test_files_are_for_their_owner_alone(queue):
    queue.ack("reader", 1)
    assert oct(queue.folder.stat().st_mode)[-3:] == "700"
    assert {oct(p.stat().st_mode)[-3:] for p in queue.folder.iterdir()} == {"600"}


def test_two_consumers_go_at_their_own_speed(queue):
    assert values(queue.pop("fast", 10)) == list(range(10))
    assert values(queue.pop("slow")) == [0]
    assert values(queue.peek("fast", 5)) == [10, 11]
    assert values(queue.peek("slow", 2)) == [1, 2]
    assert queue.positions() == {"fast": 10, "slow": 1}
    queue.push({"i": 12})
    assert values(queue.pop("fast", 99)) == [10, 11, 12]
    assert queue.peek("fast") == []
    assert values(Queue(queue.folder).pop("slow", 99)) == list(range(1, 13))


def test_what_was_not_acknowledged_comes_again(queue):
    assert values(queue.peek("reader", 3)) == [0, 1, 2]
    again = Queue(queue.folder)  # whoever peeked has crashed
    assert values(again.peek("reader", 3)) == [0, 1, 2]
    again.ack("reader", 2)
    assert values(again.peek("reader", 3)) == [2, 3, 4]
    again.ack("reader", 1)
    assert values(again.peek("reader")) == [2]


def test_nothing_beyond_the_end_can_be_acknowledged(queue):
    with pytest.raises(Refused, match="ends at 12; there is no entry 13"):
        queue.ack("reader", 13)
    assert queue.positions() == {}


def test_replay_from_a_number_and_from_a_time(queue):
    assert values(queue.replay(after=9)) == [9, 10, 11]
    assert values(queue.replay(since=MORNING + timedelta(minutes=11))) == [10, 11]
    assert values(queue.replay(since=MORNING + timedelta(days=1))) == []


def test_a_snapshot_is_everything_up_to_a_time(queue):
    assert values(queue.snapshot(MORNING + timedelta(minutes=3))) == [0, 1, 2]
    assert queue.snapshot(MORNING) == []


def test_the_last_entries_are_read_from_the_end(queue):
    assert values(queue.last(2)) == [10, 11]
    assert values(queue.last(7)) == [5, 6, 7, 8, 9, 10, 11]
    assert values(queue.last(99)) == list(range(12))


def test_only_whole_files_that_everyone_has_read_go(queue):
    queue.ack("fast", 12)
    queue.ack("slow", 5)
    first = [e["n"] for e in queue.replay()]
    assert queue.retain(1) == ["0001.log"]
    assert values(queue.peek("slow")) == [5]
    assert [e["n"] for e in queue.replay()] == first[3:]
    queue.forget("slow")
    assert queue.retain(1) == ["0002.log"]
    assert queue.retain(0) == []  # the newest closed file stays: it says what comes next
    assert queue.verify() == (6, [])
    assert queue.push({"i": 12})[0]["n"] == 13
    assert values(Queue(queue.folder).pop("fast")) == [12]


def test_age_holds_what_is_young(queue):
    assert queue.retain(1, timedelta(hours=1)) == []
    assert queue.retain(1, timedelta(minutes=9)) == ["0001.log"]


def test_a_queue_that_keeps_two_files_has_no_more(tmp_path):
    queue = Queue(tmp_path, size=300, keep=2)
    for i in range(40):
        queue.push({"i": i}, sync=False)
    assert len(closed(queue)) == 2
    left = values(queue.replay())
    assert left == list(range(left[0], 40))
    assert Queue(tmp_path).n == 40


def test_what_cannot_be_an_entry_is_refused_whole(queue):
    with pytest.raises(ValueError, match="gets its n from the queue"):
        queue.push({"i": 1}, {"n": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        queue.push({"i": 1}, {"x": float("nan")})
    assert queue.n == 12
    assert queue.push() == []


def test_a_reader_in_another_object_sees_what_is_pushed(queue):
    reader = Queue(queue.folder)
    assert values(reader.pop("r", 99)) == list(range(12))
    for i in range(12, 30):  # across two new files
        queue.push({"i": i})
        assert values(reader.pop("r", 99)) == [i]


WRITER = """
import sys, threading
from pathlib import Path
from cardloom.journal import Queue

queue, me = Queue(Path(sys.argv[1]), size=2000), sys.argv[2]

def write(thread):
    for i in range(25):
        queue.push(*[{"who": [me, thread], "i": i}] * (1 + i % 2))

threads = [threading.Thread(target=write, args=(t,)) for t in range(4)]
sys.stdin.readline()
[t.start() for t in threads]
[t.join() for t in threads]
"""


def test_two_processes_of_four_threads_lose_double_and_mix_nothing(tmp_path):
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, who], stdin=subprocess.PIPE) for who in "ab"]
    for writer in writers:
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    seen, reader = [], Queue(tmp_path)
    while any(writer.poll() is None for writer in writers):
        seen += reader.pop("reader", 50)  # reads while they write and close files
    seen += reader.pop("reader", 1000)
    assert [writer.wait(60) for writer in writers] == [0, 0]
    due = [i for i in range(25) for _ in range(1 + i % 2)]
    found = {(who, thread): [] for who in "ab" for thread in range(4)}
    for entry in seen:
        found[tuple(entry["who"])].append(entry["i"])
    assert found == dict.fromkeys(found, due)
    assert [e["n"] for e in seen] == list(range(1, 8 * len(due) + 1))
    assert reader.verify() == (8 * len(due), [])
    assert len(closed(reader)) > 5


def test_consumers_in_threads_acknowledge_beside_each_other(queue):
    def consume(name):
        mine = Queue(queue.folder)
        while mine.pop(name):
            pass

    threads = [threading.Thread(target=consume, args=(f"c{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queue.positions() == {f"c{i}": 12 for i in range(4)}
