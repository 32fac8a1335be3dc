"""Every other command: what it prints, what it leaves, its exit code."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from cardloom.catalog import Catalog
from cardloom.cli import main
from cardloom.engine import moves
from cardloom.workspace import RunStore, Workspace

BRIDGE = ("run", "bridge", "ada", "name=Ada", "quest=Grail", "color=blue")


@pytest.fixture
def path(workspace):
    return workspace / "runs" / "bridge" / "ada" / "journal.jsonl"


@pytest.fixture
def half(workspace):
    """bridge/ada with its name answered, the rest open."""
    store = RunStore(Workspace(workspace).make(), Catalog(workspace))
    flow = store.catalog.workflow("bridge")
    run = store.open(flow, "ada", by="person")
    run.move(lambda s: moves.answer(flow, s, "name", "Ada", by="person"))
    store.close()


def said(done):
    return done.returncode, done.stdout, done.stderr


# -- answer ----------------------------------------------------------------------------------------


def test_answer_answers_what_is_asked(cardloom, half, events):
    done = cardloom("answer", "bridge/ada", "quest=Grail", "--why", "for the record")
    assert said(done) == (0, "quest answered. Next: color.\n", "")
    told = events("bridge/ada")[-1]
    assert (told["card"], told["value"], told["by"], told["why"]) == (
        "quest",
        "Grail",
        "cli",
        "for the record",
    )
    done = cardloom("answer", "bridge/ada", "color=red")
    assert said(done) == (0, "color answered. Next: verdict.\n", "")


def test_answer_changes_what_was_answered(cardloom, events):
    cardloom(*BRIDGE)
    done = cardloom("answer", "bridge/ada", "color=red")
    assert said(done) == (0, "color answered. Next: verdict.\n", "")
    assert [e["type"] for e in events("bridge/ada")][-2:] == ["reopened", "answered"]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (
            ("bridge/ada", "color=red"),
            3,
            "“What is your favourite colour?” (color) is not asked yet",
        ),
        (("bridge/ada", "quest="), 2, "quest: Please write something here."),
        (("bridge/ada", "quest=Grail", "color=purple"), 2, "color: 'purple' was not offered."),
        (("bridge/ada", "verdict=x"), 3, "verdict"),
        (
            ("bridge/ada", "colour=red"),
            2,
            "The Bridge of Death has no card called 'colour'. Did you",
        ),
        (("bridge/ada", "red"), 2, "'red' is not an answer. Write CARD=VALUE."),
        (("bridge/bob", "name=x"), 2, "There is no run bridge/bob in "),
        (("ada", "name=x"), 2, "A run is called workflow/key, like bridge/ada; 'ada' is not."),
        (
            ("brigde/ada", "name=x"),
            2,
            "There is no workflow called 'brigde'. Did you mean 'bridge'?",
        ),
    ],
)
def test_an_answer_that_is_refused_writes_nothing(cardloom, half, path, words, code, sentence):
    before = path.read_bytes()
    done = cardloom("answer", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(sentence)
    assert path.read_bytes() == before


def test_answer_plan_says_what_would_happen_and_does_nothing(cardloom, path):
    cardloom(*BRIDGE)
    before = path.read_bytes()
    done = cardloom("answer", "bridge/ada", "color=red", "--plan")
    assert said(done) == (0, "color: 2 cards kept · 1 will run: verdict\n", "")
    done = cardloom("answer", "bridge/ada", "quest=x", "--plan")
    assert done.stdout == "quest: 3 cards kept · nothing runs again\n"
    assert path.read_bytes() == before


# -- list, show, log -------------------------------------------------------------------------------


def test_list_names_workflows_and_runs_broken_ones_too(cardloom, write_flow):
    cardloom(*BRIDGE)
    write_flow("broken", 'flow = Workflow("x"')
    done = cardloom("list")
    assert done.returncode == 0
    assert "The Bridge of Death" in done.stdout
    assert (
        "broken               does not load. broken.py, line 2: '(' was never closed" in done.stdout
    )
    assert "bridge/ada                               done      4/4" in done.stdout


def test_show_shows_the_run_now_and_then(cardloom, path):
    cardloom(*BRIDGE)
    before = path.read_bytes()
    now = cardloom("show", "bridge/ada").stdout.splitlines()
    assert now[0] == "The Bridge of Death · ada   (done)"
    assert now[1].split() == ["done", "name", "Ada"]
    assert now[4].split(maxsplit=2)[:2] == ["done", "verdict"]
    then = cardloom("show", "bridge/ada", "--at", "2").stdout.splitlines()
    assert then[0] == "The Bridge of Death · ada   (at event 2)"
    assert [line.split()[0] for line in then[1:]] == ["done", "asking", "pending", "pending"]
    beyond = cardloom("show", "bridge/ada", "--at", "7")
    assert said(beyond) == (3, "", "bridge/ada has 6 events; there is no event 7.\n")
    assert path.read_bytes() == before


def test_show_json(cardloom, half):
    told = json.loads(cardloom("show", "bridge/ada", "--json").stdout)
    assert (told["run"], told["n"]) == ("bridge/ada", 2)
    assert told["cards"]["name"] == {"status": "done", "value": "Ada"}
    assert told["cards"]["quest"] == {"status": "asking", "value": None}


def test_log_prints_the_journal_as_it_lies_there(cardloom, path):
    cardloom("run", "bridge", "ada", "name=Ünï \U0001f9f5", "quest=q", "color=red")
    done = cardloom("log", "bridge/ada")
    assert done.stdout.encode() == path.read_bytes()
    assert done.returncode == 0


def test_a_half_character_is_shown_and_never_a_traceback(cardloom, path):
    done = cardloom("run", "bridge", "ada", "name=half \udcff", "quest=q", "color=blue")
    assert (done.returncode, done.stdout) == (0, "Right, half \\udcff. Off you go.\n"), done.stderr
    for words in (("log",), ("show",), ("show", "--json")):
        shown = cardloom(words[0], "bridge/ada", *words[1:])
        assert (shown.returncode, "udcff" in shown.stdout) == (0, True), shown.stderr
    told = cardloom("run", "bridge", "ada", "--json").stdout
    assert json.loads(told)["values"]["name"] == "half \udcff"


def test_log_follow_goes_on_with_what_others_append(cardloom, start, half):
    log = start("log", "bridge/ada", "--follow")
    assert [json.loads(log.stdout.readline())["type"] for _ in range(2)] == ["created", "answered"]
    cardloom("answer", "bridge/ada", "quest=Grail")
    assert json.loads(log.stdout.readline())["value"] == "Grail"
    log.send_signal(2)
    assert log.wait(30) == 0


def test_a_reader_that_has_had_enough_is_no_error(cardloom, workspace):
    cardloom(*BRIDGE)
    command = f"{sys.executable} -m cardloom log bridge/ada | head -c 10; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=workspace, capture_output=True, text=True)
    assert (len(done.stdout), done.stderr) == (10, "")


# -- verify, repair --------------------------------------------------------------------------------


def spoil(path, line=3):
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].replace(b'"value":"', b'"value":"X')
    path.write_bytes(b"".join(lines))


def test_verify_proves_the_chain(cardloom, path):
    cardloom(*BRIDGE)
    assert said(cardloom("verify")) == (0, "bridge/ada: 6 events, all hold\n", "")
    assert said(cardloom("verify", "bridge/ada"))[0] == 0
    cardloom("run", "bridge", "bob", "name=Bob", "quest=q", "color=red")
    spoil(path)
    before = path.read_bytes()
    done = cardloom("verify")
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        "bridge/ada: 2 events hold, then: Line 3: its sum does not match: it was changed, or a line "
        "before it is missing.",
        "bridge/bob: 6 events, all hold",
    ]
    assert done.stderr == "1 of 2 journals are damaged. `cardloom repair RUN` mends one.\n"
    assert path.read_bytes() == before


def test_a_damaged_run_is_shown_with_a_warning_and_repaired(cardloom, path):
    cardloom(*BRIDGE)
    spoil(path)
    spoiled = path.read_bytes()
    shown = cardloom("show", "bridge/ada")
    assert shown.returncode == 0
    assert "(damaged)" in shown.stdout
    assert shown.stderr.startswith("Damaged: Line 3: its sum does not match")
    refused = cardloom("answer", "bridge/ada", "quest=x")
    assert refused.returncode == 3
    assert "`cardloom repair bridge/ada` keeps what is good." in refused.stderr
    assert path.read_bytes() == spoiled
    done = cardloom("repair", "bridge/ada")
    assert done.returncode == 0
    assert "Kept 2 events. The original is " in done.stdout
    assert "4 later lines still read; they are in " in done.stdout
    originals = list(path.parent.glob("journal.damaged-*"))
    assert [p.read_bytes() for p in originals] == [spoiled]
    assert said(cardloom("verify")) == (0, "bridge/ada: 2 events, all hold\n", "")
    assert cardloom("run", "bridge", "ada", "quest=G", "color=red").returncode == 0


def test_a_whole_run_is_not_repaired(cardloom, path):
    cardloom(*BRIDGE)
    before = path.read_bytes()
    done = cardloom("repair", "bridge/ada")
    assert said(done) == (0, "bridge/ada is not damaged; nothing was changed.\n", "")
    assert path.read_bytes() == before


# -- new, copy, the workspace ----------------------------------------------------------------------


def test_new_writes_a_workflow_that_runs(cardloom, workspace):
    done = cardloom("new", "hello_there")
    assert done.returncode == 0
    assert str(workspace / "hello_there.py") in done.stdout
    ran = cardloom("run", "hello_there", "k", "who=Ada", "tone=formal")
    assert said(ran) == (0, "Dear Ada,\n", "")


@pytest.mark.parametrize("workflow", ["bridge", "web_angiogram"])
def test_copy_writes_a_shipped_one_to_be_made_your_own(cardloom, workspace, workflow):
    done = cardloom("copy", workflow, "mine")
    assert done.returncode == 0
    assert (workspace / "mine.py").exists()
    listed = cardloom("list").stdout
    assert f"{'mine':<20} " in listed
    assert "does not load" not in listed


def test_a_copied_bridge_runs_and_stands_before_the_shipped_one(cardloom, workspace):
    cardloom("copy", "bridge")
    copied = workspace / "bridge.py"
    copied.write_text(copied.read_text().replace("Off you go", "On you go"))
    assert cardloom(*BRIDGE).stdout == "Right, Ada. On you go.\n"


@pytest.mark.parametrize("name", ["../x", "a b", "Ünï", "1x", "", "x.py", "class" * 20])
def test_a_name_that_cannot_be_a_files_is_refused(cardloom, workspace, name):
    done = cardloom("new", name)
    assert done.returncode == 2
    assert done.stderr == (
        f"{name!r} can't be a workflow's name. Use small letters, digits and _.\n"
    )
    assert cardloom("copy", "bridge", name or " ").returncode == 2
    assert not list(workspace.glob("*.py"))


def test_a_file_that_is_there_is_never_overwritten(cardloom, workspace):
    (workspace / "bridge.py").write_text("mine")
    for words in (("new", "bridge"), ("copy", "bridge")):
        done = cardloom(*words)
        assert (done.returncode, "exists already, and was left as it is" in done.stderr) == (
            3,
            True,
        )
    assert (workspace / "bridge.py").read_text() == "mine"


def test_the_workspace_is_the_option_else_the_variable_else_this_folder(cardloom, tmp_path):
    places = {name: tmp_path / name for name in ("option", "variable", "here")}
    for place in places.values():
        place.mkdir()
    variable = {"CARDLOOM_WORKSPACE": str(places["variable"])}
    none = {"CARDLOOM_WORKSPACE": ""}
    here = {"cwd": places["here"]}
    option = ("--workspace", str(places["option"]))
    assert cardloom(*BRIDGE, *option, env=variable, **here).returncode == 0
    assert cardloom(*BRIDGE, env=variable, **here).returncode == 0
    assert cardloom(*BRIDGE, env=none, **here).returncode == 0
    for place in places.values():
        assert (place / "runs" / "bridge" / "ada" / "journal.jsonl").exists()


def test_a_workspace_that_cannot_be_used_is_said(cardloom, tmp_path):
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        done = cardloom("list", "-w", str(place))
        assert done.returncode == 2
        assert "can't be the workspace" in done.stderr
        assert "--workspace DIR" in done.stderr


def test_a_slip_in_the_workspaces_name_makes_no_folder(cardloom, tmp_path):
    slip = tmp_path / "wrokspace" / "runs"
    for command in (["list"], ["show", "bridge/ada"], ["answer", "bridge/ada", "name=Ada"]):
        done = cardloom(*command, "-w", str(slip))
        assert done.returncode == 2
        assert f"There is no folder {slip}." in done.stderr
    assert not slip.parent.exists()
    assert cardloom(*BRIDGE, "-w", str(slip)).returncode == 0
    assert cardloom("list", "-w", str(slip)).returncode == 0


@pytest.mark.parametrize(
    "command", ["serve", "list", "run", "answer", "show", "log", "verify", "repair", "new", "copy"]
)
def test_every_command_takes_a_workspace_and_says_what_it_is_for(command):
    done = CliRunner().invoke(main, [command, "--help"])
    assert done.exit_code == 0
    assert "--workspace DIR" in done.output


def test_an_unknown_command_is_exit_2(cardloom):
    assert cardloom("fly").returncode == 2
    assert cardloom("--version").stdout.startswith("cardloom ")
