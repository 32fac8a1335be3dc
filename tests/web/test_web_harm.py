"""Author's code that ends, blocks or breaks: the server lives, its pages come, the runs go on."""

import contextlib
import http.client
import os
import re
import signal

import pytest
from playwright.sync_api import expect

HEAD = """
import asyncio, ctypes, os, signal, sys, threading, time
from pathlib import Path
from cardloom import Text, Workflow

here = Path(__file__).parent


def held(name):
    (here / f"{name}.begun").touch()
    while not (here / f"{name}.go").exists():
        time.sleep(0.01)


"""
QUICK = 'quick = Workflow("Quick")\nquick.ask(name=Text("Name?"))\n'


@pytest.fixture
def house(tmp_path, serve):
    """`house(flow="…")`: a server on these workflows, each with what they share above it."""

    def start(**flows):
        folder = tmp_path / "workspace"
        folder.mkdir(exist_ok=True)
        for name, source in {"quick": QUICK, **flows}.items():
            (folder / f"{name}.py").write_text(HEAD + source)
        return serve(folder)

    return start


def is_there(server):
    return server.get("/").status == 200 and server.process.poll() is None


def last(server, run, card):
    return [event["type"] for event in server.journal(run) if event.get("card") == card][-1]


@pytest.mark.parametrize(
    "body",
    [
        "async def work(x): raise KeyboardInterrupt",
        "async def work(x): raise SystemExit(1)",
        "async def work(x): asyncio.get_running_loop().stop(); await asyncio.sleep(60)",
        "def work(x): raise KeyboardInterrupt",
        "def work(x): signal.alarm(1); time.sleep(1.5); raise ValueError('woken')",
        "def work(x): signal.setitimer(signal.ITIMER_PROF, 0.1); sum(range(10**8)); raise ValueError",
        "def work(x): os.close(0); os.close(1); raise ValueError",
        "def work(x): sys.setrecursionlimit(30); raise ValueError",
        "def work(x): input()",
        "def work(x): __import__('subprocess').run(['cat'], check=True); raise ValueError",
    ],
)
def test_a_card_ends_neither_the_server_nor_the_next_start(house, until, body):
    server = house(flow=f'flow = Workflow("F")\nflow.ask(x=Text("?"))\n\n\n@flow.do\n{body}\n')
    run = server.begin("flow", "ada")
    assert server.post(f"{run}/answer/x", value="1").status == 303
    until(lambda: last(server, run, "work") == "failed")
    assert is_there(server)
    server.kill()
    server.start()
    assert is_there(server)
    assert last(server, run, "work") == "failed"


def test_a_run_that_ends_each_server_is_set_aside_with_a_sentence(house, until):
    server = house(
        flow='flow = Workflow("F")\nflow.ask(x=Text("?"))\n\n\n'
        "@flow.do\ndef work(x):\n    time.sleep(0.3)\n    os._exit(1)\n"
    )
    run = server.begin("flow", "ada")
    with contextlib.suppress(http.client.HTTPException, OSError):  # it may die before it answers
        server.post(f"{run}/answer/x", value="1")
    server.process.communicate(timeout=20)
    for _ in range(2):
        server.start()  # recovers the run, and dies of it
        server.process.communicate(timeout=20)
    server.start()
    until(lambda: last(server, run, "work") == "failed")
    assert is_there(server)
    page = server.get(run).text
    assert "Cardloom itself ended each of the last 3 times that work was at work" in page
    assert "Retry" in page


@pytest.mark.parametrize("define", ["def", "async def"])
def test_pages_come_while_a_card_blocks(house, until, define):
    server = house(
        flow='flow = Workflow("F")\nflow.ask(x=Text("?"))\n\n\n'
        f"@flow.do\n{define} work(x):\n    held('work')\n    return 'at last'\n"
    )
    run = server.begin("flow", "ada")
    server.post(f"{run}/answer/x", value="1")
    until((server.workspace / "work.begun").exists)
    assert is_there(server)
    assert server.get(run).status == 200
    (server.workspace / "work.go").touch()
    until(lambda: last(server, run, "work") == "finished")


@pytest.mark.parametrize(
    "body",
    [
        "async def work(x): time.sleep(600)",
        "def work(x):\n    while True:\n        try: time.sleep(600)\n        except BaseException: pass",
        "def work(x): ctypes.CDLL(None).sleep(600)",
        "def work(x): threading.Thread(target=time.sleep, args=(600,)).start(); time.sleep(600)",
        "def work(x):\n    from concurrent.futures import ThreadPoolExecutor\n"
        "    with ThreadPoolExecutor(2) as pool: pool.map(time.sleep, [600, 600])",
        "async def work(x):\n    while True:\n        try: await asyncio.to_thread(time.sleep, 600)\n"
        "        except BaseException: pass",
    ],
)
def test_ctrl_c_is_heard_whatever_a_card_does(house, until, body):
    server = house(flow=f'flow = Workflow("F")\nflow.ask(x=Text("?"))\n\n\n@flow.do\n{body}\n')
    run = server.begin("flow", "ada")
    server.post(f"{run}/answer/x", value="1")
    until(lambda: last(server, run, "work") == "started")
    server.process.send_signal(signal.SIGINT)
    said, _ = server.process.communicate(timeout=20)
    assert "Stopped. Everything is in the journals." in said
    assert server.process.returncode == 0
    assert last(server, run, "work") == "interrupted"


KEY = """
def clean(key):
    if key == "slow":
        time.sleep(4)
    if key == "endless":
        (here / "endless.begun").touch()
        time.sleep(600)
    return key


flow = Workflow("F", key=clean)
flow.ask(x=Text("?"))
"""


def test_what_holds_up_every_page_is_named_on_the_page(house, until):
    server = house(flow=KEY)
    server.begin("flow", "slow")
    named = re.compile(r"flow\.py, line \d+: clean held up every page")
    until(lambda: named.search(server.get("/").text))


def test_ctrl_c_is_heard_while_the_loop_is_held(house, until):
    server = house(flow=KEY)
    child = os.fork()
    if child == 0:  # its request is never answered
        try:
            server.begin("flow", "endless")
        finally:
            os._exit(0)
    until((server.workspace / "endless.begun").exists)
    server.process.send_signal(signal.SIGINT)
    server.process.send_signal(signal.SIGINT)
    server.process.wait(timeout=20)
    assert not (server.workspace / ".cardloom" / "server.json").exists()
    os.waitpid(child, 0)


SHOWN = """
def drawn(value):
    with (here / "calls").open("a") as calls:
        calls.write("x")
    held("show")
    return f"drawn {value}"


flow = Workflow("F")
flow.ask(x=Text("?"))


@flow.do(show=drawn)
def work(x):
    return x
"""


@pytest.mark.browser
def test_a_slow_show_comes_by_itself_and_holds_up_nothing(house, until, window):
    server = house(flow=SHOWN)
    run = server.begin("flow", "ada")
    server.post(f"{run}/answer/x", value="one")
    page, other = window.tab(), window.tab()
    page.goto(server.address + run)
    expect(page.locator("#card-work")).to_contain_text("Being drawn")
    other.goto(server.address + run)
    assert is_there(server)
    assert server.get(run).status == 200
    (server.workspace / "show.go").touch()
    for tab in (page, other):
        expect(tab.locator("#card-work")).to_contain_text("drawn one")
    page.reload()
    expect(page.locator("#card-work")).to_contain_text("drawn one")
    assert "drawn one" in server.get(f"{run}?at={len(server.journal(run))}").text
    assert (server.workspace / "calls").read_text() == "x"


@pytest.mark.parametrize(
    "body",
    [
        "raise KeyboardInterrupt",
        "raise SystemExit",
        "class E(Exception):\n        def __str__(self): raise SystemExit\n    raise E",
        "sys.stdout.close()\n    os.chdir('/')\n    raise ValueError('no')",
    ],
)
def test_a_show_that_fails_shows_the_value(house, until, body):
    source = SHOWN.replace('held("show")', body)
    server = house(flow=source)
    run = server.begin("flow", "ada")
    server.post(f"{run}/answer/x", value="one")
    page = until(lambda: (text := server.get(run).text) and "show function failed" in text and text)
    assert "The value itself:" in page
    assert is_there(server)


PARSE = """
def parse(text):
    with (here / "parsed").open("a") as calls:
        calls.write(text + " ")
    if text == "slow":
        held("parse")
    if text == "no":
        raise ValueError("Not this one")
    if text == "end":
        raise SystemExit
    if text == "wrong":
        return {}["x"]
    return text.upper()


flow = Workflow("F")
flow.ask(x=Text("?", parse=parse))


@flow.ask
def again(x):
    return Text("Again?", parse=parse)
"""


def test_a_slow_parse_holds_up_nothing_and_is_called_once(house, until):
    server = house(flow=PARSE)
    run = server.begin("flow", "ada")
    child = os.fork()
    if child == 0:
        try:
            server.post(f"{run}/answer/x", value="slow")
        finally:
            os._exit(0)
    until((server.workspace / "parse.begun").exists)
    assert is_there(server)
    assert server.get(run).status == 200
    (server.workspace / "parse.go").touch()
    os.waitpid(child, 0)
    until(lambda: server.events(run, "answered"))
    assert server.events(run, "answered")[0]["value"] == "SLOW"
    assert (server.workspace / "parsed").read_text() == "slow "


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("no", "Not this one"),
        ("end", "The answer could not be checked. SystemExit."),
        ("wrong", "The answer could not be checked. KeyError: &#x27;x&#x27;."),
    ],
)
def test_a_parse_that_fails_is_a_sentence_at_the_field(house, text, sentence):
    server = house(flow=PARSE)
    run = server.begin("flow", "ada")
    answer = server.post(f"{run}/answer/x", value=text)
    assert answer.status == 422
    assert sentence.replace("&#x27;", "'") in answer.text.replace("&#x27;", "'").replace(
        "&#39;", "'"
    )
    assert not server.events(run, "answered")
    assert is_there(server)


STEPS = """
flow = Workflow("F")
flow.ask(x=Text("?"))


@flow.do
def work(x):
    held("work")
    return x


@flow.do
def after(work):
    return work + "!"
"""


def test_a_broken_save_that_is_mended_lets_open_runs_go_on(house, until):
    server = house(flow=STEPS)
    run = server.begin("flow", "ada")
    server.post(f"{run}/answer/x", value="1")
    until((server.workspace / "work.begun").exists)
    (server.workspace / "flow.py").write_text("from cardloom import Workflow\nflow = (")
    until(lambda: "does not load" in server.get(run).text)
    (server.workspace / "work.go").touch()
    until(lambda: last(server, run, "work") == "finished")
    assert "does not load" in server.get(run).text
    (server.workspace / "flow.py").write_text(HEAD + STEPS)
    until(lambda: [e for e in server.events(run, "finished") if e["card"] == "after"])
    assert "does not load" not in server.get(run).text


def test_a_run_that_nobody_has_open_goes_on_when_its_workflow_loads(house, until):
    server = house(flow=STEPS)
    run = server.begin("flow", "ada")
    server.post(f"{run}/answer/x", value="1")
    until((server.workspace / "work.begun").exists)
    server.kill()
    (server.workspace / "flow.py").write_text("from cardloom import Workflow\nflow = (")
    (server.workspace / "work.go").touch()
    server.start()
    assert is_there(server)
    (server.workspace / "flow.py").write_text(HEAD + STEPS)
    until(lambda: [e for e in server.events(run, "finished") if e["card"] == "after"])


@pytest.mark.browser
def test_an_open_page_follows_what_is_saved(house, until, page):
    server = house(flow=STEPS)
    run = server.begin("flow", "ada")
    page.goto(server.address + run)
    (server.workspace / "flow.py").write_text("from cardloom import Workflow\nflow = (")
    expect(page.locator("#run-head")).to_contain_text("does not load")
    (server.workspace / "flow.py").write_text(HEAD + STEPS.replace('Text("?")', 'Text("Anew?")'))
    expect(page.locator("#run-head")).not_to_contain_text("does not load")
    expect(page.locator("#card-x")).to_contain_text("Anew?")
