"""A run from card to card: what runs, what does not run again, and who may work on it."""

import asyncio
import json
from datetime import datetime

import pytest

from cardloom.engine import moves
from cardloom.errors import Refused, Unwritable
from cardloom.workspace import status

COUNTED = """
    import pathlib

    flow = Workflow("Counted")
    flow.ask(name=Text("?"), other=Text("?"))
    calls = []

    def called(name):
        with open(pathlib.Path(__file__).with_name("calls"), "a") as file:
            file.write(name + " ")

    @flow.do
    def upper(name):
        called("upper")
        return name.upper()

    @flow.do
    def both(upper, other):
        called("both")
        return upper + other

    @flow.do
    def last(both):
        called("last")
        return len(both)
    """


@pytest.fixture
def calls(workspace):
    """What has been called since the last look."""

    def look():
        path = workspace / "calls"
        found = path.read_text().split() if path.exists() else []
        path.unlink(missing_ok=True)
        return found

    return look


@pytest.mark.parametrize("once", [False, True])
async def test_a_start_is_synced_before_the_work_only_where_it_must_not_be_repeated(
    work, monkeypatch, once
):
    seen = []
    told = work(
        f"""
        flow = Workflow("Counted")
        seen = []

        @flow.do(once={once})
        def effect():
            seen.append("works")
            return 1
        """
    )
    namespace = told.run.workflow.card("effect").function.__globals__
    namespace["seen"] = seen
    sync = told.run.journal._storage.sync
    monkeypatch.setattr(told.run.journal._storage, "sync", lambda: (seen.append("synced"), sync()))
    assert await told.run_until_blocked() is None
    assert seen == (["synced"] if once else []) + ["works", "synced"]


async def test_only_what_depends_on_a_change_runs_again(work, calls):
    told = work(COUNTED)
    told.answer("name", "ada")
    told.answer("other", "!")
    assert await told.run_until_blocked() is None
    assert calls() == ["upper", "both", "last"]
    assert await told.run_until_blocked() is None
    assert calls() == []
    told.answer("other", "?", change=True)
    assert await told.run_until_blocked() is None
    assert calls() == ["both", "last"]
    assert told.value("last") == 4


async def test_an_equal_value_runs_nothing_further(work, calls):
    told = work(COUNTED)
    told.answer("name", "ada")
    told.answer("other", "!")
    await told.run_until_blocked()
    calls()
    told.answer("name", "ADA", change=True)
    assert await told.run_until_blocked() is None
    assert calls() == ["upper"]
    again = work()  # another process, which knows only what the file says
    assert await again.run_until_blocked() is None
    assert calls() == []


async def test_a_card_run_again_by_hand_runs_what_follows_only_if_it_differs(work, calls):
    told = work(COUNTED)
    told.answer("name", "ada")
    told.answer("other", "!")
    await told.run_until_blocked()
    calls()
    told.again("both")
    assert await told.run_until_blocked() is None
    assert calls() == ["both"]


ASKED = """
    import pathlib

    flow = Workflow("Asked")
    flow.ask(name=Text("?"))

    @flow.ask
    def size(name):
        with open(pathlib.Path(__file__).with_name("calls"), "a") as file:
            file.write("size ")
        if name == "nobody":
            return Skip("nobody has no size")
        if name == "odd":
            return "not a question"
        return Choice(f"Size of {name}?", ["s", "m", name], help="h")

    @flow.do
    def made(name, size):
        return [name, size]
    """


async def test_a_question_of_earlier_values_is_worked_out_once(work, calls):
    told = work(ASKED)
    told.answer("name", "xl")
    assert await told.run_until_blocked() == ("WAIT", "size")
    assert told.card("size").question["label"] == "Size of xl?"
    assert await told.run_until_blocked() == ("WAIT", "size")
    again = work()
    assert await again.run_until_blocked() == ("WAIT", "size")
    again.answer("size", "xl")
    assert await again.run_until_blocked() is None
    assert calls() == ["size"]
    assert again.value("made") == ["xl", "xl"]


async def test_an_earlier_answer_is_kept_where_it_is_still_offered(work, calls):
    told = work(ASKED)
    told.answer("name", "xl")
    await told.run_until_blocked()
    told.answer("size", "m")
    await told.run_until_blocked()
    told.answer("name", "xxl", change=True)
    assert await told.run_until_blocked() is None
    assert told.value("made") == ["xxl", "m"]
    assert [e["by"] for e in told.events if e["type"] == "answered"][-1] == "kept"
    told.answer("size", "xxl", change=True)
    await told.run_until_blocked()
    told.answer("name", "xl", change=True)
    assert await told.run_until_blocked() == ("WAIT", "size")
    assert calls() == ["size"] * 3


async def test_a_question_may_be_skipped_and_come_back(work, calls):
    told = work(ASKED)
    told.answer("name", "nobody")
    assert await told.run_until_blocked() is None
    assert (told.card("size").status, told.value("made")) == ("skipped", ["nobody", None])
    told.answer("name", "xl", change=True)
    assert await told.run_until_blocked() == ("WAIT", "size")


async def test_a_question_that_is_none_fails_its_card(work):
    told = work(ASKED)
    told.answer("name", "odd")
    assert await told.run_until_blocked() == ("STOPPED", "size")
    assert told.card("size").error == (
        "TypeError: size returned str. An asking card returns a question (Text, Number, Choice, "
        "Confirm, Form, Upload) or Skip."
    )


PARSED = """
    flow = Workflow("Parsed")
    flow.ask(name=Text("?"))

    def number(text):
        if not text.isdigit():
            raise ValueError("Write digits only.")
        return int(text)

    @flow.ask
    def many(name):
        return Form(n=Text("How many?", parse=number), note=Text("?", default="-"))
    """


async def test_parse_of_a_question_of_earlier_values_comes_from_the_author(work):
    told = work(PARSED)
    told.answer("name", "Ada")
    await told.run_until_blocked()
    question = await told.driver.intake.question("many")
    before = told.run.journal.path.read_bytes()
    with pytest.raises(moves.BadAnswer, match=r"How many\?: Write digits only\.") as bad:
        told.answer("many", {"n": "x"}, question=question)
    assert bad.value.field == "n"
    assert told.run.journal.path.read_bytes() == before
    told.answer("many", {"n": "12"}, question=question)
    assert told.value("many") == {"n": 12, "note": "-"}


async def test_the_asking_function_is_run_in_any_kind(work):
    told = work(
        """
        import asyncio
        flow = Workflow("Kinds")

        @flow.ask
        async def one(*, run):
            run.note("looked it up")
            await asyncio.sleep(0)
            return Text("One?")
        """
    )
    assert await told.run_until_blocked() == ("WAIT", "one")
    assert told.card("one").notes == ["looked it up"]


async def test_a_late_result_is_not_taken(work, workspace, wait):
    """Its inputs moved by a line of another program, which cancelled nothing."""
    told = work(
        f"""
        import pathlib, time
        flow = Workflow("Late")
        flow.ask(name=Text("?"))

        @flow.do
        def slow(name):
            if name == "Ada":
                pathlib.Path({str(workspace)!r}, "begun").touch()
                while not pathlib.Path({str(workspace)!r}, "go").exists():
                    time.sleep(0.005)
            return name
        """
    )
    told.answer("name", "Ada")
    async with told.at_work((workspace / "begun").exists):
        said = {"type": "answered", "card": "name", "value": "Bob", "by": "api"}
        told.run.journal.append([said])
        (workspace / "go").touch()
    assert told.outcome is None
    assert told.value("slow") == "Bob"
    assert told.kinds("slow") == ["started", "started", "finished"]
    finished = [e for e in told.events if e["type"] == "finished"]
    assert [e["value"] for e in finished] == ["Bob"]


SLOW = """
    import pathlib, time
    here = pathlib.Path(__file__).parent
    flow = Workflow("Slow")

    @flow.do
    def slow(*, run):
        with open(here / "calls", "a") as file:
            file.write("slow ")
        while not (here / "go").exists():
            time.sleep(0.005)
        return 1

    @flow.do
    def after(slow):
        return slow
    """


async def test_two_never_work_on_one_run(work, workspace, calls, wait):
    one = work(SLOW)
    two = work()
    async with one.at_work((workspace / "calls").exists):
        assert await two.run_until_blocked() == ("BUSY", "slow")  # and it is not called interrupted
        (workspace / "go").touch()
    assert one.outcome is None
    assert await two.run_until_blocked() is None
    assert calls() == ["slow"]
    assert one.kinds() == ["created", "started", "finished", "started", "finished"]


async def test_damage_in_mid_work_stops_the_work_with_a_sentence(work, workspace):
    told = work(SLOW)
    with pytest.raises(Refused, match=r"damaged and open for reading only\. Line 3"):
        async with told.at_work((workspace / "calls").exists):
            with told.run.journal.path.open("ab") as file:
                file.write(b"not a line of ours\n")
            (workspace / "go").touch()
    assert status(told.run) == "damaged"
    with pytest.raises(Refused, match="damaged"):
        await told.run_until_blocked()


async def test_a_full_disk_stops_the_work_with_a_sentence(work, workspace, monkeypatch):
    told = work(SLOW)
    with pytest.raises(Unwritable, match="The disk is full"):
        async with told.at_work((workspace / "calls").exists):

            def full(data):
                raise OSError(28, "No space left on device")

            monkeypatch.setattr(told.run.journal._storage, "append", full)
            (workspace / "go").touch()
    assert "The disk is full" in told.run.trouble
    monkeypatch.undo()
    assert await told.run_until_blocked() is None  # nothing was acknowledged: the card runs again
    assert told.kinds("slow") == ["started", "interrupted", "started", "finished"]


async def test_what_a_card_streams_is_coalesced(work):
    told = work(
        """
        import time
        flow = Workflow("Stream")

        @flow.do
        def talk(*, run):
            for i in range(3000):
                run.write(f"{i} ")
                run.progress(i, 3000)
            return 1
        """
    )
    assert await told.run_until_blocked() is None
    assert "".join(told.card("talk").output) == "".join(f"{i} " for i in range(3000))
    begun, *_, ended = [e["at"] for e in told.events]
    took = (datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds()
    assert told.kinds("talk").count("wrote") <= took * 10 + 2
    assert told.kinds("talk").count("progressed") <= took * 2 + 2
    assert (told.card("talk").done, told.card("talk").total) == (2999, 3000)


async def test_a_card_that_never_stops_talking_is_cut(work):
    told = work(
        """
        flow = Workflow("Stream")

        @flow.do
        def talk(*, run):
            for _ in range(500):
                run.write("x" * 10_000)
            return 1
        """
    )
    assert await told.run_until_blocked() is None
    text = "".join(told.card("talk").output)
    assert text.startswith("x" * 1_999_999)
    assert text.endswith("more was written than a card shows; write it to a file.\n")
    assert text.count("more was written") == 1


# -- all jobs of one process -----------------------------------------------------------------------


def open_run(jobs, key):
    return jobs.store.open(jobs.store.catalog.workflow("flow"), key, by="person")


async def test_jobs_work_on_every_run_that_is_woken(jobs, write_flow, workspace, wait):
    write_flow("flow", SLOW)
    runs = [open_run(jobs, key) for key in "abc"]
    for run in runs:
        jobs.wake(run)
        jobs.wake(run)  # twice is once
    await wait(lambda: (workspace / "calls").exists())
    (workspace / "go").touch()
    await wait(lambda: all(status(run) == "done" for run in runs))
    for run in runs:
        assert [e["type"] for e in run.journal.read()].count("started") == 2


async def test_a_start_goes_on_with_what_a_crash_left(
    jobs, write_flow, workspace, wait, monkeypatch
):
    write_flow("flow", SLOW)
    (workspace / "go").touch()
    run = open_run(jobs, "left")
    run.move(lambda s: moves.start(run.workflow, s, "slow"))  # and the process died
    done = open_run(jobs, "done")
    jobs.wake(done)
    await wait(lambda: status(done) == "done")
    before = done.journal.path.read_bytes()
    opened, at = [], jobs.store.at
    monkeypatch.setattr(jobs.store, "at", lambda folder: opened.append(folder) or at(folder))
    jobs.store.index.watch()  # as the server does
    await jobs.recover()
    assert opened == [run.folder]  # whoever has nothing to do is not read for it
    await wait(lambda: status(run) == "done")
    kinds = [e["type"] for e in run.journal.read()]
    assert kinds == [
        "created",
        "started",
        "interrupted",
        "started",
        "finished",
        "started",
        "finished",
    ]
    assert done.journal.path.read_bytes() == before


async def test_a_start_goes_on_even_where_the_index_takes_no_rows(
    jobs, write_flow, workspace, wait, monkeypatch
):
    write_flow("flow", SLOW)
    (workspace / "go").touch()
    monkeypatch.setattr(jobs.store.index.table, "keep", lambda rows: list(rows))  # a full disk
    run = open_run(jobs, "left")
    run.move(lambda s: moves.start(run.workflow, s, "slow"))  # and the process died
    await jobs.recover()
    await wait(lambda: status(run) == "done")
    assert not jobs.store.index.table.fingerprints()


async def test_an_effect_that_was_cut_waits_for_a_person_at_the_next_start(
    jobs, write_flow, workspace, wait
):
    write_flow("flow", SLOW.replace("@flow.do\n    def slow", "@flow.do(once=True)\n    def slow"))
    (workspace / "go").touch()
    run = open_run(jobs, "left")
    run.move(lambda s: moves.start(run.workflow, s, "slow"))
    await jobs.recover()
    await wait(lambda: status(run) == "stopped")
    assert not (workspace / "calls").exists()
    assert run.state().card("slow").status == "interrupted"
    run.move(lambda s: moves.reopen(run.workflow, s, "slow", by="person"))
    jobs.wake(run)
    await wait(lambda: status(run) == "done")
    assert (workspace / "calls").read_text() == "slow "


async def test_a_close_leaves_every_job_interrupted(jobs, write_flow, workspace, wait):
    write_flow("flow", SLOW)
    run = open_run(jobs, "a")
    jobs.wake(run)
    await wait(lambda: (workspace / "calls").exists())
    await jobs.close()
    assert [e["type"] for e in run.journal.read()] == ["created", "started", "interrupted"]
    assert jobs.wake(run) is None


async def test_another_process_that_ends_leaves_its_run_to_us(
    jobs, work, write_flow, workspace, wait
):
    """While another one works on a run it is looked at again, now and then."""
    other = work(SLOW, key="shared")
    run = open_run(jobs, "shared")
    task = asyncio.create_task(other.run_until_blocked())
    await wait((workspace / "calls").exists, task)
    jobs.wake(run)
    await other.driver.stop()
    await asyncio.gather(task, return_exceptions=True)
    (workspace / "go").touch()
    await wait(lambda: status(run) == "done")
    lines = [json.loads(line) for line in run.journal.path.read_bytes().splitlines()]
    assert [e["type"] for e in lines if e.get("card") == "slow"] == [
        "started",
        "interrupted",
        "started",
        "finished",
    ]
