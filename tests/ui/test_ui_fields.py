"""Questions as fields, and a sent form as answers: the same question, the same HTML."""

import re

import pytest
from fasthtml.components import to_xml
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from starlette.datastructures import FormData

from cardloom.engine import (
    MISSING,
    Choice,
    Confirm,
    Form,
    Number,
    Option,
    Text,
    Upload,
    Wrong,
    revive,
)
from cardloom.ui import fields


def drawn(question, **options):
    return "".join(
        str(to_xml(part, indent=False)) for part in fields.fields(question, "card", **options)
    )


def tag(html, kind, **wanted):
    """The first tag of this name with these attributes."""
    for found in re.findall(rf"<{kind}\b[^>]*>", html):
        if all(f'{key.replace("_", "-")}="{value}"' in found for key, value in wanted.items()):
            return found
    raise AssertionError(f"no <{kind}> with {wanted} in {html}")


@pytest.mark.parametrize(
    "question",
    [
        Text("A?", help="Help"),
        Text("A?", lines=3),
        Number("A?", unit="kg"),
        Choice("A?", ["a", "b"]),
        Choice("A?", ["a", "b"], multiple=True),
        Choice("A?", [str(n) for n in range(30)]),
        Confirm("A?"),
        Upload("A?", accept=[".csv"]),
        Form("A?", one=Text("One"), two=Confirm("Two"), three=Choice("Three", [1, 2])),
    ],
)
def test_the_same_question_gives_the_same_html_and_every_field_has_a_label(question):
    html = drawn(question)
    assert html == drawn(question)
    for ident in re.findall(r'<(?:input|textarea|select)\b[^>]*\bid="([^"]+)"', html):
        labelled = f'for="{ident}"' in html
        wrapped = re.search(rf'<label[^>]*>\s*<input[^>]*id="{re.escape(ident)}"', html)
        assert labelled or wrapped, ident


def test_what_was_typed_wins_over_the_value_and_the_value_over_the_default():
    question = Text("A?", default="default")
    assert 'value="default"' in drawn(question)
    assert 'value="known"' in drawn(question, value="known")
    assert 'value="typed"' in drawn(question, value="known", typed={"value": ["typed"]})


def test_an_error_is_tied_to_its_field():
    html = drawn(Text("A?", help="Help"), error="Too short.")
    field = tag(html, "input", name="value", aria_invalid="true")
    described = re.search(r'aria-describedby="([^"]+)"', field)[1].split()
    assert described == ["field-card-value-help", "field-card-value-error"]
    for ident in described:
        assert f'id="{ident}"' in html
    assert 'role="alert"' in html


def test_an_error_of_a_form_stands_at_the_one_field_it_belongs_to():
    question = Form("A?", one=Text("One"), two=Text("Two"))
    html = drawn(question, error="No.", wrong_field="two")
    assert html.count("No.") == 1
    assert "aria-invalid" in tag(html, "input", name="two")
    assert "aria-invalid" not in tag(html, "input", name="one")


def test_a_disabled_option_says_why_and_cannot_be_chosen():
    html = drawn(Choice("A?", ["a", Option("b", "Bee", disabled="sold out")]))
    assert "disabled" in tag(html, "input", value="b")
    assert "sold out" in html
    with pytest.raises(Wrong, match="sold out"):
        Choice("A?", ["a", Option("b", "Bee", disabled="sold out")]).check("b")


def test_true_and_1_are_two_options():
    html = drawn(Choice("A?", [(1, "one"), (True, "yes")]), value=True)
    assert "checked" in tag(html, "input", value="True")
    assert "checked" not in tag(html, "input", value="1")


def test_files_are_no_part_of_a_draft():
    question = Form("A?", a=Text("A"), b=Upload("B"))
    form = FormData([("a", "kept"), ("b", "x"), ("d", "unknown")])
    assert fields.typed_of(question, form) == {"a": ["kept"]}


@pytest.mark.parametrize(
    ("question", "form", "answer"),
    [
        (Text("A?"), [("value", "x")], "x"),
        (Text("A?"), [], MISSING),
        (Choice("A?", ["a", "b"], multiple=True), [("value", "a"), ("value", "b")], ["a", "b"]),
        (Choice("A?", ["a", "b"], multiple=True), [], []),
        (Upload("A?"), [("value", "not a file")], None),
        (
            Form("A?", t=Text("T"), c=Confirm("C"), m=Choice("M", [1], multiple=True)),
            [("t", "x")],
            {"t": "x", "c": "no", "m": []},
        ),
        (Form("A?", c=Confirm("C")), [("c", "yes")], {"c": "yes"}),
    ],
)
def test_a_form_is_read_as_the_engine_checks_it(question, form, answer):
    read = fields.read(question, FormData(form))
    assert read is answer if answer is MISSING else read == answer


@given(st.text(max_size=60), st.text(min_size=1, max_size=60))
def test_whatever_was_typed_goes_out_as_text(typed, label):
    def tags(words, given):
        html = drawn(Text(words, help=words), typed={"value": [given]}, error=words)
        return re.findall(r"</?\w+", html)

    assert tags(label, typed) == tags("plain", "plain")


def test_a_form_says_its_help_above_its_fields():
    html = drawn(Form("A?", help="Say <both>", one=Text("One"), two=Text("Two")))
    assert html.index("Say &lt;both&gt;") < html.index("One")


def test_a_choice_that_may_be_left_out_can_be_taken_back():
    html = drawn(Choice("A?", ["a", "b"], optional=True, default="a"))
    assert 'value=""' in html and ">None<" in html
    assert "checked" in tag(html, "input", value="a")
    assert "checked" not in tag(html, "input", value="", type="radio")
    assert "checked" in tag(drawn(Choice("A?", ["a"], optional=True)), "input", value="")
    assert ">None<" not in drawn(Choice("A?", ["a", "b"]))


@pytest.mark.parametrize("more", [0, 20])
def test_an_option_links_to_places_of_this_app_alone(more):
    links = {
        "here": "/downloads/a.csv",
        "away": "//evil.example/",
        "back": "/\\evil.example",
        "script": "javascript:alert(1)",
        "<b>": "/x\"' onclick=alert(1) ",
    }
    options = [Option("a", "Ay", disabled="is here", links=links), *map(str, range(more))]
    question = Choice("A?", options)
    html = drawn(question)
    assert html.count("<a ") == 2
    assert 'href="/downloads/a.csv"' in html and "evil" not in html and "javascript" not in html
    anchors = HTMLParser(html).css("a")
    assert [set(a.attributes) for a in anchors] == [{"href"}] * 2 and "<b>" not in html
    told = question.describe(lambda value: value)
    assert drawn(revive(told, lambda value: value)) == html
    told["options"][0]["links"] = ["no", "dict"]
    assert "<a " not in drawn(revive(told, lambda value: value))
