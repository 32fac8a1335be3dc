"""`cardloom run`: a workflow without a page, from answers, defaults and what stands in the journal."""

import json
import signal
from pathlib import Path

import pytest

BRIDGE = ("run", "bridge", "ada", "name=Ada", "quest=Grail", "color=blue")

SLOW = """
    import pathlib, time
    here = pathlib.Path(__file__).parent
    flow = Workflow("Slow")
    flow.ask(name=Text("?", default="x"))

    def once():
        with open(here / "calls", "a") as file:
            file.write("once ")
        return 7

    @flow.do
    def slow(name, *, run):
        with open(here / "calls", "a") as file:
            file.write("slow ")
        first = run.once("first", once)
        run.file("half.txt").touch()
        (here / "begun").touch()
        while not (here / "go").exists():
            time.sleep(0.005)
        return first

    @flow.do
    def after(slow):
        return f"done with {slow}"
    """


def said(done):
    return done.returncode, done.stdout, done.stderr


def journal(workspace, run="bridge/ada"):
    return (workspace / "runs" / run / "journal.jsonl").read_bytes()


def test_a_run_from_answers_prints_its_result(cardloom, events):
    done = cardloom(*BRIDGE)
    assert (done.returncode, done.stdout) == (0, "Right, Ada. Off you go.\n"), done.stderr
    told = events("bridge/ada")
    assert [e["type"] for e in told] == ["created", *["answered"] * 3, "started", "finished"]
    assert {e["by"] for e in told if "by" in e} == {"cli"}


def test_a_finished_key_prints_and_writes_nothing(cardloom, workspace):
    cardloom(*BRIDGE)
    before = journal(workspace)
    for words in (("run", "bridge", "ada"), BRIDGE):
        again = cardloom(*words)
        assert (again.returncode, again.stdout) == (0, "Right, Ada. Off you go.\n")
    assert journal(workspace) == before


def test_another_answer_changes_it_and_runs_only_what_depends_on_it(cardloom, events):
    cardloom(*BRIDGE)
    changed = cardloom("run", "bridge", "ada", "color=red")
    assert changed.stdout == "Red? Ada is cast into the gorge.\n"
    assert [e["type"] for e in events("bridge/ada")][6:] == [
        "reopened",
        "answered",
        "started",
        "finished",
    ]
    cardloom("run", "bridge", "ada", "quest=other")
    assert [e["type"] for e in events("bridge/ada")][10:] == ["reopened", "answered"]


def test_json_is_json(cardloom):
    done = cardloom(*BRIDGE, "--json")
    assert json.loads(done.stdout) == {
        "run": "bridge/ada",
        "values": {
            "name": "Ada",
            "quest": "Grail",
            "color": "blue",
            "verdict": "Right, Ada. Off you go.",
        },
    }


def test_the_key_defaults_to_the_first_answer(cardloom, events):
    assert cardloom("run", "bridge", "name=ada", "quest=q", "color=red").returncode == 0
    assert events("bridge/ada")[0]["key"] == "ada"


KEYS = [
    "https://example.com/?name=x&color=y",
    "../../out",
    "a/b",
    "CON",
    "\U0001f9f5",
    "-",
    "x" * 4096,
    "undecodable \udcff",
    "half=an answer",
]


def test_anything_may_be_a_key(cardloom, workspace):
    """A word is an answer only where a card's name stands before its first `=`."""
    for number, key in enumerate(KEYS):
        done = cardloom("run", "bridge", key, f"name={number}=B", "quest=q", "color=blue")
        assert said(done) == (0, f"Right, {number}=B. Off you go.\n", "")
    for number, key in enumerate(KEYS[:5] + KEYS[-2:-1]):
        place = number if number < 5 else len(KEYS) - 2
        assert cardloom("run", "bridge", key).stdout == f"Right, {place}=B. Off you go.\n"
    folders = [p.name for p in (workspace / "runs" / "bridge").iterdir()]
    assert len(folders) == len(KEYS)
    listed = cardloom("list").stdout
    assert all(f"bridge/{folder}" in listed for folder in folders)
    [odd] = [folder for folder in folders if folder.startswith("undecodable")]
    assert said(cardloom("show", f"bridge/{odd}"))[0] == 0
    assert [p.name for p in workspace.parent.iterdir()] == ["workspace"]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("bridge", "ada"), 2, "Answers are missing: name, quest, color. Give them as name=…"),
        (("bridge", "ada", "name=x", "quest=y"), 2, "An answer is missing: color. Give it as"),
        (("bridge", "ada", "--defaults"), 2, "Answers are missing: name, quest, color."),
        (("bridge",), 2, "Give the run a name: your own words for finding it again"),
        (("bridge", " ", "name=x"), 2, "Give the run a name"),
        (("brigde", "ada"), 2, "There is no workflow called 'brigde'. Did you mean 'bridge'?"),
        (("../bridge", "ada"), 2, "There is no workflow called '../bridge'."),
        (
            ("bridge", "ada", "nam=x"),
            2,
            "'nam=x' is neither an answer nor the key, which is 'ada'. An answer is CARD=VALUE, and "
            "the cards are: name, quest, color.",
        ),
        (
            ("bridge", "ada", "name=x", "quest=y", "color=purple"),
            2,
            "color: 'purple' was not offered. Choose one of: red, blue, green.",
        ),
        (("bridge", "ada", "name=", "quest=y", "color=red"), 2, "name: Please write something"),
        (("bridge", "ada", "verdict=x"), 2, "verdict is worked out by Python and takes no answer"),
        (("bridge", "x" * 9000), 2, "A run's name has at most 8,000 characters."),
    ],
)
def test_what_is_wrong_in_the_call_is_one_sentence_and_nothing_is_written(
    cardloom, workspace, words, code, sentence
):
    done = cardloom("run", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1
    assert not list((workspace / "runs").glob("*/*"))


def test_a_wrong_change_leaves_the_journal_as_it_was(cardloom, workspace):
    cardloom(*BRIDGE)
    before = journal(workspace)
    done = cardloom("run", "bridge", "ada", "name=Bob", "color=purple")
    assert done.returncode == 2
    assert journal(workspace) == before


def test_defaults_are_taken_and_signed(cardloom, write_flow, events):
    write_flow(
        "flow",
        """
        flow = Workflow("Defaults")
        flow.ask(
            name=Text("?", default="Ada"),
            n=Number("?", whole=True, default=2),
            both=Form(a=Text("?", default="x"), b=Choice("?", [1, 2], default=2)),
        )

        @flow.ask
        def late(name):
            return Confirm(f"Is it {name}?", default=True)

        @flow.do
        def made(name, n, both, late):
            return repr((name, n, both, late))
        """,
    )
    done = cardloom("run", "flow", "k", "n=3", "--defaults")
    assert done.stdout == "('Ada', 3, {'a': 'x', 'b': 2}, True)\n", done.stderr
    signed = {e["card"]: e["by"] for e in events("flow/k") if e["type"] == "answered"}
    assert signed == {"name": "default", "n": "cli", "both": "default", "late": "default"}


def test_forms_and_several_choices_are_written_in_words(cardloom, write_flow):
    write_flow(
        "flow",
        """
        flow = Workflow("Words")
        flow.ask(
            both=Form(a=Text("?"), b=Choice("?", ["x", "y", "z"], multiple=True)),
            many=Choice("?", {1: "One", 2: "Two"}, multiple=True),
        )

        @flow.do
        def made(both, many):
            return repr((both, many))
        """,
    )
    done = cardloom("run", "flow", "k", "both.a=1=2", "both.b=z", "both.b=x", "many=2", "many=1")
    assert done.stdout == "({'a': '1=2', 'b': ['x', 'z']}, [1, 2])\n", done.stderr
    wrong = cardloom("run", "flow", "j", "both.a=1", "both.c=z", "many=2")
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "both: There is no field 'c' here. The fields are: a, b.\n",
    )


UPLOAD = """
    flow = Workflow("Upload")
    flow.ask(data=Upload("?", accept=[".csv"]), more=Form(x=Upload("?", optional=True)))

    @flow.do
    def made(data, more):
        return data.read_text() + data.name + repr(more)
    """


def test_an_upload_is_a_path_and_is_kept_in_the_run(cardloom, write_flow, workspace, tmp_path):
    write_flow("flow", UPLOAD)
    path = tmp_path / "data.csv"
    path.write_text("a,b ")
    done = cardloom("run", "flow", "k", f"data={path}", "more.x=")
    assert done.stdout == "a,b data.csv{'x': None}\n", done.stderr
    before = journal(workspace, "flow/k")
    assert cardloom("run", "flow", "k", f"data={path}").returncode == 0
    assert journal(workspace, "flow/k") == before  # the same bytes are the same answer
    path.write_text("c,d ")
    assert cardloom("run", "flow", "k").stdout.startswith("a,b ")
    assert cardloom("run", "flow", "k", f"data={path}").stdout.startswith("c,d ")
    for words, sentence in [
        (("data=/nowhere.csv", "more.x="), "data: there is no file /nowhere.csv."),
        ((f"data={path}.exe", "more.x="), f"data: there is no file {path}.exe."),
    ]:
        wrong = cardloom("run", "flow", "other", *words)
        assert (wrong.returncode, wrong.stderr) == (2, f"{sentence}\n")


def test_a_failed_card_is_exit_1_with_its_sentence(cardloom, write_flow, events):
    write_flow(
        "flow",
        """
        flow = Workflow("Fails")

        @flow.do
        def one():
            return 1

        @flow.do
        def two(one):
            raise ValueError("the moon is full")
        """,
    )
    done = cardloom("run", "flow", "k")
    assert (done.returncode, done.stderr) == (1, "two failed: the moon is full.\n")
    assert [e["type"] for e in events("flow/k")][-1] == "failed"
    again = cardloom("run", "flow", "k")
    assert (again.returncode, again.stderr) == (1, done.stderr)
    kinds = [e["type"] for e in events("flow/k")]
    assert kinds.count("failed") == 2  # who runs it again wants it tried again
    assert kinds.count("finished") == 1


def test_a_file_that_does_not_load_is_exit_2_with_its_line(cardloom, write_flow):
    write_flow("flow", 'flow = Workflow("Broken")\n1 / 0')
    done = cardloom("run", "flow", "k")
    assert (done.returncode, done.stderr) == (
        2,
        "flow.py, line 3: ZeroDivisionError: division by zero\n",
    )


def test_kill_nine_in_mid_card_then_the_next_run_goes_on(
    cardloom, start, write_flow, workspace, until, events
):
    write_flow("flow", SLOW)
    first = start("run", "flow", "k", "--defaults")
    until((workspace / "begun").exists)
    first.kill()
    first.wait()
    (workspace / "go").touch()
    second = cardloom("run", "flow", "k")
    assert (second.returncode, second.stdout.splitlines()[0]) == (0, "done with 7")
    assert (workspace / "calls").read_text() == "slow once slow "
    assert [e["type"] for e in events("flow/k") if e.get("card") == "slow"] == [
        "started",
        "remembered",
        "interrupted",
        "started",
        "finished",
    ]


def test_a_process_of_a_card_dies_with_its_killed_parent(
    start, write_flow, workspace, until, cardloom
):
    write_flow(
        "flow",
        SLOW.replace("@flow.do\n    def slow", "@flow.do(process=True)\n    def slow").replace(
            '(here / "begun").touch()',
            "(here / 'begun').write_text(str(__import__('os').getpid()))",
        ),
    )
    first = start("run", "flow", "k", "--defaults")
    child = int(until(lambda: (workspace / "begun").exists() and (workspace / "begun").read_text()))
    first.kill()
    first.wait()
    until(lambda: not Path(f"/proc/{child}").exists())
    (workspace / "go").touch()
    assert cardloom("run", "flow", "k").stdout.splitlines()[0] == "done with 7"
    assert (workspace / "calls").read_text() == "slow once slow "


def test_an_effect_that_was_cut_waits_for_a_person(
    cardloom, start, write_flow, workspace, until, events
):
    write_flow("flow", SLOW.replace("@flow.do\n    def slow", "@flow.do(once=True)\n    def slow"))
    first = start("run", "flow", "k", "--defaults")
    until((workspace / "begun").exists)
    first.kill()
    first.wait()
    (workspace / "go").touch()
    second = cardloom("run", "flow", "k")
    assert second.returncode == 1
    assert second.stderr.startswith("slow has an effect that must not be repeated by the machine.")
    assert (workspace / "calls").read_text() == "slow once "
    assert [e["type"] for e in events("flow/k")][-1] == "interrupted"


def test_ctrl_c_stops_the_work_and_says_how_to_go_on(
    start, write_flow, workspace, until, events, cardloom
):
    write_flow("flow", SLOW)
    first = start("run", "flow", "k", "--defaults")
    until((workspace / "begun").exists)
    first.send_signal(signal.SIGINT)
    _, said = first.communicate(timeout=30)
    assert first.returncode == 3
    assert "Stopped. `cardloom run flow k` goes on." in said
    assert [e["type"] for e in events("flow/k")][-1] == "interrupted"
    (workspace / "go").touch()
    assert cardloom("run", "flow", "k").stdout.splitlines()[0] == "done with 7"


def test_two_commands_on_one_run_do_the_work_once(start, write_flow, workspace, until, events):
    write_flow("flow", SLOW)
    two = [start("run", "flow", "k", "--defaults") for _ in range(2)]
    until((workspace / "begun").exists)
    (workspace / "go").touch()
    for process in two:
        out, said = process.communicate(timeout=60)
        assert (process.returncode, out.splitlines()[0]) == (0, "done with 7"), said
    assert (workspace / "calls").read_text() == "slow once "
    kinds = [e["type"] for e in events("flow/k")]
    assert kinds.count("created") == kinds.count("answered") == 1
    assert kinds.count("started") == kinds.count("finished") == 2


def test_a_damaged_run_is_refused_and_never_hangs(cardloom, workspace, write_flow):
    write_flow("flow", SLOW)
    (workspace / "go").touch()
    cardloom("run", "flow", "k", "--defaults")
    path = workspace / "runs" / "flow" / "k" / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], b"spoiled\n", *lines[3:]]))
    before = path.read_bytes()
    done = cardloom("run", "flow", "k")
    assert done.returncode == 3
    assert "damaged and open for reading only. Line 4: it is not a complete event." in done.stderr
    assert "`cardloom repair flow/k`" in done.stderr
    assert path.read_bytes() == before


def test_secrets_come_from_the_environment_or_the_command(cardloom, write_flow, workspace):
    write_flow(
        "flow",
        """
        flow = Workflow("Secret")

        @flow.do
        def made(*, run):
            return len(run.secret("api-token"))
        """,
    )
    missing = cardloom("run", "flow", "k")
    assert (missing.returncode, "`cardloom secret api-token`" in missing.stderr) == (1, True)
    given = cardloom("run", "flow", "j", env={"CARDLOOM_SECRET_API_TOKEN": "12345678"})
    assert given.stdout == "8\n"
    kept = cardloom("secret", "api-token", typed="123456789\n")
    assert kept.returncode == 0, kept.stderr
    assert "123456789" not in kept.stdout
    assert (workspace / ".cardloom" / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert cardloom("run", "flow", "i").stdout == "9\n"
    assert cardloom("secret", "api-token", "--forget").returncode == 0
    assert cardloom("run", "flow", "h").returncode == 1


@pytest.mark.parametrize("before", ["other", "aa"])
def test_a_question_that_is_to_be_made_anew_takes_its_answer_then(
    write_flow, cardloom, events, before
):
    """`cc` is offered once a is `cc`; where the earlier answer is kept, the one given changes it."""
    write_flow(
        "made",
        'made = Workflow("Made")\nmade.ask(a=Text("a?"))\n\n\n@made.ask\ndef b(a):\n'
        '    return Choice("b?", [a, "other"])\n\n\n@made.do\ndef end(b):\n    return b\n',
    )
    cardloom("run", "made", "k", "a=aa", f"b={before}")
    done = cardloom("run", "made", "k", "a=cc", "b=cc")
    assert (done.returncode, done.stdout) == (0, "cc\n"), done.stderr
    again = cardloom("run", "made", "k", "a=cc", "b=cc")
    assert again.stdout == "cc\n"
    assert [e["value"] for e in events("made/k") if e["type"] == "finished"] in (
        [before, "cc"],
        [before, "other", "cc"],
    )
    wrong = cardloom("run", "made", "k", "a=dd", "b=cc")
    assert (wrong.returncode, "b: 'cc' was not offered" in wrong.stderr) == (2, True)
