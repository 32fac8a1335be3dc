"""What the viewer will load is what the graph was, byte by byte and line by line."""

import gzip
import json
import stat
from itertools import pairwise

import numpy as np
import pytest

from cardloom.graph import (
    GraphError,
    Manifest,
    build_map,
    communities,
    findings,
    layout,
    pagerank,
    read_graph,
    write_buffers,
)

TYPES = {"f32": "<f4", "f64": "<f8", "u8": "<u1", "u16": "<u2", "u32": "<u4", "i32": "<i4"}
XSS = '<img src=x onerror="alert(1)">\r\n</script>\u2028\u202eend\x00'


def read_back(folder):
    told = json.loads((folder / "graph.json").read_text("utf-8"))
    assert (told["format"], told["version"], told["byte_order"]) == ("cardloom-graph", 2, "little")

    def numbers(part):
        content = (folder / part["file"]).read_bytes()
        assert len(content) == part["bytes"]
        return np.frombuffer(content, TYPES[part["type"]])

    def lines(part):
        text = gzip.decompress((folder / part["file"]).read_bytes())
        starts = numbers(part["offsets"])
        assert (len(text), len(starts)) == (part["size"], told["nodes"] + 1)
        return [text[a : b - 1].decode() for a, b in pairwise(starts)]

    columns = {
        column["name"]: (column, (lines if column["kind"] == "text" else numbers)(column))
        for column in told["columns"]
    }
    positions, edges = (numbers(told[name]).reshape(-1, 2) for name in ("positions", "edges"))
    return told, positions, edges, columns, lines(told["urls"]), lines(told["titles"])


def neighbours(folder, told, way):
    part = told[way]
    starts, nodes = (
        np.frombuffer((folder / part[name]["file"]).read_bytes(), "<u4")
        for name in ("offsets", "nodes")
    )
    return [nodes[a:b].tolist() for a, b in pairwise(starts)]


@pytest.fixture
def paths(site, page):
    links = [(page(a), page(b)) for a, b in ["ab", "ac", "ba", "ca", "cd", "dd"]]
    meta = [
        {"id": page("a"), "status": "200", "depth": "0", "title": XSS, "pagetype": "home"},
        {"id": page("b"), "status": "200", "depth": "1", "title": "ünï 🐛", "pagetype": "doc"},
        {"id": page("c"), "status": "301", "depth": "1", "title": "", "pagetype": "doc"},
        {"id": page("e"), "status": "", "depth": "", "title": "orphan", "pagetype": ""},
    ]
    return site(links, meta)


def test_round_trip(paths, tmp_path):
    graph = read_graph(*paths)
    manifest = write_buffers(graph, tmp_path / "map")
    told, positions, edges, columns, urls, titles = read_back(tmp_path / "map")
    assert (told["nodes"], told["links"], told["home"]) == (5, 6, 0)
    assert tuple(urls) == graph.urls
    assert tuple(titles) == graph.titles
    assert sorted(edges.tolist()) == graph.links.tolist()
    out, into = (neighbours(tmp_path / "map", told, way) for way in ("outlinks", "inlinks"))
    assert out == [[1, 2], [0], [0, 3], [3], []]
    assert into == [[1, 2], [0], [0], [2, 3], []]
    assert (told["edges"]["telling"], edges[-1].tolist()) == (5, [3, 3])
    assert told["alone"] == 1
    assert np.array_equal(positions, layout(graph))
    assert np.array_equal(columns["pagerank"][1], pagerank(graph).astype(np.float32))
    assert np.array_equal(columns["status"][1], [200, 200, 301, 0, 0])
    assert np.array_equal(columns["depth"][1], [0, 1, 1, 65_535, 65_535])
    column, kinds = columns["pagetype"]
    assert [column["categories"][kind] for kind in kinds] == ["home", "doc", "doc", "none", "none"]
    assert len(set(columns["community"][1][:4])) == len(set(communities(graph)[:4]))
    assert set(manifest.files) == set((tmp_path / "map").iterdir())
    assert manifest.files[-1].name == "graph.json"


def test_a_hostile_title_stays_one_line(paths, tmp_path):
    write_buffers(read_graph(*paths), tmp_path / "map")
    titles = gzip.decompress((tmp_path / "map" / "titles.txt.gz").read_bytes()).decode()
    assert titles.split("\n")[0] == '<img src=x onerror="alert(1)"> </script> end'
    assert len(titles.splitlines()) == 5


def test_the_same_graph_the_same_bytes(paths, tmp_path):
    for name in ("one", "two"):
        write_buffers(read_graph(*paths), tmp_path / name)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_an_empty_graph_has_all_its_files(site, tmp_path):
    write_buffers(read_graph(*site([], [])), tmp_path / "map")
    told, positions, edges, columns, urls, titles = read_back(tmp_path / "map")
    assert (told["nodes"], told["links"], told["home"]) == (0, 0, None)
    assert (len(positions), len(edges), urls, titles) == (0, 0, [], [])
    assert all(len(values) == 0 for _, values in columns.values())


def test_files_are_for_their_owner_only(paths, tmp_path):
    manifest = write_buffers(read_graph(*paths), tmp_path / "map")
    assert stat.S_IMODE((tmp_path / "map").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in manifest.files} == {0o600}


def test_more_kinds_than_a_legend_can_hold(site, page, tmp_path):
    meta = [{"id": page(n), "pagetype": f"kind {n % 1500}"} for n in range(1600)]
    write_buffers(read_graph(*site([], meta)), tmp_path / "map")
    column, kinds = read_back(tmp_path / "map")[3]["pagetype"]
    assert len(column["categories"]) == 1001
    assert column["categories"][kinds.max()] == "other"
    assert np.bincount(kinds)[1000] == 500


def test_build_map_reports_and_is_the_same_as_its_parts(paths, tmp_path):
    told = []
    links, meta = paths
    manifest = build_map(links, tmp_path / "map", meta, lambda *step: told.append(step))
    assert isinstance(manifest, Manifest)
    assert (manifest.nodes, manifest.links, manifest.folder) == (5, 6, tmp_path / "map")
    done = [done for done, _, _ in told]
    assert (done[0], done[-1], done) == (0, 100, sorted(done))
    assert {total for _, total, _ in told} == {100}
    assert told[-1][2] == "Mapped 5 pages, 6 links"
    graph = read_graph(*paths)
    write_buffers(graph, tmp_path / "parts", findings=findings(graph))
    for file in manifest.files:
        assert file.read_bytes() == (tmp_path / "parts" / file.name).read_bytes()


def test_the_same_links_are_laid_out_once(paths, tmp_path):
    links, meta = paths
    first = build_map(links, tmp_path / "one", meta, cache=tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    moved = np.full(10, 0.5, "<f4")
    kept.write_bytes(moved.tobytes())
    second = build_map(links, tmp_path / "two", meta, cache=tmp_path / "cache")
    assert not np.array_equal(read_back(first.folder)[1].ravel(), moved)
    assert np.array_equal(read_back(second.folder)[1].ravel(), moved)


def test_every_column_of_meta_has_its_type(site, page, tmp_path):
    meta = [
        {
            "id": page(f"{n:02}"),
            "visits": "" if n == 3 else str(n * 10),
            "share": n / 7,
            "seen": f"2026-11-0{n % 9 + 1}",
            "language": "" if n == 1 else ["de", "en", "en"][n % 3],
            "note": f"page {n}, who <b>knows</b>",
            "inlinks": "7",
            "empty": "",
        }
        for n in range(30)
    ]
    write_buffers(read_graph(*site([(page("00"), page("01"))], meta)), tmp_path / "map")
    columns = read_back(tmp_path / "map")[3]
    assert "empty" not in columns
    visits, values = columns["visits"]
    assert (visits["type"], visits["missing"], visits["known"], visits["whole"]) == (
        "u16", 65_535, 29, True,
    )  # fmt: skip
    assert (visits["min"], visits["max"], values[3], values[4]) == (0, 290, 65_535, 40)
    share, values = columns["share"]
    assert (share["type"], share["whole"]) == ("f32", False)
    assert values[14] == 2
    seen, values = columns["seen"]
    assert (seen["kind"], seen["type"], seen["day"]) == ("date", "f64", True)
    assert values[0] == 1_793_491_200  # 2026-11-01
    language, values = columns["language"]
    assert (language["categories"], language["counts"]) == (["en", "de", "none"], [19, 10, 1])
    assert (language["missing"], values[:3].tolist()) == (2, [1, 2, 0])
    assert columns["note"][1][5] == "page 5, who <b>knows</b>"
    assert columns["inlinks"][1][:2].tolist() == [0, 1]


def test_a_map_written_anew_leaves_no_file_of_the_old_one(paths, site, page, tmp_path):
    write_buffers(read_graph(*site([], [{"id": page("a"), "odd": "one"}])), tmp_path / "map")
    (tmp_path / "map" / "mine.txt").write_text("not the map's")
    links, _ = paths
    again = build_map(links, tmp_path / "map")
    there = set((tmp_path / "map").iterdir())
    assert there == {*again.files, tmp_path / "map" / "mine.txt"}


def test_labels_are_spread_and_the_leaders_come_first(site, page, tmp_path):
    pairs = [(page(f"{g}/{n}"), page(f"{g}/0")) for g in "abcd" for n in range(1, 60)]
    write_buffers(read_graph(*site(pairs)), tmp_path / "map")
    told, positions, *_ = read_back(tmp_path / "map")
    order = np.frombuffer((tmp_path / "map" / told["labels"]["file"]).read_bytes(), "<u4")
    levels = told["labels"]["levels"]
    assert sorted(order.tolist()) == list(range(240))
    assert levels == sorted(levels)
    assert levels[-1] == 240
    for level, count in enumerate(levels[:-1]):
        cells = np.floor((positions[order[:count]] + 1) * 4 * 2**level)
        assert len(np.unique(cells, axis=0)) == count
    assert {place["leader"] for place in told["communities"]} == set(order[:4].tolist())


def test_a_report_that_raises_stops_the_work_and_leaves_what_was(paths, tmp_path):
    links, meta = paths
    before = build_map(links, tmp_path / "map", meta).files[-1].read_bytes()

    def stop(done, total, note):
        if done == 88:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_map(links, tmp_path / "map", report=stop)
    assert (tmp_path / "map" / "graph.json").read_bytes() == before


def test_a_bad_file_writes_nothing(tmp_path):
    (tmp_path / "links.csv").write_text("nonsense", encoding="utf-8")
    with pytest.raises(GraphError):
        build_map(tmp_path / "links.csv", tmp_path / "map")
    assert not (tmp_path / "map").exists()
