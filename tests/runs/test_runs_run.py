"""One run on disk: its state follows the file, its drafts lie beside it."""

import json
import os

import pytest

from cardloom.catalog import Catalog
from cardloom.engine import BadAnswer, moves
from cardloom.errors import Refused
from cardloom.workspace import RunStore, Workspace, status


@pytest.fixture
def store(workspace):
    return RunStore(Workspace(workspace).make(), Catalog(workspace))


@pytest.fixture
def run(store):
    return store.open(store.catalog.workflow("bridge"), "ada", by="person")


def answer(run, card, value, **facts):
    return run.move(lambda s: moves.answer(run.workflow, s, card, value, by="person", **facts))


def test_the_state_is_that_of_the_file_whoever_wrote_it(workspace, run):
    answer(run, "name", "Ada")
    other = RunStore(Workspace(workspace), Catalog(workspace)).by_name("bridge/ada")
    answer(other, "quest", "Grail")
    assert run.value("quest") == "Grail"
    answer(run, "color", "blue")
    assert [other.value(c) for c in ("name", "quest", "color")] == ["Ada", "Grail", "blue"]


def test_a_refused_answer_writes_nothing(run):
    answer(run, "name", "Ada")
    before = run.journal.path.read_bytes()
    with pytest.raises(BadAnswer):
        answer(run, "quest", "")
    with pytest.raises(Refused):
        answer(run, "name", "Bob")
    assert run.journal.path.read_bytes() == before


def test_of_two_answers_at_once_the_first_is_kept(workspace, run):
    other = RunStore(Workspace(workspace), Catalog(workspace)).by_name("bridge/ada")
    seen = run.state().card("name").changed
    answer(other, "name", "first", seen=seen)
    with pytest.raises(Refused, match="answered elsewhere"):
        answer(run, "name", "second", seen=seen)
    assert run.value("name") == "first"


def test_the_state_at_an_event(run):
    answer(run, "name", "Ada")
    answer(run, "name", "Bob", change=True)
    assert [run.state_at(n).card("name").value for n in range(5)] == [
        None,
        None,
        "Ada",
        "Ada",
        "Bob",
    ]
    for n in (-1, 5):
        with pytest.raises(Refused, match="bridge/ada has 4 events; there is no event"):
            run.state_at(n)


def test_a_damaged_run_is_for_reading_only(workspace, run):
    answer(run, "name", "Ada")
    path = run.journal.path
    path.write_bytes(path.read_bytes().replace(b"Ada", b"Eve"))
    run = RunStore(Workspace(workspace), Catalog(workspace)).by_name("bridge/ada")
    with pytest.raises(
        Refused, match=r"bridge/ada is damaged and open for reading only\. Line 2: "
    ):
        answer(run, "quest", "Grail")
    assert status(run) == "damaged"
    assert (run.state().n, run.state().key) == (1, "ada")


def test_starting_over_keeps_the_old_journal_beside_the_new_one(run):
    answer(run, "name", "Ada")
    run.keep_draft("quest", {"quest": ["half"]})
    old = run.journal.path.read_bytes()
    kept = run.start_over()
    assert kept.read_bytes() == old
    assert run.state().n == 0
    run.move(lambda s: moves.create(run.workflow, "ada", "person"))
    assert (run.state().n, run.draft("quest")) == (1, {})


def test_a_draft_lies_beside_the_journal_and_not_in_it(workspace, run):
    before = run.journal.path.read_bytes()
    run.keep_draft("name", {"name": ["Sir Lance \ud800"]})
    run.keep_draft("form", {"a": ["1"], "b": [""], "c": ["x", "y"]})
    assert (run.folder / "draft.json").stat().st_mode & 0o777 == 0o600
    again = RunStore(Workspace(workspace), Catalog(workspace)).by_name("bridge/ada")
    assert again.draft("name") == {"name": ["Sir Lance \ud800"]}
    assert again.draft("form") == {"a": ["1"], "c": ["x", "y"]}
    assert again.draft("quest") == {}
    again.drop_draft("name")
    again.keep_draft("form", {"a": [""]})
    assert (run.draft("name"), run.draft("form")) == ({}, {})
    assert run.journal.path.read_bytes() == before


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": 3}', "\ud800"])
def test_a_draft_file_that_is_spoiled_is_no_draft(run, content):
    (run.folder / "draft.json").write_text(content, errors="surrogatepass")
    assert run.draft("name") == {}
    run.keep_draft("name", {"name": ["x"]})
    assert run.draft("name") == {"name": ["x"]}


def test_an_enormous_draft_is_not_kept(run):
    run.keep_draft("name", {"name": ["x" * 200_001]})
    assert run.draft("name") == {}


def test_runs_are_listed_newest_first_with_what_they_are(store):
    bridge = store.catalog.workflow("bridge")
    for age, key in enumerate(["one", "Three", "two"]):
        two = store.open(bridge, key, by="person")
        os.utime(two.journal.path, (1_800_000_000 + age,) * 2)
    assert [(s.key, s.status, s.settled, s.cards) for s in store.recent()] == [
        ("two", "waiting", 0, 4),
        ("Three", "waiting", 0, 4),
        ("one", "waiting", 0, 4),
    ]
    assert [s.key for s in store.recent(1)] == ["two"]
    two.move(lambda s: moves.finalize(s, by="person"))
    assert status(two) == "locked"


def test_a_run_whose_workflow_is_gone_is_still_there(write_flow, store):
    path = write_flow("mine", 'mine = Workflow("Mine")\nmine.ask(name=Text("?"))')
    run = store.open(store.catalog.workflow("mine"), "x", by="person")
    answer(run, "name", "Ada")
    path.unlink()
    found = store.by_name("mine/x")
    assert (status(found), found.workflow) == ("orphaned", None)
    assert [(s.flow, s.settled, s.cards) for s in store.recent()] == [("Mine", 1, 1)]


def test_a_stray_folder_among_the_runs_is_no_run(workspace, store, run):
    (workspace / "runs" / "bridge" / "empty").mkdir()
    (workspace / "runs" / "stray.txt").write_text("x")
    assert [s.name for s in store.recent()] == ["bridge/ada"]


def test_another_programs_nonsense_is_damage_not_a_crash(store, run):
    other = run.folder.parent / "other"
    other.mkdir()
    (other / "journal.jsonl").write_text(json.dumps({"n": 1}) + "\n")
    assert {s.name: s.status for s in store.recent()} == {
        "bridge/ada": "waiting",
        "bridge/other": "damaged",
    }
