"""Journals that earlier releases wrote mean what they meant then, to the last event."""

import json
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import stories

from cardloom.catalog import Catalog
from cardloom.engine import EVENTS, fold, views_of
from cardloom.journal import Journal, verify
from cardloom.reports.sentences import tell
from cardloom.workspace import RunStore, Workspace

KEPT = sorted(stories.HERE.glob("*/*.jsonl"))


@pytest.fixture
def store(tmp_path):
    for name, source in stories.FLOWS.items():
        (tmp_path / f"{name}.py").write_text(source, "utf-8")
    made = RunStore(Workspace(tmp_path).make(), Catalog(tmp_path))
    yield made
    made.close()


def test_there_are_some_of_every_release():
    assert len(KEPT) >= 6
    assert {path.parent.name for path in KEPT} >= {"0.1.0"}


@pytest.mark.parametrize("kept", KEPT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_kept_journal_means_what_it_meant(kept, tmp_path):
    shutil.copy(kept, tmp_path / "journal.jsonl")
    assert verify(tmp_path)[1] == []
    events = Journal(tmp_path).read()
    told = json.loads(kept.with_suffix(".json").read_text("utf-8"))
    assert json.loads(json.dumps(stories.meaning(events))) == told
    state = fold(events)
    assert views_of(None, state)
    assert all(tell(event) for event in events)


def test_kept_values_come_back_as_they_went_in(store, tmp_path):
    for kept in KEPT:
        folder = tmp_path / "runs" / kept.stem.partition("-")[0] / kept.stem
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(kept, folder / "journal.jsonl")
        run = store.at(folder)
        values = {n: run.value(n) for n, card in run.state().cards.items() if card.status == "done"}
        store.let_go(run)
        if kept.stem == "values-all":
            *plain, knight, looks = values["odd"]
            moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
            assert plain == [{1, 2}, (1, "two"), b"bytes", Decimal("1.10"), moment]
            assert (knight.name, knight.born) == ("Galahad", date(1400, 1, 2))
            assert looks == {"$set": "not one"}
            assert values["plain"]["big"] == 2**70
            assert values["some"] == ["a", "c"]
            assert values["sure"] is True


async def test_the_stories_of_today_are_those_that_were_kept(tmp_path):
    """A kind of event that no story holds would not be guarded."""
    kinds = {e["type"] for run in await stories.tell(tmp_path) for e in run.journal.events}
    later = {"said", "replied", "proposed", "accepted", "declined"}  # by no one yet
    assert kinds == set(EVENTS) - later
