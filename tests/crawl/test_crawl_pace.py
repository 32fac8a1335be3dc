"""A host that refuses is asked more slowly, its pages again; one bad page slows nobody down."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from cardloom.crawl import Limits, crawl, summary
from cardloom.crawl.pace import Pace


def limit(site, most: int, seconds: float, status: int, **headers: str) -> None:
    """Let the site answer so often in so many seconds, refusals not counted."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    taken: deque[float] = deque()

    def limited(answer):
        async def within(request):
            now = time.monotonic()
            while taken and now - taken[0] > seconds:
                taken.popleft()
            if len(taken) >= most:
                return web.Response(status=status, headers=named)
            taken.append(now)
            return await answer(request)

        return within

    site.answers = {path: limited(answer) for path, answer in site.answers.items()}


def pages(site, count: int) -> None:
    site.links("/", *(f"/p{n}" for n in range(count)))
    for n in range(count):
        site.page(f"/p{n}", f"<title>{n}</title>")


TOMORROW = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)


@pytest.mark.parametrize(
    ("status", "headers", "concurrency"),
    [
        (429, {}, 1),
        (503, {}, 8),
        (429, {"Retry_After": "0"}, 1),
        (503, {"Retry_After": "1"}, 8),
        (429, {"Retry_After": TOMORROW}, 1),
        (429, {"Retry_After": "soon"}, 8),
    ],
)
async def test_every_page_behind_a_rate_limit_is_read(site, walk, status, headers, concurrency):
    pages(site, 24)
    limit(site, 9, 0.2, status, **headers)
    found = await walk(concurrency=concurrency, wait_seconds=0.1)
    assert found.summary["statuses"] == {"200": 25}
    assert found.summary["broken"]["total"] == 0
    assert found.summary["coverage"] == "All 25 addresses read."
    assert any("asked for a slower pace" in note for note in found.summary["notes"])


@pytest.mark.parametrize("status", [429, 503])
async def test_one_page_that_always_refuses_does_not_hold_up_the_others(site, walk, status):
    pages(site, 30)
    site.page("/p3", "no", status)
    found = await asyncio.wait_for(walk(wait_seconds=0.1), 10)
    told = found.summary
    assert told["statuses"]["200"] == 30
    if status == 503:
        assert [found.short(row["target"]) for row in told["broken"]["rows"]] == ["/p3"]
        assert told["left_out"] == {}
    else:
        assert told["broken"]["total"] == 0
        assert told["left_out"] == {"refused for its rate (429)": 1}
        assert found.meta["/p3"]["status"] == ""
    assert 3 <= site.count("/p3") <= 5


async def test_a_whole_folder_out_of_order_is_broken_and_the_rest_is_read(site, walk):
    pages(site, 40)
    for n in range(5, 25):
        site.page(f"/p{n}", "down", 503)
    found = await asyncio.wait_for(walk(wait_seconds=0.02, retries=1), 20)
    assert found.summary["statuses"] == {"200": 21, "503": 20}
    assert found.summary["broken"]["total"] == 20


async def test_a_host_that_refuses_for_good_is_left_alone_and_asked_the_next_time(site, walk):
    pages(site, 30)
    limit(site, 10, 3600, 429)
    found = await asyncio.wait_for(walk(wait_seconds=0.02), 10)
    told = found.summary
    assert (told["statuses"], told["broken"]["total"]) == ({"200": 10}, 0)
    assert told["coverage"] == "10 of 31 addresses read (21 refused for its rate (429))."
    assert len(site.asked) < 60
    pages(site, 30)
    assert (await walk()).summary["statuses"] == {"200": 31}


async def test_a_start_page_that_is_refused_is_a_failure_that_can_be_tried_again(site, walk):
    pages(site, 3)
    limit(site, 0, 3600, 429)
    refused = await asyncio.wait_for(walk(wait_seconds=0.02), 10)
    assert "refused for its rate (429). Try again later" in refused.totals.failure
    pages(site, 3)
    again = await walk()
    assert (again.totals.failure, again.totals.pages) == ("", 4)


async def test_a_sitemap_that_is_refused_is_asked_for_again(site, walk):
    site.page("/", "home")
    site.text("/robots.txt", "".join(f"Sitemap: {site.url}/s{n}.txt\n" for n in range(12)))
    for n in range(12):
        site.text(f"/s{n}.txt", f"{site.url}/orphan{n}")
        site.page(f"/orphan{n}", "x")
    limit(site, 6, 0.3, 429)
    found = await walk(wait_seconds=0.1)
    assert found.summary["statuses"] == {"200": 13}
    assert not any("could not be read" in note for note in found.summary["notes"])


async def test_a_crawl_delay_is_told(site, walk):
    site.text("/robots.txt", "User-agent: *\nCrawl-delay: 0.2")
    site.page("/", "home")
    notes = (await walk()).summary["notes"]
    assert any(
        "0.2 seconds between requests (Crawl-delay): 100 pages take at least 20 s" in note
        for note in notes
    )


async def test_while_the_host_is_left_alone_the_report_says_so(site, tmp_path):
    pages(site, 12)
    limit(site, 6, 1.0, 429)
    said: list[str] = []
    limits = Limits(rate=0, wait_seconds=0.5, concurrency=2)
    await crawl(
        site.url, limits, tmp_path / "crawl.db", report=lambda *each: said.append(str(each[2]))
    )
    assert any("the host answered 429" in line for line in said)
    assert summary(tmp_path / "crawl.db")["statuses"] == {"200": 13}


async def test_the_pace_halves_at_a_refusal_and_recovers_slowly():
    now = 0.0
    pace = Pace(5, lambda: now, 60)
    turn = await pace.turn()
    pace.refused(turn, None)
    pace.refused(turn, None)  # under way when the first refusal came
    assert (pace.gap, pace.in_a_row, pace.refusals, pace.waits()) == (0.4, 1, 2, 1.0)
    pace.answered(turn)
    assert pace.in_a_row == 1
    now = 2.0
    pace.refused(await pace.turn(), None)
    assert (round(pace.gap, 2), pace.waits()) == (0.78, 2.0)
    now = 10.0
    gaps = []
    for _ in range(100):
        now += 60
        pace.answered(await pace.turn())
        gaps.append(pace.gap)
    assert gaps[10] > 0.5
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] == 0.2
    pace.slow_to(1)
    pace.refused(await pace.turn(), 5)
    assert pace.waits() == 5
    pace.absolve(1)
    assert pace.gap == 1


async def test_after_a_hold_requests_do_not_come_all_at_once(monkeypatch):
    now = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    pace = Pace(50, lambda: now, 60)
    sent = [(await pace.turn(), round(now, 2))[1]]
    pace.hold(1)
    sent += [(await pace.turn(), round(now, 2))[1] for _ in range(3)]
    assert sent == [0.0, 1.0, 1.02, 1.04]
