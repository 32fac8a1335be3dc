"""One intake: the page's fork checks as the terminal's does, one answer to a wrong event, one to a
workflow that does not load."""

import ast
import re
from pathlib import Path

import pytest

import cardloom

# Questions made by functions, whose `parse` only their author's code knows.
MADE = """
from cardloom import Choice, Form, Skip, Text, Workflow

made = Workflow("Made")


def upper(text):
    if len(text) < 2:
        raise ValueError("Two letters at least.")
    return text.upper()


def together(values):
    if values["x"] == values["y"]:
        raise ValueError("Two different ones, please.")
    return values


made.ask(a=Text("a?"))


@made.ask
def b(a):
    return Text("b?", parse=upper)


@made.ask
def c(a):
    return Form("c?", parse=together, x=Text("x?", parse=upper), y=Text("y?"))


@made.ask
def d(a, b):
    return Choice("d?", [a, b, "other"], multiple=True, parse=sorted)


@made.do
def end(b, c, d):
    return [b, c, d]
"""

GONE = """
from cardloom import Text, Workflow

gone = Workflow("Gone")
gone.ask(a=Text("a?"), b=Text("b?"))


@gone.do
def end(a, b):
    return a + b
"""


@pytest.fixture
def run(server, request):
    """A finished run of the workflow above, with a key of the test's own."""
    (server.workspace / "made.py").write_text(MADE)
    place = server.begin("made", f"r{abs(hash(request.node.name))}")
    for card, form in {
        "a": {"value": "one"},
        "b": {"value": "bee"},
        "c": {"x": "xx", "y": "y"},
        "d": {"value": ["other", "one"]},
    }.items():
        assert server.post(f"{place}/answer/{card}", **form).status == 303, card
    assert server.events(place, "answered")[1]["value"] == "BEE"
    return place


REFUSED = [
    ("b", {"b.value": "z"}, "Two letters at least."),
    ("b", {"b.value": ""}, "Please write something here."),
    ("c", {"c.x": "z", "c.y": "y"}, "x?: Two letters at least."),
    ("c", {"c.x": "zz", "c.y": "ZZ"}, "Two different ones, please."),
    ("d", {"d.value": ["nothing"]}, "&#x27;nothing&#x27; was not offered."),
]
TAKEN = [
    ("b", {"b.value": "zz"}, "ZZ"),
    ("c", {"c.x": "zz", "c.y": "y"}, {"x": "ZZ", "y": "y"}),
    ("d", {"d.value": ["other", "BEE"]}, ["BEE", "other"]),
]


@pytest.mark.parametrize("at", ["last", "asked", "0"])
@pytest.mark.parametrize(("card", "fields", "sentence"), REFUSED, ids=str)
def test_a_fork_on_the_page_refuses_what_the_card_would(server, run, at, card, fields, sentence):
    before = server.journals()
    form = {"at": event(server, run, at), "key": "fork", f"change.{card}": "yes", **fields}
    refused = server.post(f"{run}/fork", **form)
    assert refused.status == 422
    assert sentence in refused.text.replace("'", "&#x27;")
    plan = server.post(f"{run}/fork/plan", **form)
    assert sentence in plan.text.replace("'", "&#x27;")
    assert server.journals() == before


@pytest.mark.parametrize("at", ["last", "asked", "0"])
@pytest.mark.parametrize(("card", "fields", "value"), TAKEN, ids=str)
def test_a_fork_on_the_page_stores_what_parse_makes_of_it(
    server, run, until, at, card, fields, value
):
    form = {"at": event(server, run, at), "key": f"{run[-9:]} f", f"change.{card}": "yes", **fields}
    made = server.post(f"{run}/fork", **form)
    assert made.status == 303, made.text
    place = made.header("location")
    last = until(lambda: [e for e in server.events(place, "answered") if e["card"] == card])[-1]
    assert last["value"] == value


def event(server, run, at):
    """The event to fork at: the last, that of the last answer, or none."""
    return {
        "last": str(server.journal(run)[-1]["n"]),
        "asked": str(server.events(run, "answered")[-1]["n"]),
        "0": "0",
    }[at]


def test_a_question_that_cannot_be_made_again_is_a_sentence_and_nothing_is_written(server, run):
    """Its function is called for its `parse` alone, and anything may have happened since."""
    path = server.workspace / "made.py"
    broken = MADE.replace('    return Text("b?", parse=upper)', '    raise OSError("no network")')
    path.write_text(broken)
    before = server.journals()
    for place, form in {
        "fork": {"key": "x", "change.b": "yes", "b.value": "zz"},
        "answer/b": {"change": "yes", "value": "zz"},
    }.items():
        refused = server.post(f"{run}/{place}", **form)
        assert refused.status == 409
        assert "The answer to b can" in refused.text and "no network" in refused.text
    path.write_text(MADE)
    assert server.journals() == before


# -- ?at= ------------------------------------------------------------------------------------------

AT = ["", "/moment", "/graph", "/origin/a", "/export/md", "/export/json", "/fork"]


@pytest.mark.parametrize("place", AT)
@pytest.mark.parametrize("at", ["999", "-1", "x", "", "1.5", "٣", "0x1", "9" * 30, "<b>"])
def test_a_wrong_event_has_one_answer_everywhere(server, run, place, at):
    told = server.get(f"{run}{place}?at={re.sub('[^ -;=?-~]', lambda m: quoted(m[0]), at)}")
    assert told.status == 404
    last = server.journal(run)[-1]["n"]
    assert f"made/{run.rpartition('/')[2]} has {last} events; there is no event " in told.text
    assert "<b>" not in told.text


def quoted(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


@pytest.mark.parametrize("place", AT)
def test_event_0_is_a_new_beginning_for_a_fork_and_no_moment(server, run, place):
    assert server.get(f"{run}{place}?at=0").status == (200 if place == "/fork" else 404)


def test_a_wrong_event_in_the_form_of_a_fork_has_the_same_answer(server, run):
    for place in ("fork", "fork/plan"):
        told = server.post(f"{run}/{place}", key="x", at="999")
        assert (told.status, "there is no event 999" in told.text) == (404, True)


# -- a workflow that is not there ------------------------------------------------------------------


@pytest.mark.parametrize("harm", ["missing", "broken"])
def test_a_workflow_that_is_missing_or_does_not_load_has_one_answer(server, harm):
    path = server.workspace / "gone.py"
    path.write_text(GONE)
    place = server.begin("gone", f"key-{harm}")
    server.post(f"{place}/answer/a", value="x")
    path.unlink() if harm == "missing" else path.write_text(
        "from cardloom import Workflow\nflow = (\n"
    )
    sentence = "The workflow file gone.py is missing or does not load"
    before = server.journals()
    answers = {
        act: server.post(f"{place}/{act}", value="y", key="new")
        for act in ("answer/b", "draft/b", "again/a", "cancel/a", "fork", "fork/plan", "restart")
    }
    answers |= {act: server.get(f"{place}/{act}") for act in ("change/a", "fold/a", "fork")}
    assert {act: told.status for act, told in answers.items()} == dict.fromkeys(answers, 422)
    for act, told in answers.items():
        assert sentence in told.text, act
    shown = server.get(place)
    assert shown.status == 200 and sentence in shown.text
    assert ("gone.py, line 2" in shown.text) == (harm == "broken")
    for words in (
        ("answer", f"gone/key-{harm}", "b=y"),
        ("fork", f"gone/key-{harm}"),
        ("reproduce", f"gone/key-{harm}"),
    ):
        told = server.cli(*words)
        assert (told.returncode, sentence in told.stderr) == (2, True), told.stderr
    assert server.journals() == before
    path.unlink(missing_ok=True)


# -- sentences -------------------------------------------------------------------------------------

TERMINAL = {
    "cli",
    "command.py",
    "connect_command.py",
    "emulator_command.py",
    "emulator",
}  # rooms whose sentences a terminal shows, and no page
STARTING = {"web/server.py", "workspace/settings.py", "workspace/restore.py"}


def test_no_sentence_of_a_page_names_a_flag_of_a_command():
    root = Path(cardloom.__file__).parent
    found = []
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        if TERMINAL & set(place.parts) or place.as_posix() in STARTING:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        nodes = [n for n in ast.walk(tree) if isinstance(n, ast.Constant)]
        texts = [n.value for n in nodes if isinstance(n.value, str) and n.lineno > 0]
        docs = {ast.get_docstring(n, clean=False) for n in ast.walk(tree) if is_documented(n)}
        found += [
            f"{place}: {text}"
            for text in texts
            if re.search(r"\w[^\n]*[ `]--[a-z]{2,}", text) and text not in docs and "{ " not in text
        ]
    assert found == []


def is_documented(node):
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, kinds)
