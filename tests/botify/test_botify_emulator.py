"""The emulator: a crawl of ours comes out of it as it went in, and it behaves as the notes say."""

from __future__ import annotations

import asyncio
import csv
import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from conftest import CRAWL, FULL, QUICK

from cardloom import botify, crawl
from cardloom.apps.botify.emulator import NAMES, Emulator
from cardloom.botify import Client
from cardloom.errors import Missing, Refused

PAGES = {
    "/": ["/a", "/b,c?x=1,2", "/größe"],
    "/a": ["/", "/a", "/deep/one", "/missing"],
    "/b,c?x=1,2": ["/a", "/a"],
    "/gr%C3%B6%C3%9Fe": ["/deep/one"],
    "/deep/one": ["/deep/two"],
    "/deep/two": [],
}


async def a_crawl(folder: Path) -> tuple[Path, Path]:
    """links.csv and meta.csv of a small real site, crawled over loopback."""

    async def page(request: web.Request) -> web.Response:
        targets = PAGES.get(request.raw_path)
        if targets is None:
            return web.Response(status=404, text="<title>none</title>", content_type="text/html")
        anchors = "".join(f'<a href="{each}">x</a>' for each in targets)
        text = f"<title>Page “{request.path}”, one</title>{anchors}"
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await crawl.crawl(site, crawl.Limits(rate=0), folder / "crawl.sqlite")
    await runner.cleanup()
    links, meta = folder / "links.csv", folder / "meta.csv"
    crawl.write_links(folder / "crawl.sqlite", links)
    crawl.write_meta(folder / "crawl.sqlite", meta)
    return links, meta


async def test_an_export_of_a_crawl_is_the_crawl_s_own_files(tmp_path: Path):
    """Crawled here, served by the emulator, exported by the client: the same bytes come back."""
    links, meta = await a_crawl(tmp_path)
    columns = {
        "status": "http_code",
        "depth": "depth",
        "title": "metadata.title.content",
        "indexable": "compliant.is_compliant",
        "inlinks": "inlinks_internal.nb.total",
        "outlinks": "outlinks_internal.nb.total",
        "bytes": "byte_size",
        "in_sitemap": "sitemaps.present",
        "pagetype": "segments.pagetype.value",
    }
    async with (
        Emulator(links, meta, rate=0) as emulator,
        Client(emulator.token, emulator.url, patience=QUICK) as client,
    ):
        [project] = await client.projects()
        [analysis] = await client.analyses(project.address)
        out = {}
        for export in (
            botify.links_export(project.address, analysis.slug),
            botify.attributes_export(project.address, analysis.slug, columns),
        ):
            job = await client.wait(await client.create_job(export))
            done = await client.download(job, export, tmp_path / f"out-{export.kind}.csv")
            out[export.kind] = done.path
        assert (await client.depths(project.address, analysis.slug)).links == 9
    assert out["links"].read_bytes() == links.read_bytes()
    assert links.read_bytes().count(b"\r\n") == 10
    with meta.open(encoding="utf-8", newline="") as file:
        ours = [{name: row[name] for name in ("id", *columns)} for row in csv.DictReader(file)]
    with out["attributes"].open(encoding="utf-8", newline="") as file:
        theirs = list(csv.DictReader(file))
    assert theirs == ours
    assert len(ours) == 7


async def asked(emulator: Emulator, path: str, **more: Any) -> tuple[int, Any]:
    headers = {"Authorization": f"Token {emulator.token}"} | more.pop("headers", {})
    url = emulator.url.removesuffix("/v1") + path
    async with (
        aiohttp.ClientSession() as session,
        session.request(more.pop("method", "GET"), url, headers=headers, **more) as answer,
    ):
        text = await answer.text()
        return answer.status, json.loads(text) if text.startswith(("{", "[")) else text


async def test_more_than_five_a_second_are_too_many():
    async with Emulator() as emulator:
        got = await asyncio.gather(
            *(asked(emulator, "/v1/authentication/profile") for _ in range(8))
        )
        assert sorted(status for status, _ in got) == [200] * 5 + [429] * 3
        [said] = {body["error"]["error_code"] for status, body in got if status == 429}
        assert said == "1053"


@pytest.mark.parametrize(
    ("path", "more", "status", "code"),
    [
        ("/v1/projects/demo-org/demo.example/analyses", {}, 404, "1000"),
        ("/v1/projects/demo-org/closed.example/collections", {}, 403, "1002"),
        ("/v1/projects/demo-org/none/collections", {}, 404, "1010"),
        ("/v1/analyses/demo-org/demo.example/20990101", {}, 404, "1004"),
        ("/v1/jobs/99", {}, 404, "1006"),
        ("/v1/jobs", {"method": "DELETE"}, 405, "1039"),
        ("/v1/authentication/profile", {"headers": {"Authorization": "Token x"}}, 401, "1001"),
        ("/v1/authentication/profile", {"headers": {"Authorization": "Bearer x"}}, 401, "1001"),
        ("/v1/jobs", {"method": "POST", "json": {"job_type": "export"}}, 400, "1016"),
        ("/v1/jobs", {"method": "POST", "data": b"{"}, 400, "1020"),
        ("/api/v1/projects/nobody", {}, 404, "1007"),
    ],
)
async def test_what_is_wrong_is_said_in_botify_s_envelope(
    emulator: Emulator, path: str, more: dict[str, Any], status: int, code: str
):
    got, body = await asked(emulator, path, **more)
    assert (got, body["error"]["error_code"]) == (status, code)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"metrics": None}, "1016"),
        ({"dimensions": None}, "1016"),
        ({"dimensions": [f"crawl.{CRAWL}.nope"]}, "1029"),
        ({"dimensions": ["crawl.20990101.url"]}, "1029"),
        ({"dimensions": ["search_console.period_0.ctr"]}, "1029"),
        ({"metrics": ["nope"]}, "1022"),
        ({"filters": {"field": f"crawl.{CRAWL}.depth", "predicate": "in", "value": [1]}}, "1020"),
        ({"sort": [9]}, "1020"),
    ],
)
async def test_a_wrong_query_is_refused_with_its_code(
    emulator: Emulator, changes: dict[str, Any], code: str
):
    inner = {"dimensions": ["url"], "metrics": []} | changes
    body = {
        "collections": [f"crawl.{CRAWL}"],
        "query": {name: value for name, value in inner.items() if value is not None},
    }
    path = "/v1/projects/demo-org/demo.example/query"
    status, said = await asked(emulator, path, method="POST", json=body)
    assert (status, said["error"]["error_code"]) == (400, code)


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"field": "url", "value": "https://demo.example/"}, 1),
        ({"field": "url", "predicate": "starts", "value": "https://demo.example/blog/"}, 60),
        ({"field": "url", "predicate": "contains", "value": "größe"}, 10),
        ({"not": {"field": f"crawl.{CRAWL}.http_code", "predicate": "eq", "value": 200}}, 7),
        ({"field": f"crawl.{CRAWL}.metadata.title.content", "predicate": "exists"}, 233),
        ({"field": f"crawl.{CRAWL}.depth", "predicate": "between", "value": [1, 2]}, 65),
        (
            {
                "and": [
                    {"field": f"crawl.{CRAWL}.depth", "predicate": "lt", "value": 2},
                    {"or": [
                        {"field": "segments.pagetype.value", "value": "home"},
                        {"field": "url", "predicate": "ends", "value": ".html"},
                    ]},
                ]
            },
            10,
        ),
    ],
)  # fmt: skip
async def test_filters_hold(emulator: Emulator, filters: dict[str, Any], wanted: int):
    body = {
        "collections": [f"crawl.{CRAWL}"],
        "periods": None,
        "query": {
            "dimensions": [],
            "metrics": [f"crawl.{CRAWL}.count_urls_crawl"],
            "filters": filters,
        },
    }
    path = "/v1/projects/demo-org/demo.example/query"
    status, said = await asked(emulator, path, method="POST", json=body)
    assert status == 200
    assert said["results"] == [{"dimensions": [], "metrics": [wanted]}]
    assert "count" not in said


async def test_sizes_are_clamped_and_next_is_on_the_emulator_s_own_host(emulator: Emulator):
    status, body = await asked(
        emulator, "/v1/analyses/demo-org/long.example/light?size=99999&page=1"
    )
    assert (status, body["size"], body["count"], body["next"]) == (200, 100, 45, None)
    _, body = await asked(emulator, "/v1/analyses/demo-org/long.example/light")
    assert body["next"].startswith(emulator.url + "/analyses/demo-org/long.example/light?")
    assert body["previous"] is None


@pytest.mark.parametrize("fault", ["", "export-list"])
async def test_what_can_be_exported_is_told_in_both_shapes(emulator: Emulator, fault: str):
    if fault:
        emulator.add_fault(fault)
    path = f"/v1/analyses/demo-org/demo.example/{CRAWL}/advanced_export"
    _, body = await asked(emulator, path)
    rows = body if fault else body["exporters"]
    assert [row["group"] for row in rows] == ["links"]


async def test_the_clock_of_a_job(client: Client, links: botify.Export):
    async with (
        Emulator(rate=0, looks=(2, 3)) as slow,
        Client(slow.token, slow.url, patience=QUICK) as patient,
    ):
        job = await patient.create_job(links)
        seen = [job.status] + [(await patient.job(job.id)).status for _ in range(6)]
        assert seen[:6] == ["CREATED"] * 3 + ["PROCESSING"] * 3
        assert (await patient.wait(job)).status == "DONE"


async def test_faults_are_switched_over_the_control_endpoint(emulator: Emulator, client: Client):
    async with aiohttp.ClientSession() as session:
        place = emulator.url.removesuffix("/v1") + "/_emulator"
        spec = {"fault": "403,at=profile,count=1"}
        async with session.post(f"{place}/faults", json=spec) as answer:
            assert (await answer.json())["faults"][0]["name"] == "403"
        with pytest.raises(botify.NoAccess):
            await client.profile()
        await client.profile()
        async with session.post(f"{place}/faults", json={"fault": "gremlins"}) as answer:
            assert answer.status == 400
            assert "gremlins" in await answer.text()
        async with session.post(f"{place}/faults", data=b'{"fault": "401"}') as answer:
            assert answer.status == 415
        async with session.delete(f"{place}/faults") as answer:
            assert (await answer.json())["faults"] == []
        async with session.get(place) as answer:
            state = await answer.json()
    assert state["posts"] == 0
    assert state["asked"] == ["GET /v1/authentication/profile"] * 2


async def test_a_page_that_found_the_port_by_another_name_gets_nothing(emulator: Emulator):
    status, said = await asked(
        emulator, "/_emulator", headers={"Host": "evil.example", "Authorization": ""}
    )
    assert (status, said) == (421, "The emulator is for this machine alone.")


async def test_the_host_of_the_files_refuses_a_token(client: Client, emulator: Emulator):
    export = botify.links_export(FULL, CRAWL, depth=0)
    job = await client.wait(await client.create_job(export))
    headers = {"Authorization": f"Token {emulator.token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(job.download_url, headers=headers) as answer,
    ):
        assert answer.status == 400
    _, state = await asked(emulator, "/_emulator")
    assert state["carried_token"] == 1


async def test_chance_is_the_same_every_time(client: Client, emulator: Emulator):
    emulator.add_fault("403,chance=50")
    seen = []
    for _ in range(12):
        try:
            await client.profile()
            seen.append(True)
        except botify.NoAccess:
            seen.append(False)
    assert {True, False} == set(seen)


@pytest.mark.parametrize("spec", ["nope", "401,times=2", "401,count=x", "401,count", ""])
def test_a_fault_that_is_not_there_is_a_sentence(spec: str):
    with pytest.raises(Missing):
        Emulator(faults=[spec])


async def test_a_port_that_is_taken_is_refused(emulator: Emulator):
    port = int(emulator.url.rpartition(":")[2].partition("/")[0])
    with pytest.raises(Refused, match=f"Port {port} is taken"):
        async with Emulator(port=port):
            pass


@pytest.mark.parametrize("name", ["links.csv", "meta.csv"])
def test_files_that_are_no_crawl_are_refused(tmp_path: Path, name: str):
    for each, text in {"links.csv": "source,target\n", "meta.csv": "id,status\n"}.items():
        (tmp_path / each).write_text(text if each != name else "x,y\n1,2\n")
    with pytest.raises(Missing):
        Emulator(tmp_path / "links.csv", tmp_path / "meta.csv")


def test_every_fault_is_tried_by_some_test_and_told_in_the_docs():
    tests = "".join(p.read_text(encoding="utf-8") for p in Path(__file__).parent.glob("test_*.py"))
    page = (Path(__file__).parents[2] / "docs/botify.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"`{name}`" in page, f"docs/botify.md does not tell of the fault {name}"
        assert f'"{name}' in tests or f";{name}" in tests, f"no test plays {name}"


def state_of(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/_emulator", timeout=10) as answer:
        return json.load(answer)  # type: ignore[no-any-return]


def test_the_command_serves_the_demo_and_a_folder(
    start: Callable[..., Any], workspace: Path, tmp_path: Path
):
    asyncio.run(a_crawl(tmp_path))
    only = tmp_path / "database only"
    only.mkdir()
    (tmp_path / "crawl.sqlite").rename(only / "crawl.sqlite")
    for words in (["--demo"], ["--from", str(tmp_path)], ["--from", str(only)]):
        server = start("botify-emulator", *words, "--port", "0", "--fault", "403,at=profile")
        said = []
        for line in server.stdout:
            said.append(line)
            if line.startswith("Ctrl+C"):
                break
        assert said, server.stderr.read()
        state = state_of(said[0].split()[-1].removesuffix("/v1"))
        assert state["faults"][0]["name"] == "403"
        server.terminate()
        assert server.wait(20) == 0
        assert ("demo-org/demo.example" in "".join(said)) is (words == ["--demo"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--demo or --from"),
        (["--demo", "--from", "."], "--demo or --from"),
        (["--from", "."], "no crawl"),
        (["--demo", "--fault", "gremlins"], "'gremlins' is no fault"),
    ],
)
def test_the_command_says_what_is_missing(
    cardloom: Callable[..., Any], words: list[str], said: str
):
    done = cardloom("botify-emulator", *words)
    assert done.returncode == 2
    assert said in done.stderr
