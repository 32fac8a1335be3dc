"""Tabular files in any dress give the same rows; each row is taken or counted with its line."""

import codecs
import csv
import gzip
import io
import subprocess
import sys
import zipfile

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cardloom.tables.errors import TableError
from cardloom.tables.mending import WIDTH
from cardloom.tables.records import BYTES, QUOTE, STRAY
from cardloom.tables.table import open_table

C12 = ("column 1", "column 2")
ROWS = [("Größe", "3,5"), ("a;b|c\td", 'say "so"'), ("two\nlines", "")]


def text_of(delimiter=",", ends="\r\n", rows=(("name", "value"), *ROWS)):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=ends).writerows(rows)
    return text.getvalue()


def zipped(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/") + ".csv", content)
    return packed.getvalue()


@pytest.mark.parametrize("delimiter", [*",;\t|~^", "\x01", "¦"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_delimiters_and_encodings(read, delimiter, encoding):
    found = read(text_of(delimiter).encode(encoding))
    assert (found.names, found.rows, found.rejected) == (("name", "value"), ROWS, {})


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped(folder__table=data)])
def test_packed_files(read, pack):
    assert read(pack(text_of().encode())).rows == ROWS


def test_cp1252_is_told_from_one_bad_byte(read):
    found = read("name;value\nGröße;“quoted”\n".encode("cp1252"))
    assert (found.encoding, found.rows) == ("cp1252", [("Größe", "“quoted”")])
    found = read("name,value\nGröße,é\n?,1\nü,2\n".encode().replace(b"?", b"\xff"))
    assert (found.encoding, found.rows) == ("utf-8", [("Größe", "é"), ("ü", "2")])
    assert found.rejected == {BYTES: (1, (3,))}


@pytest.mark.parametrize(
    ("content", "names", "rows"),
    [
        (b"sep=;\na;b\n1,0;2\n", ("a", "b"), [("1,0", "2")]),
        (b"a,b,\n1,2,\n3,4,\n", ("a", "b"), [("1", "2"), ("3", "4")]),
        (b"a,b\n1,2,\n3,4,\n", ("a", "b"), [("1", "2"), ("3", "4")]),
        (b"a;b\n1;2;\n3;4\n5;6;\n", ("a", "b"), [("1", "2"), ("3", "4"), ("5", "6")]),
        (b"Report, May\nby me\n\na,b,c\nx,y,z\nu,v,w\n", ("a", "b", "c"), [tuple("xyz"), tuple("uvw")]),
        (b"http://a/,http://b/\nhttp://c/,x\n", C12, [("http://a/", "http://b/"), ("http://c/", "x")]),
        (b"1,2\n3,4\n", C12, [("1", "2"), ("3", "4")]),
        (b"'a','b'\n'x,y','1'\n", ("a", "b"), [("x,y", "1")]),
        (b"http://a/ http://b/\nhttp://a/ x\n", C12, [("http://a/", "http://b/"), ("http://a/", "x")]),
        (b"a,b\r1,2\r3,4", ("a", "b"), [("1", "2"), ("3", "4")]),
        (b"a,b\r\n1,2\n3,4\r5,6\n", ("a", "b"), [("1", "2"), ("3", "4"), ("5", "6")]),
        (b"a,a,,a\n1,2,3,4\n", ("a", "a'", "column 3", "a''"), [tuple("1234")]),
        (b"id\n1\n\n2\n", ("id",), [("1",), ("2",)]),
        (b"a,b\n", ("a", "b"), []),
        (b"a,b\n1,\xe2\x80\xa8x\n", ("a", "b"), [("1", "\u2028x")]),
    ],
)  # fmt: skip
def test_headers_and_row_ends(read, content, names, rows):
    found = read(content)
    assert (found.names, found.rows, found.rejected) == (names, rows, {})


@pytest.mark.parametrize(
    ("content", "rows", "rejected"),
    [
        (b'a,b\n1,2\n3,"open\n5,6\n', ["1", "5"], {QUOTE: (1, (3,))}),
        (b'a,b\n3,"open\n' + b"5,6\n" * 3000, ["5"] * 3000, {QUOTE: (1, (2,))}),
        (b'a,b\n3,"op\n5,6\n7,8\n9,cl"\n1,2\n', ["5", "7", "9", "1"], {QUOTE: (1, (2,))}),
        (b'a,b\n3,"o\n' + b"5,6\n" * 3000 + b'7,"o\n5,6\n', ["5"] * 3001, {QUOTE: (2, (2, 3003))}),
        (b'a,b\n1,"2"x\n3,4\n', ["3"], {STRAY: (1, (2,))}),
        (b'a,b\n1,x "quoted" y\n3,4\n', ["1", "3"], {}),
        (b'a,b\n\n"x\ny",2\n1\n5,6,7\n8,9', ["x\ny", "8"], {WIDTH: (2, (5, 6))}),
        (b'a,b\n"x\n\ny",2\n1\n8,9', ["x\n\ny", "8"], {WIDTH: (1, (5,))}),
        (b"a,b\n" + b"1\n" * 7 + b"8,9\n", ["8"], {WIDTH: (7, (2, 3, 4, 5, 6))}),
        (b"a,b\r\n\r\n1\r\n8,9\r\n", ["8"], {WIDTH: (1, (3,))}),
        (b"a,b\n1,\xff\n\xc3\xa9,1\n\xc3\xa9\n8,9\n", ["é", "8"], {BYTES: (1, (2,)), WIDTH: (1, (4,))}),
    ],
)  # fmt: skip
def test_damage_costs_its_own_row_and_is_counted_with_its_line(read, content, rows, rejected):
    found = read(content)
    assert [row[0] for row in found.rows] == rows
    assert found.rejected == rejected


def test_each_row_knows_its_line(read):
    assert read(b'#\nx,y\na,b\n\n1,"2\n3"\nbad\n4,5\n').lines == [3, 5, 8]


# No commas: a line of a cell that looks like a row is taken for one, see `records`.
CELL = st.text(st.sampled_from('ab;"\n\r é'), max_size=6)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=12))
def test_what_the_csv_module_writes_comes_back(read, rows):
    rows = [(f"k{n}", *row) for n, row in enumerate(rows)]
    found = read(text_of(rows=[("key", "one", "two", "three"), *rows]).encode())
    assert (found.rows, found.rejected) == (rows, {})


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(["1,2", "1", "1,2,3", '1,"2', '"1",2', '1,"2"x', '"', "é,2"])))
def test_no_line_is_lost_whatever_is_wrong_with_others(read, lines):
    found = read("\n".join(["a,b", *lines, ""]).encode())
    counted = sum(count for count, _ in found.rejected.values())
    inside = sum(cell.count("\n") for row in found.rows for cell in row)
    assert len(found.rows) + counted + inside == len(lines)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (codecs.BOM_UTF8, "is empty"),
        (b"<!doctype html><p>Sign in", "web page"),
        (b'{"error": 1}', "JSON"),
        (b"%PDF-1.7 ", "PDF"),
        (b"a\0\0\0b", "no text"),
        (gzip.compress(b"a,b\n" * 99, mtime=0)[:-9], "ends too early"),
        (gzip.compress(b"a,b\n" * 99, mtime=0)[:20] + b"\0\1\2" * 9, "damaged"),
        (b"PK\x03\x04rest", "damaged zip"),
        (zipped(one=b"a,b", two=b"a,b"), "a zip of 2 files: one.csv, two.csv"),
        (b"PAR1rest", "Parquet"),
        (b",".join(b"c%d" % n for n in range(600)) + b"\n", "600 columns"),
        (b"a,b\n" + b"x" * 17_000_000, "more than 16 MB"),
        (gzip.compress(b"a,b\n" + b"x" * 60_000_000, mtime=0), "more than 16 MB"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(read, content, said):
    with pytest.raises(TableError, match=said) as caught:
        read(content)
    assert str(caught.value).startswith("table.csv")
    assert str(caught.value).endswith(".")


def test_a_workbook_and_parquet(tmp_path, read):
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>value</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>a,b</t></is></c><c r="B2"><v>12</v></c></row>'
        '<row r="3"><c r="A3" t="b"><v>1</v></c><c r="B3"><v>1.5</v></c></row>'
        "</sheetData></worksheet>"
    )
    main = "http://schemas.openxmlformats.org"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{main}/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{main}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{main}/officeDocument/2006/relationships/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}/spreadsheetml/2006/main" '
        f'xmlns:r="{main}/officeDocument/2006/relationships"><sheets>'
        '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{main}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{main}/officeDocument/2006/relationships/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    found = read(packed.getvalue(), "book.xlsx")
    assert (found.names, found.rows) == (("name", "value"), [("a,b", "12"), ("true", "1.5")])
    path = tmp_path / "made.parquet"
    duckdb.execute(f"COPY (SELECT 'x' AS name, 1 AS value) TO '{path}'")
    found = read(path.read_bytes(), "other.parquet")
    assert (found.names, found.rows) == (("name", "value"), [("x", "1")])


@pytest.mark.parametrize(
    "name", ["a'b.csv", "a*[b]?.csv", "x'); DROP TABLE t0; --.csv", "{a,b}.csv"]
)
def test_a_name_of_a_file_is_never_sql_nor_a_pattern(read, tmp_path, name):
    (tmp_path / "other.csv").write_bytes(b"no,b\n9,9\n")
    found = read(b"\"c0') --\",x\n'; DROP TABLE t0; --,2\n", name)
    assert found.names == ("c0') --", "x")
    assert found.rows == [("'; DROP TABLE t0; --", "2")]


def test_the_database_reads_nothing_else_and_never_the_network(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"a,b\n1,2\n")
    secret = tmp_path / "secret.csv"
    secret.write_bytes(b"a,b\n1,2\n")
    with open_table(tmp_path / "a.csv") as table:
        execute = table.db.connection.execute
        for forbidden in (
            f"SELECT * FROM read_csv('{secret}')",
            "SELECT * FROM read_csv('https://127.0.0.1/x.csv')",
            f"COPY {table.name} TO '{secret}'",
            f"ATTACH '{tmp_path}/x.db'",
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET enable_external_access = true",
            "SET threads = 9",
        ):
            with pytest.raises(duckdb.Error):
                execute(forbidden)
        settings = dict(execute("SELECT name, value FROM duckdb_settings()").fetchall())
    assert settings["autoinstall_known_extensions"] == "false"
    assert settings["autoload_known_extensions"] == "false"
    assert settings["threads"] == "2"


def test_memory_is_bounded_and_more_is_spilled(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write("a,b\n")
        for start in range(0, 600_000, 1000):
            file.write("".join(f"{'x' * 90}{n},{n}\n" for n in range(start, start + 1000)))
    with open_table(path, memory="64MB") as table:
        assert table.count() == 600_000
        query = f"SELECT c0 FROM {table.name} ORDER BY c0 DESC LIMIT 1"
        assert table.db.one(query)[0] == "x" * 90 + "99999"


def test_duckdb_is_loaded_only_where_a_table_is_read():
    code = (
        "import sys, cardloom, cardloom.graph, cardloom.botify, cardloom.crawl, cardloom.web, "
        "cardloom.runs; assert not {'duckdb', '_duckdb', 'python_calamine'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
