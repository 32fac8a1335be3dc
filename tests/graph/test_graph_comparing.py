"""Two crawls side by side: what came, what went, what moved."""

import csv

from cardloom.graph import compare, read_graph


def graph_of(folder, name, pairs):
    path = folder / f"{name}.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("source", "target"), *pairs])
    return read_graph(path)


def test_pages_and_links_gained_and_lost_and_what_moved(tmp_path, page):
    def links(text):
        return [(page(a.strip("-")), page(b.strip("-"))) for a, b in text.split()]

    before = graph_of(tmp_path, "before", links("-a ab bc -d"))
    after = graph_of(tmp_path, "after", links("-a ab -c ce e- "))
    found = compare(before, after)
    assert (found.pages_gained, found.gained) == (1, (page("e"),))
    assert (found.pages_lost, found.lost) == (1, (page("d"),))
    assert set(found.new_links) == {
        (page(""), page("c")),
        (page("c"), page("e")),
        (page("e"), page("")),
    }
    assert set(found.lost_links) == {(page("b"), page("c")), (page(""), page("d"))}
    assert (found.links_gained, found.links_lost) == (3, 2)
    assert [(m.url, m.before, m.after) for m in found.shallower] == [(page("c"), 3, 1)]
    assert found.deeper == ()
    assert found.risen[0].url == page("")


def test_a_crawl_has_not_changed_from_itself(tmp_path, page):
    graph = graph_of(tmp_path, "same", [(page("a"), page("b")), (page("b"), page("a"))])
    found = compare(graph, graph)
    assert not any(vars(found).values())


def test_lists_are_cut_and_counts_are_not(tmp_path, page):
    before = graph_of(tmp_path, "before", [(page("a"), page("b"))])
    after = graph_of(tmp_path, "after", [(page("a"), page(f"b{n}")) for n in range(50)])
    found = compare(before, after, rows=7)
    assert (found.pages_gained, len(found.gained), found.links_lost) == (50, 7, 1)
