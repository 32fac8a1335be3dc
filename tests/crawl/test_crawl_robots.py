"""robots.txt: whose group is ours, where it is redirected to, and when it does not come."""

from __future__ import annotations

import gzip

import pytest
from aiohttp import web

# User-agent lines of a group that forbids all → whether that group is ours.
NAMES = {
    "*": True,
    "* ": True,
    "cardloom": True,
    "Cardloom/0.1": True,
    "CARDLOOM/99 (whoever)": True,
    "Cardloom 0.1": True,
    "cardloom*": True,
    "Cardloom # that one": True,
    "cardloom-news": False,
    "cardloombot": False,
    "my-cardloom": False,
    "card": False,
    "otherbot/1.0": False,
    "Mozilla/5.0 (compatible; Cardloom)": False,
    "": False,
    "*bot": False,
}


def notes(found) -> list[str]:
    return [note for note in found.summary["notes"] if "robots.txt" in note]


@pytest.mark.parametrize("name", NAMES)
async def test_whose_group_it_is(site, walk, name):
    site.text("/robots.txt", f"User-agent: {name}\nDisallow: /")
    site.page("/", "home")
    found = await walk()
    assert (site.count("/") == 0) is NAMES[name]
    assert found.summary["blocked"]["total"] == NAMES[name]


@pytest.mark.parametrize(
    "lines",
    [
        "User-agent: *\nDisallow: /\n\nUser-agent: Cardloom/0.1\nDisallow: /private",
        "User-agent: otherbot\nUser-agent: Cardloom/0.1\nDisallow: /private\n\nUser-agent: *\nDisallow: /",
        "user agent : cardloom\ndisallow : /private\n\nUser-agent: *\nDisallow: /",
        "User-agent Cardloom/2\nDisallow /private",
        "\ufeffUser-agent: Cardloom\rDisallow: /private\r",
        "User-agent: Cardloom/0.1\nDisallow: /\nAllow: /$\nAllow: /open",
    ],
)
async def test_our_own_group_counts_before_that_of_all(site, walk, lines):
    site.text("/robots.txt", lines)
    site.links("/", "/private", "/open")
    await walk()
    assert {"/", "/open"} < set(site.asked)
    assert "/private" not in site.asked


@pytest.fixture
async def other():
    """Another host, which answers every request with the same rules."""
    asked = []

    async def rules(request):
        asked.append(request.path)
        return web.Response(text="User-agent: *\nDisallow: /private/")

    app = web.Application()
    app.router.add_get("/{path:.*}", rules)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    await runner.cleanup()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_rules_on_another_host_hold_here(site, walk, other, status):
    site.redirect("/robots.txt", f"{other[0]}/rules", status)
    site.links("/", "/open", "/private/x")
    found = await walk()
    assert other[1] == ["/rules"]
    assert "/open" in site.asked
    assert "/private/x" not in site.asked
    assert found.summary["blocked"]["rows"][0]["reason"] == "blocked by robots.txt"


async def test_rules_after_more_than_five_redirects_are_none(site, walk):
    for n in range(6):
        site.redirect("/robots.txt" if n == 0 else f"/r{n}", f"/r{n + 1}")
    site.text("/r6", "User-agent: *\nDisallow: /")
    site.page("/", "home")
    assert (await walk()).meta["/"]["status"] == "200"
    site.redirect("/r4", "/r6")
    assert (await walk("five")).meta["/"]["status"] == ""


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_4xx_forbids_nothing(site, walk, status):
    site.page("/robots.txt", "User-agent: *\nDisallow: /", status)
    site.page("/", "home")
    found = await walk()
    assert found.meta["/"]["status"] == "200"
    assert not notes(found)


async def test_a_429_forbids_nothing_and_is_told(site, walk):
    site.page("/robots.txt", "slow down", 429)
    site.page("/", "home")
    found = await walk()
    assert found.meta["/"]["status"] == "200"
    assert "robots.txt answered 429" in notes(found)[0]
    assert not notes(await walk("free", robots=False))


@pytest.mark.parametrize("status", [500, 502, 503, 599])
async def test_a_5xx_forbids_all_and_is_told(site, walk, status):
    site.page("/robots.txt", "", status)
    site.page("/", "home")
    found = await walk()
    assert (found.meta["/"]["status"], site.count("/")) == ("", 0)
    assert any(
        f"robots.txt answered {status}, so nothing of this host was read" in note
        for note in notes(found)
    )


async def test_a_204_is_an_empty_robots_txt(site, walk):
    site.page("/robots.txt", "", 204)
    site.page("/", "home")
    assert (await walk()).meta["/"]["status"] == "200"


async def test_a_rule_that_is_cut_at_the_limit_does_not_count(site, walk):
    first, cut = "User-agent: *\n", "Disallow: /"
    filling = "#" * (512_000 - len(first + cut) - 1) + "\n"
    site.text("/robots.txt", f"{first}{filling}{cut}no-such-folder\n")
    site.page("/", "home")
    found = await walk()
    assert found.meta["/"]["status"] == "200"
    assert "read up to 512,000 bytes only" in notes(found)[0]


async def test_rules_that_came_before_a_damage_hold(site, walk):
    packed = gzip.compress(b"User-agent: *\nDisallow: /private\n" + b"# end\n" * 99)
    site.page("/robots.txt", packed[:-9] + b"!", Content_Encoding="gzip")
    site.links("/", "/private", "/open")
    found = await walk()
    assert "/open" in site.asked
    assert "/private" not in site.asked
    assert "was not wholly read" in notes(found)[0]
