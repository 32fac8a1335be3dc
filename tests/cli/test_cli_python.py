"""The same run from Python: `flow.run(card=value)` in a script, a test or a notebook."""

import asyncio
import json

import pytest

from cardloom import Choice, Failed, Form, Number, Text, Upload, Workflow
from cardloom.catalog import Catalog
from cardloom.errors import Missing, NotFound, Refused
from cardloom.workflows.bridge import bridge, verdict


def journal(workspace, run):
    lines = (workspace / "runs" / run / "journal.jsonl").read_bytes().splitlines()
    return [json.loads(line) for line in lines]


def test_the_bridge_from_python(workspace):
    result = bridge.run(name="ada", quest="Grail", color="blue")
    assert result.value == result["verdict"] == "Right, ada. Off you go."
    assert (result.run, result.folder) == ("bridge/ada", workspace / "runs" / "bridge" / "ada")
    assert dict(result.values) == {
        "name": "ada",
        "quest": "Grail",
        "color": "blue",
        "verdict": result.value,
    }
    told = journal(workspace, "bridge/ada")
    assert {e["by"] for e in told if "by" in e} == {"notebook"}
    assert verdict("Ada", "blue") == "Right, Ada. Off you go."


def test_the_command_goes_on_with_what_python_began(workspace, cardloom):
    bridge.run("ada", name="Ada", quest="Grail", color="blue")
    done = cardloom("run", "bridge", "ada", "color=red")
    assert done.stdout == "Red? Ada is cast into the gorge.\n"
    assert bridge.run("ada").value == "Red? Ada is cast into the gorge."


async def test_it_runs_where_a_loop_is_running_already(workspace):
    await asyncio.sleep(0)
    assert bridge.run("ada", name="Ada", quest="q", color="red")["name"] == "Ada"
    with pytest.raises(Missing, match="color: 'purple' was not offered"):
        bridge.run("ada", color="purple")


@pytest.mark.parametrize(
    ("answers", "error", "sentence"),
    [
        ({"name": "x"}, Missing, "Answers are missing: quest, color. Give them as quest=…"),
        ({"nam": "x"}, NotFound, "no card called 'nam'. Did you mean 'name'?"),
        ({"verdict": "x"}, Missing, "verdict is worked out by Python"),
        (
            {"name": "x", "quest": "y", "color": "purple"},
            Missing,
            "color: 'purple' was not offered",
        ),
        ({"name": 3, "quest": "y", "color": "red"}, Missing, "name: Text is wanted here, and 3 is"),
    ],
)
def test_what_is_wrong_or_wanting_is_an_error_and_nothing_is_written(
    workspace, answers, error, sentence
):
    with pytest.raises(error) as raised:
        bridge.run("ada", **answers)
    assert sentence in str(raised.value)
    assert not list((workspace / "runs").glob("*/*"))


def test_values_are_python_in_and_out(workspace, tmp_path):
    flow = Workflow("Values in and out")
    flow.ask(
        n=Number("?", whole=True),
        pick=Choice("?", {(1, 2): "Pair", 3: "Three"}),
        both=Form(a=Text("?"), f=Upload("?")),
        data=Upload("?"),
    )

    @flow.do
    async def made(n, pick, both, data, *, run):
        path = run.file("out.txt")
        path.write_text(both["f"].read_text() + data.read_text())
        return {n: pick, "file": path}

    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text("1")
    two.write_text("2")
    result = flow.run("k", n=7, pick=(1, 2), both={"a": "x", "f": one}, data=str(two))
    assert result.value[7] == (1, 2)
    assert result.value["file"].read_text() == "12"
    assert result["data"].is_relative_to(result.folder)
    two.unlink()
    assert flow.run("k")["data"].read_text() == "2"
    with pytest.raises(Missing, match=r"data: there is no file .*two\.txt"):
        flow.run("other", n=7, pick=3, both={"a": "x", "f": one}, data=two)


def test_a_failed_card_is_an_error_with_its_sentence(workspace):
    flow = Workflow("Failing")
    flow.ask(name=Text("?"))

    @flow.do
    def made(name):
        raise LookupError(f"{name} is nowhere")

    with pytest.raises(Failed, match=r"^made failed: LookupError: ada is nowhere\.$"):
        flow.run(name="ada")


def test_a_finalized_run_gives_its_values_and_takes_no_others(workspace):
    from cardloom.engine import moves
    from cardloom.workspace import RunStore, Workspace

    bridge.run("ada", name="Ada", quest="q", color="red")
    run = RunStore(Workspace(workspace), Catalog(workspace)).by_name("bridge/ada")
    run.move(lambda s: moves.finalize(s, by="person"))
    assert bridge.run("ada", color="red").value.startswith("Red?")
    with pytest.raises(Refused, match="This run is finalized"):
        bridge.run("ada", color="blue")


def test_a_workflow_that_cannot_be_is_refused_before_it_runs(workspace):
    flow = Workflow("Wrong")

    @flow.do
    def made(nothing):
        return nothing

    with pytest.raises(Exception, match="made asks for 'nothing', and there is no such card"):
        flow.run("k")
    assert not (workspace / "runs").exists()
