"""Commands of apps: found when asked for, and nothing is slower for them."""

import json
import re
import subprocess
import sys

import pytest

SHOUT = '''
"""Shouting."""

import click

from cardloom.apps import hook, workspace_option


@hook
def commands():
    return {"shout": shout, "run": shout, "later": "later:words", "nowhere": "no_such_module:x",
            "no-command": "json:dumps"}


@click.command()
@workspace_option
@click.argument("word")
def shout(workspace, word):
    """Say it loudly."""
    click.echo(word.upper())
'''


@pytest.fixture
def shouting(workspace):
    (workspace / "shouting.py").write_text(SHOUT)


def test_a_command_of_the_workspace_s_app(cardloom, shouting):
    done = cardloom("shout", "hello")
    assert (done.returncode, done.stdout, done.stderr) == (0, "HELLO\n", "")
    assert cardloom("shout").returncode == 2


def test_no_app_takes_the_place_of_a_command_of_ours(cardloom, shouting):
    done = cardloom("run", "bridge", "ada", "name=Ada", "quest=Grail", "color=blue")
    assert done.returncode == 0
    assert "Right, Ada" in done.stdout


def test_the_help_lists_the_commands_that_load(cardloom, shouting):
    done = cardloom("--help")
    assert done.returncode == 0
    assert re.search(r"^  shout +Say it loudly.$", done.stdout, re.M)
    assert "botify-emulator" in done.stdout
    assert "no-command" not in done.stdout
    assert "The command nowhere of an app does not load. ModuleNotFoundError" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["nowhere", "no-command", "later"])
def test_a_command_that_does_not_load_is_a_sentence(cardloom, shouting, name):
    done = cardloom(name)
    assert done.returncode == 2
    assert f"The command {name} of an app does not load." in done.stderr
    assert f"No such command '{name}'" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_tells_of_apps_that_do_not_load(cardloom, workspace):
    (workspace / "wrong.py").write_text("from cardloom.apps import hook\n1 / 0\n")
    done = cardloom("shout", "hello")
    assert done.returncode == 2
    assert "The app wrong does not load. wrong.py, line 2: ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr
    assert cardloom("list").returncode == 0


LOADED = """
import json, sys
from cardloom.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
heavy = {"pluggy", "fasthtml", "starlette", "aiohttp", "cardloom.apps", "cardloom.web"}
sys.stderr.write(json.dumps(sorted(heavy & set(sys.modules))))
"""


def loaded(workspace, *words):
    """The heavy modules that a call of the command has loaded."""
    command = [sys.executable, "-c", LOADED, *words]
    done = subprocess.run(command, cwd=workspace, capture_output=True, text=True, check=True)
    return json.loads(done.stderr.splitlines()[-1])


@pytest.mark.parametrize(
    "words", [("--version",), ("run", "--help"), ("reindex",), ("list", "--search", "x")]
)
def test_a_command_of_ours_loads_no_app(workspace, shouting, words):
    assert loaded(workspace, *words) == []


def test_a_command_of_a_shipped_app_loads_no_page(workspace):
    heavy = {"fasthtml", "starlette", "aiohttp"}
    for words in (("botify-connect", "--help"), ("botify-emulator", "--help"), ("list",)):
        assert not heavy & set(loaded(workspace, *words)), words


def test_the_help_of_all_commands_loads_no_page(workspace):
    assert not {"fasthtml", "starlette", "aiohttp"} & set(loaded(workspace, "--help"))
