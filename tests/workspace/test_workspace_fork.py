"""Forks on disk: whole, apart from the run they come from, and known to it."""

import hashlib

import pytest

from cardloom.catalog import Catalog
from cardloom.engine import next_card
from cardloom.errors import Missing, Refused
from cardloom.headless import drive
from cardloom.workspace import Lineage, RunStore, Workspace, fork_run, free_key

FLOW = '''
"""Files, and an effect."""
from pathlib import Path
from cardloom import Text, Upload, Workflow

flow = Workflow("Paper")
flow.ask(word=Text("Word?"), extra=Upload("File?", optional=True))


@flow.do
def page(word, *, run):
    path = run.file("page.txt")
    path.write_text(word * 3)
    return {"file": path, "length": len(word)}


@flow.do(once=True)
def sent(page):
    log = Path(__file__).with_name("sent.log")
    log.write_text((log.read_text() if log.exists() else "") + "sent\\n")
    return page["file"].read_text()
'''


@pytest.fixture
def store(tmp_path):
    (tmp_path / "paper.py").write_text(FLOW)
    place = Workspace(tmp_path).make()
    made = RunStore(place, Catalog(place.root))
    yield made
    made.close()


async def worked(store, key="ada", **answers):
    run = store.open(store.catalog.workflow("paper"), key, by="cli")
    await drive(store, run, {"extra": None, **answers}, by="cli")
    return run


def bytes_of(run):
    return {
        str(path.relative_to(run.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(run.folder.rglob("*"))
        if path.is_file() and not path.name.endswith(".lock")
    }


async def test_a_fork_has_files_of_its_own_and_the_other_run_stays_byte_for_byte(store, tmp_path):
    upload = tmp_path / "up.csv"
    upload.write_text("a,b\n")
    ada = await worked(store, word="loom", extra=str(upload))
    before = bytes_of(ada)
    made = fork_run(store, ada, "bob", by="person")
    assert made.value("page")["file"].read_text() == "loomloomloom"
    assert made.value("page")["file"].is_relative_to(made.folder)
    assert made.value("extra").read_text() == "a,b\n"
    made.value("page")["file"].write_text("scribbled")
    assert bytes_of(ada) == before
    assert next_card(made.workflow, made.state()) is None


async def test_only_dependents_of_a_change_run_and_an_effect_waits(store, tmp_path):
    ada = await worked(store, word="loom")
    made = fork_run(store, ada, "bob", changes={"word": "warp"}, by="person", why="another word")
    upcoming = next_card(made.workflow, made.state())
    assert (upcoming.step.name, upcoming.card.name) == ("WORK", "page")
    with pytest.raises(Exception, match="must not be repeated"):
        await drive(store, made, {}, by="cli")
    assert made.value("page")["file"].read_text() == "warpwarpwarp"
    assert (tmp_path / "sent.log").read_text() == "sent\n"


async def test_a_new_beginning_with_the_same_answers_does_not_repeat_the_effect(store, tmp_path):
    ada = await worked(store, word="loom")
    made = fork_run(store, ada, "bob", at=0, by="person")
    with pytest.raises(Exception, match="waits for your word"):
        await drive(store, made, {}, by="cli")
    assert made.value("page")["length"] == 4
    assert (tmp_path / "sent.log").read_text() == "sent\n"


async def test_a_key_that_is_taken_is_refused_and_a_free_one_is_found(store):
    ada = await worked(store, word="loom")
    assert free_key(store, ada) == "ada fork"
    fork_run(store, ada, "ada fork", by="person")
    assert free_key(store, ada) == "ada fork 2"
    with pytest.raises(Refused, match="There is a run paper/ada already"):
        fork_run(store, ada, "ada", by="person")
    with pytest.raises(Missing, match="Give the run a name"):
        fork_run(store, ada, "  ", by="person")


async def test_lineage_is_told_both_ways(store):
    ada = await worked(store, word="loom")
    lineage = Lineage()
    assert lineage.family(ada) is None
    bob = fork_run(store, ada, "bob", by="person")
    eve = fork_run(store, bob, "eve", at=3, by="person")
    tree = lineage.family(eve)
    assert (tree.key, [kin.key for kin in tree.forks]) == ("ada", ["bob"])
    [child] = tree.forks
    assert [(kin.key, kin.at, kin.here) for kin in child.forks] == [("eve", 3, True)]
    assert lineage.family(ada).here
    (ada.folder / "journal.jsonl").unlink()
    assert lineage.family(eve).key == "bob"


async def test_a_journal_that_names_files_elsewhere_brings_none_along(store, tmp_path):
    ada = await worked(store, word="loom")
    (tmp_path / "secret.txt").write_text("secret")
    ada.journal.append(
        [
            {
                "type": "answered",
                "card": "word",
                "value": {"$": "file", "path": "../../../../secret.txt", "size": 6, "sha256": "x"},
                "inputs": {},
            }
        ]
    )
    made = fork_run(store, ada, "bob", by="person")
    assert "secret" not in {p.read_text() for p in made.folder.rglob("*.txt")}
