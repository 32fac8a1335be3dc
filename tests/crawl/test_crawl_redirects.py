"""Redirects: one hop at a time, each a row; loops, endless chains and other schemes end there."""

from __future__ import annotations

import pytest
from aiohttp import web


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_row_and_its_target_costs_no_click(site, walk, status):
    site.links("/", "/old")
    site.redirect("/old", "new?x=1#part", status)
    site.links("/new?x=1", "/leaf")
    found = await walk()
    assert found.links == {("/", "/old"), ("/new?x=1", "/leaf")}
    old, new, leaf = (found.meta[path] for path in ("/old", "/new?x=1", "/leaf"))
    assert (old["status"], old["redirect_to"]) == (str(status), site.url + "/new?x=1")
    assert (old["depth"], new["depth"], leaf["depth"]) == ("1", "1", "2")
    assert (new["status"], new["inlinks"]) == ("200", "0")
    assert site.count("/new?x=1") == 1


async def test_chains_and_loops_are_told_once(site, walk):
    site.links("/", "/a", "/ring1", "/self")
    site.redirect("/a", "/b")
    site.redirect("/b", "/c", 302)
    site.page("/c", "end")
    site.redirect("/ring1", "/ring2")
    site.redirect("/ring2", "/ring1")
    site.redirect("/self", "/self#again")
    found = await walk()
    assert all(site.count(path) == 1 for path in ("/a", "/b", "/c", "/ring1", "/ring2", "/self"))
    told = {found.short(row["hops"][0]["url"]): row for row in found.summary["redirects"]["rows"]}
    assert set(told) == {"/a", "/ring1", "/self"}
    assert [hop["status"] for hop in told["/a"]["hops"]] == [301, 302]
    assert (found.short(told["/a"]["end"]), told["/a"]["status"]) == ("/c", 200)
    assert not told["/a"]["loop"]
    assert told["/ring1"]["loop"]
    assert told["/self"]["loop"]
    assert found.meta["/self"]["redirect_to"] == site.url + "/self"


async def test_an_endless_chain_is_cut(site, walk):
    async def onward(request):
        number = int(request.path.rsplit("/", 1)[1])
        return web.Response(status=302, headers={"Location": f"/r/{number + 1}"})

    for number in range(50):
        site.answers[f"/r/{number}"] = onward
    site.links("/", "/r/0")
    found = await walk()
    assert "/r/10" in site.asked
    assert "/r/11" not in site.asked
    assert (found.meta["/r/11"]["status"], found.meta["/r/11"]["depth"]) == ("", "1")
    chain = found.summary["redirects"]["rows"][0]
    assert (len(chain["hops"]), chain["status"], chain["loop"]) == (11, None, False)


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("https://example.com/away#x", "https://example.com/away"),
        ("http://[broken", "http://[broken"),
        ("http://127.0.0.1:1/port", "http://127.0.0.1:1/port"),
        ("//", "//"),
    ],
)
async def test_redirects_out_of_scope_are_recorded_and_not_followed(site, walk, location, told):
    site.links("/", "/out")
    site.redirect("/out", location)
    found = await walk()
    assert found.meta["/out"]["redirect_to"] == told
    assert set(found.meta) == {"/", "/out"}
    assert found.totals.pages == 2


async def test_a_target_with_a_user_name_is_never_asked(site, walk):
    site.links("/", "/out", site.url.replace("//", "//me:pw@") + "/in")
    site.redirect("/out", site.url.replace("//", "//user:pw@") + "/private")
    found = await walk()
    assert not any("private" in path or path == "/in" for path in site.asked)
    assert not any("Authorization" in headers for headers in site.headers)
    assert found.summary["blocked"]["total"] == 2


async def test_a_start_that_leads_away_says_so(site, walk):
    site.redirect("/", "https://example.com/")
    found = await walk()
    assert "start there instead" in found.summary["notes"][0]
    assert found.totals.pages == 1


async def test_bytes_in_a_location_that_are_not_text(site, walk):
    async def raw(request):
        head = b"HTTP/1.1 301 Moved\r\nLocation: /caf\xe9?\xff\r\nContent-Length: 0\r\n\r\n"
        request.transport.write(head)
        request.transport.close()

    site.links("/", "/raw")
    site.answers["/raw"] = raw
    found = await walk()
    assert found.meta["/raw"]["redirect_to"] == site.url + "/caf%E9?%FF"
