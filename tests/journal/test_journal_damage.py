"""A journal that was torn or changed: never a traceback, never silently shorter."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardloom.errors import Refused
from cardloom.journal import Journal, repair, verify
from cardloom.journal.line import seal

LINES = 6


@pytest.fixture
def written(tmp_path):
    """The bytes of a whole journal, which lies in tmp_path."""
    journal = Journal(tmp_path)
    for number in range(LINES):
        journal.append([{"type": "noted", "text": f"ünï {number}", "inputs": {"a": number}}])
    journal.close()
    return journal.path.read_bytes()


def spoil(folder, data):
    (folder / "journal.jsonl").write_bytes(data)


def starts_of(data):
    """Where each line begins, and the end of the last."""
    return [0, *(i + 1 for i, byte in enumerate(data) if byte == 10)]


def line_at(data, offset):
    return data[:offset].count(b"\n") + 1


def test_every_flipped_bit_before_the_last_line_is_damage_at_its_line(tmp_path, written):
    good = Journal(tmp_path).read()
    for offset in range(starts_of(written)[-2]):
        for bit in range(8):
            spoiled = bytearray(written)
            spoiled[offset] ^= 1 << bit
            spoil(tmp_path, spoiled)
            journal = Journal(tmp_path)
            line = line_at(written, offset)
            assert journal.read() == good[: line - 1]
            assert [d.line for d in journal.damage] == [line]


@given(st.data())
def test_any_byte_changed_to_any_other_is_damage_at_its_line(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("flip")
    Journal(folder).append([{"type": "noted", "text": t} for t in ("one", "two", "three")])
    whole = (folder / "journal.jsonl").read_bytes()
    offset = data.draw(st.integers(0, starts_of(whole)[-2] - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != whole[offset]))
    spoil(folder, whole[:offset] + bytes([byte]) + whole[offset + 1 :])
    kept, damage = verify(folder)
    assert ([d.line for d in damage], kept) == (
        [line_at(whole, offset)],
        line_at(whole, offset) - 1,
    )


def test_a_flip_in_the_last_line_never_becomes_an_event(tmp_path, written):
    good = Journal(tmp_path).read()
    for offset in range(starts_of(written)[-2], len(written)):
        for byte in (0, 10, 32, 48, 255, written[offset] ^ 1):
            if byte == written[offset]:
                continue
            spoil(tmp_path, written[:offset] + bytes([byte]) + written[offset + 1 :])
            assert Journal(tmp_path).read() == good[:-1]


def test_a_lost_a_doubled_and_a_swapped_line_are_damage(tmp_path, written):
    lines = written.splitlines(keepends=True)
    spoiled = {
        2: lines[:1] + lines[2:],  # the second is gone
        3: [*lines[:2], lines[1], *lines[2:]],  # the second again in the third place
        4: [*lines[:3], lines[4], lines[3], lines[5]],
    }
    for line, left in spoiled.items():
        spoil(tmp_path, b"".join(left))
        kept, damage = verify(tmp_path)
        assert (kept, [d.line for d in damage]) == (line - 1, [line])


def test_a_torn_tail_cut_at_every_byte_is_set_aside_and_the_rest_stays(tmp_path, written):
    good = Journal(tmp_path).read()
    last = starts_of(written)[-2]
    for cut in range(last, len(written)):
        folder = tmp_path / f"cut-{cut}"
        folder.mkdir()
        spoil(folder, written[:cut])
        journal = Journal(folder)
        assert journal.read() == good[:-1]
        assert journal.damage == []
        [event] = journal.append([{"type": "noted", "text": "after"}])
        assert event["n"] == LINES
        torn = [p.read_bytes() for p in folder.glob("journal.torn-*")]
        assert torn == ([written[last:cut]] if cut > last else [])
        assert Journal(folder).read() == [*good[:-1], event]
        assert verify(folder) == (LINES, [])


def lost_sectors(size):
    """Tails that a power cut may leave after `size` bytes: new length, some sectors never written."""
    room = -size % 512  # bytes to the end of the sector in which the tail begins
    long = b'{"n":7,"text":"' + b"y" * (room + 1500) + b'"}\n'
    yield b"\0" * 4096
    yield b"\0" * len(long)
    yield b"\0" * room + long[room:]
    yield long[:room] + b"\0" * 512 + long[room + 512 :]
    yield long[: room + 512] + b"\0" * (len(long) - room - 512)
    yield b"\0" * 511 + b"\n"


def test_a_sector_lost_in_a_power_cut_is_torn_not_damaged(tmp_path, written):
    for number, tail in enumerate(lost_sectors(len(written))):
        folder = tmp_path / str(number)
        folder.mkdir()
        spoil(folder, written + tail)
        journal = Journal(folder)
        assert (len(journal.read()), journal.damage) == (LINES, [])
        journal.append([{"type": "noted"}])
        assert [p.read_bytes() for p in folder.glob("journal.torn-*")] == [tail]
        assert verify(folder) == (LINES + 1, [])


def test_nuls_within_a_last_line_are_damage(tmp_path, written):
    """No sector begins or ends there: somebody wrote them, over an acknowledged line."""
    last = starts_of(written)[-2]
    for offset in range(last + 1, len(written) - 2):
        spoil(tmp_path, written[:offset] + b"\0" + written[offset + 1 :])
        assert [d.line for d in verify(tmp_path)[1]] == [LINES]


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_read_without_a_traceback(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("any")
    spoil(folder, data)
    kept, damage = verify(folder)
    assert kept == 0
    assert all(d.line == 1 for d in damage)


def test_deeply_nested_lines_are_damage_not_a_crash(tmp_path):
    journal = Journal(tmp_path)
    journal.append([{"type": "noted"}])
    nested = b'{"n":2,"v":' + b"[" * 100_000 + b"]" * 100_000 + b',"sum":"0123456789abcdef"}\n'
    spoil(tmp_path, journal.path.read_bytes() + nested)
    assert [d.line for d in verify(tmp_path)[1]] == [2]


def test_what_is_nested_deeper_than_the_engine_keeps_is_damage_and_the_rest_is_not(tmp_path):
    def nested(levels, value=1):
        for level in range(levels):
            value = [value] if level % 2 else {"a": value}
        return value

    pairs = 1
    for _ in range(99):  # as the engine keeps a hundred levels of dicts whose keys are no text
        pairs = {"$": "dict", "v": [[0, pairs]]}
    lines, last = b"", ""
    for n, value in enumerate((pairs, nested(310), "x" * 5000, [10**18] * 200, nested(330)), 1):
        line, last = seal({"n": n, "type": "noted", "v": value}, last)
        lines += line
    spoil(tmp_path, lines)
    kept, [damage] = verify(tmp_path)
    assert (kept, damage.line) == (4, 5)
    assert "nested deeper than any value" in str(damage)


def damaged(folder, written, line=3):
    starts = starts_of(written)
    spoiled = written.replace(b'"a":%d' % (line - 1), b'"a":%d' % (line + 1))
    assert len(spoiled) == len(written)
    assert spoiled != written
    spoil(folder, spoiled)
    return spoiled, starts[line - 1]


def test_damage_in_the_middle_opens_for_reading_only(tmp_path, written):
    spoiled, _ = damaged(tmp_path, written)
    journal = Journal(tmp_path)
    assert len(journal.read()) == 2
    with pytest.raises(Refused, match=r"reading only\. Line 3: its sum does not match.*repair"):
        journal.append([{"type": "noted"}])
    assert journal.path.read_bytes() == spoiled


def test_repair_keeps_the_good_beginning_the_original_and_what_still_reads(tmp_path, written):
    spoiled, good = damaged(tmp_path, written)
    spoiled = spoiled[:-20] + b"\xff" * 19 + b"\n"  # and a last line that reads no more
    spoil(tmp_path, spoiled)
    done = repair(tmp_path)
    assert (done.kept, done.salvaged, done.unreadable) == (2, 3, 1)
    assert [d.line for d in done.damage] == [3]
    assert done.original.read_bytes() == spoiled
    assert done.salvage.read_bytes() == b"".join(spoiled[good:].splitlines(True)[:3])
    assert [json.loads(line)["n"] for line in done.salvage.read_bytes().splitlines()] == [3, 4, 5]
    assert (tmp_path / "journal.jsonl").read_bytes() == written[:good]
    assert Journal(tmp_path).append([{"type": "noted"}])[0]["n"] == 3


def test_a_whole_journal_is_not_repaired(tmp_path, written):
    assert repair(tmp_path) is None
    assert [p.name for p in tmp_path.iterdir()] == ["journal.jsonl"]
    assert (tmp_path / "journal.jsonl").read_bytes() == written


def test_a_torn_tail_is_no_reason_to_repair(tmp_path, written):
    spoil(tmp_path, written[:-1])
    assert repair(tmp_path) is None
    assert (tmp_path / "journal.jsonl").read_bytes() == written[:-1]


def test_an_open_journal_sees_that_another_process_repaired_it(tmp_path, written):
    _, _ = damaged(tmp_path, written)
    journal = Journal(tmp_path)
    journal.read()
    repair(tmp_path)
    assert len(journal.read()) == 2
    assert journal.damage == []
    assert journal.append([{"type": "noted"}])[0]["n"] == 3


def test_an_open_journal_sees_that_it_was_damaged_since(tmp_path, written):
    journal = Journal(tmp_path)
    journal.read()
    spoil(tmp_path, written + b"not a line of ours\n")
    assert len(journal.read()) == LINES
    assert [d.line for d in journal.damage] == [LINES + 1]
    with pytest.raises(Refused, match=f"Line {LINES + 1}: it is not a complete event"):
        journal.append([{"type": "noted"}])
