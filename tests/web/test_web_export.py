"""Exports as downloads, and runs from elsewhere in the page: nothing of them ever runs in it."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from cardloom.archive import BadArchive, import_run
from cardloom.catalog import Catalog
from cardloom.journal import seal
from cardloom.workspace import RunStore, Workspace

pytestmark = pytest.mark.browser

AT = "2026-11-21T08:00:00.000000Z"
X = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'><svg onload=alert(3)>"
TYPES = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "zip": "application/zip",
    "py": "text/x-python; charset=utf-8",
}


def journal(first, *drafts):
    lines, last = [], ""
    for n, draft in enumerate([first, *drafts], 1):
        line, last = seal({"n": n, "at": AT, **draft}, last)
        lines.append(line)
    return b"".join(lines)


def zipped(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries.items():
            made.writestr(name, data)
    return out.getvalue()


def hostile(workflow, key):
    """A run with markup in every field that a page shows."""
    data = f"<script>alert(9)</script>{X}".encode()
    file = {"$": "file", "path": f"work-4/{X.replace('/', '')[:60].replace(':', '')}.svg"}
    file |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    question = {
        "kind": "choice",
        "label": X,
        "help": X,
        "options": [{"value": X, "label": X, "note": X}],
    }
    cards = [
        {"name": "ask", "asks": True, "label": X, "params": [], "code": X, "question": question},
        {"name": X, "asks": False, "label": X, "params": ["ask"], "code": ""},
        {"name": "fall", "asks": False, "label": X, "params": [], "code": ""},
    ]
    first = {
        "type": "created",
        "workflow": workflow,
        "key": key,
        "title": X,
        "cards": cards,
        "by": X,
    }
    made = journal(
        first,
        {"type": "asked", "card": "ask", "question": question, "inputs": {}},
        {"type": "answered", "card": "ask", "value": X, "inputs": {}, "by": X, "why": X},
        {"type": "started", "card": X, "inputs": {"ask": 3}},
        {"type": "wrote", "card": X, "started": 4, "text": X},
        {"type": "noted", "card": X, "started": 4, "text": X},
        {"type": "progressed", "card": X, "started": 4, "done": 1, "total": 2, "note": X},
        {
            "type": "finished",
            "card": X,
            "value": {X: [X, {X: X}], "f": file},
            "files": [file],
            "inputs": {"ask": 3},
            "started": 4,
            "seconds": 1,
        },
        {"type": "started", "card": "fall", "inputs": {}},
        {"type": "failed", "card": "fall", "started": 9, "error": X, "trace": X},
        {"type": "noted", "text": X},
    )
    about = {"title": X, "tags": [X], "note": X, X: X}
    return zipped(
        {
            "journal.jsonl": made,
            f"files/{file['path']}": data,
            "about.json": json.dumps(about),
        }
    )


@pytest.fixture(scope="module")
def done(server):
    place = server.begin("chain", "exported")
    for card in ("left", "right"):
        server.post(f"{place}/answer/{card}", value="a")
    server.post(f"{place}/answer/pick", value="a")
    return place


@pytest.mark.parametrize("kind", TYPES)
def test_each_kind_is_a_download_and_changes_nothing(server, done, kind):
    before = server.journals()

    answer = server.get(f"{done}/export/{kind}")

    assert answer.status == 200
    assert answer.header("content-type") == TYPES[kind]
    assert answer.header("content-disposition") == f'attachment; filename="chain-exported.{kind}"'
    assert answer.header("content-security-policy") == "sandbox; default-src 'none'"
    assert answer.header("content-length") == str(len(answer.body)) != "0"
    assert server.journals() == before


def test_what_can_not_be_exported_is_a_sentence(server, done):
    assert server.get(f"{done}/export/docx").status == 422
    assert server.get(f"{done}/export/md?at=x").status == 404
    assert server.get(f"{done}/export/md?at=999").status == 404
    assert server.get("/runs/chain/nobody/export/md").status == 404
    assert json.loads(server.get(f"{done}/export/json?at=2").body)["n"] == 2


def test_the_menu_on_the_page_gives_the_files(server, done, page):
    page.goto(server.address + done)
    page.locator("#export summary").click()
    links = page.locator("#export a")
    expect(links).to_have_count(len(TYPES))

    with page.expect_download() as download:
        links.filter(has_text="Markdown").click()

    assert download.value.suggested_filename == "chain-exported.md"
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert text.startswith("# exported · Chain")


def test_a_page_of_the_past_gives_the_run_as_it_was(server, done, page):
    page.goto(server.address + done + "?at=2")
    page.locator("#export summary").click()

    with page.expect_download() as download:
        page.locator("#export a").filter(has_text="JSON").click()

    assert json.loads(Path(download.value.path()).read_text(encoding="utf-8"))["n"] == 2
    moment = server.get(f"{done}/moment?at=3", **{"HX-Request": "true"})
    assert f"{done}/export/zip?at=3" in moment.text


def test_a_damaged_run_can_be_exported(server, page):
    place = server.begin("chain", "damaged")
    server.post(f"{place}/answer/left", value="a")
    path = server.journal_path(place)
    path.write_bytes(path.read_bytes() + b'{"n":3}\n')
    page.goto(server.address + place)

    expect(page.locator("main")).to_contain_text("Line 3")
    expect(page.locator("#export a")).to_have_count(len(TYPES))
    for kind in TYPES:
        assert server.get(f"{place}/export/{kind}").status == 200, kind
    assert b"Damaged" in server.get(f"{place}/export/md").body


def test_a_hostile_run_comes_in_by_the_form_and_nothing_of_it_runs(server, page, window, tmp_path):
    path = tmp_path / "hostile.zip"
    path.write_bytes(hostile(X, X))
    page.goto(server.address + "/")
    page.locator("#import summary").click()
    page.locator("#import-file").set_input_files(path)

    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.locator("h1")).to_have_text(X)
    place = page.url
    assert page.locator("main :is(script, svg[onload], img[src=x])").count() == 0
    for look in (place, place + "?change=ask", server.address + "/"):
        page.goto(look)
        expect(page.locator("h1")).to_be_visible()
    # Its exports, opened from the disk as a colleague would, are as quiet.
    with zipfile.ZipFile(path) as archive:
        shown = next(n for n in archive.namelist() if n.endswith(".svg"))
    run = place.removeprefix(server.address)
    assert server.get(f"{run}/export/md").status == 200
    report = tmp_path / "report.html"
    report.write_bytes(server.get(f"{run}/export/html").body)
    asked = []
    other = window.tab()
    other.on("request", lambda request: asked.append(request.url))
    other.goto(report.as_uri())
    expect(other.locator("h1")).to_contain_text("<script>alert(2)</script>")
    assert asked == [report.as_uri()]
    assert other.locator("script, svg, iframe").count() == 0
    assert shown.removeprefix("files/") in other.locator("main").inner_text()


def test_a_report_is_readable_in_the_dark_on_paper_and_without_a_network(
    server, done, page, tmp_path
):
    report = tmp_path / "report.html"
    report.write_bytes(server.get(f"{done}/export/html").body)
    page.goto(report.as_uri())
    colours = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        colours[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colours["light"] != colours["dark"]
    page.emulate_media(media="print")
    assert page.pdf()[:4] == b"%PDF"


def take_in(server, page, data, tmp_path, name="", wait=True):
    path = tmp_path / "run.zip"
    path.write_bytes(data)
    page.goto(server.address + "/")
    page.locator("#import summary").click()
    page.locator("#import-file").set_input_files(path)
    page.locator("#import-key").fill(name)
    page.get_by_role("button", name="Import", exact=True).click()


def test_a_run_of_a_name_that_is_taken_comes_beside_with_a_sentence(server, page, done, tmp_path):
    data = server.get(f"{done}/export/zip?at=2").body

    take_in(server, page, data, tmp_path)
    expect(page.locator("main")).to_contain_text("There is a run chain/exported here already")
    page.get_by_role("link", name="To chain/exported-2").click()
    expect(page.locator("h1")).to_have_text("exported")

    take_in(server, page, server.get(f"{done}/export/zip").body, tmp_path)
    expect(page.locator("h1")).to_have_text("It is here already")


def test_what_is_no_run_is_refused_with_a_sentence(server, page, tmp_path):
    before = server.journals()

    take_in(server, page, b"no zip at all", tmp_path)

    expect(page.locator("main")).to_contain_text("This is not a whole zip file")
    assert server.journals() == before
    assert server.post("/import").status == 422


def test_the_machine_waits_for_a_word_before_it_goes_on(server, page, tmp_path):
    cards = Catalog(server.workspace).workflow("chain").outline()
    first = {
        "type": "created",
        "workflow": "chain",
        "key": "stranger",
        "title": "Chain",
        "cards": cards,
    }
    data = zipped(
        {
            "journal.jsonl": journal(
                first,
                {"type": "answered", "card": "left", "value": "a", "inputs": {}},
                {"type": "answered", "card": "right", "value": "b", "inputs": {}},
            )
        }
    )

    take_in(server, page, data, tmp_path)

    expect(page.locator("#arrived")).to_contain_text("nothing runs until you say so")
    page.reload()
    assert [e["type"] for e in server.journal("chain/stranger")] == [
        "created",
        "answered",
        "answered",
    ]
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#card-of_right")).to_have_attribute("data-state", "done")
    expect(page.locator("#arrived")).to_have_count(0)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["$", "v", "path", "file", "kind", "label", "name"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
CARDS = st.sampled_from(["left", "right", "of_left", "pick", "both", "nobody"])
EVENTS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            "answered asked started finished failed cancelled interrupted skipped reopened noted "
            "wrote progressed remembered rewound finalized said".split()
        )
    },
    optional={
        "card": CARDS,
        "value": json_values,
        "inputs": st.dictionaries(CARDS, st.integers(0, 9), max_size=3),
        "question": st.sampled_from(
            [{"kind": "text", "label": "x"}, {"kind": "choice", "label": "x", "options": []}]
        ),
        "to": st.integers(0, 9),
        "error": st.text(max_size=5),
        "done": st.integers(-(1 << 62), 1 << 62) | st.floats(allow_nan=False, allow_infinity=False),
        "total": st.integers(-(1 << 62), 1 << 62) | st.none(),
        "attempt": st.integers(0, 3),
        "started": st.integers(0, 9),
        "text": st.text(max_size=5),
        "at": st.sampled_from([AT, "2026", "2026-11-21", "2026-11-21T08:00:00"]),
        "by": st.text(max_size=3),
    },
)


@given(st.lists(EVENTS, max_size=6), st.sampled_from(["chain", "unknown"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120)
def test_whatever_came_in_has_a_page(server, events, workflow):
    """A journal of any content that is taken is shown, with its workflow and without."""
    store = RunStore(Workspace(server.workspace), Catalog(server.workspace))
    cards = Catalog(server.workspace).workflow("chain").outline()
    first = {"type": "created", "workflow": workflow, "key": "any", "title": "x", "cards": cards}
    try:
        arrival = import_run(store, io.BytesIO(zipped({"journal.jsonl": journal(first, *events)})))
    except BadArchive:
        return
    finally:
        store.close()

    for place in ("", "/export/md", "/export/py"):
        answer = server.get(f"/runs/{arrival.run}{place}")
        assert answer.status in (200, 422), (place, answer.text[:2000])
