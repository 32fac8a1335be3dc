"""The list of runs: as the files are, whatever happened to the index."""

import os
import random
import shutil
import sqlite3

import pytest

from cardloom.catalog import Catalog
from cardloom.engine import moves
from cardloom.workspace import Query, RunStore, Workspace


@pytest.fixture
def store(workspace):
    made = RunStore(Workspace(workspace).make(), Catalog(workspace))
    yield made
    made.close()


@pytest.fixture
def elsewhere(workspace):
    """Another process's view of the same workspace."""
    made = RunStore(Workspace(workspace).make(), Catalog(workspace))
    yield made
    made.close()


def begin(store, key, **answers):
    run = store.open(store.catalog.workflow("bridge"), key, by="person")
    for card, value in answers.items():
        run.move(moves.answering(run.workflow, card, value, by="person"))
    return run


def listed(store, **query):
    return {row.name: (row.status, row.settled) for row in store.index.find(Query(**query))}


def test_what_this_process_does_is_in_the_next_list(store):
    run = begin(store, "ada")
    assert listed(store) == {"bridge/ada": ("waiting", 0)}
    run.move(moves.answering(run.workflow, "name", "Ada", by="person"))
    assert listed(store) == {"bridge/ada": ("waiting", 1)}
    begin(store, "bob")
    assert listed(store).keys() == {"bridge/ada", "bridge/bob"}


def test_what_another_process_does_is_too(store, elsewhere):
    begin(store, "ada")
    assert listed(elsewhere).keys() == {"bridge/ada"}
    begin(store, "bob", name="Bob")
    assert listed(elsewhere) == {"bridge/ada": ("waiting", 0), "bridge/bob": ("waiting", 1)}
    begin(store, "ada", name="Ada")
    assert listed(elsewhere)["bridge/ada"] == ("waiting", 1)
    shutil.rmtree(store.by_name("bridge/bob").folder)
    assert listed(elsewhere).keys() == {"bridge/ada"}
    shutil.rmtree(elsewhere.workspace.runs)
    assert listed(elsewhere) == {}


def test_a_folder_whose_journal_comes_later(store, workspace, elsewhere):
    begin(elsewhere, "first")
    assert listed(store).keys() == {"bridge/first"}
    journal = (workspace / "runs/bridge/first/journal.jsonl").read_bytes()
    (workspace / "runs/bridge/second").mkdir()
    assert listed(store).keys() == {"bridge/first"}
    (workspace / "runs/bridge/second/journal.jsonl").write_bytes(journal)
    assert listed(store).keys() == {"bridge/first", "bridge/second"}


def test_a_changed_workflow_changes_what_its_runs_are_at(write_flow, store):
    path = write_flow("mine", 'mine = Workflow("Mine")\nmine.ask(one=Text("?"))')
    run = store.open(store.catalog.workflow("mine"), "x", by="person")
    run.move(moves.answering(run.workflow, "one", "1", by="person"))
    assert listed(store)["mine/x"] == ("done", 1)
    write_flow("mine", 'mine = Workflow("Mine")\nmine.ask(one=Text("?"), two=Text("Two?"))')
    assert listed(store)["mine/x"] == ("waiting", 1)
    assert listed(store, status="done") == {}
    path.unlink()
    assert listed(store)["mine/x"][0] == "orphaned"


def _delete(path):
    path.unlink()


def _garble(path):
    path.write_bytes(b"garbage" * 1000)


def _lie(path):
    with sqlite3.connect(path) as other:
        other.execute("UPDATE runs SET status = 'locked', size = 1")
    other.close()


def _strange(path):
    with sqlite3.connect(path) as other:
        other.execute("UPDATE runs SET cards = 'x'")
    other.close()


def _foreign(path):
    with sqlite3.connect(path) as other:
        other.execute("UPDATE runs SET name = '../../etc/passwd' WHERE key = 'ada'")
    other.close()


def _other_version(path):
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 7")
    other.close()


@pytest.mark.parametrize("spoil", [_delete, _garble, _lie, _strange, _foreign, _other_version])
def test_an_index_that_is_wrong_is_never_the_truth(workspace, store, elsewhere, spoil):
    begin(store, "ada", name="Ada")
    begin(store, "bob")
    right = listed(store)
    assert len(right) == 2
    assert listed(elsewhere) == right
    spoil(workspace / ".cardloom/index.sqlite")
    if spoil is _foreign:  # a row of another name: its run is noticed by who compares all of them
        elsewhere.index.check()
        elsewhere.index.wait()
    assert listed(elsewhere) == right
    fresh = RunStore(Workspace(workspace), Catalog(workspace))
    fresh.index.check()
    fresh.index.wait()
    assert listed(fresh) == right
    fresh.close()


def test_many_runs_are_read_behind_the_scenes_the_newest_first(workspace, store, elsewhere):
    begin(elsewhere, "first", name="Ada")
    journal = (workspace / "runs/bridge/first/journal.jsonl").read_bytes()
    for n in range(400):
        folder = workspace / f"runs/bridge/run{n}"
        folder.mkdir()
        (folder / "journal.jsonl").write_bytes(journal)
        os.utime(folder / "journal.jsonl", (n, n))
    store.index.find(Query())
    store.index.wait()
    assert store.index.waiting == 0
    assert store.index.count(Query()) == 401
    assert set(listed(store).values()) == {("waiting", 1)}


def test_whatever_happens_the_list_is_that_of_the_files(workspace, store, elsewhere):
    """Random acts in two processes, the index spoilt now and then; the list is always right."""
    chance = random.Random(20)
    keys = [f"k{n}" for n in range(8)]
    for _ in range(120):
        key, one = chance.choice(keys), chance.choice([store, elsewhere])
        act = chance.choice(["begin", "answer", "delete", "label", "spoil", "archive"])
        there = (workspace / "runs/bridge" / key / "journal.jsonl").exists()
        if act == "begin":
            begin(one, key)
        elif act == "answer" and there:
            run = one.by_name(f"bridge/{key}")
            change = run.state().card("name").settled
            run.move(moves.answering(run.workflow, "name", key, by="person", change=change))
        elif act == "delete" and there:
            one.delete(one.by_name(f"bridge/{key}"))
        elif act in ("label", "archive") and there:
            one.label(one.by_name(f"bridge/{key}"), lambda about: about.tagged(["t"]))
        elif act == "spoil" and chance.random() < 0.3:
            chance.choice([_delete, _garble, _lie])(workspace / ".cardloom/index.sqlite")
        look = chance.choice([store, elsewhere])
        wanted = {f"bridge/{p.parent.name}" for p in workspace.glob("runs/*/*/journal.jsonl")}
        assert listed(look, archived="all").keys() == wanted
        for row in look.index.find(Query(archived="all")):
            told = look.by_name(row.name).state().card("name").settled
            assert row.settled == told


def test_a_journal_that_holds_and_makes_no_sense_takes_no_list_away(store):
    begin(store, "ada")
    odd = begin(store, "odd")
    odd.journal.append([{"type": "started", "card": "name", "inputs": [1]}])
    begin(store, "bob")
    assert listed(store).keys() == {"bridge/ada", "bridge/odd", "bridge/bob"}
    assert len(store.habits.all_told(odd.workflow)) == 3
