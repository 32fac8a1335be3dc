"""The room's door: its names complete, documented and cheap to import."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from cardloom import botify as door


def test_the_names_are_the_promise_and_each_is_documented():
    assert door.__all__ == sorted(door.__all__)
    for name in door.__all__:
        value = getattr(door, name)
        assert isinstance(value, str) or len(inspect.getdoc(value) or "") > 25, name
    assert set(door.__all__) <= set(dir(door))
    assert sorted(name for names in door._HOMES.values() for name in names) == door.__all__


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        door.nope  # noqa: B018


def test_importing_the_door_loads_no_aiohttp():
    code = (
        "import sys, json; from cardloom import botify; botify.clean_project_url('a/b.c');"
        "print(json.dumps([m for m in sys.modules if m.startswith(('aiohttp', 'cardloom.crawl'))]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_every_method_of_the_client_is_documented():
    for name, method in inspect.getmembers(door.Client, inspect.isfunction):
        assert name.startswith("_") or len(inspect.getdoc(method) or "") > 20, name


def test_no_module_of_the_room_hides_a_name_of_its_door():
    modules = {path.stem for path in Path(door.__file__).parent.iterdir()}
    assert not modules & set(door.__all__)
