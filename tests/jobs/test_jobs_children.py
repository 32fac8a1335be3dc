"""Cards with `process=True` and what they start: other processes, tools that read, whole trees."""

import asyncio
import os
from pathlib import Path

import pytest

POOL = """
    import concurrent.futures, multiprocessing

    flow = Workflow("Pool")

    def square(number):
        return number * number

    class Kept:
        def __init__(self, number):
            self.number = number

    def keep(number):
        return Kept(number)

    @flow.do(process=True, timeout=60)
    def made():
        context = multiprocessing.get_context({method!r})
        with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
            squares = list(pool.map(square, range(4)))
        with context.Pool(2) as pool:
            kept = [each.number for each in pool.map(keep, range(3))]
        return squares + kept
    """


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
async def test_a_pool_works_however_its_processes_start(work, method):
    told = work(POOL.replace("{method!r}", repr(method)))
    assert await told.run_until_blocked() is None, told.card("made").error
    assert told.value("made") == [0, 1, 4, 9, 0, 1, 2]


async def test_a_pool_finds_the_parts_of_a_composed_workflow(work, write_flow):
    write_flow("pooled", POOL.replace("{method!r}", "'spawn'"))
    write_flow("asking", 'flow = Workflow("Asking")\nflow.ask(word=Text("?", default="x"))')
    told = work('from cardloom import composed\nflow = composed("Both", "asking", "pooled")')
    told.answer("word", "x")
    assert await told.run_until_blocked() is None, told.card("made").error
    assert told.value("made") == [0, 1, 4, 9, 0, 1, 2]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("return subprocess.run(['cat'], capture_output=True, text=True).stdout", ""),
        ("return sys.stdin.read()", ""),
        ("return os.read(0, 10).decode()", ""),
        ("input()", "EOFError: EOF when reading a line."),
    ],
)
async def test_what_reads_from_standard_input_finds_its_end(work, body, outcome):
    told = work(
        f"""
        import os, subprocess, sys
        flow = Workflow("Reads")

        @flow.do(process=True, timeout=60)
        def made():
            {body}
        """
    )
    await told.run_until_blocked()
    assert (told.card("made").error or told.value("made")) == outcome


async def test_a_tool_that_reads_cannot_take_the_answer_to_a_step(work):
    told = work(
        """
        import subprocess
        flow = Workflow("Reads")

        @flow.do(process=True, timeout=60)
        def made(*, run):
            tools = [subprocess.Popen(["cat"], stdout=subprocess.DEVNULL) for _ in range(8)]
            steps = [run.once(str(number), lambda number=number: number) for number in range(20)]
            return steps, [tool.wait() for tool in tools]
        """
    )
    assert await told.run_until_blocked() is None, told.card("made").error
    assert told.value("made") == (list(range(20)), [0] * 8)


async def test_run_says_that_it_belongs_to_the_cards_own_process(work):
    told = work(
        """
        import multiprocessing
        flow = Workflow("Forked")
        kept = []

        def say(number):
            try:
                kept[0].note("from below")
            except RuntimeError as error:
                return str(error)

        @flow.do(process=True, timeout=60)
        def made(*, run):
            kept.append(run)
            with multiprocessing.get_context("fork").Pool(1) as pool:
                said = pool.map(say, [1])
            run.note("from the card")
            return said
        """
    )
    assert await told.run_until_blocked() is None, told.card("made").error
    assert "belongs to the card's own process" in told.value("made")[0]
    assert told.card("made").notes == ["from the card"]


@pytest.mark.parametrize(
    "name", ["queue", "random", "token", "platform", "json", "signal", "sitecustomize", "cardloom"]
)
async def test_a_file_named_like_a_library_is_not_run(work, workspace, monkeypatch, name):
    (workspace / f"{name}.py").write_text(
        "import pathlib\npathlib.Path(__file__).with_name('ran').touch()\n"
    )
    monkeypatch.chdir(workspace)
    told = work('flow = Workflow("F")\n@flow.do(process=True)\ndef made():\n    return 1\n')
    assert await told.run_until_blocked() is None, told.card("made").error
    assert not (workspace / "ran").exists()


async def test_a_workflow_named_like_a_library_works_in_a_process(work, workspace, monkeypatch):
    monkeypatch.chdir(workspace)
    told = work(
        'flow = Workflow("F")\n@flow.do(process=True)\ndef made():\n    return 1\n', name="queue"
    )
    assert await told.run_until_blocked() is None, told.card("made").error


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("os._exit(0)", "The process of made ended without a result (exit code 0)."),
        ("os._exit(7)", "The process of made ended without a result (exit code 7)."),
        ("os.kill(os.getpid(), 9)", "The process of made ended without a result (signal 9)."),
        ("os.kill(os.getppid(), 9)\ntime.sleep(600)", "The process of made ended without a result"),
        (
            "signal.alarm(1)\ntime.sleep(600)",
            "The process of made ended without a result (signal 14)",
        ),
        ("os.closerange(3, 1000)", "The process of made ended without a result"),
    ],
)
async def test_a_process_that_dies_is_a_failed_card(work, body, sentence):
    lines = body.replace("\n", "\n            ")
    told = work(
        f"""
        import os, signal, time
        flow = Workflow("Dies")

        @flow.do(process=True, timeout=60)
        def made():
            {lines}
        """
    )
    assert await told.run_until_blocked() == ("STOPPED", "made")
    assert sentence in told.card("made").error


# Everything that a card may start, each leaving its id: a tool, a tool that will not hear, one in a
# session of its own, a pool, and an orphan of an orphan.
TREE = """
    import concurrent.futures, multiprocessing, os, pathlib, subprocess, sys, time
    here = pathlib.Path(__file__).parent
    flow = Workflow("Tree")
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    leave = "import os, sys, time; open(sys.argv[1], 'a').write(str(os.getpid()) + chr(10)); "

    def begin(code, **options):
        return subprocess.Popen([sys.executable, "-c", code, str(here / "ids")], **options)

    def nap(number):
        with open(here / "ids", "a") as ids:
            ids.write(str(os.getpid()) + chr(10))
        time.sleep(600)

    def grow():
        begin(leave + "time.sleep(600)")
        begin(deaf + leave + "time.sleep(600)")
        begin(leave + "time.sleep(600)", start_new_session=True)
        begin("import subprocess, sys; subprocess.Popen([sys.executable, '-c', "
              + repr(leave + "time.sleep(600)") + ", sys.argv[1]], start_new_session=True)")
        pool = concurrent.futures.ProcessPoolExecutor(2)
        return [pool.submit(nap, number) for number in range(2)]

    def wait_for(number):
        while len((here / "ids").read_text().split()) < number if (here / "ids").exists() else True:
            time.sleep(0.01)

    @flow.do(process=True{options})
    def made(*, run):
        tree = grow()
        wait_for(6)
        (here / "card").write_text(str(os.getpid()))
        run.note("grown")
        {then}
    """


def alive(pid):
    """Whether the process works on: one that only waits to be counted as ended does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def tree(workspace):
    """The ids of all that the card has started, once it has grown."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("this system has no /proc to look into")

    def look():
        ids = [workspace / "ids", workspace / "card"]
        return [int(pid) for file in ids if file.exists() for pid in file.read_text().split()]

    yield look
    for pid in look():
        if alive(pid):
            os.kill(pid, 9)


@pytest.mark.parametrize(
    "then",
    ["time.sleep(600)", "__import__('ctypes').PyDLL(None).sleep(600)"],
    ids=["waits", "busy"],
)
@pytest.mark.parametrize("way", ["cancel", "timeout", "stop"])
async def test_nothing_of_the_tree_is_left(work, workspace, tree, wait, way, then):
    options = ", timeout=12" if way == "timeout" else ""
    if way == "timeout" and "ctypes" in then:
        pytest.skip("the same end as a cancel")
    told = work(TREE.replace("{options}", options).replace("{then}", then))
    task = asyncio.create_task(told.run_until_blocked())
    await wait((workspace / "card").exists, task)
    assert len(tree()) == 7 and all(alive(pid) for pid in tree())
    if way == "cancel":
        told.cancel("made")
    elif way == "stop":
        await told.driver.stop()
    await asyncio.wait([task], timeout=60)
    assert task.done()
    assert [pid for pid in tree() if alive(pid)] == []
    ending = {"cancel": "cancelled", "timeout": "failed", "stop": "interrupted"}[way]
    assert told.kinds("made")[-1] == ending


async def test_what_a_card_leaves_behind_ends_with_it(work, workspace, tree):
    told = work(TREE.replace("{options}", "").replace("{then}", "return 1"))
    assert await told.run_until_blocked() is None
    # What it put into a session of its own it meant to outlive it.
    assert len([pid for pid in tree() if alive(pid)]) == 2


async def test_a_card_may_clear_up_when_it_is_cancelled(work, workspace, wait):
    told = work(
        """
        import pathlib, time
        here = pathlib.Path(__file__).parent
        flow = Workflow("Tidy")

        @flow.do(process=True)
        def made(*, run):
            try:
                (here / "begun").touch()
                time.sleep(600)
            finally:
                (here / "tidy").write_text(str(run.cancelled))
        """
    )
    async with told.at_work((workspace / "begun").exists):
        told.cancel("made")
    assert (workspace / "tidy").read_text() == "True"
    assert told.kinds("made") == ["started", "cancelled"]
