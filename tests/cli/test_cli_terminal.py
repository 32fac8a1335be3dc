"""Asked on a terminal: the command behind a real pseudo-terminal, typed to as a person would."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

FLOW = """
    def short(text):
        if len(text) > 5:
            raise ValueError("Five letters at most.")
        return text.upper()

    def together(both):
        if both["a"] == both["b"]:
            raise ValueError("They must differ.")
        return both

    flow = Workflow("Terminal")
    flow.ask(
        name=Text("Your name?", help="As friends say it.", parse=short),
        color=Choice("Colour?", {"r": "Red", "b": "Blue"}, default="b"),
        many=Choice("Which?", [Option(1, "One", disabled="gone"), (2, "Two", "new"), 3], multiple=True),
        sure=Confirm("Sure?", default=True),
        data=Upload("A file?"),
        both=Form("Both", a=Text("A?"), b=Text("B?", default="x"), parse=together),
    )

    @flow.ask
    def size(name):
        return Number(f"Size of {name}?", whole=True, max=9)

    @flow.do
    def made(name, color, many, sure, data, both, size):
        return repr([name, color, many, sure, data.read_text(), both, size])
    """


class Terminal:
    """A command on a pseudo-terminal."""

    def __init__(self, words, cwd):
        self.mine, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cardloom", *words],
            cwd=cwd,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""

    def read(self, until):
        """What is shown from here on, up to and with `until`."""
        end = time.monotonic() + 30
        while until not in self.seen and time.monotonic() < end:
            if not select.select([self.mine], [], [], 0.1)[0]:
                continue
            try:
                self.seen += os.read(self.mine, 65536).decode()
            except OSError:  # the other end is closed
                break
        before, found, self.seen = self.seen.partition(until)
        assert found, f"{until!r} was not shown; this was: {before}"
        return before + found

    def type(self, text):
        os.write(self.mine, f"{text}\n".encode())

    def end(self):
        self.process.kill()
        self.process.wait()
        os.close(self.mine)


@pytest.fixture
def terminal(workspace):
    opened = []

    def begin(*words):
        opened.append(Terminal(words, workspace))
        return opened[-1]

    yield begin
    for each in opened:
        each.end()


def test_what_is_missing_is_asked_until_it_is_accepted(terminal, write_flow, tmp_path, events):
    write_flow("flow", FLOW)
    (tmp_path / "data.txt").write_text("hello")
    screen = terminal("run", "flow", "k")
    assert "As friends say it." in screen.read("Your name?")
    screen.type("far too long")
    screen.read("Five letters at most.")
    screen.type("ada")
    asked = screen.read("Colour? [b]: ")
    assert "1. Red" in asked
    screen.type("green")
    screen.read("'green' was not offered. Choose one of: Red, Blue.")
    screen.read("Colour? [b]: ")
    screen.type("1")  # its number on the screen
    assert "1. One (gone)" in screen.read("Which?")
    screen.type("1, 3")
    screen.read("One can't be chosen: gone")
    screen.type("2, 3")
    screen.read("Sure? [True]: ")
    screen.type("")
    screen.read("A file?")
    screen.type("/nowhere")
    screen.read("There is no file /nowhere.")
    screen.type(str(tmp_path / "data.txt"))
    screen.read("A?")
    screen.type("x")
    screen.read("B? [x]: ")
    screen.type("")
    screen.read("They must differ.")
    screen.read("A?")
    screen.type("y")
    screen.read("B?")
    screen.type("")
    screen.read("Size of ADA?")
    screen.type("10")
    screen.read("At most 9, please.")
    screen.type("8")
    screen.read("['ADA', 'r', [2, 3], True, 'hello', {'a': 'y', 'b': 'x'}, 8]")
    assert screen.process.wait(30) == 0
    by = [e["by"] for e in events("flow/k") if e["type"] == "answered"]
    assert by == ["cli"] * 7


def test_given_answers_are_not_asked(terminal):
    screen = terminal("run", "bridge", "ada", "name=Ada", "color=blue")
    assert "What is your name?" not in screen.read("What is your quest?")
    screen.type("Grail")
    screen.read("Right, Ada. Off you go.")
    assert screen.process.wait(30) == 0


def test_what_was_answered_before_ctrl_c_is_kept(terminal, events):
    screen = terminal("run", "bridge", "ada")
    screen.read("What is your name?")
    screen.type("Ada")
    screen.read("What is your quest?")
    # As the terminal does for Ctrl+C, which Python may overlook when it is just about to read: then
    # a person presses it again.
    while screen.process.poll() is None:
        screen.process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            screen.process.wait(3)
    screen.read("Stopped. `cardloom run bridge ada` goes on.")
    assert screen.process.wait(30) == 3
    assert [e.get("value") for e in events("bridge/ada")] == [None, "Ada"]
    again = terminal("run", "bridge", "ada")
    assert "What is your name?" not in again.read("What is your quest?")


def test_progress_is_shown_on_the_terminal(terminal, write_flow, workspace):
    write_flow(
        "flow",
        """
        import pathlib, time
        flow = Workflow("Progress")

        @flow.do
        def slow(*, run):
            run.progress(3, 12, "pages")
            while not (pathlib.Path(__file__).parent / "go").exists():
                time.sleep(0.01)
            return "finished"
        """,
    )
    screen = terminal("run", "flow", "k")
    screen.read("slow 3/12 pages")
    (workspace / "go").touch()
    screen.read("finished")
    assert screen.process.wait(30) == 0
