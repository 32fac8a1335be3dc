"""Running a run's cards again: the same, what differs, what is left alone; the journal only read."""

import pytest

from cardloom.catalog import Catalog
from cardloom.errors import Missing, WorkflowError
from cardloom.jobs import reproduce
from cardloom.workspace import Secrets, Workspace

FLOW = """
from pathlib import Path
import os, random

flow = Workflow("Flow")
flow.ask(text=Text("Text?"))
HERE = Path(__file__).parent


def world():
    found = HERE / "world.txt"
    return found.read_text() if found.exists() else "as ever"


@flow.do
def plain(text):
    return {"text": text.upper(), "world": world()}


@flow.do
async def coro(plain, *, run):
    path = run.file("deep/rows.csv")
    path.write_text(f"a,b\\n1,{world()}\\n")
    return path


@flow.do(process=True)
def apart(coro, *, run):
    run.file("copy.txt").write_text(coro.read_text())
    return [coro, os.getpid() > 0]


@flow.do(once=True)
def pay(text):
    with (HERE / "paid.txt").open("a") as file:
        file.write("paid ")
    return "paid"


@flow.do
def step(text, *, run):
    def fetch():
        with (HERE / "fetched.txt").open("a") as file:
            file.write("fetched ")
        return 5
    value = run.once("k", fetch)
    return value + 1


@flow.do
def skipped(text):
    return Skip("not needed")
"""


@pytest.fixture
async def done(work, write_flow):
    made = work(FLOW)
    made.answer("text", "a")
    assert await made.driver.run_until_blocked() is None
    return made


async def again(made, workspace, **options):
    found = await reproduce(made.run, Secrets(Workspace(workspace)), **options)
    return {outcome.card: outcome for outcome in found}


def everything(made):
    return {p: p.read_bytes() for p in made.run.folder.rglob("*") if p.is_file()}


async def test_the_same_comes_out_and_nothing_is_written(done, workspace):
    before = everything(done)

    found = await again(done, workspace)

    assert {name: one.verdict for name, one in found.items()} == {
        "plain": "same",
        "coro": "same",
        "apart": "same",
        "pay": "not run",
        "step": "same",
        "skipped": "same",
    }
    assert everything(done) == before


async def test_effects_are_not_repeated_and_remembered_steps_are_recalled(done, workspace):
    found = await again(done, workspace)

    assert found["pay"].why == "it has an effect that must not be repeated"
    assert (workspace / "paid.txt").read_text() == "paid "
    assert found["step"].recalled == 1
    assert (workspace / "fetched.txt").read_text() == "fetched "


async def test_what_differs_is_shown_shortly(done, workspace):
    (workspace / "world.txt").write_text("changed")

    found = await again(done, workspace)

    assert found["plain"].verdict == "differs"
    assert found["plain"].differences == ('-  "world": "as ever"', '+  "world": "changed"')
    coro = found["coro"]
    assert coro.verdict == "differs"
    assert any(line.startswith("~ file deep/rows.csv: 14 bytes") for line in coro.differences)
    assert "- 1,as ever" in coro.differences and "+ 1,changed" in coro.differences
    # Its inputs are the recorded ones, so it does not see what changed before it.
    assert found["apart"].verdict == "same"


async def test_other_code_is_run_and_said(done, workspace, write_flow):
    write_flow("flow", FLOW.replace("text.upper()", "text.upper() + ''"))
    done.run.workflow = Catalog(workspace).workflow("flow")

    found = await again(done, workspace)

    assert found["plain"].verdict == "same" and found["plain"].code_changed
    assert not found["coro"].code_changed


async def test_a_card_that_fails_now_is_told_with_its_sentence(done, workspace):
    (workspace / "world.txt").mkdir()

    found = await again(done, workspace, card="plain")

    assert list(found) == ["plain"]
    assert found["plain"].verdict == "failed" and "Is a directory" in found["plain"].why
    assert not found["plain"].well


async def test_what_was_not_done_is_not_run(work, workspace):
    made = work(
        """
        flow = Workflow("Flow")
        @flow.do
        def first():
            raise ValueError("it broke")
        @flow.do
        def second(first):
            return 1
        """
    )
    await made.driver.run_until_blocked()

    found = await again(made, workspace)

    assert (found["first"].verdict, found["first"].why) == ("not run", "it failed: it broke.")
    assert (found["second"].verdict, found["second"].why) == ("not run", "it has not been run")


async def test_a_card_that_is_gone_or_takes_other_inputs_is_not_run(done, workspace, write_flow):
    source = FLOW.replace("def step(text, *, run)", "def stepped(text, *, run)")
    write_flow("flow", source.replace("def plain(text):", "def plain():\n    text = 'a'"))
    done.run.workflow = Catalog(workspace).workflow("flow")

    found = await again(done, workspace)

    assert found["step"].why == "the workflow has no such card any more"
    assert found["stepped"].why == "it has not been run"
    assert found["plain"].why == "its parameters are others now"


async def test_an_asking_card_computes_nothing(done, workspace):
    with pytest.raises(Missing, match="text asks"):
        await again(done, workspace, card="text")


async def test_without_its_workflow_nothing_is_run(done, workspace):
    done.run.workflow = None

    with pytest.raises(WorkflowError, match="is missing or does not load"):
        await again(done, workspace)


@pytest.mark.parametrize("library", ["pandas", "polars"])
async def test_tables_are_equal_by_content(work, workspace, library):
    made = work(
        f"""
        import {library}
        from pathlib import Path
        flow = Workflow("Flow")
        @flow.do
        def table():
            found = Path(__file__).with_name("world.txt")
            rows = [1, 2] if not found.exists() else [1, 3]
            return {{"t": {library}.DataFrame({{"a": rows}})}}
        """
    )
    assert await made.driver.run_until_blocked() is None
    stored = next(made.run.files.root.rglob("table-1.*"))

    assert (await again(made, workspace))["table"].verdict == "same"
    (workspace / "world.txt").write_text("")
    assert (await again(made, workspace))["table"].verdict == "differs"
    assert stored.exists()


async def test_a_secret_is_hidden_in_what_differs(work, workspace, monkeypatch):
    made = work(
        """
        from pathlib import Path
        flow = Workflow("Flow")
        @flow.do
        def card(*, run):
            word = run.secret("word")
            if Path(__file__).with_name("world.txt").exists():
                raise ValueError(f"it is {word}")
            return 1
        """
    )
    monkeypatch.setenv("CARDLOOM_SECRET_WORD", "swordfish")
    assert await made.driver.run_until_blocked() is None
    (workspace / "world.txt").write_text("")

    found = await again(made, workspace)

    assert found["card"].why == "it is •••."


async def test_large_values_are_compared_by_what_is_in_them(work, workspace):
    made = work(
        """
        flow = Workflow("Flow")
        @flow.do
        def large():
            return ["x" * 100] * 5_000
        """
    )
    assert await made.driver.run_until_blocked() is None

    assert (await again(made, workspace))["large"].verdict == "same"
