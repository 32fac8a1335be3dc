"""Lists that other tools export: known by their header, read whatever their form, never guessed at."""

import csv
import gzip

import pytest

from cardloom import graph as graphs

FROG = (
    "\ufeff"
    '"Type","Source","Destination","Size (Bytes)","Alt Text","Anchor","Status Code","Follow"\r\n'
    '"Hyperlink","https://a.example/","https://a.example/two#part","1","","Two, too","200","true"\r\n'
    '"Hyperlink","https://a.example/two","https://b.example/","1","","Out","200","false"\r\n'
    '"Image","https://a.example/","https://a.example/i.png","9","A ""picture""","","200","true"\r\n'
    '"Hyperlink","https://a.example/","mailto:me@a.example","0","","Mail","","true"\r\n'
)


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def written(tmp_path, content, name="theirs.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def links_of(path, **columns):
    sheet = graphs.look_at_links(path)
    target = path.with_name("links.csv")
    found = graphs.take_links(sheet, columns or sheet.columns, target)
    return sheet.tool, rows(target), found


def test_screaming_frogs_links_are_known_and_only_hyperlinks_taken(tmp_path):
    tool, found, taken = links_of(written(tmp_path, FROG))
    assert tool == "Screaming Frog"
    assert found == [
        ["source", "target", "nofollow"],
        ["https://a.example/", "https://a.example/two", "false"],
        ["https://a.example/two", "https://b.example/", "true"],
    ]
    assert taken.rows == 2
    assert taken.left_out == {"Type is not Hyperlink": 1, "not an http or https address": 1}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_form_of_a_table_gives_the_same(tmp_path, delimiter, packed, encoding):
    lines = [
        ("Referring page title", "Referring page URL", "Target URL", "Anchor", "Nofollow"),
        (
            "Größe",
            "https://a.example/ü",
            "https://b.example/?a=1,2;3|4",
            f'"a{delimiter}b"',
            "TRUE",
        ),
    ]
    text = "\r\n".join(delimiter.join(_quoted(cell) for cell in line) for line in lines) + "\r\n"
    content = text.encode(encoding)
    path = written(tmp_path, gzip.compress(content) if packed else content, "theirs.csv.gz")
    tool, found, _ = links_of(path)
    assert tool == "Ahrefs"
    assert found[1:] == [["https://a.example/ü", "https://b.example/?a=1,2;3|4", "true"]]


def _quoted(cell):
    return '"' + cell.strip('"').replace('"', '""') + '"'


def test_a_line_that_names_the_delimiter_is_obeyed(tmp_path):
    path = written(tmp_path, "sep=;\nsource;target\nhttps://a.example/,x;https://a.example/b\n")
    assert links_of(path)[1][1:] == [["https://a.example/,x", "https://a.example/b"]]


def test_what_is_not_known_is_offered_and_taken_as_said(tmp_path):
    path = written(tmp_path, "Von,Nach link,Anker\nhttps://a.example/,https://a.example/b,x\n")
    sheet = graphs.look_at_links(path)
    assert (sheet.tool, sheet.header) == ("", ("Von", "Nach link", "Anker"))
    assert sheet.sample == (("https://a.example/", "https://a.example/b", "x"),)
    assert sheet.columns == {"target": "Nach link"}
    _, found, _ = links_of(path, source="Von", target="Nach link")
    assert found[1:] == [["https://a.example/", "https://a.example/b"]]
    with pytest.raises(graphs.GraphError, match="no column 'Quelle' for source"):
        links_of(path, source="Quelle", target="Nach link")


def test_pages_keep_every_column_and_each_page_once(tmp_path):
    path = written(
        tmp_path,
        "Address,Content Type,Status Code,Status,Title 1,Crawl Depth,Redirect URL,Word Count,depth\n"
        "https://a.example/,text/html,200,OK,Home,0,,120,x\n"
        "https://a.example/b,text/html,301.0,Moved,,1,https://a.example/c,,\n"
        "https://a.example/b#again,,,,,,,,\n"
        "ftp://a.example/,,,,,,,,\n"
        "https://a.example/short\n",
    )
    sheet = graphs.look_at_pages(path)
    assert sheet.tool == "Screaming Frog"
    target = tmp_path / "meta.csv"
    taken = graphs.take_pages(sheet, sheet.columns, target)
    assert taken.rows == 2
    assert taken.left_out == {
        "the same page again": 1,
        "not an http or https address": 1,
        "another number of columns": 1,
    }
    first, second = (dict(zip(rows(target)[0], row, strict=True)) for row in rows(target)[1:])
    assert (first["title"], first["depth"]) == ("Home", "0")
    assert (second["status"], second["redirect_to"]) == ("301", "https://a.example/c")
    assert (first["Word Count"], first["depth (theirs)"]) == ("120", "x")
    links = written(tmp_path, "source,target\nhttps://a.example/,https://a.example/b\n", "l.csv")
    graph = graphs.read_graph(links, target)
    assert graph.urls == ("https://a.example/", "https://a.example/b")
    assert graph.column("Word Count").kind == "number"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "a damaged zip file"),
        (b"a\0\0\0b", "is no text"),
        (b"one column\nhttps://a.example/\n", "no table of links"),
        (b"<!doctype html><html>", "web page"),
        (b"%PDF-1.7", "a PDF"),
        (b"source,target\n" + b"x" * 17_000_000, "more than 16 MB"),
        (gzip.compress(b"source,target\n" * 100, mtime=0)[:-9], "ends too early"),
        (b",".join(b"c%d" % n for n in range(600)) + b"\n", "600 columns"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(tmp_path, content, said):
    with pytest.raises(graphs.GraphError, match=said):
        links_of(written(tmp_path, content))


def test_a_packed_file_that_unfolds_without_end_takes_no_memory(tmp_path):
    path = written(tmp_path, gzip.compress(b"source,target\n" + b"x" * 300_000_000), "bomb.csv.gz")
    with pytest.raises(graphs.GraphError, match="more than 16 MB"):
        links_of(path)
