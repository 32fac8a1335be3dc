"""Exports of a run: what stands in each, that nothing in a run can break one, the same bytes twice."""

import io
import json
import re
import zipfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from cardloom.catalog import Catalog
from cardloom.engine import moves
from cardloom.engine.views import Bars, Facts, Markdown, Table
from cardloom.errors import Missing, Refused
from cardloom.jobs import Driver, Http
from cardloom.journal import seal
from cardloom.reports import KINDS, file_name, kind_of, read_report
from cardloom.reports.document import Line, Pairs, Pre, cut
from cardloom.reports.html import spell_html
from cardloom.reports.markdown import escape, fence, spell_markdown
from cardloom.workspace import RunStore, Secrets, Workspace

X = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'>\n\n# head\n| a | b |\n``` ~~~\n]] ]]>"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c636060"
    "6000000004000160a5a2b50000000049454e44ae426082"
)
FLOW = """
flow = Workflow("The flow")
flow.ask(text=Text("What <b>text</b>?", lines=4), pick=Choice("Which?", ["one", "two"]))


@flow.do
def work(text, pick, *, run):
    '''The *work*'''
    run.note("a note: " + text)
    run.write("streamed: " + text)
    run.file("rows.csv").write_text("a,b\\n1,2\\n3,<i>4</i>\\n")
    run.file("page.html").write_text(text)
    picture = run.file("picture.png")
    picture.write_bytes(bytes.fromhex(%r))
    return {"text": text, "picture": picture, "rows": [{"a": 1, "b": text}]}


def shown(value):
    return [Table(["col"], [[value]]), Markdown("**md** " + value), Facts({"n": 1}), Bars({"x": 2})]


@flow.do(show=shown)
def draw(text):
    return text
""" % PNG.hex()  # noqa: UP031


@pytest.fixture
def store(workspace):
    made = RunStore(Workspace(workspace).make(), Catalog(workspace))
    yield made
    made.close()


@pytest.fixture
async def filled(store, write_flow):
    """A run that is done: hostile in every text, with a changed answer and files."""
    write_flow("flow", FLOW)
    run = store.open(store.catalog.workflow("flow"), f"key {X[:60]}", by="person")
    http = Http()
    driver = Driver(run, Secrets(store.workspace), http)

    def answer(card, raw, **facts):
        run.move(moves.answering(run.workflow, card, raw, by="person", **facts))

    answer("text", X)
    answer("pick", "one", why=f"first {X}")
    await driver.run_until_blocked()
    answer("pick", "two", why="second", change=True)
    await driver.run_until_blocked()
    yield run
    await driver.stop()
    await http.close()


def exported(run, kind, at=None):
    out = io.BytesIO()
    kind_of(kind).write(run, at, out)
    return out.getvalue()


def text_of(run, kind, at=None):
    return exported(run, kind, at).decode()


async def test_every_export_carries_the_run_its_event_and_its_seal(filled):
    last = filled.journal.read()[-1]

    for kind in KINDS:
        data = exported(filled, kind)
        if kind == "zip":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                data = archive.read("cardloom-run.json")
        text = data.decode().replace("\\", "")
        assert last["sum"] in text and str(last["n"]) in text, kind
        assert filled.name.replace("~", "") in text.replace("~", ""), kind


async def test_a_report_says_what_was_asked_answered_made_and_changed(filled):
    text = text_of(filled, "md").replace("\\", "")

    assert "## What <b>text</b>?" in text
    assert "one, on the page. Why: first <img" in text  # the earlier answer and its why
    assert "**Why:** second" in text
    assert re.search(r"\*\*Made from:\*\* What <b>text</b>\? \(text, event 2\), Which\?", text)
    assert re.search(r"\*\*Took:\*\* [\d.e-]+ s", text)
    assert "a note: <img" in text
    assert "streamed: <img" in text
    assert re.search(r"File work-\d+/rows\.csv, 19 bytes, sha256 [0-9a-f]{16}…", text)
    assert re.search(r"\| work-\d+/rows\.csv \| 19 bytes \| [0-9a-f]{64} \|", text)
    assert "![picture.png](data:image/png;base64," in text


async def test_a_report_in_markdown_holds_nothing_but_its_own_structure(filled):
    tokens = MarkdownIt("commonmark").enable("table").parse(text_of(filled, "md"))

    kinds = {t.type for t in tokens}
    assert "html_block" not in kinds
    inline = [child for token in tokens for child in token.children or []]
    assert not any(child.type in ("html_inline", "link_open") for child in inline)
    assert all(
        str(child.attrGet("src")).startswith("data:image/")
        for child in inline
        if child.type == "image"
    )
    # The card's own Markdown has a heading too, inside its quote.
    headings = [
        tokens[i + 1].content
        for i, t in enumerate(tokens)
        if t.type == "heading_open" and t.level == 0
    ]
    assert [text.replace("\\", "") for text in headings[1:]] == [
        "What <b>text</b>?",
        "Which?",
        "Before that",
        "The *work*",
        "Notes",
        "What it wrote while it worked",
        "Draw",
        "Files",
    ]


async def test_a_report_in_html_is_inert_and_loads_nothing(filled):
    page = lxml_html.fromstring(exported(filled, "html"))

    tags = {element.tag for element in page.iter() if isinstance(element.tag, str)}
    assert not tags & {"script", "iframe", "link", "object", "form", "a", "svg", "base"}
    names = {name for element in page.iter() for name in element.attrib}
    assert not any(name.startswith("on") or name == "style" for name in names)
    assert all(img.get("src").startswith("data:image/png;base64,") for img in page.iter("img"))
    assert len(list(page.iter("img"))) == 1
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy[0].startswith("default-src 'none'")
    assert "<img src=x onerror=alert(1)>" in page.text_content()


async def test_the_data_has_the_documented_shape(filled):
    told = json.loads(exported(filled, "json"))

    assert told["cardloom_export"] == 1
    assert [card["name"] for card in told["cards"]] == ["text", "pick", "work", "draw"]
    assert told["values"]["pick"] == "two"
    assert told["cards"][1]["earlier"][0]["value"] == "one"
    assert told["events"] == filled.journal.read()
    assert {file["path"].split("/")[1] for file in told["files"]} == {
        "rows.csv",
        "page.html",
        "picture.png",
    }


async def test_a_zip_holds_the_journal_and_its_files_and_nothing_private(filled):
    filled.keep_draft("text", {"text": ["typed and not sent"]})
    (filled.files.root / "work-99.part").mkdir()
    (filled.files.root / "work-99.part" / "half.txt").write_text("half")
    (filled.folder / "about.json").write_text('{"tags": ["a"]}')

    with zipfile.ZipFile(io.BytesIO(exported(filled, "zip"))) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("cardloom-run.json"))
        journal = archive.read("journal.jsonl")

    assert journal == filled.journal.path.read_bytes()
    assert names[0] == "cardloom-run.json" and "about.json" in names
    assert not any("draft" in n or "lock" in n or ".part" in n for n in names)
    files = {f"files/{file['path']}" for file in manifest["files"]}
    assert files == {name for name in names if name.startswith("files/")} and len(files) == 6


async def test_the_same_run_gives_the_same_bytes(filled):
    for kind in KINDS:
        assert exported(filled, kind) == exported(filled, kind), kind


async def test_a_file_that_is_not_as_the_journal_names_it_is_left_out_and_named(filled):
    path = next(filled.files.root.glob("work-*/rows.csv"))
    path.write_text("other")

    with zipfile.ZipFile(io.BytesIO(exported(filled, "zip"))) as archive:
        manifest = json.loads(archive.read("cardloom-run.json"))

    shown = f"{path.parent.name}/rows.csv"
    assert {"path": shown, "why": "it is not as the journal names it"} in manifest["left_out"]


async def test_an_export_of_an_earlier_event_knows_nothing_of_later_ones(filled):
    assert "Which?" in text_of(filled, "md", 2)
    assert "first" not in text_of(filled, "md", 2)
    assert json.loads(text_of(filled, "json", 2))["n"] == 2
    with zipfile.ZipFile(io.BytesIO(exported(filled, "zip", 2))) as archive:
        assert archive.read("journal.jsonl").count(b"\n") == 2
        assert archive.namelist() == ["cardloom-run.json", "journal.jsonl"]
    with pytest.raises(Refused, match="no event 999"):
        exported(filled, "md", 999)


async def test_a_run_whose_workflow_is_gone_is_exported_from_its_journal(filled, workspace):
    (workspace / "flow.py").unlink()
    filled.workflow = None

    for kind in KINDS:
        assert exported(filled, kind), kind
    assert "orphaned" in text_of(filled, "md")


async def test_no_export_writes_to_the_run(filled):
    before = {p: p.read_bytes() for p in filled.folder.rglob("*") if p.is_file()}

    for kind in KINDS:
        exported(filled, kind)

    assert {p: p.read_bytes() for p in filled.folder.rglob("*") if p.is_file()} == before


async def test_a_card_whose_show_fails_is_told_by_its_value(store, write_flow):
    write_flow(
        "bad",
        """
        flow = Workflow("Bad")
        @flow.do(show=lambda value: 1 / 0)
        def work():
            return "the value itself"
        """,
    )
    run = store.open(store.catalog.workflow("bad"), "k", by="person")
    http = Http()
    await Driver(run, Secrets(store.workspace), http).run_until_blocked()
    await http.close()

    assert "the value itself" in text_of(run, "md")


def test_long_text_is_cut_in_the_middle_and_says_so():
    text = "a" * 30_000 + "b" * 30_000

    shown = cut(text)

    assert len(shown) < 21_000
    assert "40,000 characters are left out here" in shown
    assert shown.startswith("aaa") and shown.endswith("bbb")
    assert cut("short") == "short"


def test_an_unknown_kind_is_a_sentence():
    with pytest.raises(Missing, match="md, html, json, zip, py"):
        kind_of("docx")


async def test_a_file_name_is_made_of_plain_letters(filled):
    assert re.fullmatch(r"[A-Za-z0-9._~-]+\.zip", file_name(filled, "zip"))


texts = st.text(st.characters(codec="utf-8"), max_size=60)


@given(texts)
@example("1. one")
@example("- a\n\n    code")
@example("[a](javascript:b) ![x](y) <http://z> &lt; \\")
@example("===")
@example("a|b")
def test_any_text_is_shown_in_markdown_as_it_is(text):
    document = spell_markdown([Line(text), Pairs(((text, text),)), Pre(text)], "seal")

    tokens = MarkdownIt("commonmark").enable("table").parse(document)

    kinds = [token.type for token in tokens]
    assert kinds.count("fence") == 1 and "html_block" not in kinds
    assert kinds.count("heading_open") == kinds.count("table_open") == 0
    assert kinds.count("list_item_open") == 1
    visible = "".join(
        child.content for token in tokens for child in token.children or [] if child.type == "text"
    )
    plain = "".join(re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", " ", text).split())
    assert plain in "".join(visible.split())


@given(texts, texts)
@example("```", "`````")
def test_a_fence_can_not_be_closed_from_inside(one, other):
    tokens = MarkdownIt("commonmark").parse(fence(f"{one}\n{other}") + "\n\nafter")

    assert [t.type for t in tokens] == [
        "fence",
        "paragraph_open",
        "inline",
        "paragraph_close",
    ]


@given(texts)
def test_a_cell_stays_one_cell(text):
    document = spell_markdown([Table(["a", "b"], [[text, "x"], ["y", text]])], "seal")

    tokens = MarkdownIt("commonmark").enable("table").parse(document)

    assert sum(t.type == "td_open" for t in tokens) == 4


@given(texts)
@settings(suppress_health_check=[HealthCheck.too_slow])
@example(X)
def test_any_text_is_inert_in_html(text):
    blocks = [
        Line(text),
        Pairs(((text, text),)),
        Pre(text),
        Table([text], [[text]], text, text),
        Facts({text: text}),
        Bars({text: 1}),
        Markdown(text),
    ]
    page = lxml_html.fromstring(spell_html(text, blocks, text).encode())

    tags = {element.tag for element in page.iter() if isinstance(element.tag, str)}
    assert not tags & {"script", "iframe", "img", "svg", "object", "form", "link"}
    assert not any(n.startswith("on") for element in page.iter() for n in element.attrib)


def test_escape_leaves_plain_text_alone():
    assert escape("Ada Lovelace, 36; (London).") == "Ada Lovelace, 36; (London)."
    assert escape("12. x") == "12\\. x"


async def test_the_report_names_a_hostile_journal_s_bytes_only(filled):
    """A seal that was made by hand is told, not trusted: `cardloom verify` is what proves it."""
    line, total = seal({"n": 1, "at": "2026-01-01T00:00:00.000000Z", "type": "noted"}, "")
    assert total in line.decode()
    assert read_report(filled).sum == filled.journal.read()[-1]["sum"]
