"""Other tools' tables become ours: what can't be taken is counted with its line, or refused."""

import csv

import pytest

from cardloom import graph as graphs

A, B = "https://a.example/", "https://a.example/b"


@pytest.fixture
def take(tmp_path):
    def take_it(content, kind="links", **columns):
        path = tmp_path / "theirs.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        look = graphs.look_at_links if kind == "links" else graphs.look_at_pages
        taker = graphs.take_links if kind == "links" else graphs.take_pages
        sheet = look(path)
        taken = taker(sheet, columns or sheet.columns, tmp_path / "ours.csv")
        with (tmp_path / "ours.csv").open(encoding="utf-8", newline="") as file:
            return taken, list(csv.DictReader(file))

    return take_it


def test_a_quote_that_is_not_closed_costs_one_row_of_two_thousand(take):
    rows = [f"Hyperlink,{A},{A}p{n},text,true" for n in range(2000)]
    rows[1] = f'Hyperlink,{A},{A}p1,"Best hats,true'
    taken, found = take("\r\n".join(["Type,Source,Destination,Anchor,Follow", *rows, ""]))
    assert (taken.rows, len(found)) == (1999, 1999)
    assert taken.left_out == {"a quote that is opened and not closed": 1}
    assert taken.lines == {"a quote that is opened and not closed": (3,)}


def test_every_row_is_taken_or_counted_with_its_lines(take):
    content = (
        f"# by a tool\n\nsource,target\n{A},{B}\n\n{A},mailto:x\n{A}\n{A}#top, {B} \n{A},b\n{A},\n"
    )
    taken, found = take(content)
    assert [(row["source"], row["target"]) for row in found] == [(A, B), (A, B)]
    assert taken.left_out == {"not an http or https address": 3, "another number of columns": 1}
    assert taken.lines["not an http or https address"] == (6, 9, 10)
    assert taken.lines["another number of columns"] == (7,)


def test_weights_are_kept_and_what_is_none_is_said(take):
    taken, found = take(f"Source;Target;Weight\n{A};{B};1.5\n{B};{A};3\n{B};{B};many\n")
    assert [row["weight"] for row in found] == ["1.5", "3", ""]
    assert "kept in links.csv" in taken.notes[0]
    assert any("'many' is no number" in note and "line 4" in note for note in taken.notes)
    _, found = take(f"Source;Target;Weight\n{A};{B};1.200,5\n{B};{A};3\n")
    assert [float(row["weight"]) for row in found] == [1200.5, 3]


def test_german_numbers_are_told_from_the_whole_file(take):
    text = f"URL;HTTP-Status;Titel;Klicks;Ladezeit\n{A};200 OK;Start;1.234;0,35\n{B};301;A;17;1,2\n"
    taken, found = take(text, "pages", id="URL", status="HTTP-Status", visits="Klicks")
    assert [(row["status"], row["visits"], row["Ladezeit"]) for row in found] == [
        ("200", "1234", "0.35"),
        ("301", "17", "1.2"),
    ]
    assert taken.notes == ("Klicks: 1.234 is read as 1234.", "Ladezeit: 0,35 is read as 0.35.")


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["1,234.5", "7"], ["1234.5", "7"]),
        (["1,234,567", "7"], ["1234567", "7"]),
        (["1.234.567", "7"], ["1234567", "7"]),
        (["12,5 %", "7 %"], ["12.5", "7"]),
        (["1 234 567,5", "7"], ["1234567.5", "7"]),
        (["1'234.50", "7"], ["1234.50", "7"]),
        (["1.234", "7"], ["1.234", "7"]),  # both can be meant: it stays
        (["1.5", "1,5"], ["1.5", "1,5"]),
        (["0815", "1,5"], ["0815", "1,5"]),
        (["1.2.3", "7"], ["1.2.3", "7"]),
        (["2026-01-02", "7"], ["2026-01-02", "7"]),
    ],
)
def test_spellings_of_numbers(take, cells, read):
    text = "url\tn\n" + "".join(f"{url}\t{cell}\n" for url, cell in zip((A, B), cells, strict=True))
    _, found = take(text, "pages", id="url")
    assert [row["n"] for row in found] == read


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("200", "200"),
        ("200.0", "200"),
        ("404 Not Found", "404"),
        ("HTTP/1.1 301 Moved", "301"),
        ("-105", "-105"),
        ("", ""),
    ],
)
def test_a_status_in_words(take, cell, status):
    taken, found = take(f"url,code\n{A},{cell}\n", "pages", id="url", status="code")
    assert (found[0]["status"], taken.notes) == (status, ())


def test_a_status_that_is_none_is_said(take):
    taken, found = take(f"url,code\n{A},fine\n{B},ok\n", "pages", id="url", status="code")
    assert [row["status"] for row in found] == ["", ""]
    assert taken.notes == ("code: 2 cells stay empty, the first in line 2: 'fine' is no status.",)


def test_a_table_without_a_header_is_asked_about(take, tmp_path):
    (tmp_path / "bare.csv").write_text(f"{A},{B}\n{B},{A}\n")
    sheet = graphs.look_at_links(tmp_path / "bare.csv")
    assert (sheet.tool, sheet.header, sheet.columns) == ("", ("column 1", "column 2"), {})
    taken, _ = take(f"{A},{B}\n{B},{A}\n", source="column 1", target="column 2")
    assert taken.rows == 2


def test_other_forms_of_a_file(take, tmp_path):
    for content in (
        f"source;target\r\n{A};{B};\r\n".encode("utf-16-le"),
        f"Größe;source;target\n1;{A};{B}\n".encode("cp1252"),
    ):
        taken, found = take(content)
        assert [(row["source"], row["target"]) for row in found] == [(A, B)]
        assert not taken.left_out
