"""`cardloom export`, `import` and `reproduce` from a terminal: files, sentences, exit codes."""

import json
import zipfile

import pytest

FLOW = """
from pathlib import Path

flow = Workflow("Flow")
flow.ask(text=Text("Text?"))


@flow.do
def work(text, *, run):
    print("printed by the card")
    found = Path(__file__).with_name("world.txt")
    path = run.file("out.txt")
    path.write_text(text)
    return [text, found.read_text() if found.exists() else "", path]
"""


@pytest.fixture
def done(write_flow, cardloom):
    write_flow("flow", FLOW)
    assert cardloom("run", "flow", "ada", "text=hello").returncode == 0


def test_each_kind_is_written_beside_one_and_named_after_the_run(done, cardloom, workspace):
    for kind in ("md", "html", "json", "zip", "py"):
        told = cardloom("export", "flow/ada", "--to", kind)
        assert (told.returncode, told.stdout) == (0, f"flow-ada.{kind}\n"), told.stderr
        assert (workspace / f"flow-ada.{kind}").stat().st_size > 100
        assert (workspace / f"flow-ada.{kind}").stat().st_mode & 0o077 == 0


def test_a_file_that_is_there_is_kept_unless_it_is_named(done, cardloom, workspace):
    (workspace / "flow-ada.md").write_text("mine")

    told = cardloom("export", "flow/ada", "--to", "md")

    assert told.returncode == 3 and "is here already" in told.stderr
    assert (workspace / "flow-ada.md").read_text() == "mine"
    assert cardloom("export", "flow/ada", "--to", "md", "--out", "flow-ada.md").returncode == 0
    assert (workspace / "flow-ada.md").read_text().startswith("# ada · Flow")


def test_an_export_goes_to_standard_output(done, cardloom):
    told = cardloom("export", "flow/ada", "--to", "json", "--out", "-", "--at", "2")

    assert json.loads(told.stdout)["n"] == 2


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("export", "flow/nobody", "--to", "md"), 2, "There is no run"),
        (("export", "flow/ada", "--to", "md", "--at", "99"), 3, "there is no event 99"),
        (("export", "flow/ada", "--to", "docx"), 2, "'docx' is not one of"),
        (("export", "flow/ada", "--to", "md", "--out", "no/where.md"), 2, "There is no folder no"),
        (("import", "nothing.zip"), 2, "There is no file nothing.zip"),
        (("import", "flow.py"), 2, "This is not a whole zip file"),
        (("reproduce", "flow/nobody"), 2, "There is no run"),
        (("reproduce", "flow/ada", "--card", "wrok"), 2, "Did you mean 'work'"),
        (("reproduce", "flow/ada", "--card", "text"), 2, "text asks"),
    ],
)
def test_what_can_not_be_done_is_a_sentence(done, cardloom, workspace, words, code, sentence):
    told = cardloom(*words)

    assert told.returncode == code and sentence in told.stderr
    assert not list(workspace.glob("*.part")) and not list(workspace.glob(".*.part"))


def test_a_run_goes_out_and_comes_in_elsewhere(done, cardloom, workspace, tmp_path):
    cardloom("export", "flow/ada", "--to", "zip")
    other = tmp_path / "other"

    told = cardloom("import", "flow-ada.zip", "-w", str(other))

    assert (told.returncode, told.stdout) == (0, "flow/ada\n"), told.stderr
    there, here = other / "runs/flow/ada", workspace / "runs/flow/ada"
    assert (there / "journal.jsonl").read_bytes() == (here / "journal.jsonl").read_bytes()
    assert [p.read_text() for p in there.rglob("out.txt")] == ["hello"]
    assert "hello" in cardloom("show", "flow/ada", "-w", str(other)).stdout


def test_a_second_run_of_that_name_is_named_otherwise(done, cardloom):
    cardloom("export", "flow/ada", "--to", "zip")
    cardloom("answer", "flow/ada", "text=other")

    told = cardloom("import", "flow-ada.zip")
    named = cardloom("import", "flow-ada.zip", "--as", "mine")

    assert told.stdout == "flow/ada-2\n" and "left as it is" in told.stderr
    assert named.stdout == "flow/mine\n"
    assert "other" in cardloom("show", "flow/ada").stdout


def test_a_damaged_run_comes_in_only_where_that_is_wanted(done, cardloom, workspace):
    journal = workspace / "runs/flow/ada/journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"hello"', b'"hullo"', 1))
    assert cardloom("export", "flow/ada", "--to", "zip").returncode == 0

    told = cardloom("import", "flow-ada.zip", "--as", "b")
    wanted = cardloom("import", "flow-ada.zip", "--as", "b", "--damaged")

    assert told.returncode == 2 and "Line 2" in told.stderr and "--damaged" in told.stderr
    assert wanted.returncode == 0 and "reading only" in wanted.stderr
    assert cardloom("verify", "flow/b").returncode == 3


def test_reproduce_says_card_by_card_and_its_exit_code_tells(done, cardloom, workspace):
    journal = (workspace / "runs/flow/ada/journal.jsonl").read_bytes()

    same = cardloom("reproduce", "flow/ada")
    (workspace / "world.txt").write_text("changed")
    other = cardloom("reproduce", "flow/ada")

    assert (same.returncode, same.stdout) == (0, "same      work\n")
    assert other.returncode == 1
    assert other.stdout.startswith("differs   work\n") and '+  "changed",' in other.stdout
    assert (workspace / "runs/flow/ada/journal.jsonl").read_bytes() == journal


def test_reproduce_as_json_is_json_alone(done, cardloom):
    told = cardloom("reproduce", "flow/ada", "--json")

    found = json.loads(told.stdout)
    assert found["same"] is True and found["cards"][0]["verdict"] == "same"
    assert "printed by the card" in told.stderr


def test_the_zip_is_one_that_any_program_opens(done, cardloom, workspace):
    cardloom("export", "flow/ada", "--to", "zip")

    with zipfile.ZipFile(workspace / "flow-ada.zip") as archive:
        assert archive.testzip() is None
