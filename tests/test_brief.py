"""A stored value in a few words."""

import pytest

from cardloom.brief import brief


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (None, "nothing"),
        (True, "yes"),
        (1.5, "1.5"),
        ([1, "a"], "1, a"),
        ([[1], [2]], "2 items"),
        ({"$": "file", "path": "links-14/links.csv", "size": 2_500_000}, "links.csv (2.5 MB)"),
        ({"$": "table", "library": "pandas", "file": {"size": 999}}, "a table (999 bytes)"),
        ({"$": "decimal", "v": "1.50"}, "1.50"),
    ],
)
def test_a_value_is_said_in_a_few_words(stored, said):
    assert brief(stored) == said


@pytest.mark.parametrize(
    "stored",
    [
        {"$": "file", "path": "a.csv", "size": None},
        {"$": "file", "path": 5, "size": 1},
        {"$": "table", "file": {"size": "many"}},
        {"$": "stored", "file": None},
        {"$": {}},
    ],
)
def test_half_a_value_is_said_somehow(stored):
    """A journal is data, and may hold anything."""
    assert isinstance(brief(stored), str)
