"""Link Graph from a terminal against the emulator: the files, the map, and what is paid."""

import csv
import json
import signal

import pytest

from cardloom.workspace import Secrets, Workspace

FILES = "downloads/link-graph/demo-org/demo.example/demo.example_20240101"
NAME = "link_graph/app-botify-com-demo-org-demo-example~7a7cb40c94c9"


@pytest.fixture
def connected(botify, workspace):
    at = botify()
    at.connect(workspace)
    return at


@pytest.fixture
def run(cardloom, connected):
    """`run("depth=1")`: the workflow on the full project, whatever is not answered by its default."""

    def go(*words, url=None):
        return cardloom("run", "link_graph", url or connected.url(), "--defaults", *words)

    return go


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def value(events, card):
    return [e for e in events(NAME) if e["type"] == "finished" and e["card"] == card][-1]["value"]


def test_the_whole_of_it_and_nothing_is_paid_twice(
    run, connected, workspace, events, cardloom, until
):
    emulator = connected.emulator
    # Any page of the project is the same run.
    done = run(
        "analysis=20240101",
        url="app.botify.com/demo-org/demo.example/crawl?analysisSlug=20240101&x=1",
    )
    assert done.returncode == 0, done.stderr
    assert (emulator.posts, emulator.jobs) == (2, 2)
    links, meta = table(workspace / f"{FILES}_links.csv"), table(workspace / f"{FILES}_meta.csv")
    site = emulator.world.project("demo-org", "demo.example").crawl("20240101").site
    given = [(s, t) for s, targets in site.links.items() for t in targets]
    assert links[0] == ["source", "target"]
    assert sorted(map(tuple, links[1:])) == sorted(given)
    assert meta[0][:3] == ["id", "impressions", "clicks"] and "pagetype" in meta[0]
    assert sorted(row[0] for row in meta[1:]) == sorted(page["url"] for page in site.pages)
    assert not [path for path in (workspace / FILES).parent.iterdir() if ".part" in path.name]
    assert value(events, "findings")["links"] == len(set(given))
    assert json.loads((workspace / f"{FILES}_links.csv.json").read_text())["depth"] == 3
    assert emulator.token not in "".join(map(str, events(NAME)))
    starts = [e["card"] for e in events(NAME) if e["type"] == "finished"]
    assert starts.index("links") < starts.index("meta") < starts.index("graph")

    # Again, and again in a run of its own: what is here is used.
    assert run().returncode == 0
    assert cardloom("delete", NAME).returncode == 0
    asked = len(emulator.asked)
    again = run("analysis=open 20240101")
    assert again.returncode == 0, again.stderr
    assert value(events, "links")["before"] and value(events, "graph")["cut_off"] is False
    assert emulator.posts == 2 and not any("/jobs" in each for each in emulator.asked[asked:])


def test_another_depth_is_asked_by_a_person_s_word_and_paid_once(run, connected, events, cardloom):
    emulator = connected.emulator
    assert run("analysis=20240101", "depth=1").returncode == 0
    assert emulator.posts == 2
    changed = run("depth=0")
    assert changed.returncode == 1 and "must not be repeated" in changed.stderr
    assert emulator.posts == 2


def test_a_kill_in_the_middle_leaves_the_job_to_be_taken_up(
    botify, workspace, start, cardloom, until, events
):
    at = botify(looks=(0, 1000))
    at.connect(workspace)
    going = start("run", "link_graph", at.url(), "--defaults", "analysis=20240101")
    until(lambda: any(e["type"] == "remembered" for e in events(NAME)))
    going.send_signal(signal.SIGKILL)
    going.wait()
    told = cardloom("run", "link_graph", at.url(), "--defaults")
    assert told.returncode == 1 and "must not be repeated by the machine" in told.stderr
    assert at.emulator.posts == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("401", "does not know this token"),
        ("402,at=create", "credits"),
        ("403,at=query", "may not see this"),
        ("429,value=3600", "fewer requests"),
        ("500,at=analyses", "does not answer properly"),
    ],
)
def test_a_refusal_says_why_and_pays_nothing(run, connected, fault, said):
    connected.emulator.add_fault(fault)
    done = run("analysis=20240101")
    assert done.returncode == 1 and said in done.stderr
    assert connected.emulator.token not in done.stderr + done.stdout
    assert connected.emulator.jobs == 0


def test_a_probe_that_fails_stops_before_anything_is_paid(run, connected):
    connected.emulator.add_fault("number-code,at=query,skip=2")
    done = run("analysis=20240101")
    assert done.returncode == 1
    assert "would refuse" in done.stderr and "Nothing was paid" in done.stderr
    assert connected.emulator.posts == 0


def test_what_is_not_in_the_project_is_not_asked_for(run, connected, workspace):
    done = run(url=connected.url("plain.example"))
    assert done.returncode == 0, done.stderr
    [meta] = (workspace / "downloads/link-graph/demo-org/plain.example").glob("*_meta.csv")
    assert "clicks" not in table(meta)[0] and "pagetype" not in table(meta)[0]
    failed = run("analysis=20231201")
    assert failed.returncode == 2 and "this crawl failed" in failed.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://example.com/a/b", "begins with https://app.botify.com/"),
        ("https://app.botify.com/only", "names no project"),
        ("https://app.botify.com/a/<script>", "can't be an organisation or project"),
    ],
)
def test_an_address_that_is_no_project_is_refused(cardloom, workspace, url, said):
    done = cardloom("run", "link_graph", url)
    assert done.returncode == 2 and said in done.stderr


def test_without_a_token_the_sentence_says_how_to_set_one(cardloom, workspace):
    done = cardloom("run", "link_graph", "demo-org/demo.example", "--defaults")
    assert done.returncode == 1 and "cardloom secret botify" in done.stderr


def test_connect_from_a_terminal(cardloom, botify, workspace):
    at = botify()
    bad = cardloom("botify-connect", "--api", at.api, typed="wrong-token\n")
    assert bad.returncode == 1 and "does not know this token" in bad.stderr
    assert "wrong-token" not in bad.stderr
    good = cardloom("botify-connect", "--api", at.api, typed=f"{at.emulator.token}\n")
    assert good.returncode == 0 and "ada.lovelace" in good.stdout
    assert Secrets(Workspace(workspace)).get("botify") == at.emulator.token
    gone = cardloom("botify-connect", "--forget")
    assert gone.returncode == 0
    assert not (workspace / ".cardloom" / "botify.json").exists()
