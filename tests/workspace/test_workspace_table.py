"""The index of runs as a table: what it finds, and that a spoilt file is begun anew."""

import dataclasses
import sqlite3

import pytest

from cardloom.workspace.table import Index, Query, Row, Spoilt

BLANK = Row("bridge/x", "bridge", "x", "The Bridge", "", (), "done", 1, 4, "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z", False, "", 10, 20, 0, "v")  # fmt: skip


def row(name, **facts):
    workflow, _, key = name.partition("/")
    return dataclasses.replace(BLANK, name=name, workflow=workflow, key=key, **facts)


@pytest.fixture
def index(tmp_path):
    made = Index(tmp_path / "index.sqlite")
    yield made
    made.close()


@pytest.fixture
def filled(index):
    index.keep(
        [
            row("bridge/ada", tags=("client", "good"), title="The first", changed="2026-03-03"),
            row("bridge/bob", status="waiting", changed="2026-03-01", created="2026-02-09"),
            row("chain/ada", archived=True, changed="2026-03-05", tags=("good",)),
            row("chain/Straße 100%", status="stopped", changed="2026-03-04"),
        ]
    )
    return index


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["chain/Straße 100%", "bridge/ada", "bridge/bob"]),
        ({"archived": "yes"}, ["chain/ada"]),
        ({"archived": "all", "workflow": "chain"}, ["chain/ada", "chain/Straße 100%"]),
        ({"status": "waiting"}, ["bridge/bob"]),
        ({"tag": "good"}, ["bridge/ada"]),
        ({"tag": "goo"}, []),
        ({"search": "FIRST ada"}, ["bridge/ada"]),
        ({"search": "client"}, ["bridge/ada"]),
        ({"search": "strasse"}, ["chain/Straße 100%"]),
        ({"search": "0%"}, ["chain/Straße 100%"]),
        ({"search": "_"}, []),
        ({"search": "' OR 1=1 --"}, []),
        ({"since": "2026-03-02"}, ["chain/Straße 100%", "bridge/ada"]),
        ({"until": "2026-03-03"}, ["bridge/bob"]),
        ({"sort": "oldest"}, ["bridge/bob", "bridge/ada", "chain/Straße 100%"]),
        ({"sort": "begun"}, ["bridge/bob", "bridge/ada", "chain/Straße 100%"]),
        ({"sort": "name"}, ["bridge/bob", "chain/Straße 100%", "bridge/ada"]),
        ({"sort": "; DROP TABLE runs"}, ["chain/Straße 100%", "bridge/ada", "bridge/bob"]),
    ],
)
def test_a_query_finds_its_rows_in_its_order(filled, query, found):
    assert [r.name for r in filled.find(Query(**query))] == found
    assert filled.count(Query(**query)) == len(found)


def test_a_row_comes_back_as_it_went_in(index):
    told = row("bridge/ada", tags=("a", "b c"), title="T\n'\"", archived=True, trouble="Left out.")
    index.keep([told])
    assert index.find(Query(archived="all")) == [told]
    index.keep([row("bridge/ada")])
    assert index.find(Query(archived="all")) == [row("bridge/ada")]
    index.drop(["bridge/ada"])
    assert index.find(Query(archived="all")) == []


def test_half_a_character_is_no_reason_to_fail(index):
    index.keep([row("bridge/x", title="half \ud83d")])
    assert index.find(Query(search="\ud83d half"))[0].title == "half ?"


def test_pages_share_no_row_and_miss_none(index):
    index.keep([row(f"bridge/{n:03}") for n in range(120)])
    pages = [index.find(Query(), most=50, skip=skip) for skip in (0, 50, 100)]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len({r.name for page in pages for r in page}) == 120


def test_two_processes_share_the_file(tmp_path, filled):
    other = Index(tmp_path / "index.sqlite")
    assert other.count(Query()) == 3
    other.keep([row("bridge/cyd")])
    assert filled.count(Query()) == 4
    other.close()


@pytest.mark.parametrize(
    "content", [b"", b"not a table at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_file_that_is_no_table_is_begun_anew(tmp_path, content):
    path = tmp_path / "index.sqlite"
    path.write_bytes(content)
    index = Index(path)
    assert index.count(Query()) == 0
    assert index.fresh
    index.keep([row("bridge/ada")])
    assert index.count(Query()) == 1
    index.close()


@pytest.mark.parametrize(
    "spoil",
    [
        "PRAGMA user_version = 999",
        "DROP TABLE runs",
        "ALTER TABLE runs RENAME COLUMN title TO other",
    ],
)
def test_a_table_of_another_version_is_begun_anew(tmp_path, filled, spoil):
    filled.close()
    with sqlite3.connect(tmp_path / "index.sqlite") as other:
        other.execute(spoil)
    other.close()
    assert filled.count(Query()) == 0


def test_a_row_of_other_types_is_spoilt_and_the_next_question_is_answered(tmp_path, filled):
    with sqlite3.connect(tmp_path / "index.sqlite") as other:
        other.execute("UPDATE runs SET settled = 'many' WHERE name = 'bridge/ada'")
    other.close()
    with pytest.raises(Spoilt):
        filled.find(Query())
    assert filled.find(Query()) == []


def test_pages_of_the_file_torn_out_in_the_middle(tmp_path, filled):
    filled.keep([row(f"bridge/{n}" + "x" * 500) for n in range(300)])
    path = tmp_path / "index.sqlite"
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    filled.close()
    path.write_bytes(data)
    with pytest.raises(Spoilt):
        filled.find(Query())
    filled.keep([row("bridge/ada")])
    assert filled.count(Query()) == 1


def test_the_file_deleted_in_the_middle(tmp_path, filled):
    (tmp_path / "index.sqlite").unlink()
    assert filled.count(Query()) == 0
    assert filled.fresh
    filled.keep([row("bridge/ada")])
    assert (tmp_path / "index.sqlite").exists()


def test_where_no_file_can_be_it_is_kept_in_memory(tmp_path):
    (tmp_path / "index.sqlite").mkdir()
    index = Index(tmp_path / "index.sqlite")
    index.keep([row("bridge/ada")])
    assert index.count(Query()) == 1
    index.close()
