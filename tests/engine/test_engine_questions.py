"""Each question's check: what a form, a terminal or Python gives becomes a value, or one sentence."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardloom import Choice, Confirm, File, Form, Number, Option, Text, Upload
from cardloom.engine import MISSING, Wrong, decode, encode, revive
from cardloom.journal import dumps

SIZE = Choice(
    "Size?",
    [("s", "Small", "5 credits"), Option("m", "Medium"), Option("l", "Large", disabled="too dear")],
)


def refused(question, raw, sentence):
    with pytest.raises(Wrong, match=sentence):
        question.check(raw)


@pytest.mark.parametrize(
    ("question", "raw", "value"),
    [
        (Text("?"), "  Ada \n", "Ada"),
        (Text("?", lines=3), " a\r\nb ", " a\nb "),
        (Text("?", optional=True), None, ""),
        (Text("?", parse=str.upper), "ada", "ADA"),
        (Text("?", parse=lambda t: tuple(t.split(","))), "a,b", ("a", "b")),
        (Number("?"), "2.5", 2.5),
        (Number("?"), 3, 3.0),
        (Number("?", whole=True), "1 000", 1000),
        (Number("?", whole=True), "1_000", 1000),
        (Number("?", whole=True), "2.0", 2),
        (Number("?", exact=True), "1.50", Decimal("1.50")),
        (Number("?", optional=True), "", None),
        (Number("?", parse=lambda n: n / 2), "3", 1.5),
        (Choice("?", ["red", "blue"]), "red", "red"),
        (Choice("?", ["red", "blue"]), ["red"], "red"),
        (Choice("?", {1: "One", 2: "Two"}), "2", 2),
        (Choice("?", {1: "One", 2: "Two"}), 1, 1),
        (Choice("?", [True, False]), "False", False),
        (Choice("?", [None, "x"]), "None", None),
        (SIZE, "s", "s"),
        (Choice("?", ["a", "b", "c"], multiple=True), ["c", "a"], ["a", "c"]),
        (Choice("?", ["a", "b"], multiple=True), "b", ["b"]),
        (Choice("?", ["a"], multiple=True, optional=True), [], []),
        (Choice("?", ["a"], optional=True), "", None),
        (Choice("?", ["a", "b"], multiple=True, parse=tuple), ["a"], ("a",)),
        (Confirm("?"), "YES", True),
        (Confirm("?"), False, False),
        (Confirm("?", yes="Jawohl"), "jawohl", True),
        (Upload("?"), File("d-1/a.csv", 3, "x"), File("d-1/a.csv", 3, "x")),
        (Upload("?", optional=True), "", None),
        (Upload("?", accept=[".csv"]), Path("A.CSV"), Path("A.CSV")),
        (
            Form(name=Text("Name?"), n=Number("n?", whole=True, default=2)),
            {"name": "Ada"},
            {"name": "Ada", "n": 2},
        ),
        (Form(a=Text("a"), parse=lambda d: d["a"] * 2), {"a": "x"}, "xx"),
    ],
)
def test_an_accepted_answer_is_this_value(question, raw, value):
    found = question.check(raw)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("question", "raw", "sentence"),
    [
        (Text("?"), " ", "Please write something here"),
        (Text("?"), MISSING, "Please write something here"),
        (Text("?"), 3, "Text is wanted here, and 3 is not text"),
        (Text("?"), "x" * 1_000_001, "longer than 1,000,000 characters. Upload it"),
        (Number("?"), "1,000", "'1,000' is not a number. Write it like 1500 or 2.5"),
        (Number("?"), "", "Please give a number"),
        (Number("?"), True, "A number is wanted"),
        (Number("?"), "NaN", "not a number one can count with"),
        (Number("?"), float("inf"), "not a number one can count with"),
        (Number("?"), "1e400", "not a number one can count with"),
        (Number("?", whole=True), "1e999999999", "not a number one can count with"),
        (Number("?", whole=True), 10**5000, "A number is wanted here"),
        (Number("?", whole=True), "2.5", "A whole number is wanted here, not 2.5"),
        (Number("?", min=1), "0.99", "At least 1, please"),
        (Number("?", max=10), "11", "At most 10, please"),
        (
            Choice("?", ["red", "blue"]),
            "green",
            "'green' was not offered. Choose one of: red, blue",
        ),
        (Choice("?", ["red"]), "", "Please choose one"),
        (Choice("?", ["red", "blue"]), ["red", "blue"], "was not offered"),
        (Choice("?", [1, 2]), True, "was not offered"),
        (SIZE, "l", "Large can't be chosen: too dear"),
        (Choice("?", ["a"], multiple=True), [], "Please choose at least one"),
        (Choice("?", ["a"], multiple=True), ["a", "z"], "'z' was not offered"),
        (Confirm("?"), "maybe", "Please answer Yes or No"),
        (Confirm("?"), None, "Please answer"),
        (Confirm("?", must=True, yes="I agree"), "no", "goes on only with 'I agree'"),
        (Upload("?"), "", "Please choose a file"),
        (Upload("?", accept=[".csv"]), Path("a.exe"), "a.exe can't be used here.*ending in .csv"),
        (Upload("?", max_bytes=2), File("d-1/a.csv", 3, "x"), "larger than the 2 bytes"),
        (Form(a=Text("A?")), "x", "Several answers are wanted here: a"),
        (Form(a=Text("A?")), {"b": 1}, "no field 'b' here. The fields are: a"),
        (Form(a=Text("A?")), {}, "A?: Please write something"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_refused_answer_is_one_sentence(question, raw, sentence):
    refused(question, raw, sentence.replace("?", r"\?"))


def never(value):
    raise ValueError("This name is taken.")


@pytest.mark.parametrize(
    ("question", "raw"),
    [
        (Text("?", parse=never), "x"),
        (Number("?", parse=never), "1"),
        (Choice("?", ["a"], parse=never), "a"),
        (Confirm("?", parse=never), "yes"),
        (Upload("?", parse=never), Path("x")),
        (Form(a=Text("?"), parse=never), {"a": "x"}),
    ],
)
def test_the_authors_own_refusal_is_shown_in_its_words(question, raw):
    refused(question, raw, r"^This name is taken\.$")


def test_a_refusal_in_a_form_names_its_field():
    form = Form(name=Text("Name?"), age=Number("Age?", parse=never))
    with pytest.raises(Wrong, match=r"Age\?: This name is taken") as wrong:
        form.check({"name": "Ada", "age": "3"})
    assert wrong.value.field == "age"


def test_options_are_read_as_list_dict_and_tuples():
    listed = Choice("?", ["a", 2])
    assert [(o.value, o.label) for o in listed.options] == [("a", "a"), (2, "2")]
    assert Choice("?", {"a": "A"}).options == (Option("a", "A"),)
    assert Choice("?", [("a", "A"), ("b", "B", "note")]).options == (
        Option("a", "A"),
        Option("b", "B", "note"),
    )


def test_an_option_offered_twice_is_the_authors_mistake():
    with pytest.raises(ValueError, match="'a' is offered twice"):
        Choice("?", ["a", "b", "a"])
    with pytest.raises(ValueError, match="'1' is offered twice"):
        Choice("?", [1, "1"])  # a form could not tell them apart


@pytest.mark.parametrize("inner", [Form(a=Text("a")), "text", None])
def test_a_form_holds_questions_only(inner):
    with pytest.raises(TypeError, match="'x' in a Form must be Text"):
        Form(x=inner)


def test_a_form_has_a_default_when_all_its_questions_have():
    assert Form(a=Text("a", default="x"), b=Number("b")).default is MISSING
    assert Form(a=Text("a", default="x")).default == {"a": "x"}


QUESTIONS = [
    Text("Name?", placeholder="Ada", lines=4, optional=True, help="h", default="x"),
    Number("n?", min=0, max=9.5, whole=True, unit="pages", placeholder="3", default=2),
    Number("n?", exact=True, min=Decimal("0.10"), default=Decimal("1.50")),
    SIZE,
    Choice("?", {1: "One", (2, 3): "Pair"}, multiple=True, optional=True, default=[1]),
    Confirm("?", yes="Go", no="Stop", must=True, default=True),
    Upload("?", accept=[".csv", ".gz"], max_bytes=7, optional=True),
    Form("Both", a=Text("a", default="x"), b=Choice("b", ["u", "v"]), help="h"),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.kind)
def test_a_described_question_is_json_and_comes_back_the_same(question):
    told = question.describe(encode)
    again = revive(told, decode)
    assert dumps(again.describe(encode)) == dumps(told)
    assert type(again) is type(question)
    assert again.default == question.default
    if not isinstance(question, Form):
        assert again.label == question.label
        assert again.help == question.help


@pytest.mark.parametrize("told", [{}, {"kind": "pickle"}, {"kind": None}, {"kind": "form\0"}])
def test_a_description_from_elsewhere_is_refused(told):
    with pytest.raises(ValueError, match="is not a kind of question"):
        revive(told, decode)


def test_parse_is_code_and_comes_back_from_its_author_only():
    source = Form(a=Text("a", parse=str.upper), b=Text("b"), parse=lambda d: sorted(d.values()))
    told = source.describe(encode)
    assert told["parse"] is True
    assert told["fields"]["a"]["parse"] is True
    assert "parse" not in told["fields"]["b"]
    revived = revive(told, decode)
    assert revived.check({"a": "x", "b": "y"}) == {"a": "x", "b": "y"}
    assert revived.with_parse(source).check({"a": "x", "b": "y"}) == ["X", "y"]


@given(st.text(st.characters(codec=None)))
def test_any_text_is_a_value_or_a_sentence(text):
    questions = [Text("?"), Number("?"), Number("?", whole=True), SIZE, Confirm("?"), Upload("?")]
    for question in questions:
        try:
            dumps(encode(question.check(text)))
        except Wrong as wrong:
            assert str(wrong)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3) | st.integers())
def test_a_number_written_is_the_number_read(number):
    if len(str(number)) < 300:
        assert Number("?", exact=True).check(str(number)) == number
        assert Number("?").check(str(number)) == float(number)
