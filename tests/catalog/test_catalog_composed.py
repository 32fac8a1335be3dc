"""`composed(…)` in a workflow file: found, loaded anew, refused with a sentence."""

import os

import pytest

from cardloom.catalog import Catalog

POEM = """
poem = Workflow("Poem")
poem.ask(name=Text("For whom?"))

@poem.do
def lines(name):
    return name
"""
DAY = 'day = composed("Day", "bridge", "poem")\n'


@pytest.fixture
def catalog(workspace):
    return Catalog(workspace)


def test_a_composed_workflow_is_an_entry_like_any_other(write_flow, catalog):
    write_flow("poem", POEM)
    write_flow("day", DAY, imports="from cardloom import composed")
    day = catalog.entries()["day"].workflow
    assert (day.title, day.name) == ("Day", "day")
    assert [c.name for c in day.cards] == ["name", "quest", "color", "verdict", "lines"]


def test_a_part_that_changes_is_read_anew(write_flow, catalog):
    path = write_flow("poem", POEM)
    write_flow("day", DAY, imports="from cardloom import composed")
    before = catalog.workflow("day")
    assert catalog.workflow("day") is before
    write_flow("poem", POEM.replace("def lines", "def verses"))
    os.utime(path, ns=(1, 1))
    assert "verses" in catalog.workflow("day")


def test_a_missing_part_is_told_and_found_when_it_comes(write_flow, catalog):
    write_flow("day", DAY, imports="from cardloom import composed")
    assert catalog.entry("day").trouble == (
        "day.py: It is composed of 'poem', and there is no such workflow."
    )
    write_flow("poem", POEM)
    assert catalog.entry("day").workflow is not None


def test_trouble_in_a_part_names_the_parts_file(write_flow, catalog):
    write_flow("poem", POEM + "\nnot python at all\n")
    write_flow("day", DAY, imports="from cardloom import composed")
    assert catalog.entry("day").trouble.startswith("poem.py, line 10:")


def test_a_workflow_composed_of_itself_is_refused(write_flow, catalog):
    write_flow("poem", 'poem = composed("Poem", "bridge", "day")')
    write_flow("day", DAY)
    assert "composed of itself: day → poem → day" in catalog.entry("day").trouble


def test_a_composed_workflow_may_be_part_of_another_and_take_more_cards(write_flow, catalog):
    write_flow("poem", POEM)
    write_flow("day", DAY)
    write_flow(
        "week",
        """
        week = composed("Week", "day", "day2")

        @week.do
        def end(lines, more):
            return lines
        """,
    )
    write_flow("day2", 'd = Workflow("D")\n@d.do\ndef more(verdict): return verdict\n')
    week = catalog.workflow("week")
    assert [c.name for c in week.cards][-3:] == ["lines", "more", "end"]
