"""Files of a run over HTTP: given once, then known; in parts, for those who ask for a part."""

import pytest


@pytest.fixture
def note(server, until):
    place = server.begin("written", "served files")
    if not server.events(place, "finished"):
        server.post(f"{place}/answer/text", value="0123456789")
        until(lambda: server.events(place, "finished"), "the files")
    (folder,) = (server.journal_path(place).parent / "files").glob("papers-*")
    return f"{place}/files/{folder.name}/note.txt"


def test_a_file_that_the_browser_has_is_not_sent_again(server, note):
    first = server.get(note)
    assert (first.status, first.text) == (200, "0123456789")
    tag = first.header("etag")
    for held in (tag, f'"other", {tag}', f"W/{tag}"):
        again = server.get(note, **{"If-None-Match": held})
        assert (again.status, again.body) == (304, b"")
        assert again.header("etag") == tag
        assert "no-cache" in again.header("cache-control")
    assert server.get(note, **{"If-None-Match": '"other"'}).status == 200


def test_a_part_of_a_file(server, note):
    part = server.get(note, Range="bytes=2-4")
    assert (part.status, part.text) == (206, "234")
    assert part.header("content-range") == "bytes 2-4/10"
    assert server.get(note, Range="bytes=-3").text == "789"
    assert server.get(note, Range="bytes=90-").status == 416


def test_a_part_is_no_way_around_the_sandbox(server, note):
    part = server.get(note, Range="bytes=0-1")
    assert "sandbox" in part.header("content-security-policy")
