"""A shelf of many runs: what it keeps open, and that each can still be written to."""

import sys
from pathlib import Path

import pytest

from cardloom.catalog import Catalog
from cardloom.engine import moves
from cardloom.workspace import RunStore, Workspace

FLOW = (
    'from cardloom import Text, Workflow\nflow = Workflow("Flow")\nflow.ask(name=Text("Name?"))\n'
)


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_a_thousand_runs_do_not_need_a_thousand_open_files(tmp_path):
    (tmp_path / "flow.py").write_text(FLOW)
    store = RunStore(Workspace(tmp_path).make(), Catalog(tmp_path))
    flow = store.catalog.workflow("flow")
    before = len(list(Path("/proc/self/fd").iterdir()))
    runs = [store.open(flow, f"k{n}", by="person") for n in range(300)]
    assert len(list(Path("/proc/self/fd").iterdir())) < before + 100
    for number, run in enumerate(runs):
        assert store.at(run.folder) is run
        run.move(moves.answering(flow, "name", f"answer {number}", by="person"))
    assert len(list(Path("/proc/self/fd").iterdir())) < before + 100
    assert runs[0].state().card("name").value == "answer 0"
    assert len((runs[0].journal.path).read_bytes().splitlines()) == 2
    store.close()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
