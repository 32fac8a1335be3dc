"""Title, tags, archive and trash: beside the journal, never in it, and nothing is lost."""

import json
from dataclasses import replace

import pytest

from cardloom.catalog import Catalog
from cardloom.engine import moves
from cardloom.errors import Missing, NotFound, Refused
from cardloom.runs import About, read_about
from cardloom.workspace import Query, RunStore, Workspace


@pytest.fixture
def store(workspace):
    made = RunStore(Workspace(workspace).make(), Catalog(workspace))
    yield made
    made.close()


@pytest.fixture
def run(store):
    return store.open(store.catalog.workflow("bridge"), "ada", by="person")


def test_labels_are_in_their_own_file_and_the_journal_is_untouched(store, run):
    before = run.journal.path.read_bytes()
    store.label(run, lambda about: about.named("  The \n good one ").tagged(["Client", "a  b"]))
    stored = json.loads((run.folder / "about.json").read_text())
    assert stored == {"title": "The good one", "tags": ["client", "a b"], "archived": False}
    assert run.journal.path.read_bytes() == before
    (row,) = store.index.find(Query(tag="client"))
    assert (row.title, row.tags) == ("The good one", ("client", "a b"))
    store.label(run, lambda about: about.named("").tagged(remove=["CLIENT", "a b"]))
    assert not (run.folder / "about.json").exists()


@pytest.mark.parametrize("tag", ["", "  ", "a,b", "+a", "-a", "x" * 41, "a\0b"])
def test_what_can_be_no_tag_is_refused_in_a_sentence(store, run, tag):
    with pytest.raises(Missing, match="can't be a tag"):
        store.label(run, lambda about: about.tagged([tag]))
    assert read_about(run.folder) == About()


def test_too_many_tags_and_too_long_a_title(store, run):
    with pytest.raises(Missing, match="at most 20 tags"):
        store.label(run, lambda about: about.tagged([f"t{n}" for n in range(21)]))
    with pytest.raises(Missing, match="at most 200 characters"):
        store.label(run, lambda about: about.named("x" * 201))


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"not json", "not JSON"),
        (b"[1]", "not an object"),
        (b'{"title": 5}', "title is not text"),
        (b'{"tags": "a"}', "not a list"),
        (b'{"tags": [1]}', "not a list"),
        (b'{"tags": ["a,b"]}', "can't be a tag"),
        (b'{"archived": "yes"}', "neither true nor false"),
        (b'{"title": "' + b"x" * 500 + b'"}', "at most 200"),
        (b"[" * 50_000, "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b" " * 70_000, "larger than"),
        (b'{"tags": ' + json.dumps([f"t{n}" for n in range(50)]).encode() + b"}", "at most 20"),
    ],
)
def test_a_hostile_file_is_left_out_with_a_word(store, run, content, word):
    (run.folder / "about.json").write_bytes(content)
    about = read_about(run.folder)
    assert word in about.trouble
    assert (about.title, about.tags, about.archived) == ("", (), False)
    (row,) = store.index.find(Query())
    assert word in row.trouble


def test_archived_runs_are_in_no_list_but_their_own(store, run):
    store.label(run, lambda about: replace(about, archived=True))
    assert store.recent() == []
    assert [row.name for row in store.index.find(Query(archived="yes"))] == ["bridge/ada"]


def test_a_deleted_run_is_in_the_trash_whole_and_comes_back(workspace, store, run):
    (run.folder / "files").mkdir()
    (run.folder / "files/x.txt").write_text("kept")
    before = run.journal.path.read_bytes()
    item = store.delete(run)
    assert not (workspace / "runs/bridge/ada").exists()
    assert (workspace / "trash" / item.place / "journal.jsonl").read_bytes() == before
    assert store.recent() == []
    with pytest.raises(NotFound):
        store.by_name("bridge/ada")
    back = store.undelete("bridge/ada")
    assert back.journal.path.read_bytes() == before
    assert (back.folder / "files/x.txt").read_text() == "kept"
    assert [row.name for row in store.recent()] == ["bridge/ada"]
    assert not list((workspace / "trash").iterdir())


def test_a_run_begun_again_is_not_overwritten(store, run):
    item = store.delete(run)
    again = store.open(store.catalog.workflow("bridge"), "ada", by="person")
    before = again.journal.path.read_bytes()
    with pytest.raises(Refused, match="There is a run bridge/ada again"):
        store.undelete(item.place)
    assert again.journal.path.read_bytes() == before
    second = store.delete(again)
    assert [i.place for i in store.trash.items()] == [second.place, item.place]
    assert store.undelete(item.place).name == "bridge/ada"


def test_a_run_at_work_is_not_deleted(write_flow, store):
    write_flow("work", 'work = Workflow("Work")\n@work.do\ndef go():\n    return 1\n')
    run = store.open(store.catalog.workflow("work"), "x", by="person")
    with pytest.raises(Refused, match="at work"):
        store.delete(run)
    run.move(lambda state: moves.start(run.workflow, state, "go"))
    with pytest.raises(Refused, match="go of work/x is running"):
        store.delete(run, idle=True)
    assert run.exists
    run.move(lambda state: moves.cancel(state, "go", by="person"))
    assert store.delete(run).name == "work/x"


@pytest.mark.parametrize("name", ["../..", "x", "", "20260101T000000000000/../..", "/etc"])
def test_only_what_is_in_the_trash_is_taken_back(store, run, name):
    store.delete(run)
    with pytest.raises(NotFound):
        store.undelete(name)


def test_only_emptying_removes_bytes(workspace, store, run, tmp_path):
    store.delete(run)
    stranger = workspace / "trash" / "notes.txt"
    stranger.write_text("not a run")
    assert store.trash.empty() == 1
    assert [path.name for path in (workspace / "trash").rglob("*")] == ["notes.txt"]
    assert store.trash.items() == []
