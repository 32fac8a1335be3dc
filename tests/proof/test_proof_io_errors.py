"""A disk that refuses, at every call, once and for ever: a sentence, and nothing acknowledged lost."""

import errno
import http.client
import os
import shutil
import subprocess
from html import unescape

import pytest
from story import FOLDER, Clock, Story, chain, content, empty, names
from test_proof_kills import END, FLOW, Server, command, journal

from cardloom.errors import CardloomError, Unreadable, Unwritable
from cardloom.journal import Journal, verify

CODES = ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EINTR")


class Told:
    """One story with one fault in it: what was acknowledged, and what was said."""

    def __init__(self, mount, number, code, ever):
        self.system = mount.system = empty()
        self.broken = False
        self.story = Story(mount).begin(self.system)
        self.number, self.code, self.ever, self.mended = number, getattr(errno, code), ever, False
        self.said = []
        self.system.calls = 0
        self.system.before = self.before

    def before(self, name, number):
        if self.mended or not (number == self.number or (self.ever and number > self.number)):
            return
        self.broken = True
        raise OSError(self.code, os.strerror(self.code))

    def act(self, act):
        try:
            act()
        except CardloomError as error:
            self.said.append(error)

    def tell(self):
        story = self.story
        for sizes in ((20,), (10, 30), (40,)):
            if error := story.append(*sizes):
                self.said.append(error)
        self.act(story.journal.read)
        self.act(story.journal.set_aside)
        story.kept.append([])
        if error := story.append(20):
            self.said.append(error)


def lines_of(told):
    """Every event in the journal and in what was set aside, as a new process reads them."""
    system = told.system
    aside = [name for name in names(system) if name.startswith("journal-")]
    return [
        Journal(FOLDER, clock=Clock()).read(),
        *(chain(content(system, name)) for name in aside),
    ]


@pytest.mark.parametrize("ever", [False, True], ids=["once", "for ever"])
@pytest.mark.parametrize("code", CODES)
def test_a_fault_at_any_call_is_a_sentence_and_loses_nothing(code, ever, mount, tally):
    if code == "EINTR" and ever:
        pytest.skip("a call that is interrupted for ever is a process that is being killed")
    for number in range(1, 10_000):
        told = Told(mount, number, code, ever)
        told.tell()
        if not told.broken:
            assert number > 40
            break
        tally("errors injected")
        # Words for people, of a kind that page and command know; a fault may also pass unseen,
        # where a folder above could not be listed and nothing depends on it.
        for error in told.said:
            assert isinstance(error, Unwritable | Unreadable), error
            assert str(error).startswith(("The disk ", "The file "))
        told.mended = True
        mine = told.story.journal
        mine.reopen()
        found = lines_of(told)
        for kept in told.story.kept:
            if kept:
                assert [kept == f[: len(kept)] for f in found].count(True) == 1
        before = list(mine.read())
        [event] = mine.append([{"type": "noted", "text": "on it goes"}])
        again = Journal(FOLDER)
        assert (again.read(), again.damage) == ([*before, event], [])


def test_a_write_that_takes_a_part_is_gone_on_with(mount, tally):
    for most in (1, 7, 100):
        mount.system = empty()
        mount.system.before = lambda name, number, most=most: most if name == "write" else None
        story = Story(mount).begin(mount.system)
        assert story.append(300, 20) is None
        assert story.append(20) is None
        assert Journal(FOLDER).read() == story.kept[-1]
        tally("errors injected", mount.system.calls)


def test_after_a_failed_sync_nothing_is_written_until_it_is_read_again(mount, tally):
    story = Story(mount).begin()
    story.append(20)

    def fails(name, number):
        if name == "fdatasync":
            raise OSError(errno.EIO, "Input/output error")

    story.system.before = fails
    assert "Input/output error" in str(story.append(30))
    with pytest.raises(Unwritable, match="Input/output error"):
        story.journal.reopen()  # the disk is as bad as before
    story.system.before = lambda name, number: None
    for _ in range(3):
        assert "has stopped until its file is read again" in str(story.append(10))
    assert len(Journal(FOLDER).read()) == 1  # what nobody was told of was taken back
    story.journal.reopen()
    assert story.append(10) is None
    assert len(Journal(FOLDER).read()) == 2
    tally("errors injected", 2)


# -- the same through the real page --------------------------------------------------------------


@pytest.fixture
def place(tmp_path):
    (tmp_path / "flow.py").write_text(FLOW)
    return tmp_path


def page(server, path="/runs/flow/ada"):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", path, headers={"X-Cardloom-Token": server.token})
    reply = connection.getresponse()
    text = unescape(reply.read().decode())
    connection.close()
    return reply.status, text


def finish(server, until):
    """Answer what is asked until the run is at its end, reading it again where that is offered."""
    said = set()

    def ended():
        status, text = page(server)
        assert status == 200
        if "Read it again" in text:
            assert server.post("/runs/flow/ada/reopen") == 303
        for card, value in (("name", "Ada"), ("color", "blue")):
            said.add(server.post(f"/runs/flow/ada/answer/{card}", value=value))
        for card in ("draw", "export", "end"):
            if any(e.get("card") == card for e in journal(server.folder)):
                said.add(server.post(f"/runs/flow/ada/again/{card}") if END not in text else 303)
        return END in page(server)[1]

    until(ended)
    assert 500 not in said


@pytest.mark.parametrize("only", ["journal.jsonl", ""], ids=["journal", "everything"])
def test_a_page_whose_disk_refuses_says_so_and_goes_on(place, until, long, tally, only):
    cases = [(code, how) for code in ("EIO", "ENOSPC", "EROFS") for how in ("once", "ever")]
    chosen = [
        (n, *case)
        for n in range(1, 60)
        for i, case in enumerate(cases)
        if (n * 7 + i) % (7 if long else 97) == 0
    ]
    for number, code, how in chosen:
        folder = place / f"{number}-{code}-{how}"
        folder.mkdir()
        shutil.copy(place / "flow.py", folder)
        broken = folder.with_suffix(".broken")
        broken.touch()
        command(folder, "list")  # its folders are there
        server = Server(
            folder,
            PROOF_ROOT=folder / "runs",
            PROOF_ONLY=only,
            PROOF_AT=number,
            PROOF_DO=f"{code} {how}",
            PROOF_WHILE=broken,
        )
        steps = [
            ("/runs", {"workflow": "flow", "key": "ada"}),
            ("/runs/flow/ada/answer/name", {"value": "Ada"}),
            ("/runs/flow/ada/answer/color", {"value": "blue"}),
        ]
        kept = []
        for path, form in steps:
            status = server.post(path, **form)
            assert status in (303, 404, 409, 507), (number, code, how, path, status)
            kept += [path.rsplit("/", 1)[1]] if status == 303 else []
        broken.unlink()
        answers = [e["card"] for e in journal(folder) if e["type"] == "answered"]
        assert [k for k in kept if k != "runs"] == [a for a in answers if a in kept]
        assert server.post("/runs", workflow="flow", key="ada") == 303
        finish(server, until)
        _, told = server.end()
        assert "Traceback" not in told, (number, code, how, told)
        assert verify(folder / "runs/flow/ada")[1] == []
        answers = [e["card"] for e in journal(folder) if e["type"] == "answered"]
        assert sorted(answers) == ["color", "name"]
        tally("errors injected")


def test_the_page_shows_the_sentence_and_the_way_on(place, until, tally):
    broken = place.with_suffix(".broken")
    broken.touch()
    command(place, "list")
    server = Server(
        place,
        PROOF_ROOT=place / "runs",
        PROOF_ONLY="journal.jsonl",
        PROOF_AT=4,  # the file is made, its first line written and synced
        PROOF_DO="EIO ever",
        PROOF_WHILE=broken,
    )
    assert server.post("/runs", workflow="flow", key="ada") == 303
    assert server.post("/runs/flow/ada/answer/name", value="Ada") == 507
    status, text = page(server)
    assert status == 200
    assert "The disk reported an error (Input/output error)" in text
    assert "Read it again" in text
    assert [e["type"] for e in journal(place)] == ["created"]
    broken.unlink()
    finish(server, until)
    assert "Read it again" not in page(server)[1]
    assert "Traceback" not in server.end()[1]
    tally("errors injected")


def test_a_full_disk_keeps_what_was_acknowledged(tmp_path, until, tally):
    """A real one: 96 KiB of memory, mounted for this test."""
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=96k", "cardloom", str(small)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        folder = small / "work"
        folder.mkdir()
        (folder / "flow.py").write_text(FLOW)
        server = Server(folder)
        assert server.post("/runs", workflow="flow", key="ada") == 303
        filler = small / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 512)
            except OSError as error:
                assert error.errno == errno.ENOSPC
        text = "A" * 20_000
        assert server.post("/runs/flow/ada/answer/name", value=text) == 507
        assert [e["type"] for e in journal(folder)] == ["created"]
        refused = command(folder, "answer", "flow/ada", f"name={text}")
        assert refused.returncode == 3
        assert "The disk is full" in refused.stderr
        assert "Traceback" not in refused.stderr
        status, shown = page(server)
        assert status == 200
        assert "The disk is full" in shown
        filler.unlink()
        finish(server, until)
        assert "Traceback" not in server.end()[1]
        assert verify(folder / "runs/flow/ada")[1] == []
        tally("errors injected", 2)
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
