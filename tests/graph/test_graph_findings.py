"""Each finding names the pages it means and no others; what its columns cannot tell is not said."""

import pytest

from cardloom.graph import findings, read_graph


@pytest.fixture
def found(site, page):
    """Findings by name, of pages by name: links as pairs, and rows of meta by page."""

    def look(pairs, meta=None):
        rows = None
        if meta is not None:
            columns = dict.fromkeys(key for row in meta.values() for key in row)
            rows = [
                {"id": page(name)} | {key: row.get(key, "") for key in columns}
                for name, row in meta.items()
            ]
        graph = read_graph(*site([(page(a), page(b)) for a, b in pairs], rows))
        made = {finding.name: finding for finding in findings(graph)}
        for finding in made.values():
            assert len(finding.rows) == len(finding.row_nodes) <= finding.total
            assert all(len(row) == len(finding.columns) for row in finding.rows)
            assert finding.sentence.endswith(".")
        names = {
            name: {graph.urls[node].removeprefix("https://example.org/") for node in one.nodes}
            for name, one in made.items()
        }
        return made, names

    return look


def test_nothing_wrong_nothing_found(found):
    assert found([("", "a"), ("a", "")])[1] == {}
    assert found([])[1] == {}


def test_orphans_and_dead_ends(found):
    fine = {"status": "200"}
    meta = {"": fine | {"depth": "0"}, "a": fine, "lone": fine, "self": fine, "end": fine}
    made, names = found([("", "a"), ("a", ""), ("self", "self"), ("a", "end")], meta)
    assert names["orphans"] == {"lone", "self"}
    assert made["orphans"].sentence == "2 pages are linked from no other page."
    assert names["dead-ends"] == {"end"}
    assert made["dead-ends"].rows[0][0] == "https://example.org/end"


def test_pages_that_were_not_wholly_read_are_no_dead_ends(found):
    fine = {"status": "200"}
    meta = {"": fine, "a": fine, "cut": fine | {"incomplete": "read up to 9 bytes only"}}
    made, names = found([("", "a"), ("", "cut")], meta)
    assert (names["not-wholly-read"], names["dead-ends"]) == ({"cut"}, {"a"})
    finding = made["not-wholly-read"]
    assert finding.rows == (("https://example.org/cut", "read up to 9 bytes only", 1),)
    assert finding.sentence == "1 page was not wholly read, so links may be missing."


def test_broken_targets_say_where_they_stand(found):
    meta = {"": {"status": "200"}, "a": {"status": "200"}, "gone": {"status": "404"}}
    meta |= {"old": {"status": "410"}, "alone": {"status": "500"}}
    made, names = found([("", "a"), ("a", "gone"), ("", "gone"), ("a", "old")], meta)
    assert names["broken"] == {"gone", "old"}
    first = made["broken"].rows[0]
    assert first[:3] == ("https://example.org/gone", 404, 2)
    assert first[3].split("\n") == ["https://example.org/", "https://example.org/a"]
    assert made["broken"].sentence == "2 broken pages are linked, 3 times."


def test_chains_of_redirects_and_circles(found, page):
    moved = {"a": "b", "b": "c", "one": "c", "x": "y", "y": "x"}
    meta = {name: {"redirect_to": page(end)} for name, end in moved.items()} | {"c": {}}
    made, names = found([("", name) for name in meta], meta)
    assert names["redirect-chains"] == {"a", "x"}
    rows = made["redirect-chains"].rows
    assert rows[0] == (" → ".join(map(page, "abc")), 2, "")
    assert rows[1][2] == "goes in a circle"
    assert made["redirect-chains"].sentence == (
        "2 redirects lead to another redirect, 1 of them in a circle."
    )


def test_traffic_that_lies_deep_or_is_hardly_linked(found):
    chain = [("", "1"), ("1", "2"), ("2", "3"), ("3", "4"), ("4", "5"), ("4", "6")]
    meta = {n: {"visits": v} for n, v in zip("123456", [1, 1, 1, 1, 90, 0], strict=True)}
    made, names = found(chain, meta)
    assert names["deep-traffic"] == {"5"}
    assert made["deep-traffic"].rows[0][1:] == (90, 5, 1)
    assert names["few-inlinks"] == {"5"}


def test_titles_that_differ_in_numbers_only(found):
    titles = {"a": "Offers, page 1", "b": "Offers - Page 2", "c": "Other", "d": "gone", "e": "gone"}
    meta = {name: {"title": title, "status": "200"} for name, title in titles.items()}
    meta["d"]["status"] = meta["e"]["status"] = "404"
    made, names = found([], meta)
    assert names["same-titles"] == {"a", "b"}
    assert made["same-titles"].total == 1
    assert made["same-titles"].rows[0][:2] == ("Offers, page 1", 2)


def test_islands_are_not_single_pages(found):
    made, names = found([("", "a"), ("a", "b"), ("x", "y"), ("y", "x")], {"lone": {"title": "t"}})
    assert names["islands"] == {"x", "y"}
    assert made["islands"].rows[0][1] == 2


def test_the_sitemap_and_nofollow(found, page, tmp_path):
    meta = {
        name: {"in_sitemap": mark, "status": "200"}
        for name, mark in (("", "true"), ("a", "false"), ("b", ""))
    }
    assert found([("", "a"), ("a", "b"), ("b", "")], meta)[1]["outside-sitemap"] == {"a"}
    (tmp_path / "links.csv").write_text(
        "source,target,nofollow\n"
        f"{page('')},{page('a')},true\n{page('')},{page('b')},true\n{page('a')},{page('b')},\n"
    )
    graph = read_graph(tmp_path / "links.csv")
    (sinks,) = [one for one in findings(graph) if one.name == "nofollow-sinks"]
    assert [graph.urls[node] for node in sinks.nodes] == [page("a")]


def test_pages_that_frame_the_site(found):
    pairs = [("menu", f"{n}") for n in range(80)] + [(f"{n}", "menu") for n in range(80)]
    made, names = found(pairs)
    assert names["hubs"] == {"menu"}
    assert made["hubs"].rows[0][1] == 80
