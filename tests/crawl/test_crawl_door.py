"""The room's door: its names complete, documented and cheap to import."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

import pytest

from cardloom import crawl as door


def test_the_names_are_the_promise_and_each_is_documented():
    assert door.__all__ == sorted(door.__all__, key=lambda name: (not name[0].isupper(), name))
    for name in door.__all__:
        assert len(inspect.getdoc(getattr(door, name)) or "") > 80
    assert set(door.__all__) <= set(dir(door))


def test_every_limit_is_explained():
    for name in door.Limits.__dataclass_fields__:
        assert f"    {name} " in inspect.getsource(door.Limits)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'spider'"):
        door.spider  # noqa: B018


def test_the_door_opens_without_its_heavy_parts():
    heavy = ("aiohttp", "selectolax", "ada_url", "protego", "sqlite3")
    code = (
        "import sys; before = set(sys.modules); from cardloom import crawl;"
        f"print([m for m in {heavy} if m in sys.modules and m not in before])"
        ";import cardloom; from cardloom.crawl import crawl as f; print(callable(f))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = told.stdout.splitlines()
    assert "aiohttp" not in lines[0]
    assert "selectolax" not in lines[0]
    assert lines[1] == "True"


async def test_the_summary_is_plain_json(site, walk):
    site.links("/", "/a", "/gone")
    found = await walk()
    told = json.loads(json.dumps(found.summary))
    assert told == found.summary
    documented = inspect.getdoc(door.summary)
    assert all(name in documented for name in told)
    assert told["slowest"][0]["ms"] >= 0
    assert told["biggest"][0]["url"] == site.url + "/"
    assert told["seconds"] > 0
