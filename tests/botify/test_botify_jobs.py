"""No story pays twice. What is counted is every `POST /jobs` that reached the emulator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import CRAWL, FULL

from cardloom import botify
from cardloom.apps.botify.emulator import Emulator
from cardloom.botify import Client, Export
from cardloom.errors import Refused

LOST = ["drop-after", "500-after", "504-after", "slow-after,value=3", "garbled-after"]


def lost(fault: str) -> str:
    return f"{fault},at=create,count=1"


async def test_one_export_is_one_job_and_its_credits(
    client: Client, emulator: Emulator, links: Export
):
    job = await client.create_job(links)
    assert not job.adopted
    done = await client.wait(job)
    assert done.done
    assert emulator.posts == emulator.jobs == 1
    assert emulator.credits == links.credits(done.rows)


async def test_a_second_call_takes_the_same_job(client: Client, emulator: Emulator, links: Export):
    first = await client.create_job(links)
    second = await client.create_job(links)
    assert second.id == first.id
    assert second.adopted
    assert emulator.posts == 1


async def test_calls_at_the_same_time_make_one_job(
    client: Client, emulator: Emulator, links: Export
):
    made = await asyncio.gather(*(client.create_job(links) for _ in range(5)))
    assert len({job.id for job in made}) == 1
    assert emulator.posts == 1


@pytest.mark.parametrize("unlisted", [False, True])
async def test_a_restart_takes_up_the_job_of_the_receipt(
    another: Callable[..., Any], emulator: Emulator, links: Export, tmp_path: Path, unlisted: bool
):
    if unlisted:
        emulator.add_fault("unlisted")
    ids = set()
    for _ in range(3):
        async with another() as client:
            ids.add((await client.create_job(links, receipt=tmp_path / "links.json")).id)
    assert len(ids) == 1
    assert emulator.posts == 1


async def test_a_restart_without_a_receipt_finds_the_job_in_the_list(
    another: Callable[..., Any], emulator: Emulator, links: Export
):
    ids = set()
    for _ in range(3):
        async with another() as client:
            ids.add((await client.create_job(links)).id)
    assert len(ids) == 1
    assert emulator.posts == 1


@pytest.mark.parametrize("fault", LOST)
async def test_an_answer_that_is_lost_is_looked_up(
    another: Callable[..., Any], emulator: Emulator, links: Export, fault: str
):
    emulator.add_fault(lost(fault))
    async with another(query_seconds=0.2) as client:
        job = await client.create_job(links)
        assert job.adopted
        assert (await client.wait(job)).done
    assert emulator.posts == emulator.jobs == 1


@pytest.mark.parametrize("shape", ["text-ids", "no-ids", "absolute-url", "bare-list"])
async def test_it_is_found_in_every_shape_of_the_list(
    client: Client, emulator: Emulator, links: Export, shape: str
):
    emulator.add_fault(shape)
    emulator.add_fault(lost("drop-after"))
    job = await client.create_job(links)
    assert (await client.wait(job)).id == "1001"
    assert emulator.posts == 1


async def test_a_list_that_lags_is_read_again(client: Client, emulator: Emulator, links: Export):
    emulator.add_fault(lost("504-after"))
    emulator.add_fault("late-list,count=2")
    assert (await client.create_job(links)).id == "1001"
    assert emulator.posts == 1


@pytest.mark.parametrize("fault", LOST)
async def test_what_cannot_be_known_is_said_and_never_asked_again_by_itself(
    another: Callable[..., Any], emulator: Emulator, links: Export, tmp_path: Path, fault: str
):
    emulator.add_fault("unlisted")
    emulator.add_fault(lost(fault))
    receipt = tmp_path / "receipt.json"
    for _ in range(3):  # the first client, and two restarts
        async with another(query_seconds=0.2) as client:
            for _ in range(2):
                with pytest.raises(botify.Unsure, match="may or may not have begun"):
                    await client.create_job(links, receipt=receipt)
    assert emulator.posts == emulator.jobs == 1
    emulator.clear_faults()
    async with another() as client:  # the list is back: the job turns up
        assert (await client.create_job(links, receipt=receipt)).adopted
    assert emulator.posts == 1


async def test_a_request_lost_on_its_way_in_is_not_repeated_either(
    client: Client, emulator: Emulator, links: Export, tmp_path: Path
):
    emulator.add_fault("drop,at=create,count=1")
    for _ in range(2):
        with pytest.raises(botify.Unsure):
            await client.create_job(links, receipt=tmp_path / "receipt.json")
    assert (emulator.posts, emulator.jobs) == (1, 0)
    # A person looked, found nothing, and asks anew.
    job = await client.create_job(links, receipt=tmp_path / "receipt.json", again=True)
    assert not job.adopted
    assert (emulator.posts, emulator.jobs) == (2, 1)


@pytest.mark.parametrize("fault", ["401", "403", "404", "429", "text-error"])
async def test_a_refusal_leaves_nothing_behind_and_is_not_repeated(
    client: Client, emulator: Emulator, links: Export, tmp_path: Path, fault: str
):
    emulator.add_fault(f"{fault},at=create,count=1")
    receipt = tmp_path / "receipt.json"
    with pytest.raises(botify.BotifyError) as raised:
        await client.create_job(links, receipt=receipt)
    assert not isinstance(raised.value, botify.Unsure)
    assert emulator.posts == 1
    assert not receipt.exists()
    assert not (await client.create_job(links, receipt=receipt)).adopted
    assert emulator.jobs == 1


async def test_a_job_cancelled_in_the_middle_is_found_by_the_next_call(
    client: Client, emulator: Emulator, links: Export, tmp_path: Path
):
    emulator.add_fault(lost("slow-after,value=3"))
    asking = asyncio.create_task(client.create_job(links, receipt=tmp_path / "r.json"))
    while not emulator.jobs:
        await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (await client.create_job(links, receipt=tmp_path / "r.json")).adopted
    assert emulator.posts == 1


async def test_again_is_a_new_job_and_a_lost_one_of_it_is_not_mixed_up_with_the_old(
    client: Client, emulator: Emulator, links: Export
):
    old = await client.create_job(links)
    emulator.add_fault(lost("500-after"))
    new = await client.create_job(links, again=True)
    assert new.id != old.id
    assert emulator.posts == emulator.jobs == 2


async def test_again_where_the_list_cannot_be_had_takes_no_old_job_for_the_new(
    client: Client, emulator: Emulator, links: Export
):
    await client.create_job(links)
    emulator.add_fault("unlisted,count=1")
    emulator.add_fault(lost("500-after"))
    with pytest.raises(botify.Unsure):
        await client.create_job(links, again=True)
    assert emulator.posts == 2


async def test_another_export_is_another_job(client: Client, emulator: Emulator, links: Export):
    one = await client.create_job(links)
    two = await client.create_job(botify.links_export(FULL, CRAWL, depth=1))
    assert one.id != two.id


async def test_a_receipt_of_another_export_is_refused(
    client: Client, emulator: Emulator, links: Export, tmp_path: Path
):
    receipt = tmp_path / "receipt.json"
    await client.create_job(links, receipt=receipt)
    with pytest.raises(Refused, match="another export"):
        await client.create_job(botify.links_export(FULL, CRAWL, depth=1), receipt=receipt)
    receipt.write_text("{")
    with pytest.raises(Refused, match="cannot be read"):
        await client.create_job(links, receipt=receipt)
    assert emulator.posts == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("failed-message", "The export could not be made"),
        ("failed-reason", "The export could not be made"),
        ("failed-null", "it gives no reason"),
    ],
)
async def test_a_failed_job_says_why_in_every_shape(
    client: Client, emulator: Emulator, links: Export, fault: str, said: str
):
    emulator.add_fault(f"{fault},count=1")
    job = await client.create_job(links)
    with pytest.raises(botify.JobFailed, match=said):
        await client.wait(job)
    assert emulator.credits == 0
    assert (await client.wait(await client.create_job(links, again=True))).done


async def test_a_query_that_is_wrong_fails_as_a_job_and_is_seen_by_a_probe(
    client: Client, emulator: Emulator
):
    wrong = botify.attributes_export(FULL, CRAWL, ["no.such.field"])
    assert not (await client.probe(wrong)).good
    with pytest.raises(botify.JobFailed, match=r"no\.such\.field"):
        await client.wait(await client.create_job(wrong))


@pytest.mark.parametrize(
    "fault",
    [
        "complete",
        "unknown-status,value=SHUFFLING",
        "429,at=job,count=9",
        "500,at=job,count=2",
        "drop,at=job,count=2",
        "html,at=job,count=2",
    ],
)
async def test_waiting_bears_what_passes(
    client: Client, emulator: Emulator, links: Export, fault: str
):
    job = await client.create_job(links)
    emulator.clear_faults()
    emulator.add_fault(fault)
    told: list[tuple[float, float | None, str]] = []
    if fault in ("complete",) or fault.startswith("unknown"):
        job = await client.create_job(links, again=True)
    done = await client.wait(job, report=lambda *said: told.append(said))
    assert done.done
    assert told


async def test_a_job_that_vanished_or_a_token_that_ended_is_said_at_once(
    client: Client, emulator: Emulator, links: Export
):
    emulator.add_fault("vanished,count=1")
    with pytest.raises(botify.NotThere):
        await client.wait(await client.create_job(links))
    job = await client.create_job(links, again=True)
    emulator.add_fault("401,at=job")
    with pytest.raises(botify.BadToken):
        await client.wait(job)


async def test_waiting_ends_and_can_be_stopped_and_gone_on_with(
    another: Callable[..., Any], client: Client, emulator: Emulator, links: Export
):
    emulator.add_fault("stuck,count=1")
    job = await client.create_job(links)
    async with another(job_seconds=0.1) as hasty:
        with pytest.raises(botify.StillWaiting, match="PROCESSING"):
            await hasty.wait(job.id)
    with pytest.raises(botify.Stopped, match="wait again"):
        await client.wait(job, cancelled=lambda: True)
    with pytest.raises(botify.StillWaiting):
        await client.download(job, links, Path("never.csv"))
    assert emulator.posts == 1
