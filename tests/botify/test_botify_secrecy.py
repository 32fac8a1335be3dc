"""The token goes to the API's host and nowhere else: no other host, no text, no file."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from conftest import CRAWL, FULL, LONG, QUICK

from cardloom import botify
from cardloom.apps.botify.emulator import Emulator
from cardloom.botify import Call, Client, Export
from cardloom.botify.lists import all_rows
from cardloom.botify.token import Token


class Stranger:
    """Another server, which writes down what it is sent."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[dict[str, str]] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append(dict(request.headers))
        return web.json_response({"results": [{"slug": "20990101"}], "next": None, "data": {}})


@pytest.fixture
async def stranger() -> AsyncIterator[Stranger]:
    made = Stranger()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


async def test_a_next_on_another_host_is_not_asked_and_the_list_is_whole(
    emulator: Emulator, stranger: Stranger
):
    emulator.add_fault(f"foreign-next,at=analyses,value={stranger.url}")
    async with Client(emulator.token, emulator.url, patience=QUICK) as client:
        transport = client._transport
        call = transport.call("GET", "/analyses/demo-org/long.example/light", page=1, size=10)
        rows = await all_rows(transport, call)
    assert len({row["slug"] for row in rows}) == 45
    assert stranger.requests == []


async def test_a_redirect_to_another_host_is_not_followed(
    client: Client, emulator: Emulator, stranger: Stranger
):
    emulator.add_fault(f"redirect,value={stranger.url}")
    with pytest.raises(botify.Unexpected):
        await client.analyses(LONG)
    assert stranger.requests == []


async def test_the_host_of_the_files_never_sees_the_token(
    client: Client, emulator: Emulator, links: Export, tmp_path: Path
):
    emulator.add_fault("cut,count=1")
    job = await client.wait(await client.create_job(links))
    await client.download(job, links, tmp_path / "links.csv")
    assert len(emulator.file_headers) == 2
    assert emulator.token not in str(emulator.file_headers)
    assert not any("Authorization" in headers for headers in emulator.file_headers)


async def test_no_text_holds_the_token(
    emulator: Emulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    calls: list[Call] = []
    texts: list[str] = []
    faults = ["echo", "401", "500", "drop", "html", "empty", "redirect,value=http://127.0.0.1:9"]
    client = Client(emulator.token, emulator.url, patience=QUICK, on_call=calls.append)
    texts += [repr(client), str(vars(client)), str(vars(client._transport))]
    async with client:
        for fault in faults:
            emulator.clear_faults()
            emulator.add_fault(fault)
            try:
                await client.analyses(FULL)
            except botify.BotifyError as error:
                texts += [str(error), repr(error), str(vars(error))]
                texts.append("".join(traceback.format_exception(error)))
                shown = traceback.TracebackException.from_exception(error, capture_locals=True)
                texts.append("".join(shown.format()))
                assert pickle.loads(pickle.dumps(error)).endpoint == error.endpoint
        emulator.clear_faults()
        export = botify.links_export(FULL, CRAWL, depth=1)
        job = await client.wait(await client.create_job(export, receipt=tmp_path / "r.json"))
        await client.download(job, export, tmp_path / "links.csv")
    texts += [repr(calls), *(call.curl() + call.python() for call in calls)]
    texts += [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    texts.append(caplog.text)
    assert len(calls) > len(faults)
    assert any("$BOTIFY_TOKEN" in text for text in texts)
    for text in texts:
        assert emulator.token not in text


def test_a_token_is_not_pickled():
    with pytest.raises(TypeError):
        pickle.dumps(Token("abcdef1234567890"))


@pytest.mark.parametrize("form", ["curl", "python"])
async def test_a_call_that_is_shown_is_the_call_that_is_made(
    client: Client, emulator: Emulator, form: str
):
    """The printed text, run by a shell or by Python, does what the client does."""
    odd = botify.attributes_export(FULL, CRAWL, {'it\'s "a" `b` $HOME ü\n': "depth"}, 1)
    call = client.creation(odd)
    words = ["sh", "-c", call.curl()] if form == "curl" else [sys.executable, "-c", call.python()]
    try:
        done = await asyncio.to_thread(
            subprocess.run,
            words,
            env={**os.environ, "BOTIFY_TOKEN": emulator.token, "no_proxy": "*"},
            capture_output=True,
            timeout=30,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("no curl here")
    if b"not found" in done.stderr and form == "curl":
        pytest.skip("no curl here")
    assert b"job_id" in done.stdout, done.stderr
    assert (await client.create_job(odd)).adopted
    assert emulator.posts == 1
