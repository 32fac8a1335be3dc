"""SIGKILL at a server whose card has processes below it: nothing is left, and no card has company."""

import os
import signal
from pathlib import Path

import pytest
from test_proof_kills import Server

# A card with a tool that will not hear, one in a session of its own and a pool; each leaves its id.
# Before it begins, it tells which processes of the card before it still live.
FLOW = """
import concurrent.futures, ctypes, os, subprocess, sys, time
from pathlib import Path
from cardloom import Text, Workflow

here = Path(__file__).parent
flow = Workflow("Flow")
flow.ask(name=Text("Name?"))
TOOL = '''
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(sys.argv[1], "a") as ids:
    ids.write(str(os.getpid()) + chr(10))
time.sleep(600)
'''


def leave(number):
    with (here / "ids").open("a") as ids:
        ids.write(f"{os.getpid()}\\n")
    time.sleep(number)


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@flow.do(process=True)
def work(name):
    ids = here / "ids"
    before = ids.read_text().split() if ids.exists() else []
    with (here / "company").open("a") as company:
        company.writelines(f"{pid}\\n" for pid in before if lives(pid))
    leave(0)
    for apart in (False, True):
        subprocess.Popen([sys.executable, "-c", TOOL, str(ids)], start_new_session=apart)
    pool = concurrent.futures.ProcessPoolExecutor(2)
    waiting = [pool.submit(leave, 600) for _ in range(2)]
    while len(ids.read_text().split()) < len(before) + 5:
        time.sleep(0.01)
    (here / "grown").touch()
    if (here / "busy").exists():
        ctypes.PyDLL(None).sleep(600)  # the interpreter is held all the while
    return [each.result() for each in waiting]
"""


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def place(tmp_path):
    if not Path("/proc/self/stat").exists():
        pytest.skip("this system has no /proc to look into")
    (tmp_path / "flow.py").write_text(FLOW)
    yield tmp_path
    for pid in ids(tmp_path):
        if lives(pid):
            os.kill(pid, signal.SIGKILL)


def ids(folder):
    """The processes of all cards so far, the pool's and the tools'."""
    path = folder / "ids"
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


@pytest.mark.timeout(1200)
def test_no_process_outlives_a_killed_server(place, long, tally, until):
    for number in range(100 if long else 4):
        (place / "grown").unlink(missing_ok=True)
        (place / "busy").touch() if number % 2 else (place / "busy").unlink(missing_ok=True)
        server = Server(place)  # from the second on it takes the card up by itself, and at once
        if not number:
            assert server.post("/runs", workflow="flow", key="ada") == 303
            assert server.post("/runs/flow/ada/answer/name", value="Ada") == 303
        until((place / "grown").exists, seconds=60)
        assert (place / "company").read_text() == ""
        os.kill(server.process.pid, signal.SIGKILL)
        tally("servers killed over a tree of processes")
        server.process.wait()
    assert len(ids(place)) == 5 * (number + 1)
    until(lambda: not [pid for pid in ids(place) if lives(pid)])
    server.end()


PLAIN = """
import multiprocessing, os, time
from pathlib import Path
from cardloom import Text, Workflow

here = Path(__file__).parent
flow = Workflow("Flow")
flow.ask(name=Text("Name?"))


def leave(number):
    with (here / "ids").open("a") as ids:
        ids.write(f"{os.getpid()}\\n")
    time.sleep(number)


@flow.do
def work(name):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        waiting = pool.map_async(leave, [600, 600])
        while not (here / "ids").exists() or len((here / "ids").read_text().split()) < 2:
            time.sleep(0.01)
        (here / "grown").touch()
        waiting.get()
"""


def test_what_a_plain_card_forks_ends_with_the_server_and_keeps_nothing_of_it(place, until):
    (place / "flow.py").write_text(PLAIN)
    server = Server(place)
    server.post("/runs", workflow="flow", key="ada")
    server.post("/runs/flow/ada/answer/name", value="Ada")
    until((place / "grown").exists)
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    again = Server(place, port=server.port)  # neither the port nor the workspace is held
    assert again.lives
    until(lambda: not [pid for pid in ids(place)[:2] if lives(pid)])
    again.end()
    server.end()
