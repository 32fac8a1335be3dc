"""A table a page at a time, in an order, by a filter; and written to a file."""

import csv
import stat

import duckdb
import pytest

from cardloom.tables.errors import TableError
from cardloom.tables.paging import first_rows, page_of
from cardloom.tables.table import open_table, open_tables
from cardloom.tables.writing import write_csv, write_parquet


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("name,n\n" + "".join(f"Row {n},{n}\n" for n in range(25)) + "odd,x\nnone,\n")
    return path


def test_pages_orders_and_filters(path):
    with open_table(path) as table:
        page = page_of(table, offset=20, limit=3)
        assert (page.names, page.total) == (("name", "n"), 27)
        assert [row[1] for row in page.rows] == ["20", "21", "22"]
        page = page_of(table, limit=3, order="n", descending=True)
        assert [row[1] for row in page.rows] == ["24", "23", "22"]
        assert [row[1] for row in page_of(table, 24, order="n").rows] == ["24", "x", ""]
        page = page_of(table, limit=2, filters={"name": "rOW 2"})
        assert ([row[0] for row in page.rows], page.total) == (["Row 2", "Row 20"], 6)
        assert page_of(table, filters={"name": "' OR 1=1 --"}).total == 0
        with pytest.raises(TableError, match="no column 'n; DROP'"):
            page_of(table, order="n; DROP")


def test_the_first_rows_of_any_file(path, tmp_path):
    assert first_rows(path, 2).rows == (("Row 0", "0"), ("Row 1", "1"))
    duckdb.execute(f"COPY (SELECT 1 AS a UNION ALL SELECT 2) TO '{tmp_path}/p.parquet'")
    assert first_rows(tmp_path / "p.parquet", 1).rows == (("1",),)


def test_tables_are_joined_and_written(path, tmp_path):
    other = tmp_path / "o.csv"
    other.write_text('key;note\nRow 3;"three; ""3"""\n')
    with open_tables(path, other) as (one, two):
        query = (
            f"SELECT {one.column('name')} AS name, {two.column('note')} AS note FROM {one.name} "
            f"JOIN {two.name} ON {one.column('name')} = {two.column('key')}"
        )
        made = tmp_path / "made.csv"
        assert write_csv(one.db, query, made) == 1
        assert write_parquet(one.db, query, tmp_path / "made.parquet") == 1
    assert list(csv.reader(made.open(newline=""))) == [["name", "note"], ["Row 3", 'three; "3"']]
    assert first_rows(tmp_path / "made.parquet", 9).rows == (("Row 3", 'three; "3"'),)
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
