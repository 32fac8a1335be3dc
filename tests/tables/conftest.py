"""Tabular files as other programs write them."""

import pytest

from cardloom.tables.table import open_table


@pytest.fixture
def read(tmp_path):
    """Writes `content` to a file and gives its names, rows, rejected rows and encoding."""

    def read_it(content: bytes, name: str = "table.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        return look(path)

    return read_it


def look(path):
    with open_table(path) as table:
        own = ", ".join(f"c{n}" for n in range(len(table.names)))
        found = table.db.connection.execute(f"SELECT {own} FROM {table.name}").fetchall()
        rows = [tuple(cell or "" for cell in row) for row in found]
        rejected = {each.reason: (each.count, each.lines) for each in table.rejected}
        lines = table.lines(range(len(rows)))
        return Read(table.names, rows, rejected, list(lines.values()), table.contents.encoding)


class Read:
    def __init__(self, names, rows, rejected, lines, encoding):
        self.names, self.rows, self.rejected = names, rows, rejected
        self.lines, self.encoding = lines, encoding
