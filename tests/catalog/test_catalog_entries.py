"""Workflow files found and loaded; a file that will not load is an entry, and the rest works."""

import os
import subprocess
import sys

import pytest

from cardloom.catalog import Catalog
from cardloom.errors import NotFound, WorkflowError

GOOD = """
good = Workflow("Good")
good.ask(name=Text("Name?"))
"""


@pytest.fixture
def catalog(workspace):
    return Catalog(workspace)


@pytest.fixture
def trouble(write_flow, catalog):
    """`trouble(source)`: what the catalog says of such a file, with the good one still there."""

    def say(source, name="bad", **facts):
        write_flow("good", GOOD)
        write_flow(name, source, **facts)
        entries = catalog.entries()
        assert entries["good"].workflow.title == "Good"
        assert entries[name].workflow is None
        with pytest.raises(WorkflowError):
            catalog.workflow(name)
        return entries[name].trouble

    return say


BAD = {
    "unknown parameter": (
        """
        flow = Workflow("Bad")
        flow.ask(colour=Text("?"))

        @flow.do
        def verdict(color):
            return color
        """,
        "bad.py, line 6: verdict asks for 'color', and there is no such card. "
        "Did you mean 'colour'?",
    ),
    "later card": (
        """
        flow = Workflow("Bad")

        @flow.do
        def one(two):
            pass

        flow.ask(two=Text("?"))
        """,
        "bad.py, line 5: one asks for 'two', which comes later in the file. Move two above it.",
    ),
    "cycle": (
        """
        flow = Workflow("Bad")

        @flow.do
        def one(two):
            pass

        @flow.do
        def two(one):
            pass
        """,
        "bad.py, line 5: one and two ask for each other. One of them must come without the other.",
    ),
    "two of one name": (
        """
        flow = Workflow("Bad")
        flow.ask(one=Text("?"))
        flow.ask(one=Text("?"))
        """,
        "bad.py, line 5: Two cards are called 'one'. Each card needs a name of its own.",
    ),
    "not a question": (
        'flow = Workflow("Bad")\nflow.ask(one="?")',
        "bad.py, line 3: The card 'one' must be a question: Text, Number, Choice, Confirm, Form or "
        "Upload, and it is '?'.",
    ),
    "syntax": (
        'flow = Workflow("Bad"\n',
        "bad.py, line 2: '(' was never closed (a syntax error).",
    ),
    "import": (
        'import no_such_library\nflow = Workflow("Bad")',
        "bad.py, line 2: It imports no_such_library, which is not installed. Install it with pip, "
        "or mend the name.",
    ),
    "name that is not there": (
        'from cardloom import Nothing\nflow = Workflow("Bad")',
        "bad.py, line 2: ImportError: cannot import name 'Nothing' from 'cardloom'",
    ),
    "exit": (
        'import sys\nflow = Workflow("Bad")\nsys.exit(0)',
        "bad.py, line 4: It ended the program while it was loaded. A workflow file only defines "
        "things.",
    ),
    "error": (
        'flow = Workflow("Bad")\n1 / 0',
        "bad.py, line 3: ZeroDivisionError: division by zero",
    ),
    "error in its own function": (
        'def f():\n    return {}["x"]\nflow = Workflow("Bad")\nf()',
        "bad.py, line 3: KeyError: 'x'",
    ),
    "two workflows": (
        'one = Workflow("One")\ntwo = Workflow("Two")',
        "bad.py: It holds two workflows, 'One' and 'Two'. Give each a file of its own.",
    ),
    "no workflow": (
        "# Workflow",
        "bad.py: There is no Workflow in it. Write one: flow = Workflow('Title').",
    ),
    "no cards": (
        'flow = Workflow("Bad")',
        "bad.py: Bad has no cards. Add one with .ask(…) or @….do.",
    ),
    "option twice": (
        'flow = Workflow("Bad")\nflow.ask(\n    one=Choice("?", ["a", "a"]),\n)',
        "bad.py, line 4: ValueError: The option 'a' is offered twice. Give each option its own "
        "value.",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_will_not_load_says_where_and_why(trouble, name):
    source, sentence = BAD[name]
    assert trouble(source).startswith(sentence)


def test_a_file_beside_it_is_no_library(trouble, workspace):
    (workspace / "helpers.py").write_text("def f(): ...\n", encoding="utf-8")
    told = trouble('from helpers import f\nflow = Workflow("Bad")')
    assert told.startswith(
        "bad.py, line 2: It imports helpers, a file beside it, and a workflow is one"
    )


def test_a_file_in_another_encoding_is_not_overlooked(trouble, workspace):
    trouble("# Workflow")
    path = workspace / "bad.py"
    path.write_bytes('from cardloom import *\nflow = Workflow("Grüße")\n'.encode("latin-1"))
    entry = Catalog(workspace).entries()["bad"]
    assert entry.trouble.startswith("bad.py")
    assert "utf-8" in entry.trouble
    path.write_bytes(
        "# -*- coding: latin-1 -*-\nfrom cardloom import *\n"
        'flow = Workflow("Grüße")\nflow.ask(a=Text("?"))\n'.encode("latin-1")
    )
    assert Catalog(workspace).workflow("bad").title == "Grüße"


@pytest.mark.parametrize("source", ["x = '\0'", "(" * 5000, "if x:\n\ty\n  z", "\ufeff1 +"])
def test_a_file_that_is_hardly_python(trouble, source):
    assert trouble(f"{source}  # Workflow").startswith("bad.py")


@pytest.mark.parametrize("name", ["my flow", "-x", "1st", "ünï", ".hidden", "a" * 81])
def test_a_name_that_cannot_be_a_workflows_is_said(trouble, name):
    said = trouble(GOOD, name=name)
    assert said == f"{name}.py: Its name can't be a workflow's. Use letters, digits, _ and -."


@pytest.mark.parametrize("name", ["../secret", "..", "", "a/b", "good.py", "\0", "a" * 5000])
def test_a_name_from_outside_never_becomes_a_path(workspace, write_flow, catalog, name):
    write_flow("good", GOOD)
    (workspace.parent / "secret.py").write_text(f"from cardloom import *\n{GOOD}")
    with pytest.raises(NotFound, match="There is no workflow called"):
        catalog.entry(name)


def test_a_wrong_name_gets_the_nearest(catalog):
    with pytest.raises(NotFound, match=r"no workflow called 'brigde'\. Did you mean 'bridge'"):
        catalog.workflow("brigde")


def test_the_shipped_ones_are_there_and_yours_win(write_flow, catalog):
    assert catalog.workflow("bridge").title == "The Bridge of Death"
    assert catalog.entries()["bridge"].shipped
    write_flow("bridge", GOOD.replace("Good", "My bridge"))
    assert catalog.workflow("bridge").title == "My bridge"
    assert [e.title for e in catalog.entries().values() if e.name == "bridge"] == ["My bridge"]


def test_an_edit_is_loaded_and_a_mended_file_works(workspace, write_flow, catalog):
    path = write_flow("flow", GOOD)
    first = catalog.workflow("flow")
    assert catalog.workflow("flow") is first
    write_flow("flow", GOOD.replace("Good", "Gooe"))  # the same length, in the same second
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1))
    assert catalog.workflow("flow").title == "Gooe"
    write_flow("flow", "Workflow(")
    assert catalog.entries()["flow"].error
    write_flow("flow", GOOD)
    assert catalog.workflow("flow").title == "Good"
    path.unlink()
    assert "flow" not in catalog.entries()
    with pytest.raises(NotFound):
        catalog.workflow("flow")


def test_other_scripts_of_the_workspace_are_never_run(workspace, write_flow, catalog):
    write_flow("good", GOOD)
    trap = f"open({str(workspace / 'ran')!r}, 'w')\n"
    (workspace / "script.py").write_text(trap)
    (workspace / "uses_cardloom.py").write_text(f"import cardloom\n{trap}")
    (workspace / "mentions.py").write_text(f"# a Workflow for later\n{trap}")
    (workspace / "notes.txt").write_text(f"from cardloom import Workflow\n{trap}")
    (workspace / "folder.py").mkdir()
    (workspace / "sub").mkdir()
    (workspace / "sub" / "deep.py").write_text(f"from cardloom import Workflow\n{trap}")
    mine = [e.name for e in catalog.entries().values() if not e.shipped]
    assert mine == ["good"]
    for name in ("script", "uses_cardloom", "mentions", "folder"):
        with pytest.raises(NotFound):
            catalog.entry(name)
    assert not (workspace / "ran").exists()


def test_a_file_named_like_a_library_stands_in_for_none(workspace, write_flow):
    write_flow("json", GOOD)
    write_flow("uses_json", f"import json\njson.dumps({{}})\n{GOOD}")
    code = (
        "import sys; from pathlib import Path; from cardloom.catalog import Catalog;"
        "print(Catalog(Path(sys.argv[1])).workflow('uses_json').title)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(workspace)], capture_output=True, text=True
    )
    assert done.stdout == "Good\n", done.stderr


def test_loading_leaves_no_bytecode_behind(workspace, write_flow, catalog):
    write_flow("good", GOOD)
    catalog.workflow("good")
    assert [p.name for p in workspace.iterdir()] == ["good.py"]
