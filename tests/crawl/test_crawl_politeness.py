"""robots.txt, the rate, the number of requests at a time, and what a host asks for when tired."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from cardloom.backoff import delay, retry_after
from cardloom.crawl import Limits, crawl, summary


async def test_what_robots_txt_forbids_is_recorded_and_not_asked(site, walk):
    site.text(
        "/robots.txt",
        "User-agent: *\nDisallow: /all\n\nUser-agent: cardloom\nDisallow: /private\nAllow: /private/ok"
        "\nDisallow: /*.pdf$\n",
    )
    site.links("/", "/private/x", "/private/ok", "/all", "/a.pdf", "/a.pdf?x")
    found = await walk()
    assert {"/private/ok", "/all", "/a.pdf?x"} < set(site.asked)
    assert not {"/private/x", "/a.pdf"} & set(site.asked)
    assert ("/", "/private/x") in found.links
    assert (found.meta["/private/x"]["status"], found.meta["/private/x"]["depth"]) == ("", "1")
    blocked = {found.short(row["url"]): row["reason"] for row in found.summary["blocked"]["rows"]}
    assert blocked == dict.fromkeys(("/a.pdf", "/private/x"), "blocked by robots.txt")
    assert found.totals.pages == 4
    free = await walk("free", robots=False)
    assert free.meta["/private/x"]["status"] == "404"


async def test_robots_txt_that_fails_forbids_and_that_is_missing_allows(site, walk):
    site.page("/", "home")
    assert (await walk("missing")).totals.pages == 1
    site.page("/robots.txt", "oops", 503)
    failing = await walk("failing")
    assert (failing.totals.pages, site.count("/")) == (0, 1)
    assert "robots.txt answered 503" in failing.summary["notes"][0]


async def test_robots_txt_is_followed_through_redirects_and_kept(site, walk):
    site.redirect("/robots.txt", "/rules")
    site.text("/rules", "User-agent: *\nDisallow: /x")
    site.links("/", "/x", "/y")
    await walk()
    await walk()
    assert site.count("/rules") == 1
    assert "/x" not in site.asked


async def test_a_huge_robots_txt_costs_little(site, walk):
    names = "".join(f"User-agent: bot{n}\n" for n in range(12_000))
    site.text("/robots.txt", names + "".join(f"Disallow: /{n}\n" for n in range(12_000)))
    site.page("/", "home")
    assert (await asyncio.wait_for(walk(), 10)).totals.pages == 1


async def test_requests_are_spaced_by_the_rate(site, walk):
    site.links("/", *(f"/{n}" for n in range(8)))
    await walk(rate=20, concurrency=8)
    assert len(site.times) == 11  # robots.txt and sitemap.xml are requests too
    for first, later in zip(site.times, site.times[4:], strict=False):
        assert later - first > 4 / 20 * 0.8


async def test_a_crawl_delay_slows_down_unless_robots_are_ignored(site, walk):
    site.text("/robots.txt", "User-agent: *\nCrawl-delay: 0.8")
    site.links("/", "/a", "/b", "/c")
    await walk("slow")
    assert site.times[-1] - site.times[1] > 2.4
    site.times.clear()
    await walk("fast", robots=False)
    assert site.times[-1] - site.times[0] < 2.4


async def test_no_more_requests_at_a_time_than_allowed(site, walk):
    async def slowly(_):
        await asyncio.sleep(0.02)
        return web.Response(text="x")

    site.links("/", *(f"/{n}" for n in range(20)))
    site.answers |= {f"/{n}": slowly for n in range(20)}
    await walk(concurrency=3)
    assert site.most_open == 3


def failing(times: int, status: int, **headers: str):
    left = iter(range(times))

    async def answer(_):
        if next(left, None) is not None:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.Response(status=status, headers=named)
        return web.Response(text="<title>back</title>", content_type="text/html")

    return answer


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_passing_failure_is_tried_again(site, walk, status):
    site.links("/", "/x", "/gone")
    site.answers["/x"] = failing(2, status)
    found = await walk(retries=2)
    assert (site.count("/x"), found.meta["/x"]["title"]) == (3, "back")
    assert site.count("/gone") == 1


async def test_a_lasting_failure_is_a_broken_link_with_its_place(site, walk):
    site.links("/", "/x", "/a", "/nothing")
    site.links("/a", "/x")
    site.answers["/x"] = failing(99, 500)
    found = await walk(retries=1)
    assert (site.count("/x"), found.meta["/x"]["status"]) == (2, "500")
    first, second = found.summary["broken"]["rows"]
    assert (found.short(first["target"]), first["status"], first["total"]) == ("/x", 500, 2)
    assert [found.short(page) for page in first["pages"]] == ["/", "/a"]
    assert (found.short(second["target"]), second["status"]) == ("/nothing", 404)
    assert found.summary["statuses"] == {"200": 2, "404": 1, "500": 1}


async def test_retry_after_holds_the_whole_host(site, walk):
    site.links("/", "/x", "/y")
    site.answers["/x"] = failing(1, 429, Retry_After="1")
    await walk(wait_seconds=60, concurrency=1)
    order = list(zip(site.asked, site.times, strict=True))
    refused = order[site.asked.index("/x")][1]
    assert order[-2][1] - refused > 0.9
    assert site.count("/x") == 2


async def test_retry_after_is_capped(site, walk):
    site.answers["/"] = failing(1, 503, Retry_After="99999")
    found = await asyncio.wait_for(walk(wait_seconds=0.1), 5)
    assert found.meta["/"]["title"] == "back"


def test_retry_after_is_a_number_or_a_date():
    now = datetime(2026, 11, 21, tzinfo=UTC)
    soon = format_datetime(now + timedelta(seconds=90), usegmt=True)
    assert retry_after("120", now) == 120
    assert retry_after(soon, now) == 90
    assert retry_after(format_datetime(now - timedelta(days=1), usegmt=True), now) == 0
    for nonsense in (None, "", "soon", "-5", "1e9", "٣", "Mon, 99 Foo 2026"):
        assert retry_after(nonsense, now) is None


def test_backoff_doubles_within_its_bound():
    for attempt in range(2000):
        assert min(0.25 * 2.0**attempt if attempt < 20 else 30, 30) <= delay(attempt, 60) <= 60


async def test_the_crawler_names_itself_and_sends_no_cookie(site, walk):
    site.page("/", "<a href=/a>a</a>", Set_Cookie="id=1; Path=/")
    await walk()
    assert all(headers["User-Agent"].startswith("Cardloom/") for headers in site.headers)
    assert not any("Cookie" in headers for headers in site.headers)


async def test_a_host_that_is_not_there_is_one_row(tmp_path):
    database = tmp_path / "crawl.db"
    await crawl("http://127.0.0.1:1/", Limits(retries=0, robots=False), database)
    told = summary(database)
    assert told["broken"]["rows"][0]["reason"] == "the connection was refused"
    assert told["statuses"] == {"0": 1}
    assert "cannot be read: the connection was refused. Change the site" in told["notes"][0]
