"""Several writers on one journal: threads, processes, and who was first."""

import subprocess
import sys
import threading

import pytest

from cardloom.journal import FileLock, Journal, Moved, Storage, verify

WRITER = """
import sys, threading
from pathlib import Path
from cardloom.journal import Journal

journal, me = Journal(Path(sys.argv[1])), sys.argv[2]

def write(thread):
    for i in range(25):
        journal.append([{"type": "noted", "who": [me, thread], "i": i}] * (1 + i % 2))

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
    assert [writer.wait(60) for writer in writers] == [0, 0]
    due = [i for i in range(25) for _ in range(1 + i % 2)]
    found = {(who, thread): [] for who in "ab" for thread in range(4)}
    for event in Journal(tmp_path).read():
        found[tuple(event["who"])].append(event["i"])
    assert found == dict.fromkeys(found, due)
    assert verify(tmp_path) == (8 * len(due), [])


def test_the_second_of_two_who_saw_the_same_is_told(tmp_path):
    one, two = Journal(tmp_path), Journal(tmp_path)
    one.append([{"type": "noted", "text": "seen by both"}])
    seen = len(two.read())
    one.append([{"type": "noted", "text": "first"}], expect=seen)
    before = one.path.read_bytes()
    with pytest.raises(Moved, match="Something else was written to this run first"):
        two.append([{"type": "noted", "text": "second"}], expect=seen)
    assert one.path.read_bytes() == before
    assert two.append([{"type": "noted"}], expect=2)[0]["n"] == 3


def test_an_open_journal_sees_what_another_process_appends(tmp_path):
    journal = Journal(tmp_path)
    journal.append([{"type": "noted", "text": "here"}])
    code = (
        "import sys; from pathlib import Path; from cardloom.journal import Journal;"
        "Journal(Path(sys.argv[1])).append([{'type': 'noted', 'text': 'there'}])"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert [e["text"] for e in journal.read()] == ["here", "there"]
    assert journal.append([{"type": "noted", "text": "again"}])[0]["n"] == 3
    assert verify(tmp_path) == (3, [])


def test_an_open_journal_waits_for_the_rest_of_a_line(tmp_path):
    one = Journal(tmp_path)
    one.append([{"type": "noted", "text": "whole"}])
    line = one.path.read_bytes()
    reader = Journal(tmp_path)
    one.append([{"type": "noted", "text": "in two parts"}])
    whole = one.path.read_bytes()
    one.path.write_bytes(whole[: len(line) + 20])
    assert len(reader.read()) == 1
    one.path.write_bytes(whole)
    assert [e["text"] for e in reader.read()] == ["whole", "in two parts"]


def test_a_journal_set_aside_is_followed_by_everyone(tmp_path):
    one, two = Journal(tmp_path), Journal(tmp_path)
    one.append([{"type": "noted", "text": "old"}])
    two.append([{"type": "noted", "text": "old too"}])
    kept = two.set_aside()
    assert [e["text"] for e in one.append([{"type": "noted", "text": "new"}])] == ["new"]
    assert [e["text"] for e in two.read()] == ["new"]
    assert kept.name.startswith("journal-")
    assert kept.read_bytes().count(b"\n") == 2


class Gate(Storage):
    """A disk whose first sync waits until eight lines have been written."""

    def __init__(self, path):
        super().__init__(path)
        self.syncs = self.appends = 0
        self.all_written = threading.Event()

    def append(self, data):
        super().append(data)
        self.appends += 1
        if self.appends == 8:
            self.all_written.set()

    def sync(self):
        self.syncs += 1
        assert self.all_written.wait(30)
        super().sync()


def test_threads_that_write_together_share_a_sync(tmp_path):
    gate = Gate(tmp_path / "journal.jsonl")
    journal = Journal(tmp_path, storage=gate)
    threads = [
        threading.Thread(target=journal.append, args=([{"type": "noted", "i": i}],))
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(e["i"] for e in Journal(tmp_path).read()) == list(range(8))
    assert gate.syncs <= 2


def test_a_claim_has_one_holder_and_ends_with_its_process(tmp_path):
    path = tmp_path / "work.lock"
    code = (
        "import sys, time; from pathlib import Path; from cardloom.journal import FileLock;"
        "c = FileLock(Path(sys.argv[1])); print(c.take(), flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"True\n"
    mine = FileLock(path)
    assert not mine.take()
    holder.kill()
    holder.communicate()
    assert mine.take()
    assert mine.held
    assert not FileLock(path).take()
    mine.free()
    assert FileLock(path).take()
