"""Cards that would end or bend the process they run in: each fails or finishes by itself alone."""

import asyncio
import json
import subprocess
import sys
import textwrap

import pytest

from cardloom.engine import moves

KINDS = {"sync": ("def", ""), "async": ("async def", ""), "process": ("def", "process=True")}

HARMS = {
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "SystemExit": "raise SystemExit(3)",
    "GeneratorExit": "raise GeneratorExit",
    "BaseException": "raise BaseException('bare')",
    "StopIteration": "raise StopIteration",
    "StopAsyncIteration": "raise StopAsyncIteration",
    "MemoryError": "raise MemoryError",
    "RecursionError": "def again(): again()\nagain()",
    "CancelledError": "raise asyncio.CancelledError",
    "an own BaseException": "class Own(BaseException): pass\nraise Own('own')",
    "a __str__ that raises": "class E(Exception):\n    def __str__(self): raise ValueError\nraise E",
    "a __str__ that interrupts": (
        "class E(Exception):\n    def __str__(self): raise KeyboardInterrupt\nraise E"
    ),
    "a __str__ that is no text": "class E(Exception):\n    def __str__(self): return 3\nraise E",
    "a __repr__ that raises": (
        "class E(Exception):\n    def __repr__(self): raise SystemExit\n"
        "raise ValueError(E()) from E()"
    ),
    "a group": "raise BaseExceptionGroup('several', [KeyboardInterrupt(), SystemExit(2)])",
    "a deep group": (
        "group = KeyboardInterrupt()\n"
        "for _ in range(500): group = BaseExceptionGroup('deep', [group])\nraise group"
    ),
    "a group whose members can't speak": (
        "class E(Exception):\n    def __str__(self): raise SystemExit\n"
        "raise ExceptionGroup('mute', [E(), E()])"
    ),
    "a value whose making fails": (
        "class Odd(dict):\n    def items(self): raise KeyboardInterrupt\nreturn Odd(a=1)"
    ),
}


def flow(kind, body, more=""):
    define, options = KINDS[kind]
    return (
        "import asyncio, dataclasses, locale, os, signal, socket, sys, threading, time\n"
        f'flow = Workflow("Harm")\n{more}\n@flow.do({options})\n{define} made(*, run):\n'
        + textwrap.indent(body, "    ")
        + "\n\n@flow.do\ndef after(made):\n    return 'went on'\n"
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("harm", HARMS)
async def test_whatever_a_card_raises_it_fails_alone(work, kind, harm):
    told = work(flow(kind, HARMS[harm]))
    assert await told.run_until_blocked() == ("STOPPED", "made")
    card = told.card("made")
    assert card.status == "failed"
    assert card.error and len(card.error) < 3_000
    assert told.kinds("made") == ["started", "failed"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_group_names_what_is_in_it(work, kind):
    told = work(flow(kind, "raise ExceptionGroup('Both', [ValueError('one'), KeyError('two')])"))
    await told.run_until_blocked()
    assert told.card("made").error == "Both: one. KeyError: 'two'."


@pytest.mark.parametrize(
    "body",
    [
        "asyncio.get_running_loop().stop()\nawait asyncio.sleep(600)",
        "asyncio.create_task(end())\nawait asyncio.sleep(600)",
        "asyncio.get_running_loop().call_soon(sys.exit)\nawait asyncio.sleep(600)",
        "asyncio.current_task().cancel()\nawait asyncio.sleep(600)",
        "asyncio.get_running_loop().close()",
        "for task in asyncio.all_tasks(): task.cancel()\nawait asyncio.sleep(600)",
        "async with asyncio.TaskGroup() as group: group.create_task(end())",
    ],
)
async def test_an_async_card_has_a_loop_of_its_own_to_end(work, body):
    told = work(flow("async", body, "async def end():\n    raise KeyboardInterrupt\n"))
    assert await told.run_until_blocked() == ("STOPPED", "made")
    assert told.card("made").status == "failed"


@pytest.mark.parametrize("options", ["", "process=True"])
async def test_what_an_async_card_leaves_at_work_does_not_keep_it(work, options):
    body = (
        "asyncio.create_task(asyncio.sleep(600))\n"
        "asyncio.get_running_loop().run_in_executor(None, time.sleep, 600)\n"
        "tool = await asyncio.create_subprocess_exec(sys.executable, '-c', 'print(1)', stdout=-1)\n"
        "return (await tool.communicate())[0].decode()"
    )
    told = work(flow("async", body).replace("@flow.do()", f"@flow.do({options})", 1))
    assert await told.run_until_blocked() is None, told.card("made").error
    assert told.value("made").strip() == "1"


async def test_an_async_card_that_blocks_holds_only_itself(work, workspace, wait, monkeypatch):
    monkeypatch.setattr("cardloom.jobs.thread.HELD", 0.2)
    told = work(
        flow("async", "time.sleep(3)\nreturn 1")
        + "\n@flow.do\nasync def later(made):\n    return 2\n"
    )
    task = asyncio.create_task(told.run_until_blocked())
    await wait(lambda: told.card("made").notes, task)  # the loop goes on beside it
    assert "blocked its own event loop" in told.card("made").notes[0]
    assert await task is None
    assert len(told.card("made").notes) == 1
    assert told.card("later").notes == []


STUBBORN = {
    "sync": "while True:\n    try: (here / 'begun').touch(); time.sleep(0.005)\n"
    "    except BaseException: pass\n    if run.cancelled: (here / 'ended').touch(); return",
    "async": "while True:\n    try: (here / 'begun').touch(); await asyncio.sleep(0.005)\n"
    "    except BaseException: pass",
    "process": "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "while True:\n    try: (here / 'begun').touch(); time.sleep(0.005)\n"
    "    except BaseException: pass",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", ["cancel", "stop", "change"])
async def test_a_card_that_swallows_its_end_is_ended(work, workspace, wait, kind, way):
    more = f'import pathlib\nhere = pathlib.Path({str(workspace)!r})\nflow.ask(name=Text("?"))\n'
    body = "if name == 'Bob': return name\n" + STUBBORN[kind]
    told = work(flow(kind, body, more).replace("made(*, run)", "made(name, *, run)"))
    told.answer("name", "Ada")
    task = asyncio.create_task(told.run_until_blocked())
    await wait((workspace / "begun").exists, task)
    if way == "cancel":
        told.cancel("made")
    elif way == "stop":
        await told.driver.stop()
    else:
        told.answer("name", "Bob", change=True)
    await asyncio.wait([task], timeout=30)
    assert task.done()
    status = {"cancel": "cancelled", "stop": "interrupted", "change": "done"}[way]
    assert told.card("made").status == status
    if kind != "sync":  # of a thread, Python can only ask
        async with asyncio.timeout(20):
            while (workspace / "begun").exists():
                (workspace / "begun").unlink()
                await asyncio.sleep(0.3)  # it would have left a footprint a dozen times


CHANGES = {
    "stdout": "sys.stdout.close()",
    "no stdout": "sys.stdout = sys.stderr = sys.stdin = None",
    "descriptors": "os.close(0); os.close(1)",
    "folder": "os.chdir('/')",
    "a folder that goes": "import tempfile\nwith tempfile.TemporaryDirectory() as d: os.chdir(d)",
    "mask": "os.umask(0o777)",
    "locale": "locale.setlocale(locale.LC_ALL, 'C.UTF-8')",
    "policy": (
        "class Policy(asyncio.DefaultEventLoopPolicy):\n"
        "    def new_event_loop(self): raise SystemExit\n"
        "    def get_child_watcher(self): raise SystemExit\n"
        "asyncio.set_event_loop_policy(Policy())"
    ),
    "low recursion": "sys.setrecursionlimit(40)",
    "high recursion": "sys.setrecursionlimit(10**6)",
    "switching": "sys.setswitchinterval(100)",
    "timeout": "socket.setdefaulttimeout(0.001)",
    "signals": (
        "try: signal.signal(signal.SIGINT, signal.SIG_DFL); signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "except ValueError: pass"
    ),
    "a blocked signal": "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])",
}


# In a process of its own, as closing a stream or a descriptor would end the tests.
LOOK = """
import asyncio, json, locale, os, signal, socket, sys
from pathlib import Path
from cardloom.catalog import Catalog

def shape():
    mask = os.umask(0)
    os.umask(mask)
    return {
        "folder": os.getcwd(),
        "mask": mask,
        "locale": locale.setlocale(locale.LC_ALL),
        "recursion": sys.getrecursionlimit(),
        "switching": sys.getswitchinterval(),
        "timeout": socket.getdefaulttimeout(),
        "policy": repr(asyncio.get_event_loop_policy()),
        "closed": [s is None or s.closed for s in (sys.stdin, sys.stdout, sys.stderr)],
        "open": [os.fstat(fd).st_ino for fd in range(3)],
        "signals": [repr(signal.getsignal(s)) for s in (signal.SIGINT, signal.SIGTERM)],
        "blocked": [int(s) for s in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
    }

flows = Catalog(Path.cwd())
flows.workflow("flow_plain").run("first")
was, found = shape(), {}
for name in sys.argv[2:]:
    try:
        value = flows.workflow(name).run("k").value
    except Exception as error:
        value = str(error)
    now = shape()
    changed = {key: [was[key], now[key]] for key in was if was[key] != now[key]}
    found[name] = [value, changed]
Path(sys.argv[1]).write_text(json.dumps(found))
print("printed at the end")
"""


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_card_changes_is_put_back(workspace, write_flow, kind):
    names = {f"flow_{number}": change for number, change in enumerate(CHANGES)}
    for name, change in names.items():
        write_flow(name, flow(kind, f"{CHANGES[change]}\nreturn 'did it'"))
    write_flow("flow_plain", flow("process", "return 1"))
    report = workspace / "report.json"
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(report), *names, "flow_plain"],
        cwd=workspace,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert report.exists(), done.stderr
    found = json.loads(report.read_text())
    told = {names.get(name, name): found[name] for name in found}
    assert told == {change: ["went on", {}] for change in [*CHANGES, "flow_plain"]}, done.stderr
    assert done.stdout == "printed at the end\n"


async def test_a_lower_limit_of_recursion_is_not_passed_on_to_the_others(work, wait, workspace):
    told = work(
        flow(
            "sync",
            "sys.setrecursionlimit(40)\n(here / 'begun').touch()\n"
            "while not (here / 'go').exists(): time.sleep(0.01)\nreturn 1",
            f"import pathlib\nhere = pathlib.Path({str(workspace)!r})\n",
        )
    )
    task = asyncio.create_task(told.run_until_blocked())
    await wait((workspace / "begun").exists, task)

    def deep(number):
        return number and deep(number - 1)

    assert deep(300) == 0
    (workspace / "go").touch()
    assert await task is None


def crash(told):
    """As if the process had died while it worked on the run."""
    flow = told.run.workflow
    told.run.move(lambda state: moves.start(flow, state, "made"))


def recover(told):
    told.run.move(lambda state: moves.recover(told.run.workflow, state))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_card_with_which_the_process_died_thrice_waits_for_a_person(work, kind):
    told = work(flow(kind, "return 1"))
    for _ in range(2):
        crash(told)
        recover(told)
    crash(told)
    if kind == "process":  # it could not have ended anything
        assert await told.run_until_blocked() is None
        return
    assert await told.run_until_blocked() == ("STOPPED", "made")
    assert "ended each of the last 3 times that made was at work" in told.card("made").error
    told.again("made")
    assert await told.run_until_blocked() is None


async def test_crashes_with_something_remembered_in_between_are_no_reason(work):
    told = work(flow("sync", "return run.once('a', lambda: 1)"))
    for number in range(5):
        crash(told)
        started = told.card("made").started_n
        event = {"type": "remembered", "key": str(number), "value": 1}
        told.run.move(lambda s, n=started, e=event: moves.report(s, "made", n, e))
        recover(told)
    assert await told.run_until_blocked() is None
