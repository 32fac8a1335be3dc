"""The graph of a run on its page: drawn, clicked, hostile, past, without JavaScript, without its file."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

X = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'>"


def drawn(page, server, place, query=""):
    page.goto(f"{server.address}{place}/graph{query}")
    expect(page.locator("#diagram")).to_have_attribute("data-drawn", "yes")
    return page.locator("#diagram svg")


def chain(server, key, right="good"):
    place = server.begin("chain", key)
    server.post(f"{place}/answer/left", value="x")
    server.post(f"{place}/answer/right", value=right)
    return place


def test_cards_are_drawn_with_their_state_in_words_and_shapes(server, page):
    place = chain(server, "drawn", right="bad")
    picture = drawn(page, server, place)
    texts = [" ".join(node.text_content().split()) for node in picture.locator("g.node").all()]
    assert len(texts) == 6
    assert any(t.startswith("Left?") and "● done · answered" in t for t in texts)
    assert any(t.startswith("Of right") and "✕ failed" in t for t in texts)
    assert picture.locator("path.flowchart-link").count() == 6
    # Shape and colour, each by itself, tell a failure from a success.
    shapes = {
        mark: picture.locator(f"g.node.{mark} :is(rect, polygon, path)").first.evaluate(
            "e => [e.tagName, getComputedStyle(e).stroke, getComputedStyle(e).fill]"
        )
        for mark in ("done", "failed")
    }
    assert all(one != other for one, other in zip(shapes["done"], shapes["failed"], strict=True))


def test_colours_follow_the_theme(server, page):
    place = chain(server, "theme")
    fills = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        picture = drawn(page, server, place)
        box = picture.locator("g.node.done rect").first
        fills.add(box.evaluate("e => getComputedStyle(e).fill"))
    assert len(fills) == 2


def test_a_click_and_the_keyboard_go_to_the_card(server, page):
    place = chain(server, "clicked")
    picture = drawn(page, server, place)
    picture.locator("a", has_text="Of left").click()
    expect(page).to_have_url(f"{server.address}{place}#card-of_left")
    expect(page.locator("#card-of_left")).to_be_in_viewport()
    picture = drawn(page, server, place)
    picture.locator("a", has_text="Pick one").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{server.address}{place}#card-pick")


def test_the_run_leads_to_its_graph_and_to_that_of_a_past_moment(server, page):
    place = chain(server, "past", right="bad")
    page.goto(server.address + place)
    page.get_by_role("link", name="Graph", exact=True).click()
    expect(page).to_have_url(f"{server.address}{place}/graph")
    page.goto(f"{server.address}{place}?at=2")
    page.get_by_role("link", name="Graph", exact=True).click()
    expect(page).to_have_url(f"{server.address}{place}/graph?at=2")
    expect(page.locator("main")).to_contain_text("As it was at event 2.")
    expect(page.locator("#diagram")).to_contain_text("your turn")
    expect(page.locator("#diagram")).not_to_contain_text("failed")
    page.locator("#diagram svg a", has_text="Left?").click()
    expect(page).to_have_url(f"{server.address}{place}?at=2#card-left")
    assert server.get(f"{place}/graph?at=99999").status == 404
    assert server.get(f"{place}/graph?at=x").status == 404


def test_the_table_says_the_same_without_javascript(server, browser):
    place = chain(server, "plain")
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{server.address}{place}/graph")
        rows = [
            row.all_inner_texts()
            for row in [r.locator("th, td") for r in page.locator("main tbody tr").all()]
        ]
        assert rows[0] == ["Left?", "● done · answered", "x", ""]
        assert rows[2] == ["Of left", "● done · ran", "L x", "Left?"]
        assert rows[5] == ["Both", "○ to come", "", "Of left, Of right, Pick one"]
        expect(page.locator("main")).to_contain_text("The picture needs JavaScript.")
        page.get_by_role("link", name="Of left").click()
        expect(page).to_have_url(f"{server.address}{place}#card-of_left")


def test_the_text_can_be_copied_and_names_no_address(server, page, window):
    place = chain(server, "copied")
    drawn(page, server, place)
    window.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.address)
    page.locator("summary", has_text="As Mermaid text").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text == server.cli("diagram", place.removeprefix("/runs/")).stdout
    assert text.startswith("flowchart LR\n") and "classDef done" in text
    assert "/runs/" not in text


def test_hostile_labels_are_text_in_the_picture(server, page):
    place = server.begin("hostile", f"graph {X}")
    server.post(f"{place}/answer/text", value=X)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    picture = drawn(page, server, place)
    assert picture.locator("foreignObject, img, script, iframe, image").count() == 0
    shown = picture.evaluate("e => e.textContent")
    assert "<img src=x" in shown.replace("\u00a0", " ")
    assert picture.evaluate(
        "e => [...e.querySelectorAll('*')].every(x => [...x.attributes].every(a => !/^on/i.test(a.name)))"
    )
    hrefs = picture.evaluate(
        "e => [...e.querySelectorAll('a')].map(a => a.getAttribute('href') || a.getAttribute('xlink:href'))"
    )
    assert hrefs and all(href.startswith(f"{place}#card-") for href in hrefs)
    assert all(url.startswith(server.address) for url in asked)
    assert not any("/x" in url.removeprefix(server.address)[:2] for url in asked)


# What breaks Mermaid's own syntax, in a workflow of one card each.
BREAKING = [
    '"]; click c1 call alert(1)',
    '%%{init: {"securityLevel": "loose", "themeCSS": "* { display: none }"}}%%',
    "`**bold** [a](javascript:alert(1))`",
    "#quot;]#59; #lt;img src=x onerror=alert(1)#gt; &lt;b&gt;",
    'end\nsubgraph x\nclick c1 href "javascript:alert(1)"',
    "$$\\frac{1}{2}$$ fa:fa-car 1. one",
    "1. one",
    "- two",
    "www.example.org a@b.org",
]


def test_labels_that_would_break_the_syntax_are_shown_as_they_are(server, page):
    cards = "".join(f"flow.ask(c{i}=Text({text!r}))\n" for i, text in enumerate(BREAKING))
    (server.workspace / "breaking.py").write_text(
        f"from cardloom import Text, Workflow\nflow = Workflow('Breaking')\n{cards}"
    )
    picture = drawn(page, server, server.begin("breaking", "x"))
    shown = re.sub(r"\s+", "", picture.evaluate("e => e.textContent"))
    for text in BREAKING:
        assert re.sub(r"\s+", "", text)[:40] in shown
    assert picture.locator("g.node").count() == len(BREAKING)
    assert picture.locator("path.flowchart-link").count() == 0


def test_the_policy_opens_for_styles_of_this_page_and_for_nothing_else(server, page):
    place = chain(server, "policy")
    usual = server.get(place).header("content-security-policy")
    policy = server.get(f"{place}/graph").header("content-security-policy")
    assert policy.startswith(usual)
    assert re.fullmatch(
        r"; script-src 'self'; style-src 'self'; style-src-elem 'self' 'sha256-[\w+/=]+'; "
        r"style-src-attr 'unsafe-inline'",
        policy.removeprefix(usual),
    )
    assert "unsafe" not in usual
    drawn(page, server, place)
    # The policy holds: a script and a style of an intruder's are refused, and eval is too.
    refused = page.evaluate(
        """async () => {
            const told = [];
            document.addEventListener("securitypolicyviolation", (e) => told.push(e.effectiveDirective));
            const put = (name, text) => {
                const element = document.createElement(name);
                element.textContent = text;
                document.body.append(element);
            };
            put("script", "window.reached = true");
            put("style", "body { color: red }");
            await new Promise((done) => setTimeout(done));
            let evaluated = true;
            try { new Function("return 1")(); } catch { evaluated = false; }
            await new Promise((done) => setTimeout(done));
            return [window.reached, evaluated, told.sort()];
        }"""
    )
    assert refused == [None, False, ["script-src", "script-src-elem", "style-src-elem"]]


@pytest.fixture
def page(window, request):
    """The usual page; where a test breaks the policy on purpose, what it hears of that is no fault."""
    made = window.tab()
    yield made
    if request.node.name.startswith("test_the_policy_opens"):
        window.faults.clear()


def test_mermaid_is_loaded_on_this_page_alone(server, page):
    place = chain(server, "alone")
    for path in ("/", place, f"{place}?at=2", f"{place}/origin/left"):
        assert "mermaid" not in server.get(path).text
    assert "vendor/mermaid.tiny.js" in server.get(f"{place}/graph").text


def test_the_graph_of_a_run_whose_workflow_is_gone(server, page):
    path = server.workspace / "going.py"
    path.write_text(
        "from cardloom import Text, Workflow\nflow = Workflow('Going')\nflow.ask(a=Text('A?'))\n\n\n"
        "@flow.do(once=True)\ndef b(a):\n    return a\n"
    )
    place = server.begin("going", "x")
    server.post(f"{place}/answer/a", value="1")
    path.unlink()
    picture = drawn(page, server, place)
    expect(picture).to_contain_text("● done · ran · once only")
    assert picture.locator("path.flowchart-link").count() == 1
