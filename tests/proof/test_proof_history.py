"""A crowd answers, changes, cancels, rewinds and forks over HTTP while its server is killed again and
again; then the history of what each was told is held against the journals."""

import dataclasses
import hashlib

from crowd import Client, Town
from history import check, check_effects
from test_proof_kills import command


def digest(folder):
    """Every file below the folder, by its name; what a lock leaves is no file of the run."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def test_what_each_was_told_is_what_the_journals_hold(tmp_path, long, tally):
    lives, acts, people = (30, 80, 5) if long else (4, 40, 3)
    town = Town(tmp_path, seed=11)
    for key in ("ada", "bob", "quiet"):
        assert command(tmp_path, "run", "flow", key, "name=first", "color=blue").returncode == 0
    before = digest(tmp_path / "runs/flow/quiet")
    runs = ["flow/ada", "flow/bob"]
    clients = [Client(town, "hand", runs, hand=True)]
    clients += [
        Client(town, name, runs) for name in ("one", "two", "three", "four", "five")[:people]
    ]
    forker = Client(town, "forker", ["flow/quiet"])
    forker.kinds = {"fork": 1, "look": 6}
    for client in (*clients, forker):
        client.start()
    for _ in range(lives):
        town.one_life(acts)
    assert town.begin()
    town.wait_for_acts(acts)
    town.close()
    for client in (*clients, forker):
        client.join()
    town.end(town.server)
    journals, effects = town.journals(), tmp_path / "effects"
    assert town.record.faults == []
    assert check(town.record.acts, journals) == []
    assert check_effects(effects.read_text().splitlines(), journals) == []
    assert digest(tmp_path / "runs/flow/quiet") == before
    forks = [e for e in journals.values() if "from" in e[0]]
    assert any(e[0]["from"].startswith("flow/quiet#") for e in forks)
    outcomes = {act.outcome for act in town.record.acts}
    assert outcomes == {"ok", "refused", "silent"}
    for run, begins in town.begins:
        assert (tmp_path / "runs" / run / "journal.jsonl").read_bytes().startswith(begins)
    tally("kills", lives)
    tally("acts over HTTP", len(town.record.acts))
    tally("acts without an answer", sum(a.outcome == "silent" for a in town.record.acts))
    catches(town.record.acts, journals)


def catches(acts, journals):
    """The same history, spoiled on purpose: the checker has a word for each."""
    run = "flow/ada"
    events = journals[run]
    ours = [a for a in acts if a.run == run]
    answers = [a for a in ours if a.kind == "answer" and a.outcome == "ok"]
    place = {
        e["value"]: i
        for i, e in enumerate(events)
        if e["type"] == "answered" and e["by"] == "person" and "from" not in e
    }
    first = answers[len(answers) // 2]
    then = next(a for a in answers if a.sent > first.told)
    i, j = place[first.token], place[then.token]

    def says(spoiled, words, told=acts):
        found = check(told, {**journals, **spoiled})
        assert any(words in sentence for sentence in found), (words, found)

    says({run: events[:i] + events[i + 1 :]}, f"{first} was acknowledged and is there 0 times")
    says({run: [*events, events[i]]}, f"{first} was acknowledged and is there 2 times")
    swapped = list(events)
    swapped[i], swapped[j] = events[j], events[i]
    says({run: swapped}, "reordered")
    refused = next(a for a in ours if a.kind == "answer" and a.outcome == "refused")
    taken = {**events[i], "value": refused.token}
    says({run: [*events, taken]}, f"{refused} was refused and is there")
    says({run: [*events, {**events[i], "value": "nobody-000001"}]}, "nobody sent it")
    undone = next(k for k, e in enumerate(events) if e.get("as") == "undo")
    blank = {"n": undone + 1, "type": "noted", "text": ""}
    says(
        {run: [*events[:undone], blank, *events[undone + 1 :]]}, "is not where it can have happened"
    )
    says({run: [*events, events[undone]]}, "nobody sent, or has it twice")
    look = next(a for a in ours if a.kind == "look" and a.sent > first.told and a.saw)
    blind = [dataclasses.replace(a, saw=1) if a is look else a for a in acts]
    says({}, "reordered", blind)
    fork, repeated = next(
        (name, e)
        for name, e in journals.items()
        if "from" in e[0] and len(e) > 1 and isinstance(e[1].get("value"), str)
    )
    other = [repeated[0], {**repeated[1], "value": "another"}, *repeated[2:]]
    says({fork: other}, "with another value")
    began = next((r, e["n"]) for r, es in journals.items() for e in es if _export(e))
    line = f"/runs/{began[0]}/files/export-{began[1]}.part/done.txt"
    assert "done twice" in check_effects([line, line], journals)[0]
    start = events[next(k for k, e in enumerate(events) if _export(e))]
    assert check_effects([], {run: [*events, start, start]})


def _export(event):
    return event["type"] == "started" and event.get("card") == "export"
