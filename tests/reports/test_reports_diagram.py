"""The graph of a run as Mermaid text: what it says, and that no label can say anything else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardloom import Choice, Number, Text, Workflow
from cardloom.engine import State, fold, fork, moves
from cardloom.reports.diagram import SHAPES, draw, escape, mermaid
from cardloom.ui.card import WORDS

# A line of a diagram, whatever the labels say: a node, an edge, a click, a class.
TEXT = r'"(?:[^\W_]|[ ,?!]|#\d+;)*<br/>. [a-z ·]+"'
LINE = re.compile(
    rf"    (?:c\d+\W{{1,2}}{TEXT}\W{{1,2}}:::[a-z]+"
    r"|c\d+ (?:-->|-\.->\|moved\|) c\d+"
    r'|click c\d+ href "[^"<>\s\\]*"'
    r"|classDef [a-z]+ [a-z0-9:#, -]+)"
)


def flow_of():
    flow = Workflow("Story")
    flow.ask(name=Text("Name?"), size=Number("Size?", whole=True))

    @flow.ask
    def color(name):
        return Choice("Colour?", ["red", "blue"])

    @flow.do(once=True)
    def export(name, color):
        return name

    @flow.do
    def verdict(export, size):
        return size

    return flow


@pytest.fixture
def done(story):
    made = story(flow_of())
    made.answer("name", "ada")
    made.answer("size", 2)
    made.ask("color", Choice("Colour?", ["red", "blue"]))
    made.answer("color", "red")
    made.finish("export", "ada")
    made.finish("verdict", 2)
    return made


def standing(workflow, state):
    return {node.view.name: node.standing for node in draw(workflow, state)}


def test_cards_are_nodes_and_parameters_are_edges(done):
    lines = mermaid(draw(done.workflow, done.state), colours=False).splitlines()
    assert lines == [
        "flowchart LR",
        '    c1["Name?<br/>● done · answered"]:::done',
        '    c2["Size?<br/>● done · answered"]:::done',
        '    c3["Color<br/>● done · answered"]:::done',
        '    c4["Export<br/>● done · ran · once only"]:::done',
        '    c5["Verdict<br/>● done · ran"]:::done',
        "    c1 --> c3",
        "    c1 --> c4",
        "    c3 --> c4",
        "    c4 --> c5",
        "    c2 --> c5",
    ]


def test_how_each_came_to_its_value_is_told(done):
    assert standing(done.workflow, done.state)["export"] == "done · ran · once only"
    done.answer("name", "bob", change=True)
    done.ask("color", Choice("Colour?", ["red", "blue"]))
    now = standing(done.workflow, done.state)
    assert (now["color"], now["export"]) == ("done · kept", "out of date · ran · once only")
    made = fork(done.workflow, done.events, 8, origin="story/ada", key="bob", by="person")
    events = [{"at": "2026-11-22T00:00:00Z", **e, "n": n} for n, e in enumerate(made.events, 1)]
    again = standing(done.workflow, fold(events))
    assert again["name"] == "done · answered · repeated from another run"
    assert again["verdict"] == "to come"


def test_an_edge_whose_value_moved_is_another_edge(done):
    done.answer("size", 3, change=True)
    text = mermaid(draw(done.workflow, done.state))
    assert "c2 -.->|moved| c5" in text and "c4 --> c5" in text


def test_a_past_moment_and_a_failure(done):
    then = standing(done.workflow, fold(done.events[:3]))
    assert then == {
        "name": "done · answered",
        "size": "done · answered",
        "color": "preparing",
        "export": "to come · once only",
        "verdict": "to come",
    }
    done.do(moves.reopen, "verdict")
    started = done.start("verdict")
    done.add(moves.report(done.state, "verdict", started, {"type": "failed", "error": "no"}))
    assert 'c5>"Verdict<br/>✕ failed"]:::failed' in mermaid(draw(done.workflow, done.state))


def test_without_the_workflow_the_outline_gives_the_same_graph(done):
    assert mermaid(draw(None, done.state)) == mermaid(draw(done.workflow, done.state))


def test_a_workflow_alone_is_a_graph_of_cards_to_come():
    assert 'c4("Export<br/>○ to come · once only"):::pending' in mermaid(draw(flow_of(), State()))


def test_every_mark_has_a_word_a_sign_and_a_style_and_the_words_are_the_cards():
    assert {mark: shape.word for mark, shape in SHAPES.items()} == WORDS
    # Where two marks share their ends and their colour, the word tells them apart.
    assert len({(s.sign, s.word, s.ends) for s in SHAPES.values()}) == len(SHAPES)


def test_a_click_goes_where_the_page_says_and_a_copy_goes_nowhere(done):
    nodes = draw(done.workflow, done.state)
    assert 'click c1 href "/runs/x/y#card-name"' in mermaid(
        nodes, to=lambda n: f"/runs/x/y#card-{n}"
    )
    assert "click" not in mermaid(nodes)
    assert 'href "/%22%5C%3Ca%20b"' in mermaid(nodes, to=lambda n: '/"\\<a b')


HOSTILE = [
    '"]; click c1 call alert(1)',
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    '%%{init: {"securityLevel": "loose"}}%%',
    "`**bold** _and_ [a](javascript:alert(1))`",
    "#quot;#59;#lt;img#gt;",
    "end\nsubgraph x\nc9-->c1",
    "$$\\frac{1}{2}$$ fa:fa-car 1. one - two",
    "\u202egnitirw \u200b \ud800 \0 \x1b[31m",
    "www.example.org http://example.org a@b.org",
    "---\ntitle: x\n---",
    "&lt;b&gt; &#60; \\\" ''",
]


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_stays_a_label(label):
    flow = Workflow(label)
    flow.ask(a=Text(label), b=Text("plain"))
    check_lines(mermaid(draw(flow, State())))


@given(st.text(min_size=1))
def test_any_label_stays_a_label(label):
    flow = Workflow("T")
    flow.ask(a=Text(label))
    check_lines(mermaid(draw(flow, State())))
    assert re.fullmatch(r"(?:[^\W_]|[ ,?!]|#\d+;)*", escape(label))


def test_a_hostile_outline_stays_an_outline():
    outline = [
        {"name": X, "label": X, "params": [X, "no", 3], "asks": 1, "once": X} for X in HOSTILE
    ]
    check_lines(mermaid(draw(None, State(outline=outline)), to=lambda n: f"/runs/x#card-{n}"))


def check_lines(text):
    first, *rest = text.split("\n")
    assert (first, rest.pop()) == ("flowchart LR", "")
    for line in rest:
        assert LINE.fullmatch(line), line
