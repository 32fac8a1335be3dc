"""Looking things up: shapes on which sources differ, lists in pages, errors as sentences, retries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from conftest import CLOSED, CRAWL, FULL, LONG, PLAIN, QUICK

from cardloom import botify
from cardloom.apps.botify.emulator import Emulator
from cardloom.botify import Client, ProjectAddress
from cardloom.botify.depths import ask_rows
from cardloom.botify.lists import all_rows
from cardloom.botify.queries import links


@pytest.mark.parametrize("shape", ["", "profile-flat", "profile-user"])
async def test_the_profile_is_read_in_every_shape(client: Client, emulator: Emulator, shape: str):
    if shape:
        emulator.add_fault(shape)
    assert (await client.profile()).username == "ada.lovelace"


@pytest.mark.parametrize("shape", ["no-count", "organization"])
async def test_projects_of_the_user_and_of_an_organisation(
    client: Client, emulator: Emulator, shape: str
):
    emulator.add_fault(shape)
    mine, theirs = await client.projects(), await client.projects("demo-org")
    assert [p.name for p in mine] == sorted(p.name for p in mine)
    assert mine == theirs
    assert {(p.org, p.slug) for p in mine} >= {("demo-org", "demo.example")}
    assert botify.clean_project_url(mine[0].url) == mine[0].address


async def test_analyses_come_whole_and_in_the_order_of_time(client: Client, emulator: Emulator):
    found = [a.slug for a in await client.analyses(LONG)]
    assert len(found) == len(set(found)) == 45
    days = [slug for slug in found if slug.startswith("20231224")]
    assert days == [f"20231224-{n}" for n in range(11, 1, -1)] + ["20231224"]
    assert [a.slug for a in await client.analyses(FULL)] == ["20240101-2", "20240101"]
    every = await client.analyses(FULL, only_success=False)
    assert [(a.slug, a.status) for a in every][-1] == ("20231201", "failed")
    assert all(a.day for a in every)


async def test_a_list_of_many_pages_is_followed(client: Client, emulator: Emulator):
    transport = client._transport
    call = transport.call("GET", "/analyses/demo-org/long.example/light", page=1, size=10)
    rows = await all_rows(transport, call)
    assert len({row["slug"] for row in rows}) == len(rows) == 45
    assert sum("long.example/light" in line for line in emulator.asked) == 5


async def test_a_next_that_repeats_ends_the_list(client: Client, emulator: Emulator):
    emulator.add_fault("same-next,at=analyses")
    assert len(await client.analyses(LONG)) == 45
    assert len(emulator.asked) == 1


async def test_a_list_without_end_is_an_error(
    client: Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
):
    emulator.add_fault("endless-next,at=analyses")
    with pytest.raises(botify.Unexpected, match="does not end after 200 pages"):
        await client.analyses(FULL)
    assert len(emulator.asked) == 200


async def test_a_query_of_many_pages_is_posted_again(client: Client, emulator: Emulator):
    rows = await ask_rows(client._transport, FULL, links(CRAWL, None), size=300)
    [site] = [c.site for p in emulator.world.projects for c in p.crawls if p.slug == FULL.slug][:1]
    assert site is not None
    wanted = sum(max(1, len(site.links.get(page["url"], ()))) for page in site.pages)
    assert len(rows) == wanted > 1000
    assert [line.split()[0] for line in emulator.asked] == ["POST"] * len(emulator.asked)
    assert len(emulator.asked) == -(-wanted // 300)


async def test_depths_add_up_to_the_links_of_the_export(client: Client, emulator: Emulator):
    depths = await client.depths(FULL, CRAWL)
    assert [row.depth for row in depths.rows] == [0, 1, 2, 3]
    for row in depths.rows:
        assert row.links_up_to == await client.count_links(FULL, CRAWL, row.depth)
    assert depths.links == depths.rows[-1].links_up_to
    assert depths.within(depths.rows[1].links_up_to).depth == 1  # type: ignore[union-attr]
    assert depths.within(0) is None
    assert depths.at(99) == depths.rows[-1]
    assert depths.rows[-1].pages_up_to == 240


async def test_where_grouping_is_refused_each_depth_is_asked_by_itself(
    client: Client, emulator: Emulator
):
    whole = await client.depths(FULL, CRAWL)
    emulator.add_fault("no-grouping")
    single = await client.depths(FULL, CRAWL)
    assert [(r.depth, r.links, r.links_up_to) for r in single.rows] == [
        (r.depth, r.links, r.links_up_to) for r in whole.rows
    ]
    assert single.rows[0].pages is None


async def test_what_a_project_has_not_is_not_listed(client: Client):
    assert "search_console" in [c.id for c in await client.collections(FULL) if c.timestamped]
    assert [c.id for c in await client.collections(PLAIN)] == ["global", "crawl.20240102"]
    fields = {f.id: f for f in await client.fields(FULL, CRAWL)}
    assert fields["outlinks_internal.graph.url"].multiple
    assert fields["segments.pagetype.value"].name == "Pagetype"
    assert "segments.pagetype.value" not in [f.id for f in await client.fields(PLAIN, "20240102")]
    assert (await client.features(FULL, CRAWL))["links"]
    assert (await client.features(FULL, "20231201"))["links"] is None


async def test_a_probe_shows_a_page_or_tells_which_columns_cannot_be_had(
    client: Client, emulator: Emulator
):
    names = botify.short_names(
        ["segments.pagetype.value", "http_code", "search_console.count_clicks", "depth"]
    )
    good = await client.probe(botify.attributes_export(FULL, CRAWL, names, 1))
    assert good.good
    assert list(good.sample) == ["id", "pagetype", "status", "clicks", "depth"]
    assert good.sample["status"] == 200
    bad = await client.probe(botify.attributes_export(PLAIN, "20240102", names, 1))
    assert not bad.good
    assert sorted(bad.refused) == ["clicks", "pagetype"]
    assert emulator.posts == 0
    assert emulator.credits == 0


@pytest.mark.parametrize(
    ("fault", "kind", "status", "code", "said"),
    [
        ("401", botify.BadToken, 401, "1001", "Copy it anew from app.botify.com/account"),
        ("django-401", botify.BadToken, 401, "", "Invalid token"),
        ("403", botify.NoAccess, 403, "1002", "Ask the project's owner"),
        ("404", botify.NotThere, 404, "1010", "Project not found"),
        ("django-404", botify.NotThere, 404, "", "Not found"),
        ("429", botify.TooMany, 429, "1053", "Wait a while"),
        ("500", botify.Unavailable, 500, "", "500 Internal Server Error"),
        ("502", botify.Unavailable, 502, "", "some minutes"),
        ("503", botify.Unavailable, 503, "1048", "Search engines error"),
        ("504", botify.Unavailable, 504, "", "504 Gateway Time-out"),
        ("text-error", botify.BadRequest, 400, "", "Something is wrong"),
        ("number-code", botify.BadRequest, 400, "1029", "No such field"),
        ("html", botify.Unexpected, 200, "", "not JSON: Sign in"),
        ("empty", botify.Unexpected, 200, "", "is empty"),
        ("list", botify.Unexpected, 0, "", "names no user"),
        ("drop", botify.Unavailable, 0, "", "connection broke"),
        ("redirect,value=http://127.0.0.1:1", botify.Unexpected, 302, "", "cannot be read"),
    ],
)
async def test_every_failure_is_an_error_with_its_parts_and_a_sentence(
    client: Client,
    emulator: Emulator,
    fault: str,
    kind: type[botify.BotifyError],
    status: int,
    code: str,
    said: str,
):
    emulator.add_fault(fault)
    with pytest.raises(botify.BotifyError) as raised:
        await client.profile()
    error = raised.value
    assert type(error) is kind
    assert (error.http_status, error.code) == (status, code)
    assert error.endpoint == "GET /authentication/profile"
    assert error.endpoint in str(error)
    assert said in str(error)
    assert "<" not in str(error)


async def test_a_closed_project_and_a_missing_one(client: Client):
    with pytest.raises(botify.NoAccess, match="Permission denied"):
        await client.analyses(CLOSED)
    with pytest.raises(botify.NotThere, match="1010"):
        await client.analyses(ProjectAddress("nobody", "nothing", ""))


@pytest.mark.parametrize("fault", ["429", "429,value=0", "502", "503", "504", "drop"])
async def test_what_passes_is_tried_again(client: Client, emulator: Emulator, fault: str):
    emulator.add_fault(f"{fault},at=query,count=2")
    assert (await client.depths(FULL, CRAWL)).rows
    assert len(emulator.asked) == 3


@pytest.mark.parametrize("fault", ["401", "403", "404", "500", "text-error", "html"])
async def test_what_stays_is_asked_once(client: Client, emulator: Emulator, fault: str):
    emulator.add_fault(f"{fault},at=profile")
    with pytest.raises(botify.BotifyError):
        await client.profile()
    assert len(emulator.asked) == 1


async def test_retries_end(client: Client, emulator: Emulator):
    emulator.add_fault("503,at=profile")
    with pytest.raises(botify.Unavailable):
        await client.profile()
    assert len(emulator.asked) == 1 + QUICK.retries


async def test_a_retry_after_is_heeded(client: Client, emulator: Emulator):
    emulator.add_fault("429,value=1,at=profile,count=1")
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await client.profile()
    assert loop.time() - begun >= 1


async def test_a_retry_after_of_an_hour_is_an_error_at_once(client: Client, emulator: Emulator):
    emulator.add_fault("429,value=3600,at=profile")
    with pytest.raises(botify.TooMany) as raised:
        await client.profile()
    assert raised.value.retry_after == 3600
    assert len(emulator.asked) == 1


async def test_an_answer_that_takes_too_long_is_an_error(
    another: Callable[..., Any], emulator: Emulator
):
    emulator.add_fault("slow,value=3,at=profile")
    async with another(get_seconds=0.05, retries=0) as client:
        with pytest.raises(botify.Unavailable, match=r"no answer within 0\.05 seconds"):
            await client.profile()


async def test_nobody_at_home_is_an_error():
    async with Client("abcdef1234567890", "http://127.0.0.1:9/v1", patience=QUICK) as client:
        with pytest.raises(botify.Unavailable) as raised:
            await client.profile()
    assert not raised.value.sent


async def test_the_client_stays_below_the_limit_that_the_server_enforces():
    async with (
        Emulator(rate=5) as emulator,
        Client(emulator.token, emulator.url) as client,
    ):
        await asyncio.gather(*(client.profile() for _ in range(9)))
        assert len(emulator.asked) == 9  # no 429, so nothing was asked twice
