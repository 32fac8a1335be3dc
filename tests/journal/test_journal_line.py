"""One line, exactly as it lies on the disk."""

import hashlib
import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardloom.journal import BrokenLine, Journal, seal, unseal

MOMENT = datetime(2026, 11, 21, 8, 0, 0, 123456, tzinfo=UTC)
ANSWER = {"type": "answered", "card": "color", "value": "blue", "by": "person", "why": "…"}


def journal_in(folder):
    return Journal(folder, clock=lambda: MOMENT)


def lines_of(journal):
    return journal.path.read_bytes().splitlines(keepends=True)


def test_a_line_is_n_at_type_and_last_its_sum(tmp_path):
    journal = journal_in(tmp_path)
    journal.append([ANSWER])
    [line] = lines_of(journal)
    text = line.decode("utf-8")
    start = '{"n":1,"at":"2026-11-21T08:00:00.123456Z","type":"answered","card":"color",'
    assert text.startswith(start + '"value":"blue","by":"person","why":"…","sum":"')
    assert re.fullmatch(r'[^\n]*,"sum":"[0-9a-f]{16}"}\n', text)


def test_the_time_keeps_six_decimals_when_they_are_zero(tmp_path):
    journal = Journal(tmp_path, clock=lambda: MOMENT.replace(microsecond=0))
    [event] = journal.append([ANSWER])
    assert event["at"] == "2026-11-21T08:00:00.000000Z"


def test_a_sum_can_be_checked_with_nothing_of_ours(tmp_path):
    """Format and chain are a promise to other programs: BLAKE2b-64 of the last sum and this line."""
    journal = journal_in(tmp_path)
    journal.append([ANSWER, {"type": "noted", "text": "ünï \U0001f9f5"}])
    journal.append([{"type": "finalized", "by": "cli"}])
    previous = ""
    for number, line in enumerate(lines_of(journal), 1):
        event = json.loads(line)
        assert event["n"] == number
        body = re.sub(rb',"sum":"[0-9a-f]{16}"}\n$', b"}", line)
        total = hashlib.blake2b(previous.encode() + body, digest_size=8).hexdigest()
        assert event["sum"] == total
        previous = total


def test_what_append_returns_is_what_another_reader_reads(tmp_path):
    written = journal_in(tmp_path).append([ANSWER, {"type": "noted", "text": "two"}])
    assert Journal(tmp_path).read() == written


def test_folder_and_file_are_their_owners_alone(tmp_path):
    journal = journal_in(tmp_path / "run")
    journal.append([ANSWER])
    assert journal.path.stat().st_mode & 0o777 == 0o600
    assert journal.folder.stat().st_mode & 0o777 == 0o700


def json_values():
    # Surrogates too: text from a terminal or a page may hold half of a pair.
    text = st.text(st.characters(codec=None))
    whole = st.integers(-(2**63), 2**64 - 1)
    scalars = st.none() | st.booleans() | whole | st.floats(allow_nan=False) | text
    finite = scalars.filter(lambda v: not isinstance(v, float) or v - v == 0)
    return st.recursive(finite, lambda inner: st.lists(inner) | st.dictionaries(text, inner))


@given(json_values(), st.sampled_from(["", "0123456789abcdef"]))
def test_any_json_survives_a_line_and_stays_on_it(value, previous):
    line, total = seal({"n": 3, "at": "x", "type": "noted", "text": value}, previous)
    assert line.count(b"\n") == 1
    event = unseal(line[:-1], 3, previous)
    assert (event["text"], event["sum"]) == (value, total)
    with pytest.raises(BrokenLine, match="numbered 3, and 4 was due"):
        unseal(line[:-1], 4, previous)
    with pytest.raises(BrokenLine, match="sum does not match"):
        unseal(line[:-1], 3, "fedcba9876543210")


def test_lone_surrogates_huge_numbers_and_five_megabytes(tmp_path):
    journal = journal_in(tmp_path)
    values = [
        "half \ud83d of a pair",
        2**64 - 1,
        -(2**63),
        "9" * 40,
        "x" * 5_000_000,
        "\0\n\r\u2028",
    ]
    for value in values:
        journal.append([{"type": "noted", "text": value}])
    assert [e["text"] for e in Journal(tmp_path).read()] == values
    assert journal.path.read_bytes().decode("utf-8").count("\n") == len(values)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), object(), {1, 2}, 2**64, [-(10**400)], 10**5000],
    ids=["nan", "inf", "object", "set", "65 bits", "huge", "too huge to print"],
)
def test_what_json_cannot_hold_is_refused_and_nothing_is_written(tmp_path, value):
    journal = journal_in(tmp_path)
    journal.append([ANSWER])
    before = journal.path.read_bytes()
    with pytest.raises((ValueError, TypeError)):
        journal.append([ANSWER, {"type": "noted", "text": value}])
    assert journal.path.read_bytes() == before
    assert journal.append([ANSWER])[0]["n"] == 2


def test_no_drafts_write_no_line(tmp_path):
    journal = journal_in(tmp_path)
    assert journal.append([]) == []
    assert not journal.path.exists()
