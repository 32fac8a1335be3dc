"""The feed of what happened: one line a thing, drawn from the journals, never a reason to fail."""

import json

import pytest

from cardloom.catalog import Catalog
from cardloom.engine import moves
from cardloom.workspace import RunStore
from cardloom.workspace import Workspace


@pytest.fixture
def store(workspace):
    store = RunStore(Workspace(workspace).make(), Catalog(workspace))
    yield store
    store.close()


def told(store):
    return [(e["kind"], e["run"], e["text"]) for e in reversed(store.activity.recent(50))]


def test_a_run_is_told_from_its_beginning_to_its_lock(cardloom, store):
    cardloom("run", "bridge", "ada", "name=Ada", "quest=Grail", "color=blue")
    run = store.by_name("bridge/ada")
    run.move(lambda s: moves.finalize(s, by="person"))
    store.start_over(run)
    assert told(store) == [
        ("created", "bridge/ada", ""),
        ("finished", "bridge/ada", ""),
        ("finalized", "bridge/ada", ""),
        ("started over", "bridge/ada", ""),
    ]


def test_a_failure_is_told_with_its_card_and_sentence(cardloom, store, write_flow):
    write_flow(
        "bad",
        'bad = Workflow("Bad")\nbad.ask(a=Text("A?"))\n\n\n@bad.do\ndef work(a):\n'
        '    raise ValueError("No luck <b>here</b>.")\n',
    )
    cardloom("run", "bad", "one", "a=x")
    assert told(store) == [
        ("created", "bad/one", ""),
        ("failed", "bad/one", "work: No luck <b>here</b>."),
    ]


def test_a_feed_that_cannot_be_written_fails_no_answer(cardloom, workspace, events):
    (workspace / ".cardloom").mkdir()
    (workspace / ".cardloom" / "activity").write_text("in the way")
    done = cardloom("run", "bridge", "ada", "name=Ada", "quest=Grail", "color=blue")
    assert done.returncode == 0
    assert events("bridge/ada")[-1]["type"] == "finished"


def test_a_damaged_feed_is_set_aside_and_goes_on(cardloom, workspace, store):
    cardloom("run", "bridge", "ada", "name=Ada")
    cardloom("run", "bridge", "ada", "name=Ada", "quest=Grail", "color=blue")
    path = workspace / ".cardloom" / "activity" / "active.log"
    path.write_bytes(path.read_bytes().replace(b"bridge/ada", b"bridge/eve", 1))
    cardloom("run", "bridge", "bob", "name=Bob", "quest=Grail", "color=blue")
    assert [run for _, run, _ in told(store)] == ["bridge/bob", "bridge/bob"]
    [aside] = path.parent.glob("damaged-*/active.log")
    assert b"bridge/eve" in aside.read_bytes()


def test_the_command_prints_the_feed(cardloom):
    assert cardloom("activity").stdout == "Nothing has happened here yet.\n"
    cardloom("run", "bridge", "ada", "name=Ada", "quest=Grail", "color=blue")
    lines = cardloom("activity").stdout.splitlines()
    assert [line.split("  ")[1:] for line in lines] == [
        ["begun", "bridge/ada"],
        ["finished", "bridge/ada"],
    ]
    assert cardloom("activity", "-n", "1").stdout.splitlines() == lines[1:]


def test_the_command_follows(cardloom, start):
    cardloom("run", "bridge", "ada", "name=Ada", "quest=Grail", "color=blue")
    following = start("activity", "--follow", "-n", "1")
    assert "finished  bridge/ada" in following.stdout.readline()
    cardloom("run", "bridge", "bob", "name=Bob", "quest=Grail", "color=blue")
    assert "begun  bridge/bob" in following.stdout.readline()


def test_lines_name_the_journal_s_event(cardloom, workspace):
    cardloom("run", "bridge", "ada", "name=Ada", "quest=Grail", "color=blue")
    path = workspace / ".cardloom" / "activity" / "active.log"
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [line["event"] for line in lines] == [1, 2, 3, 4, 6]
