"""`cardloom sweep`: a run for each combination, only what must run, and what came out side by side."""

import json

import pytest

AREA = """
from pathlib import Path

area = Workflow("Area")
area.ask(who=Text("Who?"), a=Number("a?", whole=True), b=Number("b?", whole=True))

@area.do
def unit(who):
    with open(Path(__file__).parent / "calls", "a") as file:
        file.write("unit ")
    return who

@area.do
def size(a, b):
    if b == 13:
        raise ValueError("Not on this day")
    return a * b
"""


@pytest.fixture
def area(write_flow):
    write_flow("area", AREA)


def test_a_sweep_ends_in_a_comparison_of_what_came_out(area, cardloom):
    done = cardloom("sweep", "area", "who=x", "a=50", "b=1,2,4")
    assert done.returncode == 0, done.stderr
    head, *rows, equal, hint = done.stdout.splitlines()
    assert head.split() == ["run", "b", "size"]
    assert [row.split(maxsplit=2)[1:] for row in rows] == [
        ["1", "50"],
        ["2", "100  +50 (+100.0 %)"],
        ["4", "200  +150 (+300.0 %)"],
    ]
    assert equal == "Equal in all: who, a, unit."
    assert hint.startswith("Side by side: cardloom compare 'area/sweep-b-1")
    names = [name.strip("'") for name in hint.split()[5:]]
    compared = cardloom("compare", *names)
    assert compared.returncode == 1 and compared.stdout.endswith("Equal: who, a, unit.\n")


def test_with_from_each_run_is_a_fork_and_only_what_depends_on_the_answers_runs(
    area, cardloom, workspace, events
):
    cardloom("run", "area", "base", "who=x", "a=2", "b=3")
    before = (workspace / "runs/area/base/journal.jsonl").read_bytes()
    done = cardloom("sweep", "area", "a=5,6", "--from", "area/base", "--json")
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["values"]["size"] for line in told] == [15, 18]
    assert (workspace / "calls").read_text() == "unit "
    assert (workspace / "runs/area/base/journal.jsonl").read_bytes() == before
    assert all(events(line["run"])[0]["from"].startswith("area/base#") for line in told)


def test_one_run_that_fails_stops_no_other_and_is_said(area, cardloom):
    done = cardloom("sweep", "area", "who=x", "a=1", "b=13,2")
    assert done.returncode == 1
    assert "Not on this day" in done.stderr and "  2" in done.stdout.splitlines()[2]


def test_a_wrong_answer_is_said_before_the_first_run(area, cardloom, workspace):
    done = cardloom("sweep", "area", "who=x", "a=1", "b=2,many")
    assert done.returncode == 2 and "number" in done.stderr
    assert not list(workspace.glob("runs/area/*"))
