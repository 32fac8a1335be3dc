"""Runs from elsewhere, over HTTP: refused with a sentence, or shown; no page ever fails for one."""

import io
import zipfile

import pytest
from direct import App

from cardloom.journal import seal

AT = "2026-11-21T08:00:00.000000Z"


def cards(count, **parts):
    asked = {"kind": "text", "label": "?"}
    one = {"asks": True, "label": "?", "params": [], "code": "", "question": asked, **parts}
    return [{**one, "name": f"c{i}"} for i in range(count)]


def options(count):
    return {
        "kind": "choice",
        "label": "?",
        "options": [{"value": i, "label": "x"} for i in range(count)],
    }


def begun(**parts):
    told = {"type": "created", "workflow": "flow", "key": "ada", "title": "Flow", "format": 1}
    return {**told, "cards": cards(2), **parts}


def chained(*events):
    """The bytes of a journal whose chain holds, whatever its events say."""
    lines, last = [], ""
    for n, event in enumerate(events, 1):
        line, last = seal({"n": n, "at": AT, **event}, last)
        lines.append(line)
    return b"".join(lines)


def imported(app, journal):
    """The zip of this journal, sent as the page's form sends it: (status, headers, body)."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("journal.jsonl", journal)
    head = (
        b'--x\r\ncontent-disposition: form-data; name="file"; filename="run.zip"\r\n'
        b"content-type: application/zip\r\n\r\n"
    )
    headers = [(b"content-type", b"multipart/form-data; boundary=x")]
    return app.call("POST", "/import", headers, head + packed.getvalue() + b"\r\n--x--\r\n")


def answered_everywhere(app, *places):
    for place in ("/", "/runs", *places):
        status, _, body = app.call("GET", place)
        assert status < 500, (place, body[:300])


@pytest.fixture
def plain_app(tmp_path):
    app = App(tmp_path)
    yield app
    app.close()


def noted(**parts):
    return {"type": "noted", "text": "x", **parts}


REFUSED = {
    "at without a zone": [begun(), noted(at="2026-11-21T08:00:00")],
    "first at without a zone": [begun(at="2026-11-21T08:00:00.000000")],
    "at with an offset": [begun(at="2026-11-21T08:00:00+14:00")],
    "at with an offset of nothing": [begun(at="2026-11-21T08:00:00+00:00")],
    "at of a month that is none": [begun(at="2026-13-21T08:00:00Z")],
    "at that is a word": [begun(at="soonZ")],
    "at that is a day": [begun(at="2026-11-21Z")],
    "at that is a number": [begun(at=5)],
    "at that is long": [begun(at="2026-11-21T08:00:00." + "0" * 4000 + "Z")],
    "no at": [begun(), noted(at=None)],
    "100,000 cards": [begun(cards=cards(100_000))],
    "cards of many events": [
        begun(),
        *({"type": "answered", "card": f"c{i}", "value": 1} for i in range(3_000)),
    ],
    "many options": [begun(cards=cards(1, question=options(60_000)))],
    "many options asked": [begun(), {"type": "asked", "card": "c0", "question": options(60_000)}],
    "many questions of many options": [begun(cards=cards(100, question=options(2_600)))],
    "many params": [begun(cards=cards(2, params=["c0"] * 3_000))],
    "many params each": [begun(cards=cards(1_000, params=["c0"] * 1_000))],
    "a long name": [begun(cards=[{**cards(1)[0], "name": "x" * 2_000}])],
    "a long label": [begun(cards=cards(1, label="x" * 30_000))],
    "a long title": [begun(title="x" * 30_000)],
    "a long key": [begun(key="x" * 9_000)],
    "a long why": [begun(), noted(why="x" * 30_000)],
    "a long by": [begun(), noted(by="x" * 2_000)],
    "a long type": [begun(), {"type": "x" * 2_000}],
    "many runs": [begun(runs=["a/b"] * 3_000)],
    "many held": [begun(held=["c0"] * 3_000)],
    "many inputs": [
        begun(),
        {
            "type": "answered",
            "card": "c0",
            "value": 1,
            "inputs": {f"i{i}": 1 for i in range(3_000)},
        },
    ],
    "a number beyond all": [begun(), {"type": "progressed", "card": "c0", "done": 2**63}],
    "a truth for a number": [begun(), {"type": "started", "card": "c0", "attempt": True}],
    "no card": [begun(), {"type": "answered", "value": 1}],
    "a rewind to nowhere": [begun(), {"type": "rewound"}],
    "no workflow": [{k: v for k, v in begun().items() if k != "workflow"}],
}


@pytest.mark.parametrize("events", REFUSED.values(), ids=REFUSED)
def test_a_hostile_zip_is_refused_with_its_line_and_nothing_of_it_stays(plain_app, events):
    status, _, body = imported(plain_app, chained(*events))
    assert status == 422, body[:300]
    assert "not one of Cardloom" in body
    assert not list(plain_app.workspace.runs.glob("*/*"))
    answered_everywhere(plain_app)


LAID = {
    **{k: v for k, v in REFUSED.items() if k not in ("a rewind to nowhere", "no card")},
    "many rewinds": [begun(), *({"type": "rewound", "to": n} for n in range(1, 20_000))],
    "no created": [noted()],
    "a created later": [noted(), begun()],
}


@pytest.mark.parametrize("events", LAID.values(), ids=LAID)
def test_a_journal_laid_in_the_folder_is_an_entry_that_can_be_deleted(plain_app, events):
    folder = plain_app.workspace.runs / "gone" / "ada"
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_bytes(chained(*events))

    places = ("", "?at=1", "/graph", "/labels", "/fork", "/replay", "/moment?at=1")
    answered_everywhere(plain_app, *(f"/runs/gone/ada{place}" for place in places))
    assert "/runs/gone/ada" in plain_app.call("GET", "/runs")[2]
    status, headers, _ = plain_app.call("POST", "/runs/gone/ada/delete")
    assert status in (200, 204, 303), headers
    assert not folder.exists()
    answered_everywhere(plain_app)


def test_what_begins_no_run_says_so_on_every_list_and_on_its_page(plain_app):
    folder = plain_app.workspace.runs / "bridge" / "ada"
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_bytes(chained(begun(workflow="bridge", cards=cards(100_000))))
    for place in ("/", "/runs", "/runs/bridge/ada"):
        body = plain_app.call("GET", place)[2]
        assert "begins no run that can be shown" in body
        assert "more than the 2,000 entries" in body
    assert "cardloom repair" not in plain_app.call("GET", "/runs/bridge/ada")[2]
    status, _, body = plain_app.call(
        "POST",
        "/runs/bridge/ada/cards/name",
        [(b"content-type", b"application/x-www-form-urlencoded")],
        b"value=Ada",
    )
    assert status < 500 and len((folder / "journal.jsonl").read_bytes().splitlines()) == 1


def test_the_page_follows_a_run_whose_time_it_can_name(plain_app):
    status, headers, _ = imported(plain_app, chained(begun()))
    assert status in (200, 204, 303)
    place = dict(headers).get(b"location") or dict(headers)[b"hx-redirect"]
    body = plain_app.call("GET", place.decode().partition("?")[0])[2]
    assert f"born={AT.replace(':', '%3A')}" in body
