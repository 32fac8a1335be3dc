"""An export from the order to the file: used where it is there, paid once, taken up after a cut."""

from __future__ import annotations

import asyncio
import csv
import inspect
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import CRAWL, FULL

from cardloom import botify
from cardloom.botify import BadRequest, Expired, JobFailed, NoCredits, Unsure, WrongFile
from cardloom.errors import Refused


class Memory:
    """`run.once` as a card has it: what it was given is recalled, also by the next attempt."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    async def once(self, key: str, function: Any) -> Any:
        if key not in self.kept:
            value = function()
            self.kept[key] = await value if inspect.isawaitable(value) else value
        return self.kept[key]


@pytest.fixture
def kept(tmp_path: Path) -> botify.Kept:
    return botify.place(tmp_path, FULL, CRAWL)


@pytest.fixture
def fetch(another, kept, links):
    """`await fetch(memory, …)`: one attempt, by a client that remembers nothing."""

    async def attempt(memory: Memory, export=links, path=None, **options: Any):
        async with another() as client:
            return await botify.obtain(
                client, export, path or kept.links, once=memory.once, **options
            )

    return attempt


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


async def test_an_export_lands_under_its_name_and_is_never_asked_for_again(emulator, fetch, kept):
    assert kept.here == ""
    got = await fetch(Memory(), depth=2)
    assert got.path == kept.workspace / (
        "downloads/link-graph/demo-org/demo.example/demo.example_20240101_links.csv"
    )
    written = rows(got.path)
    assert written[0] == ["source", "target"]
    assert (len(written) - 1, got.note.depth, got.before) == (got.note.rows, 2, False)
    assert kept.here == "links here"
    asked = len(emulator.asked)
    again = await fetch(Memory())
    assert (again.before, again.note) == (True, got.note)
    assert len(emulator.asked) == asked
    assert emulator.posts == 1
    folder = kept.workspace / "downloads"
    assert folder.stat().st_mode & 0o077 == 0


async def test_another_depth_is_another_export_and_the_first_is_brought_back(
    emulator, fetch, kept, links
):
    first = await fetch(Memory())
    shallow = botify.links_export(FULL, CRAWL, depth=0)
    second = await fetch(Memory(), shallow)
    assert second.note.rows < first.note.rows
    assert len(rows(kept.links)) - 1 == second.note.rows
    assert emulator.posts == 2
    asked = len(emulator.asked)
    back = await fetch(Memory(), links)
    assert (back.before, back.note.sha256) == (True, first.note.sha256)
    assert len(rows(kept.links)) - 1 == first.note.rows
    forth = await fetch(Memory(), shallow)
    assert forth.note.sha256 == second.note.sha256
    assert len(emulator.asked) == asked


async def test_cut_off_anywhere_it_is_taken_up_and_paid_once(emulator, fetch, kept, links):
    """At each call of the API in turn the attempt dies; the next goes on with what was remembered."""
    memory = Memory()
    for most in range(1, 40):
        done = 0

        def die(*_: Any, most: int = most) -> None:
            nonlocal done
            done += 1
            if done >= most:
                raise asyncio.CancelledError

        try:
            got = await fetch(memory, report=die)
        except asyncio.CancelledError:
            continue
        break
    assert got.note.rows == len(rows(kept.links)) - 1
    assert emulator.posts == 1


@pytest.mark.parametrize("anew", [False, True])
@pytest.mark.parametrize("fault", ["drop-after", "500-after", "garbled-after"])
async def test_an_answer_that_is_lost_is_looked_for_not_asked_again(emulator, fetch, fault, anew):
    emulator.add_fault(f"{fault},at=create,count=1")
    got = await fetch(Memory(), anew=anew)
    assert got.note.rows > 0
    assert emulator.posts == 1


async def test_a_process_killed_while_it_asked_has_its_receipt(emulator, fetch, kept, links):
    """The receipt is written, the request is sent, and nothing more is remembered: not even a fork pays."""
    emulator.add_fault("drop-after,at=create,count=1")
    emulator.add_fault("unlisted")
    with pytest.raises(Unsure, match="change “Export\\?”"):
        await fetch(Memory())
    with pytest.raises(Unsure):
        await fetch(Memory())
    assert emulator.posts == 1
    emulator.clear_faults()
    got = await fetch(Memory())
    assert got.adopted
    assert emulator.posts == 1


async def test_new_exports_are_a_decision_carried_out_once(emulator, fetch, kept):
    await fetch(Memory())
    botify.set_aside(kept)
    assert kept.here == ""
    again = await fetch(Memory())
    assert again.adopted and emulator.posts == 1
    botify.set_aside(kept)
    memory = Memory()
    emulator.add_fault("file-500")
    with pytest.raises(botify.Unavailable):
        await fetch(memory, anew=True)
    assert emulator.posts == 2
    emulator.clear_faults()
    del memory.kept["job 1"]  # killed between the answer and the journal
    got = await fetch(memory, anew=True)
    assert not got.before
    assert emulator.posts == 2


async def test_a_job_that_failed_is_asked_for_again_by_the_next_attempt_only(emulator, fetch):
    emulator.add_fault("failed-message,count=1")
    memory = Memory()
    with pytest.raises(JobFailed):
        await fetch(memory)
    assert emulator.posts == 1
    assert (await fetch(memory)).note.rows > 0
    assert emulator.posts == 2


async def test_an_expired_file_says_which_card_decides(emulator, fetch):
    emulator.add_fault("expired")
    memory = Memory()
    with pytest.raises(Expired, match="change “Export\\?”"):
        await fetch(memory)
    with pytest.raises(Expired):
        await fetch(memory)
    assert emulator.posts == 1
    emulator.clear_faults()
    assert (await fetch(Memory(), anew=True)).note.rows > 0
    assert emulator.posts == 2


async def test_no_credits_is_said_and_nothing_is_made(emulator, fetch):
    emulator.add_fault("402,at=create,count=1")
    with pytest.raises(NoCredits, match="credits"):
        await fetch(Memory())
    assert (emulator.posts, emulator.jobs) == (1, 0)
    assert (await fetch(Memory())).note.rows > 0
    assert emulator.jobs == 1


async def test_two_at_once_ask_once(emulator, fetch, kept):
    """A run and its fork: whoever writes the receipt first asks, the other looks for the job."""
    other = kept.links.with_name("other_links.csv")
    both = await asyncio.gather(fetch(Memory()), fetch(Memory(), path=other))
    assert both[0].note.key == both[1].note.key
    assert emulator.posts == 1


async def test_the_limit_is_told(fetch, kept, links):
    few = replace(links, size=5)
    got = await fetch(Memory(), few)
    assert got.note.cut_off and got.note.received == 5
    assert botify.read_note(kept.links).cut_off


async def test_a_file_from_elsewhere_is_used_if_it_is_what_its_name_says(emulator, fetch, kept):
    kept.folder.mkdir(parents=True)
    kept.links.write_text("\ufeffsource,target\na,b\na,c\n", encoding="utf-8")
    got = await fetch(Memory())
    assert (got.before, got.note.rows, got.note.key, emulator.posts) == (True, 2, "", 0)
    kept.links.write_text("from,to\na,b\n")
    with pytest.raises(WrongFile, match="source, target"):
        await fetch(Memory())
    assert emulator.posts == 0


async def test_a_cut_after_the_file_and_before_its_note_costs_nothing(emulator, fetch, kept):
    memory = Memory()
    got = await fetch(memory, depth=2)
    path = kept.links.with_name(kept.links.name + ".json")
    path.write_text(json.dumps({"pending": got.note.key, "over": []}))
    assert kept.here == ""
    files = len(emulator.file_headers)
    again = await fetch(memory, depth=2)
    assert again.note.rows == got.note.rows and again.note.key == got.note.key
    assert len(emulator.file_headers) == files
    assert kept.here == "links here"


async def test_what_is_refused_is_told_before_anything_is_paid(emulator, another):
    export = botify.attributes_export(
        FULL, CRAWL, {"title": "no.such.field", "status": "http_code"}
    )
    async with another() as client:
        with pytest.raises(BadRequest, match=r"title: .*Nothing was paid"):
            await botify.check_exports(client, [export])
        good = botify.attributes_export(FULL, CRAWL, {"status": "http_code"})
        assert await botify.check_exports(client, [good]) == {
            "id": "https://demo.example/",
            "status": 200,
        }
    assert emulator.posts == 0


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "a..b", "x" * 200])
def test_no_name_leads_out_of_the_workspace(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused, match="can't be the name"):
        botify.place(tmp_path, FULL, name)


def test_the_crawls_tell_what_is_here(tmp_path: Path) -> None:
    for slug, ends in {"20240101": ("links", "meta"), "20230101": ("links",)}.items():
        kept = botify.place(tmp_path, FULL, slug)
        kept.folder.mkdir(parents=True, exist_ok=True)
        for end in ends:
            kept.links.with_name(f"demo.example_{slug}_{end}.csv").write_text("source,target\n")
    listed = [botify.Analysis("20240101", "New", "success", 5), botify.Analysis("20240101-2", "N")]
    told = {row["slug"]: row["here"] for row in botify.with_kept(tmp_path, FULL, listed)}
    assert told == {
        "20240101": "links and attributes here",
        "20240101-2": "",
        "20230101": "links here",
    }


async def test_who_wants_the_same_file_waits_and_finds_it(emulator, fetch):
    """A run and its fork at one file: the second's turn comes when the first is done."""
    free = asyncio.Event()
    waits: list[str] = []

    async def first() -> None:
        await fetch(Memory())
        free.set()

    def told(done: float, total: float | None, note: str) -> None:
        waits.append(note)

    _, found = await asyncio.gather(first(), fetch(Memory(), turn=free.is_set, report=told))
    assert found.before and emulator.posts == 1 and len(emulator.file_headers) == 1
    assert "Another run is fetching this file" in waits
