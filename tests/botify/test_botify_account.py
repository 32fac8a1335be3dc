"""Who is connected, and which projects are suggested: never the token, never a project that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardloom import botify
from cardloom.apps.botify.emulator import Emulator


async def test_a_token_is_checked_and_its_account_remembered_without_it(
    emulator: Emulator, tmp_path: Path
) -> None:
    account = await botify.connect(emulator.token, emulator.url)
    assert account.username == "ada.lovelace"
    assert "https://app.botify.com/demo-org/demo.example/" in account.projects
    botify.keep_account(tmp_path, account)
    path = tmp_path / ".cardloom" / "botify.json"
    assert path.stat().st_mode & 0o077 == 0
    assert emulator.token not in path.read_text()
    assert botify.read_account(tmp_path) == account
    async with botify.open_client(emulator.token, tmp_path) as client:
        assert (await client.profile()).username == "ada.lovelace"
    botify.keep_account(tmp_path, None)
    assert botify.read_account(tmp_path) is None


async def test_a_token_that_works_is_enough_without_a_list_of_projects(emulator: Emulator) -> None:
    emulator.add_fault("403,at=projects")
    assert (await botify.connect(emulator.token, emulator.url)).projects == ()
    with pytest.raises(botify.BadToken):
        await botify.connect("another-token", emulator.url)


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("", botify.API),
        ("  ", botify.API),
        ("https://api.botify.com", botify.API),
        ("api.botify.com/", botify.API),
        ("http://127.0.0.1:5080", "http://127.0.0.1:5080/v1"),
        ("http://127.0.0.1:5080/v1/", "http://127.0.0.1:5080/v1"),
        ("https://app.botify.com/api/v1", "https://app.botify.com/api/v1"),
    ],
)
def test_an_address_of_the_api_in_any_spelling(typed: str, base: str) -> None:
    assert botify.clean_api(typed) == base


@pytest.mark.parametrize("typed", ["http://example.com", "ftp://x/y", "https://u:p@x"])
def test_an_address_where_a_token_would_travel_openly_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="The API's address"):
        botify.clean_api(typed)


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"username": 1}', '{"username":"a","name":"","base":"http://evil","projects":[]}'],
)
def test_a_file_that_is_no_account_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / ".cardloom").mkdir()
    (tmp_path / ".cardloom" / "botify.json").write_text(text)
    assert botify.read_account(tmp_path) is None


def test_candidates_are_organisations_with_projects_below(tmp_path: Path) -> None:
    path = tmp_path / "candidates.txt"
    path.write_text(
        "\ufeff# mine\nacme:\n  - example.com\n\tshop\n  Ad hoc crawl\n  shop-ad-hoc\n  <script>\n"
        "\nAd Hoc\n  hidden\n\nglobex\n    two words\n    example.com\n",
        encoding="utf-8",
    )
    assert [(each.org, each.slug) for each in botify.read_candidates(path)] == [
        ("acme", "example.com"),
        ("acme", "shop"),
        ("globex", "example.com"),
    ]
    assert botify.read_candidates(tmp_path / "none.txt") == []


async def test_the_menu_says_why_something_can_t_be_had(emulator: Emulator, client) -> None:
    plain = botify.clean_project_url("demo-org/plain.example")
    fields = await client.fields(plain, "20240102")
    told = {item.field: item.missing for group in botify.menu(fields, None) for item in group.items}
    assert told["search_console.count_clicks"] == "the project is not connected to Search Console"
    assert told["segments.pagetype.value"] == "not in this crawl"
    assert told["http_code"] == ""
    assert told["outlinks_internal.graph.url"].startswith("a page has several")
    chosen = {
        item.field for group in botify.menu(fields, None) for item in group.items if item.usual
    }
    assert all(not told[field] for field in chosen)


def test_a_project_s_own_groups_are_offered_within_bounds() -> None:
    many = [botify.Field(f"f{n}", f"F {n}", group=f"g{n % 40}") for n in range(4000)]
    groups = botify.menu(many, [])
    assert groups[0].name == "Search performance"
    assert len(groups) <= 15
    assert max(len(group.items) for group in groups) <= 24


def test_calls_are_written_once_each_and_without_the_token() -> None:
    calls = [
        botify.Call("GET", f"https://api.botify.com/v1/jobs?page={n}", None) for n in range(1, 4)
    ]
    told = botify.written([*calls, botify.Call("POST", "https://api.botify.com/v1/jobs", {"a": 1})])
    assert told["curl"].count("curl -sS") == 2
    assert told["python"].count("urlopen") == 2
    assert "$BOTIFY_TOKEN" in told["curl"]
    assert botify.written([]) == {"curl": "", "python": ""}
