"""A list of links from elsewhere becomes a map, by the command as a person gives it."""

import json

import pytest

FROG = (
    "Type,Source,Destination,Status Code,Follow\n"
    "Hyperlink,https://a.example/,https://a.example/b,200,true\n"
    "Hyperlink,https://a.example/b,https://a.example/c,404,true\n"
    "Image,https://a.example/,https://a.example/i.png,200,true\n"
)
PAGES = (
    "Address,Status Code,Title 1,Crawl Depth,Clicks\n"
    "https://a.example/,200,Home <b>x</b>,0,50\n"
    "https://a.example/b,200,B,1,3\n"
    "https://a.example/c,404,Gone,2,\n"
)
RIGHT = ("columns.source=Von", "columns.target=Nach")


@pytest.fixture
def run_it(cardloom, workspace):
    def run(links, *words, pages=""):
        (workspace / "inlinks.csv").write_text(links, encoding="utf-8")
        given = [f"links={workspace / 'inlinks.csv'}"]
        if pages:
            (workspace / "internal.csv").write_text(pages, encoding="utf-8")
            given.append(f"pages={workspace / 'internal.csv'}")
        return cardloom("run", "csv_graph", "may", *given, *words, "--defaults", "--json")

    return run


def test_screaming_frogs_exports_need_no_answer_about_columns(run_it, workspace):
    done = run_it(FROG, pages=PAGES)
    assert done.returncode == 0, done.stderr
    values = json.loads(done.stdout)["values"]
    assert values["taken"]["rows"] == {"links": 2, "pages": 3}
    assert values["taken"]["left_out"]["links"] == {"Type is not Hyperlink": 1}
    titles = [found["title"] for found in values["findings"]]
    assert "Linked pages that answer with an error: 1" in titles or any("1" in t for t in titles)
    assert list((workspace / "runs/csv_graph/may/files").rglob("graph.json"))
    shown = (workspace / "runs/csv_graph/may/journal.jsonl").read_text("utf-8")
    assert '"skipped"' in shown and "is known: Screaming Frog" in shown


def test_columns_that_are_not_known_are_asked(run_it, cardloom):
    done = run_it("Von,Nach,Was\nhttps://a.example/,https://a.example/b,x\n")
    assert done.returncode == 2
    assert "columns" in done.stderr
    done = cardloom("run", "csv_graph", "may", *RIGHT, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["values"]["taken"]["rows"]["links"] == 1


def test_the_wrong_columns_are_one_sentence_and_can_be_changed(run_it, cardloom):
    run_it("Von,Nach,Was\nhttps://a.example/,https://a.example/b,x\n")
    done = cardloom("run", "csv_graph", "may", RIGHT[0], "columns.target=Was")
    assert done.returncode == 1
    assert "no row that is a link with two addresses" in done.stderr
    assert cardloom("run", "csv_graph", "may", *RIGHT).returncode == 0


def test_a_file_that_is_no_table_says_so(run_it):
    done = run_it("just a line\n")
    assert done.returncode == 1
    assert "no table of links" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_was_left_out_is_told_with_its_lines(run_it):
    links = 'Source,Target,Weight\nhttps://a.example/,https://a.example/b,2\nx,"y,3\nme,you,1\n'
    done = run_it(links)
    assert done.returncode == 0, done.stderr
    taken = json.loads(done.stdout)["values"]["taken"]
    assert taken["rows"]["links"] == 1
    assert taken["lines"]["links"] == {
        "a quote that is opened and not closed": [3],
        "not an http or https address": [4],
    }
    assert "kept in links.csv" in taken["notes"][0]


def test_ids_that_are_no_addresses_are_refused_with_what_to_do(run_it):
    done = run_it("source,target\na,b\nb,c\n")
    assert done.returncode == 1
    assert "2 rows are left out: not an http or https address, the first in line 2" in done.stderr
    assert "An address begins with http:// or https://." in done.stderr
