"""Two CSV files, kind or hostile, become a graph or one sentence that names the line."""

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cardloom.graph import Graph, GraphError, read_graph
from cardloom.tables.text import clean_text


def linked(graph: Graph) -> set[tuple[str, str]]:
    return {(graph.urls[a], graph.urls[b]) for a, b in graph.links}


def test_a_small_site(site, page):
    home, about, lost = page(""), page("docs/about"), page("docs/lost")
    graph = read_graph(
        *site(
            [(home, about), (about, home), (about, lost), (about, about)],
            [
                {"id": home, "status": "200", "depth": "0", "title": "Home", "pagetype": "home"},
                {"id": about, "status": "200", "depth": "1", "title": "", "pagetype": "doc"},
                {"id": lost, "status": "404", "depth": "", "title": "Gone", "pagetype": ""},
            ],
        )
    )
    assert graph.urls == (home, about, lost)
    assert linked(graph) == {(home, about), (about, home), (about, lost), (about, about)}
    assert graph.titles == ("Home", "", "Gone")
    assert graph.pagetypes == ("home", "doc", "")
    assert graph.status.tolist() == [200, 200, 404]
    assert graph.depth.tolist() == [0, 1, 65_535]
    assert graph.home == 0
    assert len(graph) == 3


def test_links_alone_give_depth_and_folders(site, page):
    home, a, b = page(""), page("docs/a"), page("docs/b?x=/y/")
    graph = read_graph(*site([(home, a), (a, b), (page("blog/lone"), home)]))
    by_url = dict(zip(graph.urls, zip(graph.depth, graph.pagetypes, strict=True), strict=True))
    assert by_url[home] == (0, "")
    assert by_url[a] == (1, "docs")
    assert by_url[b] == (2, "docs")
    assert by_url[page("blog/lone")] == (65_535, "blog")
    assert not graph.status.any()


def test_pages_only_meta_knows_and_links_that_stand_twice(site, page):
    paths = site(
        [(page("a"), page("b")), (page("a"), page("b"))],
        [{"id": page("orphan"), "title": "Alone"}],
    )
    graph = read_graph(*paths)
    assert graph.urls == (page("a"), page("b"), page("orphan"))
    assert graph.links.tolist() == [[0, 1]]
    assert graph.titles == ("", "", "Alone")


def test_no_rows_no_pages(site):
    graph = read_graph(*site([], []))
    assert len(graph) == 0
    assert graph.links.shape == (0, 2)
    assert graph.home is None


def test_urls_of_other_scripts_are_kept_as_they_are(site):
    url, other = "https://例え.jp/ページ?q=🐛", 'https://example.org/%E3%81%82,"x"'
    assert linked(read_graph(*site([(url, other)]))) == {(url, other)}


def test_a_byte_order_mark_and_other_line_ends(tmp_path):
    path = tmp_path / "links.csv"
    path.write_bytes(b"\xef\xbb\xbfsource,target\nhttp://a/,http://b/\n\nhttp://b/,http://a/")
    assert len(read_graph(path).links) == 2


def test_columns_of_meta_in_any_order_with_others_between(site, page):
    row = {"bytes": "7", "title": "A", "x": "y", "id": page("a"), "status": "-105", "depth": "2.0"}
    graph = read_graph(*site([(page("a"), page("b"))], [row]))
    assert (graph.titles[0], graph.status[0], graph.depth[0]) == ("A", 0, 2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"anchor\r\n", "line 1: the header should be source,target"),
        (b"from,to\r\n", "line 1: the header should be source,target but is ['from', 'to']"),
        (b"source,target\r\nhttp://a/\r\n", "line 2: this row has 1 fields, the header 2"),
        (
            b"source,target\r\nhttp://a/,http://b/,x\r\n",
            "line 2: this row has 3 fields, the header 2",
        ),
        (b"source,target\r\nhttp://a/,/b\r\n", "line 2: '/b' is not an absolute"),
        (b"source,target\r\nhttp://a/,javascript:alert(1)\r\n", "line 2: 'javascript:alert(1)'"),
        (b"source,target\r\nhttp://a/,http://b/\x00\r\n", "line 2: 'http://b/\\x00'"),
        (b'source,target\r\nhttp://a/,"http://b/\nx"\r\n', "line 2: 'http://b/\\nx'"),
        (
            b'source,target\r\nhttp://a/,"http://b/\r\n',
            "line 2: a quote is opened in line 2 and never closed",
        ),
        (b'source,target\r\nhttp://a/,"http://b/"x\r\n', "line 2: a quote in the middle of a cell"),
        (
            b"source,target\r\nhttp://a/,http://b/\r\nhttp://a/,http://\xff/\r\n",
            "line 3: not UTF-8",
        ),
    ],
)
def test_a_malformed_row_is_a_sentence_that_names_the_line(tmp_path, content, said):
    path = tmp_path / "links.csv"
    path.write_bytes(content)
    with pytest.raises(GraphError) as caught:
        read_graph(path)
    assert str(caught.value).startswith("links.csv, line ")
    assert said in str(caught.value)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("url,title\r\n", "line 1: the header should name id"),
        ("id,title,title\r\n", "line 1: the header should name id, and each column once"),
        ("id,title\r\nhttp://a/\r\n", "line 2: this row has 1 fields, the header 2"),
        ("id,title\r\nhttp://a/,x\r\nhttp://a/,y\r\n", "line 3: 'http://a/' stood in line 2"),
        ("id,status\r\nhttp://a/,fine\r\n", "line 2: status should be a number but is 'fine'"),
        ("id,depth\r\nhttp://a/,1e999\r\n", "line 2: depth should be a number"),
        ("id,title\r\ndata:text/html,x\r\n", "line 2: "),
    ],
)
def test_a_malformed_meta_row_too(site, tmp_path, rows, said):
    (links,) = site([])
    meta = tmp_path / "meta.csv"
    meta.write_text(rows, encoding="utf-8", newline="")
    with pytest.raises(GraphError, match=r"meta\.csv, line") as caught:
        read_graph(links, meta)
    assert said in str(caught.value)


def test_a_title_of_megabytes_is_cut(site, page):
    paths = site([], [{"id": page("a"), "title": "<b>" + "x" * 3_000_000}])
    (title,) = read_graph(*paths).titles
    assert title == "<b>" + "x" * 297


@given(st.text())
def test_clean_text_is_one_line_without_marks_that_turn_it(text):
    clean = clean_text(text)
    assert len(clean) <= 300
    assert clean == clean.strip()
    assert not any(c < " " or c in "\x7f\x85\u2028\u2029\u202e\u2066" for c in clean)
    assert len(clean.splitlines()) <= 1
    assert clean_text(clean) == clean


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_rows_does_not_matter(site, page, pairs, shuffler: random.Random):
    links = [(page(a), page(b)) for a, b in pairs]
    first = read_graph(*site(links))
    shuffler.shuffle(links)
    second = read_graph(*site(links))
    assert first.urls == second.urls
    assert linked(first) == set(links)
    assert np.array_equal(first.links, second.links)
    assert (first.home, first.depth.tolist()) == (second.home, second.depth.tolist())
