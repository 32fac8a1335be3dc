"""The commands that find, label, delete and take back runs, and what runs tell together."""

import json

import pytest


@pytest.fixture
def bridge(cardloom):
    def begin(key, color="blue", **more):
        answers = {"name": key, "quest": "Grail", "color": color, **more}
        done = cardloom("run", "bridge", key, *(f"{k}={v}" for k, v in answers.items()))
        assert done.returncode == 0, done.stderr
        return f"bridge/{key}"

    return begin


def test_list_filters_by_label_status_and_words(cardloom, bridge):
    bridge("ada")
    bridge("bob")
    assert cardloom("tag", "bridge/ada", "+client", "+good").stdout == (
        "bridge/ada has the tags client, good.\n"
    )
    assert cardloom("title", "bridge/bob", "The second").returncode == 0
    assert "bridge/ada" in cardloom("list", "--tag", "client").stdout
    assert "bridge/bob" not in cardloom("list", "--tag", "client").stdout
    found = cardloom("list", "--search", "second").stdout
    assert "bridge/bob" in found
    assert "The second" in found
    assert "bridge/ada" not in found
    assert cardloom("list", "--status", "waiting").stdout == ""
    assert "bridge/ada" in cardloom("list", "--status", "done").stdout
    assert cardloom("list", "--status", "dancing").returncode == 2


def test_a_tag_is_taken_away_whatever_its_letters(cardloom, bridge):
    name = bridge("ada")
    cardloom("tag", name, "+workspace", "+help", "+x")
    assert cardloom("tag", name, "-workspace", "-help").stdout == "bridge/ada has the tags x.\n"
    assert cardloom("tag", name, "-x").stdout == "bridge/ada has no tags.\n"
    wrong = cardloom("tag", name, "x")
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "'x' neither adds nor takes away. Write +x or -x.\n",
    )


def test_archive_and_back(cardloom, bridge):
    name = bridge("ada")
    assert cardloom("archive", name).stdout == "bridge/ada is archived.\n"
    assert name not in cardloom("list").stdout
    assert name in cardloom("list", "--archived").stdout
    assert cardloom("unarchive", name).returncode == 0
    assert name in cardloom("list").stdout


def test_delete_trash_undelete_and_empty(cardloom, bridge, workspace, events):
    name = bridge("ada")
    before = events(name)
    assert "cardloom undelete bridge/ada" in cardloom("delete", name).stdout
    assert cardloom("show", name).returncode == 2
    assert cardloom("trash").stdout.strip().endswith("/bridge/ada")
    assert cardloom("undelete", name).stdout == "bridge/ada is back.\n"
    assert events(name) == before
    assert cardloom("undelete", name).returncode == 2
    cardloom("delete", name)
    assert list((workspace / "trash").rglob("journal.jsonl"))
    assert cardloom("trash", "--empty").stdout == "1 run is gone for good.\n"
    assert not list((workspace / "trash").rglob("journal.jsonl"))


def test_the_index_may_be_deleted_and_made_anew(cardloom, bridge, workspace):
    bridge("ada")
    bridge("bob")
    listed = cardloom("list").stdout
    (workspace / ".cardloom/index.sqlite").write_bytes(b"nonsense")
    assert cardloom("list").stdout == listed
    assert cardloom("reindex").stdout == "2 runs are in the index.\n"
    assert cardloom("list").stdout == listed


def test_a_hostile_about_is_left_out_with_a_word(cardloom, bridge, workspace):
    name = bridge("ada")
    (workspace / "runs" / name / "about.json").write_text('{"title": 5}')
    done = cardloom("list")
    assert name in done.stdout
    assert "about.json is left out: its title is not text." in done.stderr


def test_insights_in_words_and_as_json(cardloom, bridge):
    for key, color in (("a", "blue"), ("b", "blue"), ("c", "red")):
        bridge(key, color)
    told = cardloom("insights", "bridge").stdout
    assert "3 runs, 3 finished" in told
    assert "most often blue (2 of 3)" in told
    found = json.loads(cardloom("insights", "bridge", "--json").stdout)
    assert found["runs"] == 3
    color = next(card for card in found["cards"] if card["name"] == "color")
    assert color["answers"][""] == [["blue", 2], ["red", 1]]
    assert cardloom("insights", "nothing").returncode == 2


def test_a_suggested_default_is_taken_only_when_wanted_and_marked_so(
    cardloom, bridge, workspace, events
):
    for key in ("a", "b"):
        bridge(key)
    wanting = cardloom("run", "bridge", "c", "name=c", "--defaults")
    assert wanting.returncode == 2
    assert "quest" in wanting.stderr
    (workspace / "suggestions.json").write_text('{"workflows": ["bridge"]}')
    done = cardloom("run", "bridge", "c", "name=c", "--defaults")
    assert done.returncode == 0, done.stderr
    answered = {e["card"]: e for e in events("bridge/c") if e["type"] == "answered"}
    assert answered["name"]["by"] == "cli"
    assert (answered["color"]["by"], answered["color"]["value"]) == ("default", "blue")
    assert answered["color"]["why"] == "most often: blue, 2 of 2 runs"
    found = json.loads(cardloom("insights", "bridge", "--json").stdout)
    color = next(card for card in found["cards"] if card["name"] == "color")
    assert color["answered"] == {"": 2}


@pytest.mark.parametrize("content", ["no json", "[]", '{"workflows": 5}', '{"workflows": [5]}'])
def test_a_hostile_setting_suggests_nothing(cardloom, bridge, workspace, content):
    for key in ("a", "b"):
        bridge(key)
    (workspace / "suggestions.json").write_text(content)
    assert cardloom("run", "bridge", "c", "name=c", "--defaults").returncode == 2
