"""The compare page: two forks side by side, chosen without JavaScript, safe, and readable for all."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect
from test_web_axe import AXE, check

from cardloom.journal import Journal

pytestmark = pytest.mark.browser

X = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture(scope="module")
def runs(server):
    """bridge/ada and two forks of it, each with another answer."""
    server.cli("run", "bridge", "ada", "name=Ada", "quest=Grail", "color=blue")
    for key, name in (("bob", "Bob"), ("eve", X)):
        made = server.cli("run", "bridge", key, f"name={name}", "quest=Grail", "color=red")
        assert made.returncode == 0, made.stderr
    return ["bridge/ada", "bridge/bob", "bridge/eve"]


@pytest.fixture
def page(window):
    window.context.add_init_script(AXE)
    return window.tab()


def address(*names):
    return "/compare?" + "&".join(f"run={quote(name)}" for name in names)


def fork(page, server, of, key, color):
    """Fork a run on its page, with another colour."""
    page.goto(f"{server.address}/runs/{of}/fork")
    page.locator('input[name="key"]').fill(key)
    page.locator("#change-color").check()
    page.locator(f'input[value="{color}"]').first.check()
    page.get_by_role("button", name="Fork").first.click()
    expect(page.locator("h1")).to_have_text(key)


def test_a_link_on_the_run_s_page_leads_to_two_forks_side_by_side(runs, server, page):
    fork(page, server, "bridge/ada", "red-fork", "red")
    fork(page, server, "bridge/ada", "green-fork", "green")
    expect(page.locator("#card-verdict")).to_contain_text("cast into the gorge")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator("h1")).to_have_text("Compare runs")
    page.get_by_label("bridge/red-fork").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#compared .lead")).to_have_text("2 cards differ, 2 are equal.")
    color = page.locator("#card-color")
    expect(color.locator("del, ins")).to_have_count(2)
    expect(color).to_contain_text("≠ differs")
    lineage = page.locator(".lineage")
    expect(lineage).to_contain_text("ada")
    expect(lineage.locator("li li")).to_have_count(2)
    equal = page.locator(".equal > summary")
    expect(equal).to_have_text("= 2 cards are equal")
    check(page)
    equal.click()
    page.locator("#card-name summary").click()
    expect(page.locator("#card-name")).to_contain_text("taken over from bridge/ada#2")
    check(page)


def test_moments_may_be_compared_and_a_hostile_value_is_text(runs, server, page):
    page.goto(server.address + address("bridge/ada@3", "bridge/ada", "bridge/eve"))
    expect(page.locator("#compared")).to_contain_text("bridge/ada at event 3")
    expect(page.locator("#card-name")).to_contain_text(X)
    expect(page.locator("#card-verdict")).to_contain_text("to come")
    check(page)


def test_what_can_not_be_compared_is_said_and_the_form_stays(runs, server, page):
    for wrong, status in ((("bridge/ada", "bridge/no"), 404), (("bridge/ada", "nonsense"), 422)):
        answer = server.get(address(*wrong))
        assert answer.status == status and 'role="alert"' in answer.text
        assert 'value="bridge/ada" checked' in answer.text
    too_many = server.get(address(*(f"bridge/ada@{n}" for n in range(1, 8))))
    assert too_many.status in (409, 422)
    page.goto(server.address + "/compare")
    check(page)


def test_nothing_is_written_by_looking(runs, server):
    before = server.journals()
    assert server.get(address(*runs)).status == 200
    assert server.journals() == before


def test_rows_of_files_that_differ_are_told(server, page):
    for key, text in (("one", "id,n\n1,5\n2,5\n"), ("two", "id,n\n2,6\n3,<b>7</b>\n")):
        done = server.cli("run", "written", key, f"text={text}")
        assert done.returncode == 0, done.stderr
    page.goto(server.address + address("written/one", "written/two"))
    rows = page.locator("#card-papers .rows")
    expect(rows.locator("summary")).to_contain_text("A → B: 1 added, 1 removed, 1 changed")
    expect(rows).to_contain_text("<b>7</b>")
    check(page)


def test_a_run_whose_workflow_is_gone_is_compared_from_its_journal(server):
    source = (server.workspace / "chain.py").read_text()
    (server.workspace / "gone.py").write_text(source.replace("chain", "gone"))
    for key, left in (("a", "1"), ("b", "2")):
        server.cli("run", "gone", key, f"left={left}", "right=r", f"pick={left}")
    (server.workspace / "gone.py").unlink()
    answer = server.get(address("gone/a", "gone/b"))
    assert answer.status == 200 and "Left?" in answer.text and "4 cards differ" in answer.text


def test_a_composed_run_says_what_it_is(runs, server, page):
    done = server.cli("compose", "bridge/ada", "bridge/eve", "--as", "both")
    assert done.returncode == 0, done.stderr
    page.goto(server.address + "/runs/composed/both")
    expect(page.locator(".notice")).to_contain_text("A composed run: the journals of bridge/ada")
    expect(page.locator("#run-head")).to_contain_text("a record of other runs")
    expect(page.locator("#card-bridge_eve__verdict")).to_contain_text("Verdict · bridge/eve")
    expect(page.locator("article form")).to_have_count(0)
    check(page)
    page.get_by_role("link", name="compare those runs").click()
    expect(page.locator("#compared")).to_contain_text("bridge/ada")


# -- hostile journals ----------------------------------------------------------------------------

CSV = f"{X.replace('/', '')}.csv"


def forge(server, key, value):
    """A run from elsewhere, hostile in every field that a journal has."""
    folder = server.workspace / "runs" / "forged" / key
    place = folder / "files" / "odd-3" / CSV
    place.parent.mkdir(parents=True)
    place.write_text(f'id,"{X.replace(chr(34), chr(34) * 2)}"\n1,{value}\n{value},{value}\n')
    told = {"$": "file", "path": f"odd-3/{CSV}", "name": CSV, "size": 9, "sha256": X + value}
    cards = [{"name": name, "label": X, "asks": name == X} for name in (X, "odd", "bad")]
    facts = {"by": X, "why": X}
    value = f"{value} {X}"
    journal = Journal(folder)
    journal.append(
        [
            {
                "type": "created",
                "workflow": "forged",
                "key": f"{key} {X}",
                "title": X,
                "cards": cards,
                **facts,
            },
            {"type": "answered", "card": X, "value": value, "from": X, **facts},
            {"type": "started", "card": "odd", "inputs": {X: 2}, "code": X},
            {"type": "finished", "card": "odd", "started": 3, "value": {value: [told, value]}},
            {"type": "started", "card": "bad", "inputs": {X: 2}, "code": X},
            {"type": "failed", "card": "bad", "started": 5, "error": value, "trace": value},
            {"type": "rewound", "to": 6, "why": X, "by": X},
        ],
        expect=0,
    )
    journal.close()


def inert(page):
    """No element of the page was made by a value: only text."""
    expect(page.locator("main")).to_contain_text("<script>alert(2)</script>")
    assert page.locator("main :is(img, script, [onerror])").count() == 0
    assert page.locator("head title :is(img, script)").count() == 0


def test_every_field_of_a_hostile_journal_is_text(own_server, page):
    """Keys, names, labels, values, paths, errors, reasons, origins, files, columns, cells, rows."""
    server = own_server
    for key in ("one", "two"):
        forge(server, key, key)
    page.goto(server.address + address("forged/one", "forged/two", f"forged/{X}"))
    inert(page)
    page.goto(server.address + address("forged/one@2", "forged/one", "forged/two"))
    expect(page.locator("#compared .lead")).to_have_text("3 cards differ, 0 are equal.")
    inert(page)
    check(page)
    page.goto(server.address + address("forged/one", "forged/two"))
    odd = page.locator("#card-odd")
    expect(odd.locator(".rows summary")).to_contain_text("A → B: 1 added, 1 removed, 1 changed")
    expect(odd.locator(".rows")).to_contain_text(X)
    assert page.locator("main").inner_text().count("<script>alert(2)</script>") > 20
    inert(page)
    check(page)
    page.get_by_role("link", name="Tell them as one run").click()
    inert(page)
    page.get_by_label("Name of the new run").fill(X)
    page.get_by_role("button", name="Compose the runs").click()
    expect(page.locator("h1")).to_have_text(X)
    expect(page.locator("article")).to_have_count(6)
    inert(page)
    check(page)
    page.get_by_role("link", name="compare those runs").click()
    inert(page)
