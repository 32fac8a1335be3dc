"""The one intake: which question is asked, what becomes of a file, the key, the check, the answer."""

import asyncio
import io
from dataclasses import dataclass

import pytest

from cardloom.catalog import Catalog
from cardloom.engine import BadAnswer, File, Form, Text, Upload, moves
from cardloom.errors import Missing, Refused
from cardloom.runs import Intake, check_ahead, default_key, has_question, naming_card
from cardloom.workspace import RunStore, Workspace

FLOW = """
def upper(text):
    if len(text) < 2:
        raise ValueError("Two letters at least.")
    return text.upper()


def size(path):
    if path.size > 5:
        raise ValueError("Too long.")
    return path


flow = Workflow("Flow")
flow.ask(
    a=Text("A?", parse=upper),
    paper=Upload("Paper?", accept=[".csv"], parse=size, max_bytes=9),
    both=Form("Both", scan=Upload("Scan", optional=True), note=Text("Note", parse=upper)),
)


@flow.ask
def b(a):
    return Text("B?", parse=upper)


@flow.do
def end(a, b):
    return a + b
"""


@dataclass
class Uploaded:
    """As a browser's form brings it."""

    filename: str
    file: io.BytesIO


@pytest.fixture
def run(write_flow, workspace):
    write_flow("flow", FLOW)
    store = RunStore(Workspace(workspace).make(), Catalog(workspace))
    return store.open(store.catalog.workflow("flow"), "ada", by="person")


@pytest.fixture
def called(run):
    """An intake that calls the functions here, and which it called."""
    names = []

    async def work_out(card, state):
        names.append(card.name)
        inputs = {n: state.values[at] for n, at in state.card(card.name).inputs.items()}
        return card.function(**inputs)

    return Intake(run, work_out), names


def ask(intake, name, state=None):
    return asyncio.run(intake.question(name, state))


def answer(intake, name, raw, **signed):
    intake.answer(intake.take(name, raw, ask(intake, name)), by="person", **signed)


def asked(run):
    """Take the run to the question that a function makes."""
    run.move(lambda s: moves.start(run.workflow, s, "b"))
    n = run.state().card("b").started_n
    question = run.workflow.card("b").function("AA")
    run.move(lambda s: moves.ask(run.workflow, s, "b", n, question))


@pytest.mark.parametrize(
    ("answers", "key"),
    [({"a": "x", "b": "y"}, "x"), ({"b": 7}, "7"), ({"b": True, "a": "x"}, "True"), ({}, "")],
    ids=str,
)
def test_the_default_key_is_the_first_answer(run, answers, key):
    assert default_key(run.workflow, answers) == key


def test_a_workflow_that_asks_nothing_has_one_run_without_a_key(write_flow, workspace):
    write_flow("daily", 'daily = Workflow("Daily")\n\n\n@daily.do\ndef it():\n    return 1\n')
    assert default_key(Catalog(workspace).workflow("daily"), {}) == "run"


def test_a_run_s_name_comes_of_its_cleaned_key(write_flow, workspace):
    write_flow("low", 'low = Workflow("Low", key=str.lower)\nlow.ask(a=Text("?"))\n')
    flow = Catalog(workspace).workflow("low")
    store = RunStore(Workspace(workspace), Catalog(workspace))
    assert store.folder_for(flow, " Ada") == store.folder_for(flow, "ada")
    assert store.folder_for(flow, "ada").parts[-2:] == ("low", "ada")
    with pytest.raises(Missing, match="Give the run a name"):
        store.folder_for(flow, " ")


def test_the_code_of_a_question_made_by_a_function_comes_of_calling_it(run, called, tmp_path):
    intake, names = called
    with pytest.raises(Refused, match="b is not asked yet"):
        ask(intake, "b")
    assert asyncio.run(intake.questions(["a", "b"])).keys() == {"a"}
    assert not has_question(run.workflow.card("b"), run.state())
    answer(intake, "a", "aa")
    (tmp_path / "p.csv").write_text("1")
    answer(intake, "paper", str(tmp_path / "p.csv"))
    answer(intake, "both", {"note": "nn"})
    asked(run)
    assert names == []
    with pytest.raises(BadAnswer, match="Two letters at least"):
        answer(intake, "b", "z")
    answer(intake, "b", "zz")
    assert names == ["b", "b"] and run.value("b") == "ZZ"
    before = run.state_at(run.journal.n - 1)
    assert ask(intake, "b", before).check("yy") == "YY"
    with pytest.raises(Refused, match="takes no answer"):
        ask(intake, "end")


def test_an_equal_answer_is_not_written_again_and_another_changes_it(run, called):
    intake, _ = called
    answer(intake, "a", "aa")
    n = run.journal.n
    intake.settle(intake.take("a", "Aa", ask(intake, "a")), by="api")
    assert run.journal.n == n
    intake.settle(intake.take("a", "bb", ask(intake, "a")), by="api", why="because")
    assert run.value("a") == "BB"
    assert [e["type"] for e in run.journal.read()[n:]] == ["reopened", "answered"]


@pytest.mark.parametrize("way", ["path", "text", "page"])
def test_a_file_becomes_one_of_the_run_s(run, called, tmp_path, way):
    intake, _ = called
    path = tmp_path / "Paper.CSV"
    path.write_text("a,b")
    page = Uploaded("Paper.CSV", io.BytesIO(b"a,b"))
    raw = {"path": path, "text": str(path), "page": page}[way]
    question = run.workflow.card("paper").question
    given = intake.take("paper", raw, question)
    assert isinstance(given.raw, File) and given.raw.size == 3
    page.file.seek(0)
    inner = intake.take("both", {"scan": raw, "note": "nn"}, run.workflow.card("both").question)
    assert inner.raw["scan"].sha256 == given.raw.sha256 and inner.value()["note"] == "NN"
    assert (run.files.root / given.raw.path).read_text() == "a,b"


@pytest.mark.parametrize("way", ["path", "page"])
def test_a_file_of_another_kind_or_too_large_is_refused_and_none_is_kept(
    run, called, tmp_path, way
):
    intake, _ = called
    question = run.workflow.card("paper").question

    def raw(name, text):
        (tmp_path / name).write_text(text)
        return tmp_path / name if way == "path" else Uploaded(name, io.BytesIO(text.encode()))

    with pytest.raises(BadAnswer, match="Choose a file ending in"):
        intake.take("paper", raw("a.txt", "x"), question)
    with pytest.raises(Missing, match="larger than the 9 bytes"):
        intake.take("paper", raw("a.csv", "x" * 10), question)
    form = Form("", scan=Upload("Scan", accept=[".png"]))
    with pytest.raises(BadAnswer, match=r"Scan: a\.txt can't be used here") as bad:
        intake.take("both", {"scan": raw("a.txt", "x")}, form)
    assert bad.value.field == "scan"
    assert not [p for p in run.files.root.rglob("*") if p.is_file()]


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"a": "z"}, "a: Two letters at least"),
        ({"end": "x"}, "end is worked out by Python and takes no answer"),
        ({"nam": "x"}, "nam"),
        ({"paper": __file__}, "paper: test_runs_answers.py can't be used here"),
        ({"paper": "none.csv"}, "paper: there is no file none.csv"),
        ({"both": {"scan": "none.csv", "note": "nn"}}, "both: there is no file none.csv"),
        ({"both": {"note": ""}}, "both: Note: Please write something"),
        ({"both": {"notes": "x"}}, "both: There is no field 'notes'"),
        ({"both": 7}, "both: Several answers are wanted"),
    ],
    ids=str,
)
def test_what_can_be_known_beforehand_is_said_beforehand(run, answers, sentence):
    with pytest.raises(Missing, match=sentence):
        check_ahead(run.workflow, answers)


def test_what_is_not_known_yet_is_let_through(run, tmp_path):
    (tmp_path / "long.csv").write_text("x" * 8)  # its `parse` is for the file as the run keeps it
    check_ahead(run.workflow, {"b": "z", "paper": str(tmp_path / "long.csv")})


def test_where_no_form_shows_it_the_card_is_named():
    with pytest.raises(Missing, match=r"^a: No$"), naming_card():
        raise BadAnswer("No", "a")


@pytest.mark.parametrize("question", [Text("?"), Form("", a=Text("?"))])
def test_a_question_without_files_keeps_what_is_given(run, called, question):
    raw = {"a": "x"} if question.parts else "x"
    assert called[0].take("a", raw, question).raw == raw
