"""Scope, depth, page budget; the same bytes twice; the same depth whatever the network does."""

from __future__ import annotations

import asyncio
import random

import pytest
from aiohttp import web

from cardloom.crawl import Limits, crawl, summary, write_links, write_meta
from cardloom.crawl.address import scope_of


def web_of(site, size: int, seed: int) -> None:
    choice = random.Random(seed)
    for n in range(size):
        targets = [f"/n{choice.randrange(size)}" for _ in range(choice.randrange(1, 8))]
        site.links(f"/n{n}", *targets)
    site.links("/", "/n0", "/n1", "/n2")


def slow_down(site, seed: int) -> None:
    choice = random.Random(seed)
    for path, quick in list(site.answers.items()):

        async def late(request, quick=quick):
            await asyncio.sleep(choice.random() / 50)
            return await quick(request)

        site.answers[path] = late


async def test_depth_is_bounded_and_minimal(site, walk):
    site.links("/", "/a", "/long1")
    site.links("/long1", "/long2")
    site.links("/long2", "/target")
    site.links("/a", "/target")
    site.links("/target", "/beyond")
    found = await walk(depth=2)
    assert found.meta["/target"]["depth"] == "2"
    assert (found.meta["/beyond"]["depth"], found.meta["/beyond"]["status"]) == ("3", "")
    assert "/beyond" not in site.asked
    assert found.summary["unread"] == 1
    assert found.summary["depths"] == {"0": 1, "1": 2, "2": 2}


async def test_depth_zero_reads_the_start_alone(site, walk):
    site.links("/", "/a", "/b")
    found = await walk(depth=0)
    assert (found.totals.pages, found.totals.known, found.totals.links) == (1, 3, 2)


async def test_the_page_budget_cuts_in_the_order_of_discovery(site, walk):
    site.links("/", "/z", "/m", "/a")
    site.links("/z", "/z1", "/z2")
    site.links("/a", "/a1")
    found = await walk(pages=5)
    read = [path for path, row in found.meta.items() if row["status"]]
    assert sorted(read) == ["/", "/a", "/m", "/z", "/z1"]
    assert found.summary["coverage"] == "5 of 7 addresses read (2 beyond the limit of 5 pages)."


@pytest.mark.parametrize("pages", [1000, 60])
async def test_two_crawls_are_byte_identical_whatever_the_network_does(site, walk, pages):
    web_of(site, 120, seed=7)
    slow_down(site, seed=1)
    one = await walk("one", pages=pages, concurrency=16)
    slow_down(site, seed=2)
    two = await walk("two", pages=pages, concurrency=3)
    assert (one.folder / "links.csv").read_bytes() == (two.folder / "links.csv").read_bytes()
    without_ms = [[{**row, "ms": ""} for row in each.rows("meta.csv")] for each in (one, two)]
    assert without_ms[0] == without_ms[1]
    assert {row["status"] for row in without_ms[0]} <= {"200", "404", ""}


async def test_files_are_sorted_by_bytes_with_crlf(site, walk):
    site.links("/", "/b", "/a!x", "/a", "/a,c", "/%C3%BC", "/Z")
    found = await walk()
    raw = (found.folder / "links.csv").read_bytes()
    assert raw.startswith(b"source,target\r\n")
    assert raw.count(b"\r\n") == raw.count(b"\n") == 7
    pairs = [(row["source"].encode(), row["target"].encode()) for row in found.rows("links.csv")]
    assert pairs == sorted(pairs)
    ids = [row["id"].encode() for row in found.rows("meta.csv")]
    assert ids == sorted(ids)


async def test_scope_is_host_and_port_and_subdomains_only_if_asked(site, tmp_path):
    port = site.url.rsplit(":", 1)[1]
    site.page(
        "/",
        f'<a href="http://sub.localhost:{port}/s">s</a><a href="http://localhost:{port}/l">l</a>'
        f'<a href="http://localhost:1/p">p</a><a href="http://notlocalhost:{port}/n">n</a>',
    )
    start = f"http://localhost:{port}/"
    for subdomains, hosts in ((False, {"localhost"}), (True, {"localhost", "sub.localhost"})):
        database = tmp_path / f"{subdomains}.db"
        limits = Limits(rate=0, retries=0, subdomains=subdomains)
        await crawl(start, limits, database)
        write_meta(database, tmp_path / "meta.csv")
        text = (tmp_path / "meta.csv").read_text()
        found = {line.split("/")[2].split(":")[0] for line in text.splitlines()[1:]}
        assert found == hosts
        assert f"localhost:{port}" in text


def test_http_and_https_are_one_site_only_on_their_own_ports():
    scope = scope_of("https://example.com/")
    assert scope.holds("http://example.com/x")
    assert not scope.holds("http://example.com:443/x")
    assert not scope.holds("https://example.com.evil.org/")
    assert not scope.holds("https://www.example.com/")
    assert not scope.holds("https://example.com@evil.org/")
    below = scope_of("https://www.example.com/", subdomains=True)
    assert below.holds("http://shop.example.com/")
    assert below.holds("https://example.com/")
    assert not below.holds("https://badexample.com/")
    assert not scope_of("http://127.0.0.1/", subdomains=True).holds("http://1.127.0.0.1/")


async def test_report_tells_pages_on_disk_and_cancelled_stops(site, tmp_path):
    web_of(site, 100, seed=3)
    slow_down(site, seed=3)
    said: list[tuple[int, int | None, str]] = []
    database = tmp_path / "crawl.db"
    limits = Limits(rate=0, concurrency=1)
    totals = await crawl(
        site.url,
        limits,
        database,
        report=lambda *each: said.append(each),
        cancelled=lambda: bool(said) and said[-1][0] > 5,
    )
    assert not totals.finished
    assert 5 < totals.pages < 100
    assert [each[0] for each in said] == sorted(each[0] for each in said)
    assert said[-1][2].startswith("Level")
    assert not summary(database)["finished"]
    assert (await crawl(site.url, limits, database)).finished
    assert summary(database)["finished"]


async def test_cancelling_the_task_stops_at_once_and_keeps_what_is_done(site, tmp_path):
    site.links("/", "/quick", "/stuck")
    stuck = asyncio.Event()

    async def hang(_):
        stuck.set()
        await asyncio.sleep(30)
        return web.Response()

    site.answers["/stuck"] = hang
    database = tmp_path / "crawl.db"
    task = asyncio.create_task(crawl(site.url, Limits(rate=0), database))
    await asyncio.wait_for(stuck.wait(), 5)
    await asyncio.sleep(0.1)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=2)
    assert done
    assert task.cancelled()
    assert write_links(database, tmp_path / "links.csv") == 2
    assert summary(database)["pages"] == 2


async def test_a_database_of_another_crawl_is_refused(site, tmp_path):
    database = tmp_path / "crawl.db"
    await crawl(site.url, Limits(rate=0), database)
    with pytest.raises(ValueError, match="start another"):
        await crawl("http://127.0.0.1:9/", Limits(rate=0), database)
    with pytest.raises(ValueError, match="subdomains"):
        await crawl(site.url, Limits(rate=0, subdomains=True), database)


async def test_a_file_that_is_no_database_is_a_sentence(site, tmp_path):
    (tmp_path / "crawl.db").write_text("not a database at all, " * 100)
    with pytest.raises(OSError, match="cannot be used"):
        await crawl(site.url, Limits(rate=0), tmp_path / "crawl.db")
    with pytest.raises(FileNotFoundError, match="There is no crawl"):
        write_links(tmp_path / "none.db", tmp_path / "links.csv")
    assert not (tmp_path / "none.db").exists()


async def test_without_a_process_to_read_pages_the_crawl_says_so(site, tmp_path, monkeypatch):
    site.links("/", "/a", "/b")
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(OSError, match=r"could not be started|/nowhere/python|is gone"):
        await asyncio.wait_for(crawl(site.url, Limits(rate=0), tmp_path / "crawl.db"), 10)


@pytest.mark.parametrize(
    "wrong", [{"pages": 0}, {"depth": -1}, {"rate": float("nan")}, {"rate": "fast"}]
)
def test_limits_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match=r"^The limit “.*\.$"):
        Limits(**wrong)


async def test_larger_limits_go_on_from_a_stopped_crawl(site, walk):
    web_of(site, 60, seed=9)
    await walk(pages=10)
    site.asked.clear()
    more = await walk(pages=500)
    fresh = await walk("fresh", pages=500)
    assert more.links == fresh.links
    assert {path: row["depth"] for path, row in more.meta.items()} == {
        path: row["depth"] for path, row in fresh.meta.items()
    }
    assert more.totals.pages == fresh.totals.pages
