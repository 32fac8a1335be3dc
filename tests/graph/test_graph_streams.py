"""Packed and plain files of any size are read alike, in little memory, or refused in a sentence."""

import gzip
import tracemalloc

import numpy as np
import pytest

from cardloom.graph import GraphError, read_graph, swap_header

ROWS = "".join(f"http://a/{n},http://a/{n * 7 % 50_000}\r\n" for n in range(50_000))
LINKS = ("source,target\r\n" + ROWS).encode()


def test_a_packed_file_is_read_like_a_plain_one_whatever_its_name(tmp_path):
    plain, packed, two = (tmp_path / name for name in ("a.csv", "b.csv", "c.csv"))
    plain.write_bytes(LINKS)
    packed.write_bytes(gzip.compress(LINKS))
    middle = len(LINKS) // 2
    two.write_bytes(gzip.compress(LINKS[:middle]) + gzip.compress(LINKS[middle:]) + b"\0" * 512)
    first, *others = (read_graph(path) for path in (plain, packed, two))
    assert len(first.links) == 50_000
    for other in others:
        assert other.urls == first.urls
        assert np.array_equal(other.links, first.links)


def test_a_row_with_quotes_among_a_hundred_thousand(tmp_path):
    odd = '"http://a/x,y","http://a/""z"""\r\n'
    (tmp_path / "links.csv").write_bytes(LINKS + odd.encode() + ROWS.encode())
    graph = read_graph(tmp_path / "links.csv")
    pair = (graph.urls.index("http://a/x,y"), graph.urls.index('http://a/"z"'))
    assert [list(pair)] == graph.links[graph.links[:, 0] == pair[0]].tolist()
    assert len(graph.links) == 50_001


def test_columns_in_another_order_with_others_between(tmp_path):
    text = 'target,anchor,source\nhttp://a/2,two,http://a/1\nhttp://a/1,"one, more",http://a/3\n'
    (tmp_path / "links.csv").write_text(text)
    graph = read_graph(tmp_path / "links.csv")
    assert [(graph.urls[a][-1], graph.urls[b][-1]) for a, b in graph.links] == [
        ("1", "2"),
        ("3", "1"),
    ]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: data[:-20], "ends too early"),
        (lambda data: data[:100] + b"\0\1\2\3" + data[104:], "damaged"),
        (lambda data: data + b"rubbish", "damaged"),
    ],
)
def test_a_damaged_packed_file_is_a_sentence(tmp_path, damage, said):
    path = tmp_path / "links.csv.gz"
    path.write_bytes(damage(gzip.compress(LINKS)))
    with pytest.raises(GraphError, match=said):
        read_graph(path)


def test_a_file_that_unfolds_to_a_thousand_times_its_size_takes_little_memory(tmp_path):
    row = b"http://a/1,http://a/2\n"
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"source,target\n" + row * 4_000_000, 9))  # 88 MB
    tracemalloc.start()
    written = swap_header(path, tmp_path / "flat.csv", ("from", "to"))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert written > 80_000_000
    assert most < 12_000_000


def test_one_endless_line_is_refused_and_not_held(tmp_path):
    path = tmp_path / "links.csv.gz"
    path.write_bytes(gzip.compress(b"source,target\n" + b"x" * 60_000_000, 9))
    with pytest.raises(GraphError, match="a line of more than 16 MB"):
        read_graph(path)


def test_the_header_is_swapped_and_nothing_else(tmp_path):
    source, target = tmp_path / "export.csv.gz", tmp_path / "links.csv"
    source.write_bytes(gzip.compress(b"\xef\xbb\xbfURL,Linked URL\r\n" + ROWS.encode()))
    assert swap_header(source, target, ("source", "target")) == len(LINKS)
    assert target.read_bytes() == LINKS
    with pytest.raises(GraphError, match=r"export\.csv\.gz has 2 columns, and 3 names are given"):
        swap_header(source, target, ("a", "b", "c"))
