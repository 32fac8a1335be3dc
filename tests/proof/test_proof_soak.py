"""The soak itself: it ends well, and it says so when something is gone."""

import soak
from crowd import Town


def test_a_few_seconds_of_soak_lose_nothing(capsys, tally):
    code = soak.main(["--minutes", "0.15", "--seed", "5"])
    said = capsys.readouterr().out
    assert code == 0, said
    assert "events lost                      0" in said
    tally("kills", int(said.split("kills survived")[1].split()[0]))


def test_a_lost_event_ends_the_soak_with_1(capsys, monkeypatch):
    whole = Town.journals

    def without_the_last_answer(town):
        found = whole(town)
        run = next(name for name in found if name.startswith("flow/run"))
        words = [a.token for a in town.record.acts if a.run == run and a.outcome == "ok"]
        found[run] = [e for e in found[run] if e.get("value") not in words]
        return found

    monkeypatch.setattr(Town, "journals", without_the_last_answer)
    assert soak.main(["--minutes", "0.1", "--seed", "6"]) == 1
    assert "was acknowledged and is there 0 times" in capsys.readouterr().out
