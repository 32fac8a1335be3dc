"""A file is a workflow, an app, or neither, and only what is one of them is ever run."""

import pytest

from cardloom.catalog import Catalog, looks_like_app, looks_like_workflow

APP = "app"
WORKFLOW = "workflow"
NEITHER = "neither"

FILES = {
    "from cardloom import Workflow\nw = Workflow('W')\n": WORKFLOW,
    "import cardloom\nw = cardloom.Workflow('W')\n": WORKFLOW,
    "from cardloom import composed\nw = composed('W', 'a', 'b')\n": WORKFLOW,
    "from cardloom.apps import hook\n": APP,
    "from cardloom import Workflow\nfrom cardloom.apps import hook\n": APP,
    "import cardloom.apps\n": APP,
    "import cardloom.apps as apps\n# Workflow\n": APP,
    "from cardloom import apps\n": APP,
    "from cardloom import Text, apps\n": APP,
    "if True:\n    from cardloom.apps import hook\n": APP,
    "from cardloom.apps import hook\ndef broken(:\n": APP,
    '"""\nfrom cardloom.apps import hook\n"""\nfrom cardloom import Workflow\n': WORKFLOW,
    "# from cardloom.apps import hook\nfrom cardloom import Workflow\n": WORKFLOW,
    "from cardloom import Workflow\nmy_apps = 1\n": WORKFLOW,
    "from cardloom_apps import hook\n": NEITHER,
    "from cardloom.appsuite import hook\n": NEITHER,
    "import json\n": NEITHER,
    "": NEITHER,
}


@pytest.mark.parametrize("source", FILES)
def test_a_file_is_one_kind(source):
    told = {APP: looks_like_app(source), WORKFLOW: looks_like_workflow(source)}
    assert told == {APP: FILES[source] == APP, WORKFLOW: FILES[source] == WORKFLOW}


def test_the_catalog_leaves_apps_alone(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from cardloom.apps import hook\nfrom cardloom import Workflow\nraise OSError\n"
    )
    assert "mine" not in Catalog(tmp_path).entries()
