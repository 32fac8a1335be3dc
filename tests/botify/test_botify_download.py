"""The file: every dress it may come in, every way it may break, and files that mean harm."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import CRAWL, FULL

from cardloom import botify, graph
from cardloom.apps.botify.emulator import Emulator
from cardloom.botify import Client, Export
from cardloom.botify.table import write_table
from cardloom.tables.errors import TableError
from cardloom.tables.unpacking import unpacked

NAMES = {
    "pagetype": "segments.pagetype.value",
    "clicks": "search_console.count_clicks",
    "status": "http_code",
    "compliant": "compliant.is_compliant",
}


async def fetched(client: Client, export: Export, path: Path, **more: Any) -> botify.Download:
    job = await client.wait(await client.create_job(export, again=True))
    return await client.download(job, export, path, **more)


def expected(emulator: Emulator, depth: int) -> list[list[str]]:
    """Source and target of every link of the demo's pages up to a depth, from its own data."""
    project = emulator.world.project("demo-org", "demo.example")
    assert project is not None
    site = project.crawl(CRAWL).site  # type: ignore[union-attr]
    pages = [page["url"] for page in site.pages if page["depth"] <= depth]
    return [[url, target] for url in pages for target in site.links[url]]


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def nothing_is_left_beside(path: Path) -> bool:
    return {each.name for each in path.parent.iterdir()} <= {path.name}


DRESSES = [
    "",
    "zip",
    "plain",
    "double-gzip",
    "sep",
    "no-header",
    "verbose",
    "full-header",
    "bom",
    "crlf",
    "booleans",
    "file-gzip-coding",
    "no-range",
    "no-validator",
]


@pytest.mark.parametrize("fault", DRESSES)
async def test_the_same_file_comes_of_every_dress(
    client: Client, emulator: Emulator, links: Export, tmp_path: Path, fault: str
):
    if fault:
        emulator.add_fault(fault)
    done = await fetched(client, links, tmp_path / "links.csv")
    wanted = expected(emulator, 2)
    assert rows_of(done.path) == [["source", "target"], *wanted]
    assert (done.rows, done.received - done.incomplete) == (len(wanted), len(wanted))
    assert not done.cut_off
    assert nothing_is_left_beside(done.path)


@pytest.mark.parametrize("first", ["bom", ""])
@pytest.mark.parametrize("second", ["sep", ""])
@pytest.mark.parametrize("third", ["no-header", "verbose", ""])
async def test_first_lines_in_all_their_combinations(
    client: Client, emulator: Emulator, links: Export, tmp_path: Path,
    first: str, second: str, third: str,
):  # fmt: skip
    for fault in filter(None, (first, second, third)):
        emulator.add_fault(fault)
    done = await fetched(client, links, tmp_path / "links.csv")
    assert rows_of(done.path)[1:] == expected(emulator, 2)


async def test_the_demo_holds_what_breaks_readers_and_the_graph_reads_it(
    client: Client, emulator: Emulator, tmp_path: Path
):
    pairs = [tuple(row) for row in expected(emulator, 9)]
    assert any(source == target for source, target in pairs)
    assert len(set(pairs)) < len(pairs)
    assert any("," in target for _, target in pairs)
    assert any(not target.isascii() for _, target in pairs)
    whole = botify.links_export(FULL, CRAWL)
    done = await fetched(client, whole, tmp_path / "links.csv")
    assert done.incomplete > 0
    pages = botify.attributes_export(
        FULL, CRAWL, botify.short_names(["depth", "segments.pagetype.value"])
    )
    meta = await fetched(client, pages, tmp_path / "meta.csv")
    assert any("/beyond/" in target for _, target in pairs)
    made = graph.read_graph(done.path, meta.path)
    assert set(made.urls) == {url for pair in pairs for url in pair} | {
        row[0] for row in rows_of(meta.path)[1:]
    }


async def test_attributes_stand_in_the_order_asked_under_the_names_given(
    client: Client, emulator: Emulator, tmp_path: Path
):
    done = await fetched(
        client, botify.attributes_export(FULL, CRAWL, NAMES, 1), tmp_path / "m.csv"
    )
    header, *rows = rows_of(done.path)
    assert header == ["id", *NAMES]
    assert rows[0][0] == "https://demo.example/"
    assert rows[0][1] == "home"
    assert rows[0][2].isdigit()
    assert rows[0][3] == "200"
    assert {botify.truth(row[4]) for row in rows} == {True}
    bare = botify.attributes_export(FULL, CRAWL, ["http_code", "depth"], 0)
    done = await fetched(client, bare, tmp_path / "bare.csv")
    assert rows_of(done.path) == [
        ["id", "http_code", "depth"],
        ["https://demo.example/", "200", "0"],
    ]


async def test_as_many_rows_as_were_asked_for_are_called_cut_off(
    client: Client, emulator: Emulator, tmp_path: Path
):
    few = botify.links_export(FULL, CRAWL, size=100)
    done = await fetched(client, few, tmp_path / "links.csv")
    assert done.cut_off
    assert done.received == 100


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("truncated", "ends too early"),
        ("damaged", "packed with gzip and damaged"),
        ("columns", "columns where 2 were asked for"),
        ("columns;no-header", "Line 1 has 3 columns where 2 were asked for"),
        ("swapped", "in another order"),
        ("bomb,value=200", "A line from 1 on does not end"),
        ("zip;bomb,value=200", "A line from 1 on does not end"),
        ("too-many-rows", "more than the 50 rows asked for"),
        ("latin", "not UTF-8"),
        ("file-html", "a page or a message, not a table"),
    ],
)
async def test_what_is_not_the_table_is_refused_and_leaves_the_old_file_alone(
    client: Client, emulator: Emulator, tmp_path: Path, fault: str, said: str
):
    for each in fault.split(";"):
        emulator.add_fault(each)
    path = tmp_path / "links.csv"
    path.write_text("what was here before")
    size = 50 if fault == "too-many-rows" else 5000
    with pytest.raises(botify.WrongFile, match=said):
        await fetched(client, botify.links_export(FULL, CRAWL, size=size), path)
    assert path.read_text() == "what was here before"
    assert nothing_is_left_beside(path)


async def test_a_cut_download_goes_on_where_it_was(
    client: Client, emulator: Emulator, links: Export, tmp_path: Path
):
    emulator.add_fault("cut,count=2")
    done = await fetched(client, links, tmp_path / "links.csv")
    assert rows_of(done.path)[1:] == expected(emulator, 2)
    ranges = [headers.get("Range") for headers in emulator.file_headers]
    assert ranges[0] is None
    assert ranges[1] == f"bytes={done.bytes // 2}-"
    assert len(ranges) == 3


async def test_the_next_call_goes_on_with_what_an_earlier_one_left(
    another: Callable[..., Any], emulator: Emulator, links: Export, tmp_path: Path
):
    emulator.add_fault("cut,count=1")
    path = tmp_path / "links.csv"
    async with another(retries=0) as client:
        job = await client.wait(await client.create_job(links))
        with pytest.raises(botify.Unavailable, match="host does not answer"):
            emulator.add_fault("file-500,skip=1,count=1")
            await client.download(job, links, path)
    assert not path.exists()
    assert (tmp_path / "links.csv.part").stat().st_size > 0
    async with another() as client:
        await client.download(job.id, links, path)
    assert rows_of(path)[1:] == expected(emulator, 2)
    assert "Range" in emulator.file_headers[-1]
    assert nothing_is_left_beside(path)


@pytest.mark.parametrize("fault", ["no-range", "no-validator", "changed"])
async def test_where_the_rest_cannot_be_had_it_begins_anew(
    client: Client, emulator: Emulator, links: Export, tmp_path: Path, fault: str
):
    emulator.add_fault("cut,count=1")
    emulator.add_fault(fault)
    done = await fetched(client, links, tmp_path / "links.csv")
    assert rows_of(done.path)[1:] == expected(emulator, 2)


async def test_the_rest_of_another_file_is_found_out(
    client: Client, emulator: Emulator, links: Export, tmp_path: Path
):
    emulator.add_fault("cut,count=1")
    emulator.add_fault("changed-silently")
    job = await client.wait(await client.create_job(links))
    with pytest.raises(botify.WrongFile):
        await client.download(job, links, tmp_path / "links.csv")
    emulator.clear_faults()
    await client.download(job, links, tmp_path / "links.csv")
    assert rows_of(tmp_path / "links.csv")[1:] == expected(emulator, 2)


async def test_an_expired_address_is_said_and_the_job_asked_once_more(
    client: Client, emulator: Emulator, links: Export, tmp_path: Path
):
    job = await client.wait(await client.create_job(links))
    emulator.add_fault("expired")
    with pytest.raises(botify.Expired, match="Begin a new export"):
        await client.download(job, links, tmp_path / "links.csv")
    assert emulator.asked[-1] == f"GET /v1/jobs/{job.id}"
    assert emulator.posts == 1


async def test_a_job_without_an_address_is_said(
    client: Client, emulator: Emulator, links: Export, tmp_path: Path
):
    emulator.add_fault("no-url")
    job = await client.wait(await client.create_job(links))
    with pytest.raises(botify.WrongFile, match="no address for the file"):
        await client.download(job, links, tmp_path / "links.csv")


async def test_progress_is_told(client: Client, emulator: Emulator, links: Export, tmp_path: Path):
    told: list[tuple[float, float | None, str]] = []
    done = await fetched(client, links, tmp_path / "l.csv", report=lambda *said: told.append(said))
    assert (done.bytes, done.bytes, "Downloading") in told


def test_a_file_that_is_not_there_to_be_downloaded_is_no_zip_of_many(tmp_path: Path):
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a")
        archive.writestr("b.csv", "b")
    with pytest.raises(TableError, match="2 files"):
        list(unpacked(path))


def test_gzips_one_after_the_other_are_one(tmp_path: Path):
    path = tmp_path / "members.gz"
    path.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n") + b"\0" * 512)
    assert b"".join(unpacked(path)) == b"one\ntwo\n"
    nested = b"x"
    for _ in range(6):
        nested = gzip.compress(nested)
    path.write_bytes(nested)
    with pytest.raises(TableError, match="again and again"):
        list(unpacked(path))


@pytest.mark.parametrize("form", ["gzip", "zip"])
def test_a_bomb_of_honest_rows_ends_at_the_rows_asked_for_in_little_memory(
    tmp_path: Path, form: str
):
    row = b"https://demo.example/a,https://demo.example/b\n"
    packed = io.BytesIO()
    if form == "gzip":
        with gzip.open(packed, "wb", 1) as file:
            for _ in range(300):
                file.write(row * 20_000)
    else:
        archive = zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED)
        with archive, archive.open("x.csv", "w") as file:
            for _ in range(300):
                file.write(row * 20_000)
    path = tmp_path / "bomb"
    path.write_bytes(packed.getvalue())
    assert path.stat().st_size < 3_000_000
    export = botify.links_export(FULL, CRAWL, size=100_000)
    tracemalloc.start()
    try:
        with pytest.raises(botify.WrongFile, match="more than the 100,000 rows"):
            write_table(unpacked(path), export, tmp_path / "l.csv")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000  # bytes, of 276 MB that would come out
    assert not (tmp_path / "l.csv").exists()


def pieces(text: bytes, size: int) -> Iterator[bytes]:
    return (text[n : n + size] for n in range(0, len(text), size))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_pieces_may_fall_anywhere(tmp_path: Path, size: int):
    text = '\ufeff"sep=;"\r\nurl;target\r\nhttps://é/;"https://x/""q"";\r\nnext"\r\n\r\nhttps://b/;\r\nhttps://c/;d'
    export = botify.links_export(FULL, CRAWL)
    done = write_table(pieces(text.encode(), size), export, tmp_path / "l.csv")
    assert rows_of(tmp_path / "l.csv") == [
        ["source", "target"],
        ["https://é/", 'https://x/"q";\r\nnext'],
        ["https://c/", "d"],
    ]
    assert (done.rows, done.received, done.incomplete) == (2, 3, 1)


@pytest.mark.parametrize(
    "text", ["", "\ufeff", "sep=,\n", "url,target\n", "sep=,\r\nurl,target\r\n"]
)
def test_a_table_without_rows_is_a_header(tmp_path: Path, text: str):
    done = write_table([text.encode()], botify.links_export(FULL, CRAWL), tmp_path / "l.csv")
    assert rows_of(tmp_path / "l.csv") == [["source", "target"]]
    assert done.rows == 0


async def test_a_cancelled_download_writes_nothing_and_can_be_taken_up(
    client: Client, emulator: Emulator, links: Export, tmp_path: Path
):
    job = await client.wait(await client.create_job(links))
    path = tmp_path / "links.csv"
    begun = asyncio.Event()
    emulator.add_fault("cut,count=1")
    loading = asyncio.create_task(
        client.download(job, links, path, report=lambda *said: begun.set())
    )
    await begun.wait()
    loading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loading
    assert not path.exists()
    await client.download(job, links, path)
    assert rows_of(path)[1:] == expected(emulator, 2)
    assert nothing_is_left_beside(path)


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "/relative", "http://[", "javascript:1"])
async def test_an_address_that_is_none_is_not_asked(
    client: Client, links: Export, tmp_path: Path, url: str
):
    with pytest.raises(botify.WrongFile, match="address"):
        await client.download(botify.Job("1", "DONE", url or " "), links, tmp_path / "l.csv")


async def test_a_file_without_https_is_refused_where_the_api_has_it(links: Export, tmp_path: Path):
    async with Client("abcdef1234567890", "https://api.botify.com/v1") as client:
        job = botify.Job("1", "DONE", "http://127.0.0.1:9/export.csv.gz")
        with pytest.raises(botify.WrongFile, match="not https"):
            await client.download(job, links, tmp_path / "l.csv")
