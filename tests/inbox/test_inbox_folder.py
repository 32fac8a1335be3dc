"""The request folder with the real server: what is dropped, what comes out, what a kill leaves."""

import json
import os
import socket

import pytest

GALAHAD = {"name": "Galahad", "quest": "Grail", "color": "blue"}

SLOW = """
import time
from pathlib import Path

slow = Workflow("Slow")
slow.ask(a=Text("A?"), b=Text("B?"))


@slow.do
def work(a, b):
    here = Path(__file__).parent
    with (here / "tries").open("a") as file:
        file.write("x")
    while not (here / "go").exists():
        time.sleep(0.02)
    return a + b


slow.ask(c=Text("C?"))
"""


@pytest.fixture
def inbox(workspace):
    return workspace / "inbox"


@pytest.fixture
def serve(start, inbox, until):
    """Start the server and wait until it watches."""

    def begin():
        process = start("serve", "--port", "0", "--no-open")
        assert "Cardloom is at" in process.stdout.readline()
        until(lambda: (inbox / "failed").is_dir())
        return process

    return begin


def drop(inbox, name, request):
    """As docs/inbox.md says: written under a hidden name, then renamed."""
    text = request if isinstance(request, bytes) else json.dumps(request).encode()
    part = inbox / "incoming" / f".{name}"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(text)
    part.rename(inbox / "incoming" / name)


def outcome(until, path):
    until(path.exists)
    return json.loads(path.read_text())


def test_a_dropped_request_is_a_run(serve, inbox, until, events, cardloom):
    serve()
    drop(inbox, "one.json", {"workflow": "bridge", "key": "galahad", "answers": GALAHAD})
    told = outcome(until, inbox / "completed" / "one.json")
    written = events("bridge/galahad")
    assert (told["status"], told["run"]) == ("done", "bridge/galahad")
    assert (told["n"], told["sum"]) == (written[-1]["n"], written[-1]["sum"])
    assert told["request"]["answers"] == GALAHAD
    assert told["values"]["verdict"] == "Right, Galahad. Off you go."
    assert {e["by"] for e in written if e["type"] == "answered"} == {"api"}
    assert told["received"] <= told["finished"]
    for folder in (inbox, *inbox.iterdir()):
        assert oct(folder.stat().st_mode)[-3:] == "700"
    assert oct((inbox / "completed" / "one.json").stat().st_mode)[-3:] == "600"
    assert list((inbox / "processing").iterdir()) == list((inbox / "incoming").iterdir()) == []
    assert "bridge/galahad  verdict finished" in cardloom("activity").stdout


def test_the_same_request_again_answers_nothing_again_and_writes_over_nothing(
    serve, inbox, until, events
):
    serve()
    for count in (1, 2, 3):
        drop(inbox, "same.json", {"workflow": "bridge", "key": "g", "answers": GALAHAD})
        until(lambda: len(list((inbox / "completed").glob("*.json"))) == count)  # noqa: B023
    assert [e["type"] for e in events("bridge/g")].count("answered") == 3
    names = sorted(p.name for p in (inbox / "completed").iterdir())
    assert names[-1] == "same.json"
    assert all(name.startswith("same-2") for name in names[:2])


def test_what_is_left_open_waits_for_a_person(serve, inbox, until, cardloom):
    serve()
    drop(inbox, "half.json", {"workflow": "bridge", "key": "g", "answers": {"quest": "Grail"}})
    told = outcome(until, inbox / "completed" / "half.json")
    assert (told["status"], told["missing"]) == ("waiting", ["name", "quest", "color"])
    drop(inbox, "rest.json", {"workflow": "bridge", "key": "g", "answers": GALAHAD})
    assert outcome(until, inbox / "completed" / "rest.json")["status"] == "done"


def test_a_card_that_waits_after_work_is_told(serve, inbox, until, write_flow, workspace, cardloom):
    write_flow("slow", SLOW)
    (workspace / "go").write_text("")
    serve()
    drop(inbox, "half.json", {"workflow": "slow", "key": "k", "answers": {"a": "1", "b": "2"}})
    told = outcome(until, inbox / "completed" / "half.json")
    assert (told["status"], told["missing"]) == ("waiting", ["c"])


def test_a_wrong_answer_and_a_failed_card_say_so(serve, inbox, until, write_flow, workspace):
    write_flow(
        "bad",
        'bad = Workflow("Bad")\nbad.ask(a=Text("A?"))\n\n\n@bad.do\ndef boom(a):\n'
        '    raise ValueError("no such luck")\n',
    )
    serve()
    drop(inbox, "wrong.json", {"workflow": "bridge", "key": "w", "answers": {"color": "mauve"}})
    told = outcome(until, inbox / "failed" / "wrong.json")
    assert told["status"] == "failed"
    assert told["error"].startswith("color: ")
    assert not (workspace / "runs/bridge/w").exists()
    drop(inbox, "boom.json", {"workflow": "bad", "key": "b", "answers": {"a": "x"}})
    told = outcome(until, inbox / "failed" / "boom.json")
    assert (told["error"], told["run"]) == ("boom failed: no such luck.", "bad/b")
    assert told["n"] > 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"[1]", "A request is an object"),
        (b'{"workflow": 7}', "workflow is to be text"),
        (b'{"key": "x"}', "does not say which workflow"),
        (b'{"workflow": "bridge", "answers": []}', "answers is to be an object"),
        (b'{"workflow": "bridge", "colour": 1}', "'colour' is not known"),
        (b'{"workflow": "bridge", "key": "a", "key": "b"}', "'key' stands there twice"),
        (b'{"workflow": "bridge", "answers": {"name": NaN}}', "NaN is not a number"),
        (b'{"workflow": "x", "answers": {"a": ' + b"[" * 40 + b"]" * 40 + b"}}", "deeper than 32"),
        (b'{"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "deeper than 32"),
        (b'{"workflow": "' + b"x" * 1_000_001 + b'"}', "at most 1,000,000 bytes"),
        (b'{"workflow": "brid', "It is not JSON in UTF-8"),
        (b"\xff\xfe", "It is not JSON in UTF-8"),
        (b"", "It is not JSON in UTF-8"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_what_is_no_request_is_refused_with_a_sentence(serve, inbox, until, text, sentence):
    serve()
    drop(inbox, "bad.json", text)
    told = outcome(until, inbox / "failed" / "bad.json")
    assert told["status"] == "refused"
    assert sentence in told["error"]
    assert (inbox / "failed" / told["original"]).read_bytes() == text


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"workflow": "../../etc"}, "There is no workflow"),
        ({"workflow": "bridge"}, "Give the run a name"),
        ({"workflow": "bridge", "key": "k", "answers": {"nam": "x"}}, "nam"),
        ({"workflow": "bridge", "key": "k", "answers": {"verdict": "x"}}, "takes no answer"),
        ({"workflow": "bridge", "key": "k", "answers": {"color": {"a": 1}}}, "color"),
    ],
)
def test_a_request_for_what_is_not_there_fails(serve, inbox, until, request_, sentence):
    serve()
    drop(inbox, "x.json", request_)
    told = outcome(until, inbox / "failed" / "x.json")
    assert sentence in told["error"]


def test_a_key_with_a_path_in_it_stays_among_the_runs(serve, inbox, until, workspace):
    serve()
    drop(inbox, "x.json", {"workflow": "bridge", "key": "../../../oops", "answers": GALAHAD})
    told = outcome(until, inbox / "completed" / "x.json")
    assert (workspace / "runs" / told["run"] / "journal.jsonl").exists()
    assert ".." not in told["run"]


def test_links_folders_pipes_and_sockets_are_refused_unopened(
    serve, inbox, until, workspace, tmp_path
):
    serve()
    outside = tmp_path / "outside.json"
    outside.write_text(json.dumps({"workflow": "bridge", "key": "k", "answers": GALAHAD}))
    incoming = inbox / "incoming"
    (incoming / "link.json").symlink_to(outside)
    (incoming / "folder.json").mkdir()
    os.mkfifo(incoming / "pipe.json")
    here = os.open(incoming, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(f"/proc/self/fd/{here}/plug.json")
        (incoming / "notes.txt").write_text("hello")
        for name in ("link", "folder", "pipe", "plug"):
            assert outcome(until, inbox / "failed" / f"{name}.json")["status"] == "refused"
    os.close(here)
    told = outcome(until, inbox / "failed" / "notes.txt.json")
    assert told["error"] == "A request's file is called something.json."
    assert outside.exists()
    assert not (workspace / "runs/bridge").exists()


def test_a_file_that_is_being_written_is_waited_for(serve, inbox, until):
    serve()
    text = json.dumps({"workflow": "bridge", "key": "slow", "answers": GALAHAD})
    with (inbox / "incoming" / "slow.json").open("w") as file:
        for at in range(0, len(text), 40):
            file.write(text[at : at + 40])
            file.flush()
            drop(inbox, f"beat-{at}.json", {"workflow": "bridge", "key": f"b{at}"})
            until((inbox / "completed" / f"beat-{at}.json").exists)  # the server has looked since
    assert outcome(until, inbox / "completed" / "slow.json")["status"] == "done"
    assert not list((inbox / "failed").iterdir())


def test_hidden_and_part_names_are_not_there_yet(serve, inbox, until):
    serve()
    for name in (".x.json", "y.json.part", "z.json.tmp"):
        (inbox / "incoming" / name).write_text("{")
    drop(inbox, "last.json", {"workflow": "bridge", "key": "k", "answers": GALAHAD})
    outcome(until, inbox / "completed" / "last.json")
    left = sorted(p.name for p in (inbox / "incoming").iterdir())
    assert left == [".x.json", "y.json.part", "z.json.tmp"]


def test_a_kill_while_processing_goes_on_and_repeats_nothing(
    serve, inbox, until, write_flow, workspace, events, cardloom
):
    write_flow("slow", SLOW)
    server = serve()
    answers = {"a": "1", "b": "2", "c": "3"}
    drop(inbox, "job.json", {"workflow": "slow", "key": "k", "answers": answers})
    until((workspace / "tries").exists)
    server.kill()
    server.wait()
    assert (inbox / "processing" / "job.json").exists()
    assert cardloom("answer", "slow/k", "a=9").returncode == 0  # a person changes their mind
    (workspace / "go").write_text("")
    serve()
    told = outcome(until, inbox / "completed" / "job.json")
    assert told["status"] == "done"
    assert told["values"] == {"a": "9", "b": "2", "work": "92", "c": "3"}
    answered = [(e["card"], e["value"]) for e in events("slow/k") if e["type"] == "answered"]
    assert answered == [("a", "1"), ("b", "2"), ("a", "9"), ("c", "3")]
    assert list((inbox / "processing").iterdir()) == []
    assert len(list((inbox / "completed").iterdir())) == 1


def test_what_waited_while_no_server_ran_is_done_at_the_start(serve, inbox, until):
    for i in range(30):
        drop(inbox, f"r{i:02}.json", {"workflow": "bridge", "key": f"k{i}", "answers": GALAHAD})
    serve()
    until(lambda: len(list((inbox / "completed").iterdir())) == 30)


def test_ten_thousand_files_at_once_are_all_refused_in_turn(serve, inbox, until):
    for i in range(10_000):
        (inbox / "incoming").mkdir(parents=True, exist_ok=True)
        (inbox / "incoming" / f"{i}.json").write_bytes(b"7")
    drop(inbox, "zz.json", {"workflow": "bridge", "key": "k", "answers": GALAHAD})
    serve()
    until((inbox / "completed" / "zz.json").exists, seconds=300)
    assert len(list((inbox / "failed").glob("*.refused"))) == 10_000


# -- requests for one run --------------------------------------------------------------------------

KEYED = """
def host(text):
    return text.removeprefix("https://").rstrip("/")


keyed = Workflow("Keyed", key=host)
keyed.ask(a=Text("A?"), b=Text("B?"))


@keyed.do
def work(a, b):
    end = time.monotonic() + 20
    while b == "b0" and not taken() and time.monotonic() < end:
        time.sleep(0.01)
    return b


def taken():
    return list(Path(__file__).parent.glob("*/processing/1.json"))
"""


@pytest.mark.parametrize(
    "keys",
    [(None, None), ("", None), ("x", None), ("https://x/", "x"), ("https://x", "x/")],
    ids=str,
)
@pytest.mark.parametrize("folders", [("inbox", "inbox"), ("inbox", "jobs")], ids=str)
def test_two_requests_for_one_run_are_worked_on_one_after_the_other(
    start, inbox, until, events, write_flow, workspace, keys, folders
):
    """However the key is spelled, or left to the first answer, and whichever inbox it lies in."""
    write_flow("keyed", KEYED, "import time\nfrom pathlib import Path\nfrom cardloom import *")
    (workspace / "jobs" / "incoming").mkdir(parents=True)
    for number, (key, folder) in enumerate(zip(keys, folders, strict=True)):
        request = {"workflow": "keyed", "answers": {"a": "x", "b": f"b{number}"}}
        drop(workspace / folder, f"{number}.json", request | ({} if key is None else {"key": key}))
    start("serve", "--port", "0", "--no-open")
    told = [
        outcome(until, workspace / folder / "completed" / f"{number}.json")
        for number, folder in enumerate(folders)
    ]
    assert [(t["status"], t["run"]) for t in told] == [("done", "keyed/x")] * 2
    assert [t["values"]["work"] for t in told] == ["b0", "b1"]
    assert [e["value"] for e in events("keyed/x") if e["type"] == "finished"] == ["b0", "b1"]
    assert not list((inbox / "failed").iterdir())


def test_a_request_for_a_workflow_that_asks_nothing_needs_no_key(
    serve, inbox, until, write_flow, cardloom
):
    write_flow(
        "nightly", 'nightly = Workflow("Nightly")\n\n\n@nightly.do\ndef it():\n    return 7\n'
    )
    serve()
    drop(inbox, "n.json", {"workflow": "nightly"})
    told = outcome(until, inbox / "completed" / "n.json")
    assert (told["run"], told["values"]) == ("nightly/run", {"it": 7})
    assert cardloom("run", "nightly").stdout == "7\n"


def test_the_inbox_of_0_1_is_read_still_and_is_not_made(start, workspace, until):
    process = start("serve", "--port", "0", "--no-open")
    process.stdout.readline()
    until((workspace / "inbox" / "failed").is_dir)
    assert not (workspace / "jobs").exists()
    process.kill()
    process.wait()
    old = workspace / "jobs"
    drop(old, "one.json", {"workflow": "bridge", "key": "old", "answers": GALAHAD})
    start("serve", "--port", "0", "--no-open")
    assert outcome(until, old / "completed" / "one.json")["run"] == "bridge/old"
    drop(old, "two.json", {"workflow": "bridge", "answers": {"color": "mauve"}})
    assert outcome(until, old / "failed" / "two.json")["status"] == "failed"
    drop(workspace / "inbox", "three.json", {"workflow": "bridge", "key": "k", "answers": GALAHAD})
    assert outcome(until, workspace / "inbox/completed/three.json")["run"] == "bridge/k"


def test_an_old_inbox_that_is_a_link_does_not_keep_the_new_one_from_work(
    serve, workspace, inbox, until, tmp_path
):
    (tmp_path / "elsewhere" / "incoming").mkdir(parents=True)
    (workspace / "jobs").symlink_to(tmp_path / "elsewhere")
    serve()
    drop(inbox, "one.json", {"workflow": "bridge", "key": "k", "answers": GALAHAD})
    assert outcome(until, inbox / "completed" / "one.json")["status"] == "done"
