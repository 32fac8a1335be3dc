"""Backups of a workspace in use: whole or nothing, proved by file, and back beside the original."""

import errno
import http.client
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cardloom.catalog import Catalog
from cardloom.engine import moves
from cardloom.errors import Refused, Unwritable
from cardloom.journal import Queue
from cardloom.workspace import RunStore, Secrets, Workspace, backup
from cardloom.workspace.backup import back_up, backups, daily
from cardloom.workspace.manifest import Kept, Manifest, read_manifest
from cardloom.workspace.restore import restore, verify_backup

MORNING = datetime(2026, 11, 21, 8, tzinfo=UTC)
FILED = """
filed = Workflow("Filed")
filed.ask(text=Text("Text?"))


@filed.do
def keep(text, *, run):
    path = run.file("kept.txt")
    path.write_text(text * 100)
    return path
"""


@pytest.fixture
def place(workspace, cardloom, write_flow):
    """A workspace with two runs, a database, a secret, and things that are for no backup."""
    write_flow("filed", FILED)
    assert cardloom("run", "bridge", "ada", "name=Ada", "quest=Grail", "color=blue").returncode == 0
    assert cardloom("run", "filed", "one", "text=x").returncode == 0
    with closing(sqlite3.connect(workspace / "table.sqlite")) as table:
        table.execute("pragma journal_mode=wal")
        table.execute("create table t(a)")
        table.executemany("insert into t values (?)", [(i,) for i in range(500)])
        table.commit()
    place = Workspace(workspace)
    Secrets(place).set("token", "hush-hush")
    (workspace / ".env").write_text("KEY=hush-hush")
    (workspace / "half.csv.part").write_text("half")
    (workspace / "away").symlink_to("/etc")
    os.mkfifo(workspace / "pipe")
    (workspace / "notes.txt").write_text("plain")
    return place


def shown(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_a_backup_has_what_counts_and_no_secret(place):
    made = back_up(place)
    assert shown(made) == [
        "backup.json",
        "filed.py",
        "notes.txt",
        "runs/bridge/ada/journal.jsonl",
        "runs/filed/one/files/keep-3/kept.txt",
        "runs/filed/one/journal.jsonl",
        "table.sqlite",
    ]
    assert not any(b"hush-hush" in p.read_bytes() for p in made.rglob("*") if p.is_file())
    manifest, faults = verify_backup(made)
    assert faults == []
    assert {"away: a link", "pipe: no regular file"} < set(manifest.left_out)
    assert manifest.left_out[0].startswith("secrets, hidden files")
    assert {f.path: f.kind for f in manifest.files}["table.sqlite"] == "sqlite"
    assert oct(made.stat().st_mode)[-3:] == "700"
    again = back_up(place, clock=lambda: MORNING)
    assert not [name for name in shown(again) if name.startswith("backups")]


def test_a_restore_is_beside_the_workspace_and_the_same(place):
    made = back_up(place)
    before = shown(place.root)
    folder, _ = restore(place, made, clock=lambda: MORNING)
    assert folder == place.root.with_name("workspace-restored-20261121T080000")
    assert shown(place.root) == before
    for name in ("bridge/ada", "filed/one"):
        here, there = (
            RunStore(w, Catalog(w.root)).by_name(name) for w in (place, Workspace(folder))
        )
        assert here.state() == there.state()
        assert there.damage == []
    file = Path("runs/filed/one/files/keep-3/kept.txt")
    assert (folder / file).read_bytes() == (place.root / file).read_bytes()
    assert (folder / file).stat().st_ino != (made / file).stat().st_ino
    with closing(sqlite3.connect(folder / "table.sqlite")) as table:
        assert table.execute("pragma integrity_check").fetchone() == ("ok",)
        assert table.execute("select count(*), sum(a) from t").fetchone() == (500, 124750)
    with pytest.raises(Refused, match="is there already"):
        restore(place, made, clock=lambda: MORNING)


def test_torn_ends_are_left_and_damage_is_kept_and_told(place):
    torn = place.runs / "bridge/ada/journal.jsonl"
    whole = torn.read_bytes()
    torn.write_bytes(whole + b'{"n":7,"at":"20')
    bad = place.runs / "filed/one/journal.jsonl"
    bad.write_bytes(bad.read_bytes().replace(b'"x"', b'"y"', 1))
    made = back_up(place)
    assert (made / "runs/bridge/ada/journal.jsonl").read_bytes() == whole
    assert (made / "runs/filed/one/journal.jsonl").read_bytes() == bad.read_bytes()
    manifest, faults = verify_backup(made)
    assert faults == []
    assert [d.partition(": its")[0] for d in manifest.damaged] == [
        "runs/filed/one/journal.jsonl: line 2"
    ]
    folder, _ = restore(place, made)  # what was damaged comes back as it was
    assert (folder / "runs/filed/one/journal.jsonl").read_bytes() == bad.read_bytes()


@pytest.mark.parametrize(
    ("name", "how", "sentence"),
    [
        ("notes.txt", lambda p: p.unlink(), "notes.txt: it is missing"),
        ("notes.txt", lambda p: p.write_text("plaIn"), "notes.txt: its bytes were changed"),
        ("filed.py", lambda p: p.write_text(""), "filed.py: it has 0 bytes"),
        ("table.sqlite", lambda p: p.write_bytes(b"x" * p.stat().st_size), "table.sqlite: its"),
    ],
)
def test_a_damaged_backup_is_refused_by_file(place, cardloom, name, how, sentence):
    made = back_up(place)
    how(made / name)
    done = cardloom("restore", made.name)
    assert done.returncode == 3
    assert sentence in done.stderr
    assert "nothing was restored. 1 of its files" in done.stderr
    assert not list(place.root.parent.glob("*restored*"))
    told = cardloom("backup", "--verify")
    assert told.returncode == 3
    assert sentence in told.stdout


NAMES = ("movie.part", "data.lock", "node_modules/x.js", "__pycache__/y.pyc", "active.log")
NAMES += ("journal.jsonl", "archive.part-1/z.txt", "a-1.part/in.txt", "1.log")
ODD = f"""
odd = Workflow("Odd")
odd.ask(file=Upload("A file"))


@odd.do
def keep(file, *, run):
    for name in {NAMES!r}:
        run.file(name).write_text("{{}}" + name)
    return file
"""


@pytest.mark.parametrize("key", ["my.part", "job.lock", "node_modules", "__pycache__", ".hidden"])
def test_whatever_a_run_and_its_files_are_called_they_are_kept(
    workspace, cardloom, write_flow, tmp_path, key
):
    write_flow("odd", ODD)
    given = tmp_path / "archive.part"
    given.write_text("uploaded")
    assert cardloom("run", "odd", key, f"file={given}").returncode == 0
    place = Workspace(workspace)
    [run] = (place.runs / "odd").iterdir()
    (run / "files" / "keep-99.part").mkdir()
    (run / "files" / "keep-99.part" / "half.txt").write_text("half")
    made = back_up(place)
    here = [name for name in shown(run) if name != "work.lock" and "keep-99.part" not in name]
    assert len(here) > len(NAMES) + 1
    assert shown(made / "runs" / "odd" / run.name) == here
    manifest, faults = verify_backup(made)
    assert (manifest.damaged, faults) == ([], [])
    back, _ = restore(place, made)
    assert shown(back / "runs" / "odd" / run.name) == here


def test_a_file_that_a_journal_names_and_that_is_gone_is_told(place):
    [gone] = place.runs.glob("filed/one/files/keep-*/kept.txt")
    whole = back_up(place)
    listed = json.loads((whole / "backup.json").read_text())
    gone.unlink()
    made = back_up(place, clock=lambda: MORNING)
    sentence = f"{gone.relative_to(place.root)}: the journal names it, and it is not there"
    assert verify_backup(made) == (read_manifest(made), [])
    assert list(read_manifest(made).damaged) == [sentence]
    listed["files"] = [f for f in listed["files"] if not f["path"].endswith("kept.txt")]
    files = [Kept(**file) for file in listed["files"]]
    (whole / "backup.json").write_text(
        Manifest(listed["made"], "workspace", files, listed["left_out"]).text()
    )
    assert verify_backup(whole)[1] == [sentence]
    with pytest.raises(Refused, match="the journal names it"):
        restore(place, whole)


def test_a_copy_of_the_future_does_not_end_the_daily_ones(place):
    ahead = daily(place, lambda: MORNING + timedelta(days=900))
    assert daily(place, lambda: MORNING) is not None
    assert daily(place, lambda: MORNING + timedelta(hours=2)) is None
    assert daily(place, lambda: MORNING + timedelta(days=1)) is not None
    assert ahead.is_dir()


def test_a_changed_list_and_no_backup_are_told(place, cardloom):
    made = back_up(place)
    path = made / "backup.json"
    path.write_text(path.read_text().replace("notes.txt", "botes.txt"))
    done = cardloom("restore", str(made))
    assert (done.returncode, "its sum does not match" in done.stderr) == (3, True)
    done = cardloom("restore", "nothing")
    assert done.returncode == 2
    assert done.stderr.startswith("There is no backup nothing.")


def test_a_list_that_leads_outside_is_refused(place):
    made = back_up(place)
    outside = made.parent / "outside.txt"
    outside.write_text("x")
    manifest, _ = verify_backup(made)
    evil = manifest.files[0].__class__("../outside.txt", 1, backup.digest(outside))
    changed = manifest.__class__("t", "w", [evil])
    (made / "backup.json").write_text(changed.text())
    with pytest.raises(Refused, match=r"\.\./outside\.txt: it is not a file of this backup"):
        restore(place, made)


def test_the_command_makes_lists_proves_and_brings_back(place, cardloom, tmp_path):
    assert cardloom("backup", "--list").stdout.startswith("There is no backup in ")
    done = cardloom("backup", "--to", str(tmp_path / "disk"))
    [made] = backups(tmp_path / "disk")
    assert done.stdout.startswith("Kept 6 files (")
    assert "Left out: secrets" in done.stdout
    listed = cardloom("backup", "--list", "--to", str(tmp_path / "disk"))
    assert listed.stdout.startswith(f"{made.name}: 6 files")
    proved = cardloom("backup", "--verify", "--to", str(tmp_path / "disk"))
    assert (proved.returncode, proved.stdout.strip()[-8:]) == (0, "all hold")
    done = cardloom("restore", str(made))
    assert done.stdout.startswith("Restored 6 files, all proved, to ")
    [folder] = place.root.parent.glob("workspace-restored-*")
    shown_ = cardloom("show", "bridge/ada", "--workspace", str(folder))
    assert "Right, Ada." in shown_.stdout


def test_a_day_s_backup_is_made_once_and_the_newest_seven_stay(place):
    manual = back_up(place, clock=lambda: MORNING)
    for day in range(10):
        moment = MORNING + timedelta(days=day)
        assert daily(place, lambda: moment) is not None  # noqa: B023
        assert daily(place, lambda: moment + timedelta(hours=23)) is None  # noqa: B023
    names = [path.name for path in backups(place.backups)]
    assert names == [*(f"daily-202611{day}T080000" for day in range(24, 31)), manual.name]


FULL = """
import resource, signal, sys
from pathlib import Path
from cardloom.errors import Unwritable
from cardloom.workspace.backup import back_up
from cardloom.workspace import Workspace

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    back_up(Workspace(Path(sys.argv[1])))
except Unwritable as error:
    print(error)
"""


def test_a_disk_that_takes_no_more_leaves_nothing(place):
    (place.root / "big.txt").write_bytes(b"x" * 10_000)
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(place.root)], capture_output=True, text=True, check=True
    )
    assert "no backup was made in" in done.stdout
    assert list(place.backups.glob("*/")) == []


def test_a_full_disk_is_said(place, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(Unwritable, match=r"The disk is full: no backup was made.*Make room"):
        back_up(place)
    assert list(place.backups.glob("*/")) == []


def test_a_kill_leaves_no_half_backup_and_the_next_clears_it(place, start, until, cardloom):
    for i in range(300):
        (place.root / f"file{i}.txt").write_text("x")
    process = start("backup")
    until(lambda: list(place.backups.glob("*.part/*.txt")))
    process.send_signal(signal.SIGKILL)
    process.wait()
    [part] = place.backups.glob("*/")
    assert part.suffix == ".part"
    assert cardloom("backup", "--list").stdout.startswith("There is no backup")
    assert cardloom("backup").returncode == 0
    [made] = place.backups.glob("*/")
    assert verify_backup(made)[1] == []


def test_only_one_backup_is_made_at_a_time(place):
    claim = backup.FileLock(place.backups / ".backup.lock")
    assert claim.take()
    with pytest.raises(Refused, match="Another backup is being made"):
        back_up(place)
    claim.free()


def test_a_queue_is_copied_whole_while_it_is_pushed_to(place):
    stop = threading.Event()
    queue = Queue(place.root / "queue", size=2000, keep=3)

    def push():
        while not stop.is_set():
            queue.push({"kind": "changed", "run": "a/b", "event": 1, "text": ""}, sync=False)

    pushing = threading.Thread(target=push)
    pushing.start()
    try:
        for i in range(5):
            made = back_up(place, clock=lambda: MORNING + timedelta(minutes=i))  # noqa: B023
            copied = Queue(made / "queue")
            assert copied.verify()[1] == []
            assert copied.n > 0
    finally:
        stop.set()
        pushing.join()


def test_a_backup_while_a_server_takes_answers_holds_every_one_it_names(
    workspace, start, until, cardloom, write_flow
):
    write_flow("filed", FILED)
    server = start("serve", "--port", "0", "--no-open")
    port = int(server.stdout.readline().split("127.0.0.1:")[1].split()[0])
    place, stop, posted = Workspace(workspace), threading.Event(), []
    statuses, named = [], 0

    def answer():
        while not stop.is_set():
            key = f"k{len(posted)}"
            for path, body in (
                ("/runs", f"workflow=filed&key={key}"),
                (f"/runs/filed/{key}/answer/text", "value=hello&seen=1"),
            ):
                there = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                head = {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Sec-Fetch-Site": "same-origin",
                }
                there.request("POST", path, body, head)
                reply = there.getresponse()
                reply.read()
                statuses.append(reply.status)
                there.close()
            posted.append(key)

    posting = threading.Thread(target=answer)
    posting.start()
    try:
        until(lambda: len(posted) > 3)
        made = [back_up(place, clock=lambda: MORNING + timedelta(i)) for i in range(4)]  # noqa: B023
    finally:
        stop.set()
        posting.join()
    for day, backup_ in enumerate(made):
        manifest, faults = verify_backup(backup_)
        assert (faults, manifest.damaged) == ([], [])
        folder, _ = restore(place, backup_, clock=lambda: MORNING + timedelta(day))  # noqa: B023
        store = RunStore(Workspace(folder), Catalog(folder))
        for run in [store.at(f) for f in store.folders()]:
            live = RunStore(place, Catalog(workspace)).by_name(run.name)
            assert run.state() == live.state_at(run.state().n)
            for event in run.journal.read():
                for file in event.get("files", []):
                    assert (run.files.root / file["path"]).stat().st_size == file["size"]
                    named += 1
        store.close()
        shutil.rmtree(folder)
    assert set(statuses) == {303}
    assert named > 0


def test_a_run_started_over_in_between_is_not_half_copied(place, monkeypatch):
    whole = backup.whole_lines

    def start_over(data):
        store = RunStore(place, Catalog(place.root))
        run = store.by_name("filed/one")
        flow = run.workflow
        if b"filed" in data and run.state().n > 1:
            run.start_over()
            run.move(lambda s: moves.create(flow, "one", "person"))
        return whole(data)

    monkeypatch.setattr(backup, "whole_lines", start_over)
    with pytest.raises(Refused, match="filed/one was started over while it was being copied"):
        back_up(place)


def test_the_list_is_plain_json(place):
    made = back_up(place)
    found = json.loads((made / "backup.json").read_text())
    assert set(found) == {"format", "made", "workspace", "files", "left_out", "damaged", "sum"}
