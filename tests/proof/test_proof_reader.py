"""Any bytes in a journal's place: no traceback, never silently shorter, damage named by its line."""

import json
import random
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cardloom.cli import main
from cardloom.engine import Unstorable, decode, encode, same
from cardloom.journal import Journal, dumps, repair, seal, verify

NAME = "journal.jsonl"


@pytest.fixture
def whole(tmp_path):
    """The bytes of a journal of twelve lines, some of them longer than a sector."""
    journal = Journal(tmp_path / "whole")
    for number in range(12):
        text = "ünï \ud83d" if number == 5 else "é" * (number * 40)
        journal.append([{"type": "noted", "text": text, "i": number}])
    journal.close()
    return journal.path.read_bytes()


def changed(data, dice):
    """`data` spoiled in one way; what was done."""
    lines = data.splitlines(keepends=True)
    at, byte = dice.randrange(len(lines)), dice.randrange(len(data))
    other = dice.randrange(len(lines))
    ways = {
        "cut": lambda: data[:byte],
        "flipped": lambda: (
            data[:byte] + bytes([data[byte] ^ 1 << dice.randrange(8)]) + data[byte + 1 :]
        ),
        "doubled": lambda: b"".join([*lines[: at + 1], *lines[at:]]),
        "dropped": lambda: b"".join(lines[:at] + lines[at + 1 :]),
        "swapped": lambda: b"".join(
            lines[other] if i == at else lines[at] if i == other else line
            for i, line in enumerate(lines)
        ),
        "crlf": lambda: data.replace(b"\n", b"\r\n"),
        "one crlf": lambda: b"".join(
            line[:-1] + b"\r\n" if i == at else line for i, line in enumerate(lines)
        ),
        "bom": lambda: b"\xef\xbb\xbf" + data,
        "not utf-8": lambda: data[:byte] + b"\xff\xc0\x80" + data[byte:],
        "not a number": lambda: data + b'{"n":13,"at":"x","v":NaN,"sum":"0123456789abcdef"}\n',
        "nested": lambda: data + b'{"n":13,"v":' + b"[" * 9000 + b"]" * 9000 + b"}\n",
        "nuls behind": lambda: data + b"\0" * dice.choice((1, 100, 512, 4096)),
        "nuls within": lambda: data[:byte] + b"\0" * 700 + data[byte + 700 :],
        "glued": lambda: data + data,
        "another in the middle": lambda: b"".join([*lines[:at], *lines[: at + 1], *lines[at:]]),
        "an empty line": lambda: b"".join([*lines[:at], b"\n", *lines[at:]]),
        "noise behind": lambda: data + dice.randbytes(dice.randrange(1, 600)),
    }
    name = dice.choice(list(ways))
    return name, ways[name]()


def untouched(data, spoiled):
    """How many lines stand as they were before the first change."""
    before, after = data.split(b"\n")[:-1], spoiled.split(b"\n")[:-1]
    count = 0
    for one, other in zip(before, after, strict=False):
        if one != other:
            break
        count += 1
    return count


def judge(folder, data, spoiled, good):
    """What must hold of any spoiled journal; (events read, damage)."""
    path = folder / NAME
    path.write_bytes(spoiled)
    journal = Journal(folder)
    events = journal.read()
    count = untouched(data, spoiled)
    assert len(events) >= count
    assert events == good[: len(events)]
    assert verify(folder) == (len(events), journal.damage)
    rest = spoiled[journal.good :]
    if journal.damage:
        assert [d.line for d in journal.damage] == [len(events) + 1]
    else:  # what was not read is the torn end of a write: no whole line, but for lost sectors
        assert b"\n" not in rest or b"\0" in rest
    assert path.read_bytes() == spoiled  # to read changes nothing
    return events, journal.damage


def mend(folder, spoiled, events, damage):
    """Repair it and write on: nothing that was there is gone."""
    done = repair(folder)
    assert (done is None) == (not damage)
    if done:
        assert done.original.read_bytes() == spoiled
        assert done.kept == len(events)
        kept = done.salvage.read_bytes() if done.salvage else b""
        for line in spoiled.split(b"\n")[len(events) :]:
            try:
                told = isinstance(json.loads(line), dict)
            except (ValueError, RecursionError):
                continue
            assert line in kept or not told
    [event] = Journal(folder).append([{"type": "noted"}])
    assert Journal(folder).read() == [*events, event]
    torn = b"".join(p.read_bytes() for p in folder.glob("journal.torn-*"))
    assert (torn in spoiled) if torn else True
    assert verify(folder)[1] == []


def test_a_spoiled_journal_is_never_silently_shorter(tmp_path, whole, long, tally):
    good = Journal(tmp_path / "whole").read()
    for seed in range(20_000 if long else 700):
        name, spoiled = changed(whole, random.Random(seed))
        folder = tmp_path / "spoiled"
        folder.mkdir(exist_ok=True)
        events, damage = judge(folder, whole, spoiled, good)
        if seed % 5 == 0:
            mend(folder, spoiled, events, damage)
            for path in folder.iterdir():
                path.unlink()
        tally("fuzz cases")
        assert name


def test_a_journal_cut_at_every_byte_keeps_its_whole_lines(tmp_path, whole, long, tally):
    good = Journal(tmp_path / "whole").read()
    folder = tmp_path / "cut"
    folder.mkdir()
    for byte in range(0, len(whole), 1 if long else 11):
        events, damage = judge(folder, whole, whole[:byte], good)
        assert (len(events), damage) == (whole[:byte].count(b"\n"), [])
        tally("fuzz cases")


def test_a_very_long_line_is_read_and_its_damage_is_found(tmp_path, long, tally):
    size = 100_000_000 if long else 6_000_000
    journal = Journal(tmp_path)
    journal.append([{"type": "noted", "text": "x" * size}, {"type": "noted"}])
    assert [len(e.get("text", "")) for e in Journal(tmp_path).read()] == [size, 0]
    data = journal.path.read_bytes()
    journal.path.write_bytes(data[: size // 2] + b"y" + data[size // 2 + 1 :])
    assert [d.line for d in verify(tmp_path)[1]] == [1]
    journal.path.write_bytes(data[: size // 2])
    assert verify(tmp_path) == (0, [])
    tally("fuzz cases", 3)


def test_the_commands_agree_on_what_is_damaged(workspace, write_flow, whole, long, tally):
    write_flow("flow", 'flow = Workflow("F")\nflow.ask(a=Text("A?"))')
    folder = workspace / "runs/flow/ada"
    folder.mkdir(parents=True)
    for seed in range(300 if long else 25):
        _, spoiled = changed(whole, random.Random(seed))
        if not spoiled:
            continue
        (folder / NAME).write_bytes(spoiled)
        kept, damage = verify(folder)
        if not kept and not damage:
            continue  # not one whole line: there is no such run yet
        told = CliRunner().invoke(main, ["verify", "flow/ada"])
        assert told.exit_code == (3 if damage else 0), told.output
        held = f"{kept} events hold, then: {damage[0]}" if damage else f"{kept} events, all hold"
        assert held in told.output
        done = CliRunner().invoke(main, ["repair", "flow/ada"])
        assert done.exit_code == 0, done.output
        assert (f"Kept {kept} events." if damage else "is not damaged") in done.output
        assert (str(damage[0]) if damage else "nothing was changed") in done.output
        for path in folder.iterdir():
            path.unlink()
        tally("fuzz cases")


# -- values --------------------------------------------------------------------------------------


def values():
    texts = st.text(st.characters(codec=None), max_size=20)
    scalars = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | texts
        | st.binary(max_size=20)
        | st.dates()
        | st.datetimes()
        | st.datetimes(timezones=st.just(UTC))
        | st.decimals(allow_nan=False)
    )
    keys = st.one_of(
        texts, st.integers(), st.booleans(), st.dates(), st.tuples(texts, st.integers())
    )
    return st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.tuples(inner, inner)
            | st.dictionaries(keys, inner, max_size=4)
            | st.sets(keys, max_size=4)
            | st.frozensets(keys, max_size=4)
        ),
        max_leaves=12,
    )


def alike(one, other):
    """Equal, and of the same types all the way down: 1, True and 1.0 are three values."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return len(one) == len(other) and all(
            alike(k, k2) and alike(v, v2)
            for (k, v), (k2, v2) in zip(one.items(), other.items(), strict=True)
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return one == other


@given(value=values())
@settings(max_examples=400)
def test_a_value_comes_back_as_it_went_in(value, tally):
    stored = encode(value)
    line, _ = seal({"n": 1, "value": stored}, "")
    read = json.loads(line)["value"]
    assert same(read, stored)
    assert alike(decode(read), value)
    tally("values round trip")


class Strange:
    """Of no kind that is kept."""


@pytest.mark.parametrize(
    "value",
    [
        Strange(),
        [Strange()],
        {"a": {1: Strange()}},
        lambda: 1,
        1j,
        range(3),
        bytearray(b"x"),
        memoryview(b"x"),
        type("Text", (str,), {})("sub"),
        datetime.now(UTC).time(),
        iter([]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_that_cannot_be_kept_is_refused_with_a_sentence(value, tally):
    with pytest.raises(Unstorable, match=r"cannot be kept in a journal\. Return plain Python data"):
        encode(value)
    tally("values round trip")


def test_nesting_has_a_limit_and_a_sentence():
    deep = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(Unstorable, match="nested more than 100 levels deep"):
        encode(deep)
    assert dumps(encode([date(2026, 1, 2), Decimal("1.50")]))
