"""Runs from elsewhere: what was exported comes in as it was; what is hostile stays outside, whole."""

import hashlib
import io
import json
import os
import signal
import stat
import struct
import subprocess
import sys
import zipfile
import zlib

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cardloom.archive import BadArchive, import_run, unpack
from cardloom.catalog import Catalog
from cardloom.engine import moves
from cardloom.errors import Missing, Refused
from cardloom.journal import seal, verify
from cardloom.reports import kind_of
from cardloom.workspace import RunStore, Workspace, status

AT = "2026-11-21T08:00:00.000000Z"
CARDS = [{"name": "text", "asks": True, "label": "Text?", "params": [], "code": ""}]
CREATED = {
    "type": "created",
    "workflow": "flow",
    "key": "ada",
    "title": "Flow",
    "format": 1,
    "cards": CARDS,
}
FLOW = """
flow = Workflow("Flow")
flow.ask(text=Text("Text?", lines=3), paper=Upload("Paper", optional=True))


@flow.do
def work(text, paper):
    return text.upper()
"""
HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@pytest.fixture
def store(workspace):
    made = RunStore(Workspace(workspace).make(), Catalog(workspace))
    yield made
    made.close()


@pytest.fixture
def elsewhere(tmp_path):
    """The shelf of another workspace, with nothing in it."""
    (tmp_path / "elsewhere").mkdir()
    place = Workspace(tmp_path / "elsewhere").make()
    made = RunStore(place, Catalog(place.root))
    yield made
    made.close()


def journal(*drafts, first=CREATED):
    """The bytes of a journal whose chain holds."""
    lines, last = [], ""
    for n, draft in enumerate([first, *drafts], 1):
        line, last = seal({"n": n, "at": AT, **draft}, last)
        lines.append(line)
    return b"".join(lines)


def zipped(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries.items() if isinstance(entries, dict) else entries:
            made.writestr(name, data)
    out.seek(0)
    return out


def a_file(path="text-1/a.txt", size=5, sha256=HELLO):
    return {"$": "file", "path": path, "size": size, "sha256": sha256}


def answered(value, **facts):
    return {"type": "answered", "card": "text", "value": value, "inputs": {}, **facts}


def everything(store):
    """Every file of the workspace but the app's own, with its bytes."""
    root = store.workspace.root
    return {
        str(p.relative_to(root)): p.read_bytes()
        for p in root.rglob("*")
        if p.is_file() and ".cardloom" not in p.parts
    }


def refused(store, entries, match, **options):
    """It is refused with a sentence, and neither the runs nor the stage hold anything of it."""
    before = everything(store)
    file = entries if hasattr(entries, "read") else zipped(entries)
    with pytest.raises((BadArchive, Refused), match=match):
        import_run(store, file, **options)
    assert everything(store) == before
    stage = store.workspace.private / "imports"
    assert not stage.exists() or not list(stage.iterdir())


def exported(run):
    out = io.BytesIO()
    kind_of("zip").write(run, None, out)
    out.seek(0)
    return out


# -- what an export wrote ------------------------------------------------------------------------


@given(
    st.text(min_size=1, max_size=30).filter(str.strip),
    st.lists(st.text(max_size=60), max_size=4),
    st.binary(max_size=2_000),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_an_exported_run_comes_in_as_it_was(
    tmp_path_factory, write_flow, workspace, key, texts, data
):
    """Same state, same bytes of the journal, same files; exported again, the same zip."""
    write_flow("flow", FLOW)
    home = RunStore(Workspace(tmp_path_factory.mktemp("home")).make(), Catalog(workspace))
    away = RunStore(Workspace(tmp_path_factory.mktemp("away")).make(), Catalog(workspace))
    flow = home.catalog.workflow("flow")
    run = home.open(flow, key, by="person")
    for text in texts:
        changing = run.state().card("text").settled
        given_text = text if text.strip() else "x"
        run.move(moves.answering(flow, "text", given_text, by="person", change=changing))
    if texts:
        upload = run.files.take("paper.bin", io.BytesIO(data).read, "paper", 10_000)
        run.move(moves.answering(flow, "paper", upload, by="person"))

    arrival = import_run(away, exported(run))

    there = away.by_name(arrival.run)
    assert arrival.run == run.name and not arrival.said
    assert there.journal.path.read_bytes() == run.journal.path.read_bytes()
    assert there.state() == run.state()
    files = {p.relative_to(run.files.root): p.read_bytes() for p in run.files.root.rglob("*.bin")}
    assert files == {
        p.relative_to(there.files.root): p.read_bytes() for p in there.files.root.rglob("*.bin")
    }
    assert exported(there).getvalue() == exported(run).getvalue()
    home.close()
    away.close()


def test_the_same_run_twice_is_one_run(store):
    made = zipped({"journal.jsonl": journal(answered("a"))})
    first = import_run(store, made)
    before = everything(store)

    second = import_run(store, made)

    assert first.new and not second.new and second.run == first.run
    assert "is here already, the same to the last event" in second.said[0]
    assert everything(store) == before


def test_another_run_of_that_name_comes_beside(store):
    import_run(store, zipped({"journal.jsonl": journal(answered("a"))}))
    before = everything(store)

    arrival = import_run(store, zipped({"journal.jsonl": journal(answered("b"))}))

    assert arrival.run == "flow/ada-2"
    assert "There is a run flow/ada here already" in arrival.said[0]
    assert {name: everything(store)[name] for name in before} == before
    assert store.by_name("flow/ada-2").state().card("text").value == "b"


def test_a_name_of_one_s_own_is_taken_or_refused(store):
    made = zipped({"journal.jsonl": journal()})

    assert import_run(store, made, key="My own").run.startswith("flow/My-own~")
    assert store.by_name("flow/My own").state().key == "ada"
    refused(store, made, "There is a run .* here already", key="My own")
    for wrong in ("", " ", "x" * 9_000):
        with pytest.raises(Missing, match="1 to 8,000"):
            import_run(store, made, key=wrong)


def test_a_run_of_an_unknown_workflow_reads_from_its_own_outline(store):
    arrival = import_run(store, zipped({"journal.jsonl": journal(answered("a"))}))

    run = store.by_name(arrival.run)
    assert status(run) == "orphaned"
    assert run.state().card("text").value == "a"


@pytest.mark.parametrize(
    "name", ["../../etc", "/etc/passwd", "a/b", "..", "CON", "x" * 300, "C:\\x", "<b>", "é", " "]
)
def test_a_hostile_name_never_leaves_the_runs(store, name):
    for field in ("workflow", "key"):
        first = {**CREATED, field: name}
        arrival = import_run(store, zipped({"journal.jsonl": journal(first=first)}))
        folder = (store.workspace.runs / arrival.run).resolve()
        assert folder.parent.parent == store.workspace.runs.resolve()
        assert store.by_name(arrival.run).state().n == 1


def test_the_machine_does_not_go_on_by_itself_with_a_stranger_s_answers(store, write_flow):
    write_flow("flow", FLOW)
    cards = store.catalog.workflow("flow").outline()
    paper = {"type": "answered", "card": "paper", "value": None, "inputs": {}}
    made = zipped(
        {"journal.jsonl": journal(answered("a"), paper, first={**CREATED, "cards": cards})}
    )

    run = store.by_name(import_run(store, made).run)

    assert status(run) == "waiting" and run.needs_approval()
    run.approve()
    assert status(run) == "working"


def test_an_act_of_a_person_is_word_enough(store, write_flow):
    write_flow("flow", FLOW)
    cards = store.catalog.workflow("flow").outline()
    made = zipped({"journal.jsonl": journal(answered("a"), first={**CREATED, "cards": cards})})
    run = store.by_name(import_run(store, made).run)

    run.move(moves.answering(run.workflow, "paper", "", by="person"))

    assert status(run) == "working"


def test_what_the_journal_does_not_name_is_left_out_and_said(store):
    made = zipped(
        {
            "journal.jsonl": journal(answered(a_file())),
            "files/text-1/a.txt": "hello",
            "files/text-1/b.txt": "not named",
            "flow.py": "raise SystemExit",
            "draft.json": "{}",
            "imported.json": "{}",
        }
    )

    arrival = import_run(store, made)

    folder = store.workspace.runs / arrival.run
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == [
        "files/text-1/a.txt",
        "imported.json",
        "journal.jsonl",
    ]
    assert json.loads((folder / "imported.json").read_text())["n"] == 2
    assert "4 files that the journal does not name were left out." in arrival.said
    assert not (store.workspace.root / "flow.py").exists()


def test_files_that_are_missing_are_said(store):
    arrival = import_run(store, zipped({"journal.jsonl": journal(answered(a_file()))}))

    assert "1 of the files that the journal names are not in it: text-1/a.txt." in arrival.said


def test_everything_that_comes_in_is_for_its_owner_alone(store):
    made = zipped({"journal.jsonl": journal(answered(a_file())), "files/text-1/a.txt": "hello"})
    folder = store.workspace.runs / import_run(store, made).run

    for path in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


# -- hostile zips ---------------------------------------------------------------------------------

GOOD = {"journal.jsonl": journal()}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("/etc/passwd", "a path of a whole disk"),
        ("../outside", "leads elsewhere"),
        ("files/../../outside", "leads elsewhere"),
        ("files/./x", "leads elsewhere"),
        ("files//x", "leads elsewhere"),
        ("files\\..\\x", "another system"),
        ("C:/x", "another system"),
        ("files/x:stream", "another system"),
        ("files/a\nb", "control characters"),
        ("files/" + "x" * 300, "too long"),
        ("x/" * 600 + "y", "too long"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(store, name, why):
    refused(store, [*GOOD.items(), (name, "x")], why)


def test_a_name_with_a_nul_is_refused(store):
    data = zipped({**GOOD, "files/aXb": "x"}).getvalue().replace(b"files/aXb", b"files/a\0b")

    refused(store, io.BytesIO(data), "control characters|can't|not a whole")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_special_files_are_refused(store, kind):
    info = zipfile.ZipInfo("files/link")
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16

    refused(store, [*GOOD.items(), (info, "/etc/passwd")], "a link or a special file")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(store):
    refused(store, [*GOOD.items(), ("files/a", "1"), ("files/a", "2")], "two files called")
    refused(store, [*GOOD.items(), ("files/a", "1"), ("files/A", "2")], "two files called")
    refused(
        store, [*GOOD.items(), ("files/e\u0301", "1"), ("files/\u00e9", "2")], "two files called"
    )
    refused(store, [*GOOD.items(), ("journal.jsonl", b"")], "two files called")


def test_too_many_entries_are_refused_before_they_are_read(store, monkeypatch):
    monkeypatch.setattr(unpack, "MOST_ENTRIES", 5)

    refused(store, {**GOOD, **{f"files/{n}": "" for n in range(6)}}, "more than the 5 files")


def test_a_table_of_contents_that_lies_about_its_size_is_refused(store):
    data = bytearray(zipped(GOOD).getvalue())
    data[-10:-6] = struct.pack("<L", 1_000_000_000)

    refused(store, io.BytesIO(bytes(data)), "more than the 20,000 files")


def test_a_bomb_is_stopped_while_it_unpacks(store, monkeypatch):
    monkeypatch.setattr(unpack, "ROOM", 1_000_000)
    bomb = b"\0" * 3_000_000

    refused(
        store,
        {"journal.jsonl": journal(answered(a_file(size=3_000_000))), "files/text-1/a.txt": bomb},
        "far more than a run of its size",
    )


def test_a_bomb_whose_header_says_that_it_is_small_is_stopped(store, monkeypatch):
    monkeypatch.setattr(unpack, "ROOM", 1_000_000)
    bomb = b"\0" * 3_000_000
    data = zipped(
        {"journal.jsonl": journal(answered(a_file(size=10))), "files/text-1/a.txt": bomb}
    ).getvalue()
    lied = data.replace(struct.pack("<L", len(bomb)), struct.pack("<L", 10))

    refused(
        store, io.BytesIO(lied), "far more|larger than it may be|can't be unpacked|not the file"
    )


def test_an_encrypted_zip_is_refused(store):
    data = bytearray(zipped(GOOD).getvalue())
    data[data.find(b"PK\x01\x02") + 8] |= 1

    refused(store, io.BytesIO(bytes(data)), "encrypted")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_pack_are_refused(store, method):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        made.writestr("journal.jsonl", GOOD["journal.jsonl"])
    out.seek(0)

    refused(store, out, "packed in a way")


def test_a_zip_cut_anywhere_is_refused(store):
    data = zipped({**GOOD, "files/text-1/a.txt": os.urandom(500)}).getvalue()

    for cut in range(0, len(data), 37):
        refused(store, io.BytesIO(data[:cut]), "not a whole zip|can't be unpacked|several parts")


def test_a_changed_byte_is_found(store):
    data = bytearray(
        zipped(
            [("journal.jsonl", journal(answered(a_file()))), ("files/text-1/a.txt", b"hello")]
        ).getvalue()
    )
    at = data.find(b"files/text-1/a.txt") + len("files/text-1/a.txt")
    data[at + 1] ^= 0xFF

    refused(store, io.BytesIO(bytes(data)), "can't be unpacked|not the file|larger")


def test_what_is_no_zip_is_a_sentence(store):
    for data in (b"", b"PK", b"hello" * 1000, b"PK\x05\x06" + b"\0" * 18):
        refused(store, io.BytesIO(data), "not a whole zip|no journal.jsonl")


def test_a_zip_without_a_journal_is_no_run(store):
    refused(store, {"readme.txt": "hello"}, "There is no journal.jsonl in it")


def test_a_file_that_is_not_the_one_named_is_refused(store):
    named = journal(answered(a_file()))

    refused(store, {"journal.jsonl": named, "files/text-1/a.txt": "jello"}, "not the file that")
    refused(store, {"journal.jsonl": named, "files/text-1/a.txt": "hello!"}, "larger than it may")


def test_names_that_stand_in_each_other_s_way_are_refused(store):
    for one, other in (("text-1/a", "text-1/a/b"), ("text-1/a", "text-1/A")):
        refused(
            store,
            {"journal.jsonl": journal(answered([a_file(one), a_file(other)]))},
            "can't stand beside each other",
        )


# -- hostile journals -----------------------------------------------------------------------------


def test_a_broken_chain_is_refused_with_its_line_unless_it_is_wanted(store):
    lines = journal(answered("a"), answered("b")).split(b"\n")
    lines[1] = lines[1].replace(b'"a"', b'"x"')
    made = zipped({"journal.jsonl": b"\n".join(lines)})

    refused(store, made, "Line 2: its sum does not match")
    arrival = import_run(store, made, damaged=True)

    run = store.by_name(arrival.run)
    assert run.state().n == 1 and status(run) == "damaged"
    assert "open for reading only" in arrival.said[0]
    assert run.journal.path.read_bytes() == b"\n".join(lines)


def test_a_journal_cut_at_its_end_is_told_by_the_manifest(store, elsewhere, write_flow):
    write_flow("flow", FLOW)
    flow = store.catalog.workflow("flow")
    run = store.open(flow, "k", by="person")
    run.move(moves.answering(flow, "text", "a", by="person"))
    with zipfile.ZipFile(exported(run)) as made:
        entries = {name: made.read(name) for name in made.namelist()}
    entries["journal.jsonl"] = entries["journal.jsonl"].split(b"\n")[0] + b"\n"

    refused(elsewhere, entries, "ends at event 1, and its manifest names 2")


@pytest.mark.parametrize("manifest", ["[]", "{", "{}", '{"cardloom_export": 2}', "[" * 5000])
def test_a_manifest_that_is_none_is_refused(store, manifest):
    refused(store, {**GOOD, "cardloom-run.json": manifest}, "later release|not JSON")


@pytest.mark.parametrize("about", ["[]", "{", "1", "[" * 5000])
def test_an_about_that_is_none_is_refused(store, about):
    refused(store, {**GOOD, "about.json": about}, "not one JSON object|not JSON")


def deep(levels):
    value = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "draft",
    [
        {"type": 1},
        {"type": "answered", "card": {"a": 1}},
        {"type": "answered", "card": ["text"]},
        {"type": "noted", "at": 5},
        {"type": "noted", "at": "yesterday"},
        answered("a", inputs=[1]),
        answered("a", inputs={"a": "1"}),
        answered({"$": 1}),
        answered({"$": "file"}),
        answered(a_file("../../outside")),
        answered(a_file("/etc/passwd")),
        answered(a_file("a.txt")),
        answered(a_file("work-1.part/a.txt")),
        answered(a_file("x\\y/z")),
        answered(a_file(size="5")),
        answered(a_file(sha256=5)),
        answered({"$": "table", "library": "os", "file": "x"}),
        answered({"$": "dict", "v": [1]}),
        answered({"$": "tuple", "v": 5}),
        answered({"$": "dataclass", "v": []}),
        answered(deep(400)),
        {"type": "asked", "card": "text", "question": "x"},
        {"type": "asked", "card": "text", "question": {"kind": "text", "label": {}}},
        {"type": "asked", "card": "text", "question": {"kind": "form", "fields": []}},
        {"type": "asked", "card": "text", "question": {"kind": "text", "label": "x", "lines": "y"}},
        {"type": "asked", "card": "text", "question": {"kind": "choice", "options": [1]}},
        {"type": "asked", "card": "text", "question": {"kind": "system", "label": "x"}},
        {"type": "progressed", "card": "text", "done": "many"},
        {"type": "finished", "card": "text", "value": 1, "seconds": "long"},
        {"type": "finished", "card": "text", "value": 1, "files": [{"path": "x"}]},
        {"type": "rewound", "to": "1"},
        {"type": "rewound", "to": -1},
        {"type": "failed", "card": "text", "error": ["x"], "trace": 5},
        {"type": "wrote", "card": "text", "text": {"a": 1}},
    ],
    ids=lambda draft: json.dumps(draft)[:60],
)
def test_a_journal_that_no_cardloom_wrote_is_refused(store, draft):
    refused(store, {"journal.jsonl": journal(draft)}, "not one of Cardloom's: line 2|Line 2")


@pytest.mark.parametrize(
    "change",
    [
        {"type": "noted"},
        {"workflow": ""},
        {"workflow": 5},
        {"key": ""},
        {"key": "x" * 9_000},
        {"format": 2},
        {"cards": "x"},
        {"cards": [{"name": {}}]},
        {"cards": [*CARDS, *CARDS]},
    ],
    ids=lambda change: json.dumps(change)[:40],
)
def test_a_first_event_that_begins_no_run_is_refused(store, change):
    refused(store, {"journal.jsonl": journal(first={**CREATED, **change})}, "not one of Cardloom's")


def test_an_empty_journal_is_refused(store):
    refused(store, {"journal.jsonl": b""}, "it holds no event")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["$", "v", "path", "file", "kind", "label", "name"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    "type card value inputs code question files started to text note total done seconds error key "
    "cards workflow title held answers from attempt typed trace why by".split()
)
KINDS = st.sampled_from(
    "created asked answered reopened started progressed wrote remembered finished failed cancelled "
    "skipped rewound finalized noted said".split()
)


@given(st.lists(st.dictionaries(FIELDS, json_values, max_size=6), max_size=3), st.lists(KINDS))
@example([{"cards": True}], [])
@example([{"cards": [[], "x", {"question": None}]}], ["finished"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_whatever_stands_in_a_journal_it_is_refused_or_can_be_shown(
    tmp_path_factory, drafts, kinds
):
    """What is taken can be folded, told in every kind of export, and opened again."""
    place = Workspace(tmp_path_factory.mktemp("place")).make()
    store = RunStore(place, Catalog(place.root))
    events = [{"type": "noted", **d} for d in drafts]
    events = [{**d, "type": k} for d, k in zip(events, kinds, strict=False)] + events
    try:
        arrival = import_run(store, zipped({"journal.jsonl": journal(*events)}))
    except BadArchive:
        return
    run = store.by_name(arrival.run)
    assert run.state().n == len(events) + 1
    for kind in ("md", "html", "json", "zip"):
        kind_of(kind).write(run, None, io.BytesIO())
    store.close()


# -- a kill in the middle -------------------------------------------------------------------------


def test_a_killed_import_leaves_no_half_a_run(store, tmp_path, until):
    """Killed as soon as something lies in the stage, again and again: never a part of a run."""
    sizes = 4_000_000
    files = [a_file(f"text-1/{n}.bin", sizes, "") for n in range(8)]
    contents = {}
    for n, file in enumerate(files):
        data = bytes([n]) * sizes
        file["sha256"] = hashlib.sha256(data).hexdigest()
        contents[f"files/text-1/{n}.bin"] = data
    path = tmp_path / "run.zip"
    path.write_bytes(zipped({"journal.jsonl": journal(answered(files)), **contents}).getvalue())
    stage = store.workspace.private / "imports"

    for enough in (1, 3, 6, 9):
        process = subprocess.Popen(
            [sys.executable, "-m", "cardloom", "import", str(path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

        def staged(enough=enough):
            return len(list(stage.glob("*/run/**/*.*"))) >= enough

        until(lambda: staged() or process.poll() is not None)  # noqa: B023
        process.send_signal(signal.SIGKILL)
        process.wait()
        for folder in store.folders():
            assert verify(folder) == (2, [])
            assert len(list(folder.glob("files/text-1/*.bin"))) == 8
        assert len(list(store.workspace.runs.rglob("*.bin"))) in (0, 8)

    with path.open("rb") as file:
        assert import_run(store, file).run == "flow/ada"


def test_a_bare_deflate_error_is_a_sentence(store):
    """Bytes that are no deflate at all, where the header says deflate."""
    good = zipped({"journal.jsonl": b"x" * 1000}).getvalue()
    packed = zlib.compressobj(-1, zlib.DEFLATED, -15)
    body = packed.compress(b"x" * 1000) + packed.flush()
    assert body in good

    refused(store, io.BytesIO(good.replace(body, b"\xff" * len(body))), "can't be unpacked")
