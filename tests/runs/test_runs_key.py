"""A run's key may be any text; its folder is always inside runs/, and always its own."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardloom.catalog import Catalog
from cardloom.engine import moves
from cardloom.errors import Missing, NotFound
from cardloom.runs import Run, folder_name
from cardloom.runs.names import is_folder_name
from cardloom.workspace import RunStore, Workspace

HOSTILE = [
    "../..",
    "..",
    ".",
    "/etc/passwd",
    "a/b",
    "a\\b",
    "a/../b",
    "k" * 4096,
    "k" * 4097,
    "nul\0byte",
    "\U0001f9f5",
    "CON",
    "con",
    "con.txt",
    "LPT1",
    "ada",
    "Ada",
    "ADA",
    "ada.",
    "ada..",
    ".ada",
    "-ada",
    "~",
    "half \ud800",
    "half \udfff",
    "line\nbreak",
    "\x1b[31mred",
    "%2e%2e%2f",
    "https://app.botify.com/org/project/",
    "https://app.botify.com/org/project",
    "<script>alert(1)</script>",
    "journal.jsonl",
    "é",
    "*",
    "?",
    "name=Ada",
]


@pytest.fixture
def store(workspace):
    return RunStore(Workspace(workspace).make(), Catalog(workspace))


@pytest.fixture
def bridge(store):
    return store.catalog.workflow("bridge")


def answer(run, value):
    from cardloom.engine import moves

    run.move(lambda s: moves.answer(run.workflow, s, "name", value, by="person"))


def test_hostile_keys_are_distinct_inside_and_resumable(workspace, store, bridge):
    for number, key in enumerate(HOSTILE):
        answer(store.open(bridge, key, by="person"), f"run {number}")
    store.close()
    again = RunStore(Workspace(workspace), Catalog(workspace))
    for number, key in enumerate(HOSTILE):
        run = again.open(bridge, key, by="person")
        assert (run.state().key, run.value("name")) == (" ".join(key.split()), f"run {number}")
        assert again.find("bridge", run.folder.name) is run
        assert again.by_name(run.name) is run
        assert run.folder.parent == workspace / "runs" / "bridge"
        assert [e["type"] for e in run.journal.read()] == ["created", "answered"]
    folders = [p.name for p in (workspace / "runs" / "bridge").iterdir()]
    # Apart even where the file system sees no difference between large and small.
    assert len({name.lower() for name in folders}) == len(HOSTILE)
    assert [p.name for p in workspace.parent.iterdir()] == ["workspace"]
    assert {p.name for p in workspace.iterdir()} == {"runs", ".cardloom"}


keys = st.text(st.characters(codec=None), min_size=1, max_size=300)


@given(keys)
def test_any_key_has_a_name_for_a_folder_and_an_address(key):
    name = folder_name(key)
    assert is_folder_name(name)
    assert len(name.encode()) <= 64
    assert name == folder_name(key)
    assert not name.endswith((".", " ", "/"))
    assert name.isascii()


@given(st.lists(keys | st.sampled_from(HOSTILE), unique=True, min_size=2, max_size=20))
def test_no_two_keys_share_a_folder(many):
    names = [folder_name(key).lower() for key in many]
    assert len(set(names)) == len(many)


@given(keys)
def test_the_name_of_a_folder_is_not_the_key_of_another_run(key):
    """Whoever types a folder's name as a key gets a run of its own, unless it is that key."""
    name = folder_name(key)
    assert name == key or folder_name(name) != name


TWINS = [
    ("é", "e\u0301"),
    ("ada", "ada\u200b"),
    ("ada", "\ufeffada"),
    ("ada", "a\u00adda"),
    ("ada", "\u202eada\u202c"),
    ("ada", "\u2066ada\u2069"),
    ("my run", "my\u00a0run"),
    ("my run", " my \t run\n"),
    ("my run", "my\u2003run"),
    ("\uac00", "\u1100\u1161"),
    ("\u2764", "\u2764\ufe0f"),
    ("\u0645\u06cc\u062e", "\u0645\u06cc\u200c\u062e"),
]


@pytest.mark.parametrize(("one", "other"), TWINS)
@pytest.mark.parametrize("turned", [False, True])
def test_keys_that_look_the_same_are_one_run(store, bridge, one, other, turned):
    first, second = (other, one) if turned else (one, other)
    run = store.open(bridge, first, by="person")
    assert store.open(bridge, second, by="person") is run
    assert store.find("bridge", second) is run
    assert store.by_name(f"bridge/{second}") is run
    assert len(list(store.folders())) == 1


@pytest.mark.parametrize("typed", ["e\u0301", "\u00e9"])
def test_a_run_made_before_keys_had_one_form_is_found_by_either(store, bridge, workspace, typed):
    before = workspace / "runs" / "bridge" / folder_name("e\u0301")
    Run(before, bridge).move(lambda state: moves.create(bridge, "e\u0301", "person"))
    assert store.open(bridge, typed, by="person").folder == before
    assert store.find("bridge", typed).folder == before


@pytest.mark.parametrize("key", ["\u200b", "\u200d\ufeff", "\u00a0 "])
def test_a_key_with_nothing_to_see_is_none(store, bridge, key):
    with pytest.raises(Missing, match="Give the run a name"):
        store.open(bridge, key, by="person")


def test_an_emoji_of_several_signs_stays_whole(store, bridge):
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert store.open(bridge, family, by="person").state().key == family


def test_twins_by_case_are_apart_on_every_file_system():
    for one, two in itertools.combinations(["ada", "Ada", "aDa", "ADA"], 2):
        assert folder_name(one).lower() != folder_name(two).lower()


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "", ".", ".hidden", "x" * 65, "a\0", "a\nb"])
def test_a_name_that_is_no_folders_is_refused(name):
    assert not is_folder_name(name)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [("", "Give the run a name"), (" \n", "Give the run a name"), ("x" * 8001, "at most 8,000")],
)
def test_a_key_that_is_none(store, bridge, key, sentence):
    with pytest.raises(Missing, match=sentence):
        store.open(bridge, key, by="person")
    assert not list(store.folders())


def test_the_workflow_cleans_its_keys_or_refuses_them(write_flow, store):
    write_flow(
        "keyed",
        """
        def clean(key):
            if not key.startswith("https://"):
                raise ValueError("Give a project's address.")
            return key.rstrip("/").lower()

        flow = Workflow("Keyed", key=clean)
        flow.ask(name=Text("?"))
        """,
    )
    flow = store.catalog.workflow("keyed")
    one = store.open(flow, " https://Example.com/a/ ", by="person")
    assert store.open(flow, "https://example.com/a", by="person") is one
    assert one.state().key == "https://example.com/a"
    with pytest.raises(Missing, match=r"^Give a project's address\.$"):
        store.open(flow, "example.com", by="person")


def test_a_run_that_is_not_there(store):
    with pytest.raises(NotFound, match="no run bridge/nobody"):
        store.by_name("bridge/nobody")
    with pytest.raises(NotFound, match=r"no workflow called 'brigde'\. Did you mean 'bridge'"):
        store.by_name("brigde/ada")
    for name in ("bridge", "bridge/", ""):
        with pytest.raises(Missing, match="A run is called workflow/key"):
            store.by_name(name)
    for name in ("../../etc/passwd", "bridge/../../../etc", "bridge/\0"):
        with pytest.raises(NotFound):
            store.by_name(name)


def test_two_who_open_one_key_at_once_make_one_run(workspace, bridge):
    shelves = [RunStore(Workspace(workspace).make(), Catalog(workspace)) for _ in range(2)]
    runs = [store.at(workspace / "runs" / "bridge" / "ada") for store in shelves]
    for run in runs:
        run.state()  # both have seen that there is nothing yet
    for store in shelves:
        store.open(bridge, "ada", by="person")
    lines = (runs[0].journal.path).read_bytes().splitlines()
    assert [json.loads(line)["type"] for line in lines] == ["created"]
