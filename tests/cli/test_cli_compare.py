"""`cardloom compare` and `cardloom compose`: what they print and leave, and their exit codes."""

import json

import pytest

POEM = """
from dataclasses import dataclass

@dataclass
class Verse:
    text: str
    feet: int

poem = Workflow("Poem")
poem.ask(name=Text("For whom?"), rhyme=Text("Rhyme?"))

@poem.do(process=True, show=lambda verse: verse.text)
def verdict(name, rhyme, *, run):
    path = run.file("lines.csv")
    path.write_text(f"id,text\\n1,{rhyme}\\n2,same\\n")
    if rhyme == "none":
        raise ValueError("There is no rhyme")
    return {"verse": Verse(f"{name} {rhyme}", 5), "file": path}

@poem.do
def loud(verdict):
    return verdict["verse"].text.upper()
"""


@pytest.fixture
def poems(write_flow, cardloom):
    write_flow("poem", POEM)
    for key, rhyme in (("ada", "moon"), ("bob", "sun")):
        done = cardloom("run", "poem", key, "name=Ada", f"rhyme={rhyme}")
        assert done.returncode == 0, done.stderr
    return cardloom


def test_equal_runs_exit_0_and_others_1(poems):
    equal = poems("compare", "poem/ada", "poem/ada@99")
    assert equal.returncode == 3 and "no event 99" in equal.stderr
    equal = poems("compare", "poem/ada", "poem/ada@6")
    assert (equal.returncode, equal.stdout) == (1, equal.stdout)
    same = poems("compare", "poem/ada", "poem/ada")
    assert (same.returncode, same.stdout) == (0, "Equal: name, rhyme, verdict, loud.\n")


def test_differences_are_told_with_their_places_and_rows(poems):
    done = poems("compare", "poem/ada", "poem/bob")
    assert done.returncode == 1
    assert "poem/ada  moon  [done · answered · by cli]" in done.stdout
    assert "verse.text" in done.stdout and "verse.feet" not in done.stdout
    assert "0 rows added, 0 removed, 1 changed, by id" in done.stdout
    assert "~ 1   text: moon → sun" in done.stdout
    assert done.stdout.endswith("Equal: name.\n")


def test_json_holds_the_whole_comparison(poems):
    done = poems("compare", "poem/ada", "poem/bob", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1 and told["equal"] is False
    cards = {card["name"]: card for card in told["cards"]}
    assert cards["rhyme"]["differences"][0]["values"] == ["moon", "sun"]
    [file] = cards["verdict"]["files"]
    assert file["rows"][1]["rows"]["changed"][0]["other"] == ["1", "sun"]


def test_one_run_or_an_unknown_one_is_no_comparison(poems):
    assert poems("compare", "poem/ada").returncode == 2
    gone = poems("compare", "poem/ada", "poem/eve")
    assert gone.returncode == 2 and "There is no run poem/eve" in gone.stderr


def test_a_run_whose_workflow_is_gone_is_compared(poems, workspace):
    (workspace / "poem.py").unlink()
    done = poems("compare", "poem/ada", "poem/bob")
    assert done.returncode == 1 and "rhyme: Rhyme?" in done.stdout


def test_runs_are_composed_into_a_record_with_its_own_files(poems, events, workspace):
    done = poems("compose", "poem/ada", "poem/bob", "--as", "Both of them")
    assert done.returncode == 0, done.stderr
    name = done.stdout.split()[1].rstrip(".")
    told = events(name)
    assert told[0]["runs"] == ["poem/ada", "poem/bob"]
    assert [e["from"] for e in told[1:]] == [
        *(f"poem/ada#{n}" for n in range(2, len(events("poem/ada")) + 1)),
        *(f"poem/bob#{n}" for n in range(2, len(events("poem/bob")) + 1)),
    ]
    files = sorted(
        p.relative_to(workspace / "runs" / name) for p in (workspace / "runs" / name).rglob("*.csv")
    )
    assert [file.parts[1].rpartition("-")[0] for file in files] == [
        "poem_ada__verdict",
        "poem_bob__verdict",
    ]
    assert poems("verify", name).returncode == 0
    shown = poems("show", name)
    assert "poem_bob__loud" in shown.stdout and "(composed)" in shown.stdout
    again = poems("compose", "poem/ada", "poem/bob", "--as", "Both of them")
    assert again.returncode == 3 and "already" in again.stderr
    twice = poems("compose", name, "poem/ada", "--as", "twice")
    assert twice.returncode == 0, twice.stderr
    answered = poems("answer", name, "poem_ada__name=Eve")
    assert answered.returncode == 3 and "composed of poem/ada and poem/bob" in answered.stderr


def test_a_composed_run_is_replayed_exported_and_imported_elsewhere(poems, events, tmp_path):
    poems("compose", "poem/ada", "poem/bob", "--as", "day")
    played = poems("replay", "composed/day", "--speed", "1000")
    assert played.returncode == 0 and "poem_bob__rhyme" in played.stdout
    for kind in ("md", "html", "json", "zip"):
        out = tmp_path / f"day.{kind}"
        done = poems("export", "composed/day", "--to", kind, "--out", str(out))
        assert done.returncode == 0, done.stderr
        assert kind == "zip" or "poem/bob" in out.read_text()
    refused = poems("export", "composed/day", "--to", "py", "--out", str(tmp_path / "day.py"))
    assert refused.returncode == 3 and "a record to read" in refused.stderr
    assert not (tmp_path / "day.py").exists()
    elsewhere = {"CARDLOOM_WORKSPACE": str(tmp_path / "elsewhere")}
    (tmp_path / "elsewhere").mkdir()
    taken = poems("import", str(tmp_path / "day.zip"), env=elsewhere)
    assert taken.returncode == 0, taken.stderr
    shown = poems("show", "composed/day", env=elsewhere)
    assert "poem_bob__loud" in shown.stdout and "ADA SUN" in shown.stdout
    assert len(list((tmp_path / "elsewhere").rglob("lines.csv"))) == 2
    again = poems("reproduce", "composed/day")
    assert again.returncode == 3 and "a record to read" in again.stderr


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("poem/ada", "--as", "x"), 2, "two runs or more"),
        (("poem/ada", "poem/ada", "--as", "x"), 2, "each once"),
        (("poem/ada", "bridge", "--as", "x"), 2, "not some of each"),
        (("poem/ada", "poem/bob", "--as", "x", "--workflow", "bridge"), 3, "is a workflow"),
        (("poem/ada", "poem/bob", "--as", "x", "--workflow", "../x"), 2, "can't be a folder"),
        (("bridge", "nothing", "--as", "day"), 2, "no workflow called 'nothing'"),
        (("bridge", "poem", "--as", "poem"), 3, "exists already"),
        (("bridge", "poem", "--as", "bridge"), 2, "composed of itself"),
        (("bridge", "poem", "--as", "composed"), 2, "where composed runs lie"),
    ],
)
def test_what_can_not_be_composed_is_refused(poems, workspace, words, code, sentence):
    before = sorted(workspace.rglob("*.py")) + sorted(workspace.glob("runs/*/*"))
    done = poems("compose", *words)
    assert (done.returncode, sentence in done.stderr) == (code, True), done.stderr
    assert sorted(workspace.rglob("*.py")) + sorted(workspace.glob("runs/*/*")) == before


def test_a_composed_workflow_runs_with_processes_and_both_files_dataclasses(
    poems, workspace, events
):
    done = poems("compose", "bridge", "poem", "--as", "day")
    assert done.returncode == 0, done.stderr
    given = ("run", "day", "ada", "name=Ada", "quest=Grail", "color=blue", "rhyme=moon")
    ran = poems(*given)
    assert (ran.returncode, ran.stdout.splitlines()[0]) == (0, "ADA MOON"), ran.stderr
    assert [e["card"] for e in events("day/ada") if e["type"] == "finished"] == [
        "verdict",
        "poem_verdict",
        "loud",
    ]
    plan = poems("answer", "day/ada", "rhyme=sun", "--plan")
    assert "2 will run: poem_verdict, loud" in plan.stdout
    failed = poems("run", "day", "ada", "rhyme=none")
    assert failed.returncode == 1 and "There is no rhyme" in failed.stderr
    [last] = [e for e in events("day/ada") if e["type"] == "failed"]
    assert "poem.py" in last["trace"] and "cardloom/jobs" not in last["trace"]
