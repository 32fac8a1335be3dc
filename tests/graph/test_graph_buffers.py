"""What the viewer will load is what the graph was, byte by byte and line by line."""

import json
import stat

import numpy as np
import pytest

from cardloom.graph import (
    GraphError,
    Manifest,
    build_map,
    communities,
    layout,
    pagerank,
    read_graph,
    write_buffers,
)

TYPES = {"f32": "<f4", "u32": "<u4", "u16": "<u2"}
XSS = '<img src=x onerror="alert(1)">\r\n</script>\u2028\u202eend\x00'


def read_back(folder):
    told = json.loads((folder / "graph.json").read_text("utf-8"))
    assert (told["format"], told["version"], told["byte_order"]) == ("cardloom-graph", 1, "little")

    def numbers(part):
        return np.frombuffer((folder / part["file"]).read_bytes(), TYPES[part["type"]])

    def lines(part):
        text = (folder / part["file"]).read_bytes().decode("utf-8")
        return text.split("\n")[:-1]

    columns = {column["name"]: (column, numbers(column)) for column in told["columns"]}
    positions, edges = (numbers(told[name]).reshape(-1, 2) for name in ("positions", "edges"))
    return told, positions, edges, columns, lines(told["urls"]), lines(told["titles"])


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
    assert np.array_equal(edges, graph.links)
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
    titles = (tmp_path / "map" / "titles.txt").read_text("utf-8")
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
    assert [done for done, _, _ in told] == [0, 1, 2, 3, 4, 5]
    assert {total for _, total, _ in told} == {5}
    assert told[-1][2] == "Mapped 5 pages, 6 links"
    write_buffers(read_graph(*paths), tmp_path / "parts")
    for file in manifest.files:
        assert file.read_bytes() == (tmp_path / "parts" / file.name).read_bytes()


def test_a_report_that_raises_stops_the_work_and_leaves_what_was(paths, tmp_path):
    links, meta = paths
    before = build_map(links, tmp_path / "map", meta).files[-1].read_bytes()

    def stop(done, total, note):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_map(links, tmp_path / "map", report=stop)
    assert (tmp_path / "map" / "graph.json").read_bytes() == before


def test_a_bad_file_writes_nothing(tmp_path):
    (tmp_path / "links.csv").write_text("nonsense", encoding="utf-8")
    with pytest.raises(GraphError):
        build_map(tmp_path / "links.csv", tmp_path / "map")
    assert not (tmp_path / "map").exists()
