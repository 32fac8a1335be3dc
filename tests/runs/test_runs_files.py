"""The files of a run: written apart, published whole, named safely, found again."""

import dataclasses
import hashlib
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardloom.engine import File, Unstorable, decode
from cardloom.errors import Missing, NotFound
from cardloom.runs import CardFiles, Files, safe_name


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path / "files")


@pytest.fixture
def card(files):
    return CardFiles(files, "links", 14)


def test_files_are_published_together_and_found_by_name(files, card):
    path = card.file("links.csv")
    path.write_bytes(b"source,target\n")
    card.file("graph/nodes.bin").write_bytes(b"12")
    with pytest.raises(NotFound):
        files.find("links-14/links.csv")  # not before the card has finished
    stored = card.encode([path, "text"])
    published = card.publish()
    digest = hashlib.sha256(b"source,target\n").hexdigest()
    named = {"$": "file", "path": "links-14/links.csv", "size": 14, "sha256": digest}
    assert stored == [named, "text"]
    assert [f["path"] for f in published] == ["links-14/graph/nodes.bin", "links-14/links.csv"]
    assert published[1] == named
    assert files.find("links-14/links.csv").read_bytes() == b"source,target\n"
    assert decode(stored, {}, files.fetch) == [files.root / "links-14/links.csv", "text"]
    assert not path.exists()


def test_a_file_of_an_earlier_card_may_be_returned_again(files, card):
    card.file("a.csv").write_text("a")
    card.publish()
    later = CardFiles(files, "meta", 20)
    stored = later.encode(files.root / "links-14" / "a.csv")
    assert stored["path"] == "links-14/a.csv"


def test_a_path_elsewhere_stays_a_path(card, tmp_path):
    assert card.encode(tmp_path / "x.csv") == {"$": "path", "v": str(tmp_path / "x.csv")}


def test_a_file_that_was_never_written_is_said(card):
    path = card.file("a.csv")
    with pytest.raises(Unstorable, match=r"a\.csv was returned and never written"):
        card.encode(path)
    folder = card.file("graph/x").parent
    with pytest.raises(Unstorable, match=r"graph is a folder\. Return the files in it"):
        card.encode(folder)


def test_an_interrupted_cards_files_are_there_for_the_next_attempt(files):
    first = CardFiles(files, "crawl", 5)
    first.file("crawl.db").write_text("half")
    second = CardFiles(files, "crawl", 9)
    second.begin(5, go_on=True)
    assert second.file("crawl.db").read_text() == "half"
    second.publish()
    assert files.find("crawl-9/crawl.db").read_text() == "half"


@dataclasses.dataclass
class Page:
    url: str
    depth: tuple


@pytest.mark.parametrize("size", [3, 30_000])
def test_a_large_value_goes_to_a_file_and_comes_back_the_same(files, card, size):
    value = {"pages": [Page(f"/{i} \ud800 ü", (i, 1.5)) for i in range(size)], (1, 2): {3}}
    stored = card.encode(value)
    card.publish()
    assert (stored["$"] == "stored") == (size > 3)
    assert len(json.dumps(stored)) < 256_000
    assert decode(stored, {"Page": Page}, files.fetch) == value


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("links.csv", "links.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.csv", "x.csv"),
        ("a\0b\n.csv", "a_b_.csv"),
        (".hidden", "hidden"),
        ("..", "file"),
        ("", "file"),
        ("trailing. ", "trailing"),
        ('q"<>|?*:.txt', "q_______.txt"),
        ("half \ud800.csv", "half _.csv"),
        ("é.tar.gz", "é.tar.gz"),
    ],
)
def test_names_are_made_safe(name, safe):
    assert safe_name(name) == safe


@given(st.text(st.characters(codec=None), max_size=400))
def test_any_name_is_one_visible_file_of_this_folder(name):
    safe = safe_name(name)
    assert safe == Path(safe).name
    assert 0 < len(safe.encode("utf-8")) <= 120
    assert not safe.startswith(".")
    assert safe.isprintable()


@given(st.text(st.characters(codec=None), max_size=60))
def test_no_name_leads_out_of_the_cards_folder(tmp_path_factory, name):
    card = CardFiles(Files(tmp_path_factory.mktemp("files")), "links", 3)
    try:
        path = card.file(name)
    except ValueError:
        return
    assert path.resolve().is_relative_to(card.part.resolve())
    assert path.parent.is_dir()


@pytest.mark.parametrize("name", ["", "../x", "a/../../x", ".", "/", "a/b/c/d/e/f/g/h/i"])
def test_a_name_that_can_be_none(card, name):
    with pytest.raises(ValueError, match="can't be a file's name here"):
        card.file(name)


@pytest.mark.parametrize(
    "shown",
    [
        "../journal.jsonl",
        "links-14/../../journal.jsonl",
        "/etc/passwd",
        "links-14",
        "",
        "nowhere/x",
        "a\0b",
        "links-20.part/half.csv",
        "links-14/../links-20.part/half.csv",
        "x" * 5000,
        "half \ud800",
    ],
)
def test_nothing_outside_and_nothing_unfinished_is_found(files, card, tmp_path, shown):
    (tmp_path / "journal.jsonl").write_text("x")
    card.file("links.csv").write_text("x")
    card.publish()
    CardFiles(files, "links", 20).file("half.csv").write_text("x")
    with pytest.raises(NotFound, match="There is no file"):
        files.find(shown)


@pytest.mark.parametrize("name", ["report.partial.csv", "film.part", "a.part/b.csv"])
def test_a_published_file_may_be_called_part(files, card, name):
    card.file(name).write_text("x")
    card.publish()
    assert files.find(f"links-14/{name}").read_text() == "x"


def test_a_link_that_leads_out_is_not_followed(files, card, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    card.file("a.csv").write_text("x")
    card.publish()
    (files.root / "links-14" / "link").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(NotFound):
        files.find("links-14/link")


def test_two_names_that_would_be_one_file_are_refused(files):
    card = CardFiles(files, "links", 14)
    card.file("rows/a?.csv").write_text("first")
    card.file("rows/a?.csv").write_text("first, again")
    with pytest.raises(ValueError, match=r"'rows/a\?\.csv' and 'rows/a\*\.csv' would be the same"):
        card.file("rows/a*.csv")
    assert (card.part / "rows" / "a_.csv").read_text() == "first, again"


def test_an_upload_is_kept_once_under_a_safe_name(files):
    taken = files.take("../my data.csv", io.BytesIO(b"a,b\n").read, "data", 100)
    assert (taken.name, taken.size) == ("my data.csv", 4)
    assert taken.sha256 == hashlib.sha256(b"a,b\n").hexdigest()
    assert files.find(taken.path).read_bytes() == b"a,b\n"
    assert files.find(taken.path).stat().st_mode & 0o777 == 0o600
    assert files.take("../my data.csv", io.BytesIO(b"a,b\n").read, "data", 100) == taken
    assert len(list(files.root.iterdir())) == 1


def test_the_same_bytes_under_another_name_are_found_under_it(files):
    one = files.take("one.csv", io.BytesIO(b"a").read, "data", 100)
    two = files.take("two.csv", io.BytesIO(b"a").read, "data", 100)
    assert [files.find(f.path).read_bytes() for f in (one, two)] == [b"a", b"a"]


def test_an_upload_that_is_too_large_leaves_nothing(files):
    with pytest.raises(Missing, match=r"big\.bin is larger than the 10 bytes"):
        files.take("big.bin", io.BytesIO(b"x" * 11).read, "data", 10)
    assert list(files.root.iterdir()) == []


@pytest.mark.parametrize("path", ["/etc/passwd", "../../secret", "a/../../x", ".."])
def test_a_journal_from_elsewhere_names_no_file_outside(files, path):
    file = {"$": "file", "path": path, "size": 1, "sha256": ""}
    for stored in (
        file,
        {"$": "stored", "file": file},
        {"$": "table", "file": file, "library": ""},
    ):
        with pytest.raises(ValueError, match="which is no file of this run"):
            decode(stored, {}, files.fetch)


def test_other_inputs_get_nothing_of_what_an_earlier_attempt_wrote(files):
    CardFiles(files, "crawl", 5).file("crawl.db").write_text("half")
    second = CardFiles(files, "crawl", 9)
    second.begin(5, go_on=False)
    assert not second.file("crawl.db").exists()
    assert [p.name for p in files.root.iterdir()] == ["crawl-9.part"]


def test_a_number_that_comes_again_after_a_repair_overwrites_nothing(files):
    first = CardFiles(files, "crawl", 5)
    first.file("a.csv").write_text("first")
    first.publish()
    again = CardFiles(files, "crawl", 5)
    again.begin(0, go_on=False)
    again.file("a.csv").write_text("second")
    again.publish()
    assert files.find("crawl-5/a.csv").read_text() == "second"
    assert [p.read_text() for p in files.root.glob("crawl-5.before-*/a.csv")] == ["first"]


def test_a_kind_of_stored_value_that_is_not_known(files):
    with pytest.raises(ValueError, match="of kind 'pickle'"):
        decode({"$": "pickle", "v": ""}, {}, files.fetch)
    assert decode({"$": "file", "path": "x", "size": 1, "sha256": ""}) == File("x", 1, "")
