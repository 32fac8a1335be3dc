"""Two tables row by row."""

import csv

import pytest

from cardloom.tables.changes import MOST_SHOWN
from cardloom.tables.comparing import compare_rows
from cardloom.tables.errors import TableError


def table(path, head, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])
    return path


@pytest.fixture
def pair(tmp_path):
    def write(head, one, other, other_head=None):
        return table(tmp_path / "a.csv", head, one), table(
            tmp_path / "b.csv", other_head or head, other
        )

    return write


def test_added_removed_and_changed_under_the_same_id(pair):
    found = compare_rows(
        *pair(
            ("title", "id", "n"),
            [("One", "1", "5"), ("Two", "2", "5"), ("Two", "3", "5")],
            [("One", "1", "6"), ("Two", "3", "5"), ("Four", "4", "5")],
        )
    )
    assert found.key == ("id",)
    assert (found.total_added, found.total_removed, found.total_changed) == (1, 1, 1)
    assert found.added == (("Four", "4", "5"),)
    assert found.removed == (("Two", "2", "5"),)
    [changed] = found.changed
    assert (changed.one[2], changed.other[2], changed.columns) == ("5", "6", ("n",))


def test_links_are_known_by_their_pair(pair):
    one = [("a", "b"), ("a", "c"), ("b", "c")]
    found = compare_rows(*pair(("source", "target"), one, [*one[1:], ("c", "a"), ("c", "b")]))
    assert found.key == ("source", "target")
    assert (found.total_added, found.total_removed, found.total_changed) == (2, 1, 0)


def test_equal_rows_are_counted_where_no_column_is_a_key(pair):
    found = compare_rows(*pair(("x",), [("a",), ("a",), ("b",)], [("a",), ("b",), ("b",), ("b",)]))
    assert found.key == ()
    assert (found.total_added, found.total_removed) == (2, 1)
    assert found.counts == (3, 4)


def test_a_key_that_fails_late_is_given_up(pair):
    one = [(str(i), str(i)) for i in range(6_000)]
    found = compare_rows(*pair(("url", "n"), [*one, ("0", "6000")], one))
    assert found.key == ("n",)
    assert found.removed == (("0", "6000"),)


def test_columns_that_only_one_has_are_named_and_left_out(pair):
    found = compare_rows(*pair(("id", "old"), [("1", "x")], [("y", "1")], other_head=("new", "id")))
    assert (found.columns, found.gone, found.new) == (("id",), ("old",), ("new",))
    assert found.total_changed == 0


def test_the_first_rows_are_told_and_all_are_counted(pair):
    found = compare_rows(*pair(("id",), [], [(str(i),) for i in range(200)]))
    assert len(found.added) == MOST_SHOWN and found.total_added == 200
    assert found.added[0] == ("0",)


def test_many_rows_are_compared_in_bounded_memory(pair):
    rows = [(str(i // 9), str(i % 977), "x" * 200) for i in range(60_000)]
    found = compare_rows(*pair(("source", "target", "text"), rows, rows[100:]))
    assert (found.total_removed, found.total_added) == (100, 0)


def test_rows_that_cannot_be_read_are_counted(tmp_path):
    one, other = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text("id,n\n1,2\n2,2\n")
    other.write_text('id,n\n1,"2\n2,2\n3\n')
    found = compare_rows(one, other)
    assert [row for row in found.unread if row[0] == "b.csv"] == [
        ("b.csv", "a quote that is opened and not closed", 1, (2,)),
        ("b.csv", "another number of columns", 1, (4,)),
    ]
    assert found.counts == (2, 1)


@pytest.mark.parametrize("text", ["", "b\n1\n", "\x00\n\x00\n"])
def test_what_is_no_table_is_a_sentence(tmp_path, text):
    one, other = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text("a\n1\n")
    other.write_text(text)
    with pytest.raises(TableError, match=r"[ab]\.csv"):
        compare_rows(one, other)
