"""Data frames and figures as values: kept as files that the event names, back as they went in."""

import json

import matplotlib
import pandas
import polars
from matplotlib.figure import Figure

from cardloom import Workflow

matplotlib.use("Agg")


def stored(folder, card):
    lines = (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    return next(e for e in events if e["type"] == "finished" and e["card"] == card)


def test_a_polars_frame_is_a_parquet_file_and_comes_back_typed(tmp_path, monkeypatch):
    monkeypatch.setenv("CARDLOOM_WORKSPACE", str(tmp_path))
    flow = Workflow("Frames")
    frame = polars.DataFrame({"page": ["/a", "/ü"], "links": [3, 4], "share": [0.5, None]})

    @flow.do
    def table():
        return frame

    @flow.do
    def total(table):
        assert table.schema == frame.schema
        return int(table["links"].sum())

    result = flow.run("k")

    assert result["total"] == 7
    assert result["table"].equals(frame)
    value = stored(result.folder, "table")["value"]
    assert value["file"]["path"].endswith(".parquet")
    assert len(value["file"]["sha256"]) == 64


def test_a_pandas_frame_comes_back(tmp_path, monkeypatch):
    monkeypatch.setenv("CARDLOOM_WORKSPACE", str(tmp_path))
    flow = Workflow("Frames")
    frame = pandas.DataFrame({"page": ["/a", "/b"], "links": [3, 4]})

    @flow.do
    def table():
        return {"found": frame, "note": "both"}

    result = flow.run("k")

    pandas.testing.assert_frame_equal(result["table"]["found"], frame)
    assert result["table"]["note"] == "both"


def test_a_figure_is_a_picture_of_the_run(tmp_path, monkeypatch):
    monkeypatch.setenv("CARDLOOM_WORKSPACE", str(tmp_path))
    flow = Workflow("Figures")

    @flow.do
    def picture():
        figure = Figure()
        figure.subplots().plot([1, 2, 3])
        return figure

    result = flow.run("k")

    assert result["picture"].read_bytes().startswith(b"\x89PNG")
    assert result["picture"].is_relative_to(result.folder / "files")


def test_a_large_value_goes_to_a_file_and_comes_back(tmp_path, monkeypatch):
    monkeypatch.setenv("CARDLOOM_WORKSPACE", str(tmp_path))
    flow = Workflow("Large")
    pairs = [("/page", n, {n}) for n in range(20_000)]

    @flow.do
    def many():
        return pairs

    @flow.do
    def last(many):
        return many[-1]

    result = flow.run("k")

    assert result["last"] == ("/page", 19_999, {19_999})
    assert result["many"] == pairs
    assert len(json.dumps(stored(result.folder, "many"))) < 2_000
