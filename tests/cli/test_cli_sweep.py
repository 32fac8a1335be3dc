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


# -- questions made by functions, and files: what a fork changes ------------------------------------

MADE = """
def upper(text):
    if len(text) < 2:
        raise ValueError("Two letters at least.")
    return text.upper()


made = Workflow("Made")
made.ask(a=Text("a?"))


@made.ask
def b(a):
    return Choice("b?", [a, "other"], parse=upper)


made.ask(paper=Upload("Paper?", accept=[".txt"], optional=True), last=Text("last?", parse=upper))


@made.do
def end(b, paper):
    return f"{b} {paper.read_text() if paper else '-'}"
"""


@pytest.fixture
def base(write_flow, cardloom, workspace):
    write_flow("made", MADE)
    done = cardloom("run", "made", "base", "a=aa", "b=aa", "paper=", "last=ll")
    assert done.returncode == 0, done.stderr
    cardloom("answer", "made/base", "a=cc")  # b is asked anew, with another option
    return workspace / "runs/made/base/journal.jsonl"


def last_answer(events, run, card):
    return [e["value"] for e in events(run) if e["type"] == "answered" and e["card"] == card][-1]


def test_a_fork_asks_as_the_run_stood_at_its_event(base, cardloom, events):
    """By then b had `aa` to choose, and now it has `cc`."""
    n = next(e["n"] for e in events("made/base") if e.get("card") == "last" and e.get("value"))
    done = cardloom("fork", "made/base", "then", "b=other", "--at", str(n))
    assert done.returncode == 0, done.stderr
    assert last_answer(events, "made/then", "b") == "OTHER"
    done = cardloom("fork", "made/base", "aa", "b=aa", "--at", str(n))
    assert done.returncode == 0, done.stderr
    refused = cardloom("fork", "made/base", "cc", "b=cc", "--at", str(n))
    assert (refused.returncode, "'cc' was not offered" in refused.stderr) == (2, True)
    assert events("made/cc") == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("last=z",), "last: Two letters at least"),
        (("last=z", "--at", "0"), "last: Two letters at least"),
        (("last=z", "--at", "2"), "last: Two letters at least"),
        (("paper=none.txt",), "paper: there is no file none.txt"),
        (("end=x",), "end is worked out by Python"),
    ],
)
@pytest.mark.parametrize("command", ["fork", "sweep"])
def test_a_wrong_change_is_said_before_anything_is_made(
    base, cardloom, workspace, command, words, sentence
):
    before = base.read_bytes()
    call = ("made", "--from", "made/base") if command == "sweep" else ("made/base", "new")
    if command == "sweep" and "--at" in words:
        pytest.skip("a sweep forks at the last event")
    done = cardloom(command, *call, *words)
    assert (done.returncode, sentence in done.stderr) == (2, True), done.stderr
    assert base.read_bytes() == before
    assert [p.name for p in (workspace / "runs/made").iterdir()] == ["base"]


def test_a_sweep_of_forks_keeps_the_files_it_is_given(base, cardloom, workspace, events):
    for name in "xy":
        (workspace / f"{name}.txt").write_text(name)
    cardloom("run", "made", "base", "b=cc")
    done = cardloom("sweep", "made", "paper=x.txt,y.txt", "--from", "made/base", "--json")
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["values"]["end"] for line in told] == ["CC x", "CC y"]
    for line in told:
        [kept] = (workspace / "runs" / line["run"] / "files").rglob("*.txt")
        assert kept.read_text() in "xy"
