"""`cardloom provenance`, `cardloom diagram` and `--why`: what a run is made of, told on a terminal."""

import re

FLOW = '''
flow = Workflow("Sums")
flow.ask(a=Number("A?", whole=True), b=Number("B?", whole=True))


@flow.do
def added(a, b):
    """The sum"""
    return a + b


@flow.do(once=True)
def told(added):
    return f"It is {added}."
'''


def begin(cardloom, write_flow):
    write_flow("sums", FLOW)
    assert cardloom("run", "sums", "x", "a=1", "b=2").returncode == 0


def test_why_tells_one_card_in_words(cardloom, write_flow, events):
    begin(cardloom, write_flow)
    done = cardloom("run", "sums", "x", "a=5", "--why", "a slip of the pen")
    last = cardloom("provenance", "sums/x", "added").stdout
    assert last.startswith("added: The sum\n  The value\n    7\n")
    assert "    It ran again because of this:\n    a went from 1 (event 2) to 5 (event " in last
    assert done.returncode == 1  # `told` waits: it must not be repeated
    assert "“a slip of the pen”" in cardloom("provenance", "sums/x", "a").stdout
    assert [e["why"] for e in events("sums/x") if e.get("why")] == ["a slip of the pen"] * 2


def test_why_without_a_card_tells_of_all_that_began(cardloom, write_flow):
    begin(cardloom, write_flow)
    said = cardloom("provenance", "sums/x").stdout
    assert [line.partition(":")[0] for line in said.splitlines() if line[:1].strip()] == [
        "a", "b", "added", "told",
    ]  # fmt: skip
    early = cardloom("provenance", "sums/x", "--at", "2").stdout
    assert early.startswith("a: A?") and "added" not in early


def test_a_wrong_card_or_event_is_refused_in_a_sentence(cardloom, write_flow):
    begin(cardloom, write_flow)
    wrong = cardloom("provenance", "sums/x", "addde")
    assert wrong.returncode == 2 and "Did you mean 'added'?" in wrong.stderr
    late = cardloom("provenance", "sums/x", "--at", "999")
    assert late.returncode == 3 and "there is no event 999" in late.stderr


def test_graph_prints_mermaid(cardloom, write_flow, workspace):
    begin(cardloom, write_flow)
    now = cardloom("diagram", "sums/x").stdout
    assert now.startswith("flowchart LR\n")
    assert '    c4["Told<br/>● done · ran · once only"]:::done\n' in now
    assert "    c1 --> c3\n    c2 --> c3\n    c3 --> c4\n" in now
    assert 'c1{{"A?<br/>◇ your turn"}}' in cardloom("diagram", "sums/x", "--at", "1").stdout
    alone = cardloom("diagram", "sums", "--workflow").stdout
    assert 'c4("Told<br/>○ to come · once only"):::pending' in alone
    assert cardloom("diagram", "sums", "--workflow", "--at", "1").returncode == 2
    (workspace / "sums.py").unlink()
    assert cardloom("diagram", "sums/x").stdout == now


def test_undo_can_say_why(cardloom, write_flow, events):
    begin(cardloom, write_flow)
    assert cardloom("undo", "sums/x", "--why", "a second thought").returncode == 0
    assert events("sums/x")[-1]["why"] == "a second thought"


def test_the_names_of_the_first_release_do_the_same_and_are_not_listed(cardloom, write_flow):
    begin(cardloom, write_flow)
    listed = cardloom("--help").stdout
    for old, new, more in (
        ("why", "provenance", ()),
        ("graph", "diagram", ()),
        ("rename", "title", ("One",)),
    ):
        assert not re.search(rf"^ +{old} ", listed, re.M)
        assert re.search(rf"^ +{new} ", listed, re.M)
        called = cardloom(old, "sums/x", *more)
        assert called.returncode == 0
        assert called.stdout == cardloom(new, "sums/x", *more).stdout
