"""Apps: the one in the help as it is written there, every hook, and what an app can't take away."""

import ast
import re
import textwrap
from pathlib import Path

import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).parent.parent.parent
BOOKMARKS = re.search(
    r"```python\n(.*?)```", (ROOT / "docs/apps.md").read_text(encoding="utf-8"), re.S
)[1]


def write(folder, name, source):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(textwrap.dedent(source).lstrip(), encoding="utf-8")
    return path


def section(page, ident):
    """The part of a page's HTML that begins with this id."""
    found = re.search(rf'<(\w+)[^>]*id="{ident}".*?</\1>', page, re.S)
    return found[0] if found else ""


# -- the app of the help -----------------------------------------------------------------------------


def test_the_app_of_the_help_is_short_and_as_the_formatter_leaves_it():
    lines = [line for line in BOOKMARKS.splitlines() if line.strip()]
    assert len(lines) <= 35
    ast.parse(BOOKMARKS)


@pytest.mark.browser
def test_the_app_of_the_help_works_from_the_workspace_as_it_is_written(serve, tmp_path, page):
    write(tmp_path, "bookmarks", BOOKMARKS)
    served = serve(tmp_path)
    run = served.begin("bridge", "ada")
    for card, value in {"name": "Ada", "quest": "Grail", "color": "blue"}.items():
        served.post(f"{run}/answer/{card}", value=value)
    page.goto(served.address + run)
    expect(page.locator("#card-verdict")).to_have_attribute("data-state", "done")
    cards = page.locator("article.card")
    expect(cards).to_have_count(4)
    expect(page.locator("article.card button", has_text="Bookmark")).to_have_count(4)
    page.locator("#card-verdict").get_by_role("button", name="Bookmark").click()
    expect(page.locator("#toast")).to_have_text("It is among your bookmarks.")
    page.locator("header summary", has_text="Apps").click()
    page.locator("header").get_by_role("link", name="Bookmarks").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bookmarks")
    page.get_by_role("link", name="verdict of bridge/ada").click()
    expect(page).to_have_url(f"{served.address}/runs/bridge/ada#card-verdict")
    served.stop()
    assert "verdict of bridge/ada" in serve(tmp_path).get("/bookmarks").text


def test_its_button_works_without_javascript(serve, tmp_path):
    write(tmp_path, "bookmarks", BOOKMARKS)
    served = serve(tmp_path)
    run = served.begin("bridge", "ada")
    answer = served.post("/bookmarks/bridge/ada/name")
    assert (answer.status, answer.header("location")) == (303, f"{run}#card-name")
    assert served.post("/bookmarks/bridge/nobody/name").status == 404


# -- every hook --------------------------------------------------------------------------------------

EVERY = '''
    """Everything an app may do."""

    import asyncio
    from pathlib import Path

    import click

    from cardloom import Choice, Number, Text
    from cardloom.apps import Action, Link, Panel, Request, Router, app_of, hook, page, tags

    first, second = Router(), Router()
    drawn = []


    @hook
    def routes():
        return [first, second]


    @first("/every", methods=["GET"])
    async def every(request: Request):
        app = app_of(request, "every")
        return page("Every", tags.P(f"{app.settings} {len(drawn)} {app.workspace.root.name}"))


    @second("/every/broken", methods=["GET"])
    async def broken(request: Request):
        raise KeyError("no such thing")


    @second("/every/press", methods=["POST"])
    async def press(request: Request):
        return page("Pressed")


    @first("/", methods=["GET"])
    async def not_home(request: Request):
        return page("Not home")


    @hook
    def menu():
        return [Link("Every one", "/every"), Link("Every two", "/every/two")]


    @hook
    def home_section(app):
        return tags.Section(tags.H2(f"Section of {app.name}"), id="every-section")


    @hook
    def workflow_panel(workflow):
        return tags.P("below the bridge <b>", id="every-panel") if workflow.name == "bridge" else None


    @hook
    def suggested_keys(workflow):
        return ["lancelot", "galahad"] if workflow.name == "bridge" else None


    @hook
    def run_panel(run, state):
        return tags.P(f"{run.name} is at event {state.n}", id="every-run")


    @hook
    def card_panel(card):
        def draw():
            drawn.append(card.name)
            return tags.P(f"panel of {card.name}", cls="every-card")

        return Panel(card.name, draw)


    @hook
    def card_actions(card):
        return Action(f"Act on {card.name}", "/every/press")


    @hook
    def file_actions(run, path):
        return [Action(f"Open {path.rsplit('/', 1)[-1]}", "/every/press")]


    @hook
    def settings():
        return {
            "size": Number("Size", whole=True, min=1, default=3),
            "word": Text("Word", optional=True),
            "pick": Choice("Pick", ["a", "b"], default="a"),
        }


    @hook
    def tables():
        return ["create table a (x)", "create table b (y)"]


    @hook
    def commands():
        return {"every": every_command, "run": every_command, "later": "json:dumps"}


    @click.command()
    def every_command():
        click.echo("every command")


    @hook
    async def start(app):
        app.tables.execute("insert into b values ('started')")
        try:
            await asyncio.Event().wait()
        finally:
            app.tables.execute("insert into a values ('left')")


    @hook
    def stop(app):
        rows = [*app.tables.execute("select x from a"), *app.tables.execute("select y from b")]
        Path(app.workspace.root / "stopped.txt").write_text(" ".join(row[0] for row in rows))
'''


@pytest.fixture(scope="module")
def every(tmp_path_factory, serve_for_module, fill_for_module):
    """A server with the app above."""
    folder = fill_for_module(tmp_path_factory.mktemp("every"))
    write(folder, "every", EVERY)
    return serve_for_module(folder)


@pytest.fixture
def finished(every, until):
    """A run of the bridge that is finished."""
    run = every.begin("bridge", "ada")
    for card, value in {"name": "Ada", "quest": "Grail", "color": "blue"}.items():
        every.post(f"{run}/answer/{card}", value=value)
    until(lambda: every.events(run, "finished"), "the verdict")
    return run


def test_pages_and_menu(every):
    assert "[&#x27;" not in every.get("/every").text
    for place in ("/", "/runs", "/every", "/help/index", "/no-such-page"):
        shown = every.get(place).text
        assert '<a href="/every">Every one</a>' in shown, place
        assert '<a href="/every/two">Every two</a>' in shown, place
        assert '<a href="/apps" class="all">All apps</a>' in shown, place


def test_an_address_of_cardloom_is_cardloom_s(every):
    assert "Not home" not in every.get("/").text


def test_sections_panels_and_suggestions_of_the_first_page(every):
    shown = every.get("/").text
    assert "Section of every" in section(shown, "every-section")
    assert shown.count("below the bridge &lt;b&gt;") == 1
    assert 'list="key-bridge-known"' in shown
    known = re.search(r'<datalist id="key-bridge-known">.*?</datalist>', shown, re.S)[0]
    assert re.findall(r'value="(\w+)"', known) == ["lancelot", "galahad"]
    assert "key-chain-known" not in shown


def test_cards_have_their_panels_and_buttons_and_the_past_has_none(every, finished):
    shown = every.get(finished).text
    for card in ("name", "quest", "color", "verdict"):
        assert f"Act on {card}" in shown
        assert f"panel of {card}" in shown
    past = every.get(f"{finished}?at=3").text
    assert "Act on" not in past
    assert "panel of" not in past


def test_a_panel_is_drawn_again_only_when_its_key_is_another(every, finished):
    def count():
        return int(re.search(r"} (\d+) every", every.get("/every").text.replace("&#x27;", "'"))[1])

    every.get(finished)
    before = count()
    every.get(finished)
    every.get(finished)
    drawn = count() - before
    assert drawn == 0, "the kept picture of a finished card was drawn again"


@pytest.mark.browser
def test_a_run_s_panel_goes_along_with_the_run(every, page):
    run = every.begin("bridge", "along")
    page.goto(every.address + run)
    expect(page.locator("#every-run")).to_have_text("bridge/along is at event 1")
    page.get_by_role("textbox", name="What is your name?").fill("Ada")
    page.keyboard.press("Enter")
    expect(page.locator("#every-run")).to_have_text("bridge/along is at event 2")


def test_a_file_has_its_buttons(every, until):
    run = every.begin("written", "files")
    every.post(f"{run}/answer/text", value="hello")
    until(lambda: every.events(run, "finished"), "the files")
    shown = every.get(run).text
    for name in ("page.html", "data.csv", "note.txt"):
        assert f"Open {name}" in shown
    every.get(run)  # and in the kept picture
    assert "Open page.html" in every.get(run).text


def test_settings_are_asked_checked_and_kept(every):
    shown = every.get("/apps").text
    assert "Everything an app may do" in shown
    assert 'value="3"' in shown
    wrong = every.post("/apps/every/settings", size="0", word="kept text", pick="b")
    assert wrong.status == 422
    assert 'aria-invalid="true"' in wrong.text
    assert "kept text" in wrong.text
    assert (
        "&#x27;size&#x27;: 3" in every.get("/every").text or "'size': 3" in every.get("/every").text
    )
    right = every.post("/apps/every/settings", size="7", word="hi", pick="b")
    assert (right.status, right.header("location")) == (303, "/apps#every")
    told = every.get("/every").text.replace("&#x27;", "'")
    assert "{'size': 7, 'word': 'hi', 'pick': 'b'}" in told
    assert every.post("/apps/nobody/settings", a="1").status == 404
    assert every.post("/apps/demo/settings", a="1").status == 404


def test_start_and_stop_and_the_tables_between(serve, tmp_path):
    write(tmp_path, "every", EVERY)
    served = serve(tmp_path)
    served.get("/every")
    assert served.cli("backup").returncode == 0
    assert list((tmp_path / "backups").glob("*/.cardloom/apps/every.sqlite"))
    assert served.stop() == ""
    assert (tmp_path / "stopped.txt").read_text() == "left started"
    [kept] = (tmp_path / ".cardloom" / "apps").glob("*.sqlite")
    assert kept.stat().st_mode & 0o077 == 0
    serve(tmp_path).stop()  # its tables are there already
    assert (tmp_path / "stopped.txt").read_text() == "left left started started"


def test_its_pages_are_behind_the_guard(every):
    assert every.request("POST", "/every/press", trusted=False).status == 403
    elsewhere = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert every.request("POST", "/every/press", trusted=False, headers=elsewhere).status == 403
    assert every.request("GET", "/every", headers={"Host": "evil.example"}).status == 403
    assert every.request("DELETE", "/every/press").status == 403
    assert every.post("/every/press").status == 200
    answer = every.get("/every")
    assert "default-src 'self'" in answer.header("content-security-policy")


def test_a_page_that_raises_names_the_app_and_the_line(every):
    answer = every.get("/every/broken")
    assert answer.status == 500
    line = EVERY.lstrip("\n").splitlines().index('        raise KeyError("no such thing")') + 1
    assert f"The app every failed. every.py, line {line}: KeyError" in answer.text
    assert f"every.py, line {line}: KeyError" in section(every.get("/").text, "broken-apps")
    assert every.get("/every").status == 200


@pytest.mark.browser
@pytest.mark.parametrize("menu", ["Runs", "Apps"])
def test_a_menu_of_the_top_bar_is_whole_on_a_phone(every, finished, page, menu):
    every.begin("bridge", "another")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(every.address + finished)
    page.locator("header summary", has_text=menu).click()
    shown = page.locator("header details[open] .popover")
    expect(shown).to_be_visible()
    box = shown.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360


# -- what goes wrong ---------------------------------------------------------------------------------

BROKEN = {
    "syntax": ("from cardloom.apps import hook\ndef menu(:\n", 2, "syntax error"),
    "missing": ("from cardloom.apps import hook\nimport not_here_at_all\n", 2, "not_here_at_all"),
    "no_name": ("from cardloom.apps import hook, nothing_such\n", 1, "nothing_such"),
    "quits": ("from cardloom.apps import hook\nimport sys\nsys.exit(1)\n", 3, "ended the program"),
    "no_hook": ("import cardloom.apps\n", None, "It has no hook."),
    "misspelt": (
        "from cardloom.apps import hook\n@hook\ndef mneu():\n    pass\n",
        3,
        "There is no hook 'mneu'. Did you mean 'menu'?",
    ),
    "too_much": (
        "from cardloom.apps import hook\n@hook\ndef menu(app, page):\n    pass\n",
        3,
        "The hook menu takes app; there is no 'page'.",
    ),
    "waits": (
        "from cardloom.apps import hook\n@hook\nasync def menu():\n    pass\n",
        3,
        "can't be async",
    ),
    "yields": (
        "from cardloom.apps import hook\n@hook\ndef menu():\n    yield 1\n",
        3,
        "can't be a generator",
    ),
    "both": (
        "from cardloom import Workflow\nfrom cardloom.apps import hook\nw = Workflow('W')\n"
        "@hook\ndef menu():\n    pass\n",
        None,
        "holds the workflow 'W' too",
    ),
    "odd name": ("from cardloom.apps import hook\n@hook\ndef menu():\n    pass\n", None, "name"),
    "bad_sql": (
        "from cardloom.apps import hook\n@hook\ndef tables():\n    return 'create tabel'\n",
        None,
        "OperationalError",
    ),
    "bad_menu": (
        "from cardloom.apps import hook\n@hook\ndef menu():\n    return 'Bookmarks'\n",
        3,
        "It returned 'Bookmarks', where Link is expected.",
    ),
    "bad_setting": (
        "from cardloom.apps import hook\nfrom cardloom import Upload\n@hook\ndef settings():\n"
        "    return {'a': Upload('A')}\n",
        4,
        "Upload can't be a setting",
    ),
    "bad_label": (
        "from cardloom.apps import Link, hook\n@hook\ndef menu():\n    return Link('Mine', None)\n",
        4,
        "TypeError: Label and address are texts",
    ),
    "bad_start": (
        "from cardloom.apps import hook\n@hook\nasync def start():\n    return 1 / 0\n",
        4,
        "ZeroDivisionError",
    ),
    "bad_routes": (
        "from cardloom.apps import hook\n@hook\ndef routes():\n    return 1\n",
        3,
        "where a Router is expected",
    ),
}
LOADS = {
    "bad_sql",
    "bad_menu",
    "bad_label",
    "bad_start",
    "bad_routes",
}  # what only a server can know


@pytest.fixture(scope="module")
def broken(tmp_path_factory, serve_for_module):
    """A server with every broken app, and a good one."""
    folder = tmp_path_factory.mktemp("broken")
    for name, (source, _, _) in BROKEN.items():
        write(folder, name, source)
    write(folder, "bookmarks", BOOKMARKS)
    return serve_for_module(folder)


@pytest.mark.parametrize("name", BROKEN)
def test_an_app_that_does_not_load_is_an_entry_and_the_others_go_on(broken, name, until):
    _, line, sentence = BROKEN[name]
    told = f"{name}.py, line {line}: " if line else f"{name}.py: "

    def rows():
        listed = section(broken.get("/").text, "broken-apps").replace("&#x27;", "'")
        return [row for row in re.findall(r"<li>(.*?)</li>", listed, re.S) if told in row]

    [row] = until(rows, f"the entry of {name}")
    assert sentence in row
    assert "Traceback" not in row
    assert broken.get("/bookmarks").status == 200


def test_the_command_lists_the_same(broken):
    done = broken.cli("list")
    assert done.returncode == 0
    assert "Traceback" not in done.stderr + done.stdout
    for name, (_, line, sentence) in BROKEN.items():
        if name not in LOADS:
            told = f"{name}.py, line {line}: " if line else f"{name}.py: "
            [row] = [row for row in done.stdout.splitlines() if row.startswith(f"{name} ")]
            assert "does not load. " + told in row
            assert sentence in row
    assert re.search(r"^bookmarks +app · Bookmarks: keep a card", done.stdout, re.M)
    assert re.search(r"^bridge +The Bridge of Death$", done.stdout, re.M)


RAISING = """
    from cardloom.apps import Panel, hook, tags


    class Bad:
        def __ft__(self):
            raise ValueError("while it is drawn")


    @hook
    def {name}():
        {body}
"""
WHERE = {
    "file_actions": "files",
    "home_section": "/",
    "workflow_panel": "/",
    "run_panel": "run",
    "card_panel": "run",
    "card_actions": "run",
}
BODIES = {
    "raises": 'raise KeyError("x")',
    "exits": 'raise SystemExit("x")',
    "draws": "return tags.P(Bad())",
    "panels": "return Panel(1, lambda: 1 / 0)",
}


@pytest.mark.parametrize("body", ["raises", "exits", "draws"])
def test_a_hook_that_raises_leaves_a_line_in_its_place(serve, tmp_path, fill, until, body):
    fill(tmp_path)
    for name in WHERE:
        write(tmp_path, f"app_{name}", RAISING.format(name=name, body=BODIES[body]))
    write(tmp_path, "app_panel", RAISING.format(name="card_panel", body=BODIES["panels"]))
    served = serve(tmp_path)
    run = served.begin("bridge", "ada")
    assert served.post(f"{run}/answer/name", value="Ada").status == 303
    files = served.begin("written", "ada")
    served.post(f"{files}/answer/text", value="x")
    until(lambda: served.events(files, "finished"), "the files")
    places = {"/": "/", "run": run, "files": files}
    shown = {name: served.get(place) for name, place in places.items()}
    assert {answer.status for answer in shown.values()} == {200}
    for name, place in WHERE.items():
        text = shown[place].text
        assert f"app_{name}.py, line " in text, name
        assert "app-failed" in text
    assert "ZeroDivisionError" in shown["run"].text
    assert "What is your quest?" in shown["run"].text
    assert "note.txt" in shown["files"].text
    assert "Traceback" not in "".join(answer.text for answer in shown.values())
    listed = section(served.get("/").text, "broken-apps")
    assert {f"app_{name}" for name in WHERE} <= set(re.findall(r"app_\w+(?=\.py)", listed))


def test_a_file_that_changed_or_came_since_the_start_is_said(serve, tmp_path):
    path = write(tmp_path, "bookmarks", BOOKMARKS)
    served = serve(tmp_path)
    assert "broken-apps" not in served.get("/").text
    path.write_text(BOOKMARKS + "\n# changed\n")
    write(tmp_path, "newcomer", BOOKMARKS)
    listed = section(served.get("/").text, "broken-apps")
    assert "bookmarks.py has changed since the start" in listed
    assert "newcomer.py has changed since the start" in listed


def test_a_docstring_that_shows_an_app_makes_none(serve, tmp_path):
    source = '''
        """How to write an app.

        from cardloom.apps import hook
        """

        from cardloom import Text, Workflow

        shows = Workflow("Shows")
        shows.ask(word=Text("Word?"))
    '''
    write(tmp_path, "shows", source)
    served = serve(tmp_path)
    assert served.begin("shows", "one") == "/runs/shows/one"
    assert "broken-apps" not in served.get("/").text


# -- where apps come from ----------------------------------------------------------------------------


def installed(folder, name, module, source):
    """A package in `folder` as an installer leaves it, with one entry point."""
    write(folder, module, source)
    about = folder / f"{module}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[cardloom]\n{name} = {module}\n")


def test_an_installed_package_is_found_by_its_entry_point(serve, tmp_path, monkeypatch):
    site, workspace = tmp_path / "site", tmp_path / "workspace"
    workspace.mkdir()
    site.mkdir()
    source = BOOKMARKS.replace("Bookmarks: keep a card", "Installed: keep a card")
    installed(site, "bookmarks", "bookmarks_package", source)
    installed(site, "wrong", "wrong_package", "raise OSError('not today')")
    installed(site, "../../wrong", "odd_package", BOOKMARKS)
    monkeypatch.setenv("PYTHONPATH", str(site))
    served = serve(workspace)
    assert served.get("/bookmarks").status == 200
    assert "Installed: keep a card" in served.get("/apps").text
    listed = section(served.get("/").text, "broken-apps")
    assert "wrong_package" in listed
    assert "OSError: not today" in listed
    assert "Its name can&#x27;t be an app&#x27;s" in listed or "can't be an app's" in listed
    said = served.cli("list").stdout
    assert re.search(r"^bookmarks +app · Installed", said, re.M)
    assert re.search(r"^wrong +does not load. wrong_package", said, re.M)


def test_the_workspace_s_app_stands_in_for_a_shipped_one_of_its_name(serve, tmp_path):
    write(tmp_path, "demo", BOOKMARKS.replace('"bookmarks"', '"demo"'))
    served = serve(tmp_path)
    assert served.get("/bookmarks").status == 200
    assert served.post("/demo").status == 404
    assert 'action="/demo"' not in served.get("/").text


@pytest.mark.parametrize("words", [("demo",), ("serve", "--demo")])
def test_the_demo_runs_from_a_terminal_by_its_name_and_by_the_old_option(cardloom, words):
    done = cardloom(*words, "--port", "0")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Crawled http://127.0.0.1:" in done.stdout
    assert "graph.json" in done.stdout


# -- the order of the house --------------------------------------------------------------------------


def test_web_names_no_app_and_no_shipped_workflow():
    from cardloom.apps import SHIPPED
    from cardloom.catalog import Catalog

    entries = Catalog(ROOT / "no-such-folder").entries().values()
    names = {name.rpartition(".")[2] for name in SHIPPED} | {entry.name for entry in entries}
    titles = {entry.title for entry in entries}
    assert {"botify", "cosmograph", "link_graph"} <= names
    assert "Web Angiogram" in titles
    named = re.compile(rf"\b(?:(?i:{'|'.join(names)})|{'|'.join(titles)})\b")
    files = [p for p in (ROOT / "cardloom/web").rglob("*.*") if p.suffix in (".py", ".css", ".js")]
    found = [
        f"{path.relative_to(ROOT)}:{n}: {line.strip()}"
        for path in files
        if "vendor" not in path.parts
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if named.search(line)
    ]
    assert found == []


def test_nothing_outside_an_app_s_folder_imports_or_names_it():
    """But the room of the client, the reader of its files, and the workflow that uses them."""
    names = re.compile(r"\b(?:botify|cosmograph|(?:apps|web|cardloom)\.demo)\b", re.I)
    own = ("apps", "botify", "graph", "workflows")
    found = [
        f"{path.relative_to(ROOT)}:{n}: {line.strip()}"
        for path in (ROOT / "cardloom").rglob("*.py")
        if path.relative_to(ROOT / "cardloom").parts[0] not in own
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if names.search(line)
    ]
    assert found == []
