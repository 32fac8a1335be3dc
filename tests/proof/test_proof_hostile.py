"""Events that hold and say nonsense: the fold goes on, and the page of the run is drawn."""

from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cardloom.catalog import Catalog
from cardloom.engine import (
    fold,
    insights,
    next_card,
    provenance,
    redo_target,
    replay,
    undo_target,
    views_of,
)
from cardloom.engine.events import EVENTS as KINDS
from cardloom.engine.fork import fork
from cardloom.engine.moves import BadAnswer
from cardloom.engine.validate import sound
from cardloom.errors import Refused
from cardloom.journal import Journal, seal
from cardloom.reports import diagram
from cardloom.reports.insights import gather
from cardloom.reports.provenance import explain
from cardloom.reports.sentences import group, tell, who
from cardloom.runs import Run
from cardloom.web.run_page import render
from cardloom.web.seam.seam import Seam
from cardloom.workspace import Lineage, RunStore, Workspace

FLOW = """
from cardloom import Choice, Text, Workflow

flow = Workflow("Flow")
flow.ask(name=Text("Name?"))


@flow.ask
def pick(name):
    return Choice("Which?", [name, "other"])


@flow.do
def end(name, pick, *, run):
    return name
"""

FIELDS = sorted({name for kind in KINDS.values() for name in kind.fields} | {"by", "why", "from"})


def anything():
    scalars = (
        st.none()
        | st.booleans()
        | st.integers(-5, 9)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.sampled_from(
            ["", "name", "pick", "end", "<b>", "../x", "file", "choice", "2026-01-01"]
        )
        | st.text(max_size=5)
    )
    kinds = st.sampled_from(
        ["tuple", "dict", "set", "file", "int", "date", "dataclass", "stored", "?"]
    )
    return st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(max_size=4), inner, max_size=3)
            | st.fixed_dictionaries(
                {"$": kinds}, optional={"v": inner, "path": inner, "size": inner}
            )
            | st.fixed_dictionaries({"kind": inner, "label": inner}, optional={"options": inner})
        ),
        max_leaves=6,
    )


def likely():
    """The right type for a field, as often as not: else nothing would get past the first look."""
    return st.fixed_dictionaries(
        {},
        optional={
            "card": st.sampled_from(["name", "pick", "end", "gone"]),
            "inputs": st.dictionaries(st.sampled_from(["name", "pick"]), st.integers(-1, 6)),
            "value": anything(),
            "question": st.dictionaries(
                st.sampled_from(["kind", "label", "options", "default", "fields", "multiple"]),
                anything(),
            ),
            "cards": st.lists(st.fixed_dictionaries({"name": st.text(max_size=4)})),
            "files": st.lists(
                st.fixed_dictionaries(
                    {
                        "$": st.just("file"),
                        "path": st.text(),
                        "size": st.integers(),
                        "sha256": st.text(),
                    }
                )
            ),
            "to": st.integers(-3, 9),
            "done": st.floats(allow_nan=False) | st.integers(),
            "total": st.floats(allow_nan=False) | st.integers(),
        },
    )


def events():
    kinds = st.sampled_from([*KINDS, "unheard of"]) | anything()
    wild = st.dictionaries(st.sampled_from(FIELDS), anything(), max_size=4)
    return st.lists(
        st.tuples(kinds, likely(), wild, st.booleans()).map(
            lambda t: {"type": t[0], **t[1], **(t[2] if t[3] else {})}
        ),
        max_size=8,
    )


def stored(event):
    try:
        seal(event, "")
    except ValueError:
        return False
    return True


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile")
    (root / "flow.py").write_text(FLOW)
    return root


@pytest.fixture(scope="module")
def store(root):
    store = RunStore(Workspace(root).make(), Catalog(root))
    yield store
    store.close()


@given(drafts=events())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate])
def test_no_event_stops_the_fold_or_takes_the_page_away(drafts, root, store, tally):
    folder = root / "runs/flow/ada"
    folder.mkdir(parents=True, exist_ok=True)
    lines, last = [], ""
    for draft in filter(stored, [{"type": "created", "workflow": "flow", "key": "ada"}, *drafts]):
        line, last = seal({"n": len(lines) + 1, "at": "2026-11-21T08:00:00.000000Z", **draft}, last)
        lines.append(line)
    (folder / "journal.jsonl").write_bytes(b"".join(lines))
    run = store.at(folder)
    run.journal.reopen()
    state = fold(run.journal.read())
    assert state.n == run.journal.n
    assert state == fold(Journal(run.folder).read())
    for n in range(state.n + 1):
        assert run.state_at(n).n == n
    context = SimpleNamespace(store=store, lineage=Lineage(), seam=Seam())
    for workflow in (run.workflow, None):
        views_of(workflow, state)
        if workflow:
            next_card(workflow, state)
        again = Run(run.folder, workflow)
        page = render(context, again)
        assert page.status_code == 200
        assert b"<b>" not in page.body
    tally("fuzz cases")


@given(drafts=events())
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate])
def test_no_event_stops_those_who_read_the_past(drafts, store, tally):
    workflow = store.catalog.workflow("flow")
    told = [{"type": "created", "workflow": "flow", "key": "ada"}, *drafts]
    events = [
        {"n": n, "at": "2026-11-21T08:00:00.000000Z", **draft} for n, draft in enumerate(told, 1)
    ]
    undo_target(events), redo_target(events)
    for event in events:
        group(event), who(event), tell(event)
    list(replay.pauses(events, 0, 1.0))
    state = fold(events)
    gather(workflow, [insights.tell(workflow, events)])
    diagram.mermaid(diagram.draw(workflow, state))
    for view in views_of(workflow, state):
        explain(provenance.trace(workflow, events, view.name))
    for at in range(len(events) + 1):
        try:
            made = fork(workflow, events, at, origin="flow/ada", key="grace", by="cli")
        except (Refused, BadAnswer):
            continue
        assert (
            fold(
                [{"n": n, "at": "2026-11-21T08:00:00Z", **e} for n, e in enumerate(made.events, 1)]
            ).key
            == "grace"
        )
    tally("fuzz cases")


def test_an_event_of_another_shape_means_nothing_and_counts():
    events = [
        {"n": 1, "at": "a", "type": "answered", "card": [], "value": 1},
        {"n": 2, "at": "2026-11-21T08:00:00Z", "type": "answered", "card": "name", "value": "x"},
        {"n": 3, "at": 5, "type": "finalized"},
    ]
    state = fold(events)
    assert (state.n, list(state.cards), state.finalized) == (3, ["name"], False)
    assert [sound(event) for event in events] == [False, True, False]
