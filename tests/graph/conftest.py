"""Small sites written as the two CSV files a crawl leaves behind."""

import csv

import pytest

META = ["id", "status", "depth", "title", "pagetype"]


@pytest.fixture
def site(tmp_path):
    """Writes links (pairs) and, if given, meta (dicts); gives the paths `read_graph` takes."""

    def write(links, meta=None):
        files = {"links.csv": (["source", "target"], links)}
        if meta is not None:
            columns = list(meta[0]) if meta else META
            files["meta.csv"] = (columns, [[row[name] for name in columns] for row in meta])
        for name, (header, rows) in files.items():
            with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header, *rows])
        return [tmp_path / name for name in files]

    return write


@pytest.fixture
def page():
    """The URL of a page of the made-up site."""
    return lambda name: f"https://example.org/{name}"
