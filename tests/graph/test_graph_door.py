"""The door of the room: its names are complete, documented, and cost nothing until used."""

import inspect
import subprocess
import sys
from importlib import import_module

import pytest

from cardloom import graph


def test_every_name_of_the_door_is_there_and_documented():
    for name in graph.__all__:
        assert inspect.getdoc(getattr(graph, name)), f"{name} has no docstring"
    assert dir(graph) == sorted(set(graph.__all__))


def test_the_door_names_each_thing_as_its_module_does():
    for name, module in graph._ROOMS.items():
        assert getattr(graph, name) is getattr(import_module(f"cardloom.graph.{module}"), name)
    assert sorted(graph._ROOMS) == sorted(graph.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="pagerang"):
        _ = graph.pagerang


def test_importing_the_room_does_not_import_numpy():
    code = (
        "import sys; from cardloom import graph; assert 'numpy' not in sys.modules; "
        "graph.read_graph; assert 'numpy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
