"""A card's picture in each of its states: in words and in punched holes, never by colour alone."""

import pytest
from fasthtml.components import to_xml

from cardloom.engine import Text, View
from cardloom.engine.state import CardState
from cardloom.ui import card as ui_card


def drawn(mark, *, asks=False, state=None, **look):
    status = "done" if mark in ("done", "stale") else "running" if mark == "preparing" else mark
    now = state or CardState(status=status, value="the value" if status == "done" else None)
    view = View("name", 1, asks, "The label", "", mark, mark != "pending", now)
    made = ui_card.Look(to=lambda act: f"/to/{act}", link=str, **look)
    return str(to_xml(ui_card.card(view, made), indent=False))


@pytest.mark.parametrize("mark", ui_card.WORDS)
def test_every_state_has_a_word_and_holes_of_its_own(mark):
    html = drawn(mark)
    assert html == drawn(mark)
    assert ui_card.WORDS[mark] in html
    assert 'id="card-name"' in html
    assert f'data-state="{mark}"' in html
    assert set(ui_card.WORDS) == set(ui_card.HOLES)
    assert len(set(ui_card.HOLES.values())) == len(ui_card.HOLES)


def test_an_asking_card_is_a_form_that_works_without_javascript():
    html = drawn("asking", asks=True, question=Text("A?"))
    assert 'method="post"' in html
    assert 'action="/to/answer"' in html
    assert 'name="seen"' in html


@pytest.mark.parametrize("mark", ["asking", "done", "failed", "running", "cancelled"])
def test_a_locked_run_offers_no_act(mark):
    html = drawn(mark, asks=True, question=Text("A?"), locked=True)
    assert "<form" not in html
    assert "<button" not in html


def test_progress_is_a_bar_a_count_or_a_promise():
    known = drawn("running", state=CardState(status="running", done=3, total=8, note="pages"))
    assert 'value="3"' in known
    assert 'max="8"' in known
    assert "3 of 8" in known
    counted = drawn("running", state=CardState(status="running", done=1234))
    assert "1,234" in counted
    assert "max=" not in counted
    assert "<progress" in drawn("running", state=CardState(status="running"))


def test_long_output_shows_its_end():
    text = "begin" + "x" * 200_000 + "the end"
    html = drawn("running", state=CardState(status="running", output=[text]))
    assert "the end" in html
    assert "begin" not in html.replace("the beginning", "")
    assert len(html) < 70_000


def test_a_failed_card_shows_its_sentence_and_hides_its_traceback():
    now = CardState(status="failed", error="It broke.", trace="Traceback <b>")
    html = drawn("failed", state=now, changes={"The first?": "/change/first"})
    assert html.index("It broke.") < html.index("Traceback &lt;b&gt;")
    assert "<details" in html[: html.index("Traceback")]
    assert "Retry" in html
    assert "Change “The first?”" in html


def test_a_card_that_must_not_be_repeated_waits_for_a_word():
    view = View("n", 1, False, "L", "", "interrupted", True, CardState("interrupted"), once=True)
    look = ui_card.Look(to=lambda act: f"/to/{act}", link=str)
    assert "waits for your word" in str(to_xml(ui_card.card(view, look)))
