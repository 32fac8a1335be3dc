"""The power goes, at every step of a story and in every way: what was acknowledged is there."""

import errno
import os
import random

import pytest
from disk import File, System, cuts
from story import FOLDER, Clock, Lost, Moment, Story, check, content, empty, names, recover

from cardloom.errors import Refused, Unwritable
from cardloom.journal import NAME, Journal, Storage, repair, storage


def one(story):
    story.append(40)


def two(story):
    story.append(30)
    story.append(60)


def batch(story):
    story.append(20)
    story.append(10, 20, 30)
    story.append(10)


def four(story):
    for size in (10, 300, 20, 700):
        story.append(size)


def streamed(story):
    """What a card says while it works is not synced; its end is."""
    story.append(20)
    story.append(150, sync=False)
    story.append(200, 10, sync=False)
    story.append(20)
    story.append(90, sync=False)


def over(story):
    story.append(20)
    story.append(30, sync=False)
    story.start_over()
    story.append(25)
    story.start_over()
    story.append(20)


def shared(story):
    """Two processes by turns."""
    other = story.another()
    story.append(20)
    story.append(30, journal=other)
    story.append(10, 10, sync=False)
    story.append(40, journal=other)


def refused(story):
    """The disk takes a part, then says that it is full."""
    story.append(20)
    fail(story.system, "write", errno.ENOSPC, part=400)
    assert isinstance(story.append(300, 300), Unwritable)
    mend(story.system)
    story.append(20)


def unsynced(story):
    """A sync fails, the cache calls its bytes clean, and the person reads the file again."""
    story.append(20)
    fail(story.system, "fdatasync", errno.EIO)
    assert isinstance(story.append(600), Unwritable)
    mend(story.system)
    assert isinstance(story.append(10), Unwritable)
    story.journal.reopen()
    story.append(10)
    story.append(700)


def overtaken(story):
    """A sync fails, and another process that knows nothing of it has written behind."""
    other = story.another()
    story.append(20)
    story.loose += 1
    [event] = story.journal.append([{"type": "noted", "text": "x" * 600}], sync=False)
    story.loose += 1
    other.append([{"type": "noted"}], sync=False)
    fail(story.system, "fdatasync", errno.EIO)
    with pytest.raises(Unwritable):
        story.journal.sync()
    mend(story.system)
    story.append(10, journal=other)
    assert event in other.events


STORIES = [one, two, batch, four, streamed, over, shared, refused, unsynced, overtaken]


def fail(system, call, code, part=None):
    """From now on `call` fails, a write after `part` bytes."""
    left = [part] if part else []

    def before(name, number):
        if name != call:
            return None
        if left:
            return left.pop()
        raise OSError(code, os.strerror(code))

    system.before = before


def mend(system):
    system.before = lambda name, number: None


@pytest.mark.parametrize("tell", STORIES, ids=lambda tell: tell.__name__)
def test_no_power_cut_loses_an_acknowledged_event(tell, mount, tally, long):
    for share in (1.0, 0.5, 0.0) if tell in (unsynced, overtaken) else (1.0,):
        system = empty()
        system.lost_share = share
        story = Story(mount).begin(system)
        tell(story)
        tally("disks checked", check(mount, story, every=1 if long else 2))


@pytest.mark.parametrize("tell", STORIES, ids=lambda tell: tell.__name__)
def test_the_recovery_may_be_cut_too(tell, mount, tally, long):
    story = Story(mount).begin()
    tell(story)
    tally("disks checked", check(mount, story, every=7 if long else 61, deeper=9 if long else 83))


def test_long_stories_told_by_chance(mount, tally, long):
    for seed in range(400 if long else 12):
        dice = random.Random(seed)
        story = Story(mount).begin()
        others = [story.journal, story.another(), story.another()]
        for _ in range(dice.randint(5, 14)):
            act = dice.random()
            if act < 0.08:
                story.start_over()
            else:
                sizes = [dice.choice((0, 20, 90, 400, 1500)) for _ in range(dice.choice((1, 1, 3)))]
                story.append(*sizes, sync=act < 0.7, journal=dice.choice(others))
        tally("disks checked", check(mount, story, every=97, chance=dice))


def damaged(mount, break_line):
    """A journal of five lines with a changed byte in one of them, and its good events."""
    system = empty()
    mount.system = system
    journal = Journal(FOLDER, clock=Clock())
    for number in range(5):
        journal.append([{"type": "noted", "text": f"line {number}"}])
    events = list(journal.events)
    [file] = [node for node in system.nodes.values() if isinstance(node, File)]
    lines = file.cache.split(b"\n")
    lines[break_line - 1] = lines[break_line - 1].replace(b"line", b"lime")
    file.disk = file.cache = b"\n".join(lines)
    return system, file.cache, events


@pytest.mark.parametrize("broken", [1, 3, 5])
def test_a_repair_that_is_cut_has_lost_no_line(broken, mount, tally, long):
    system, before, events = damaged(mount, broken)
    halves = []
    system.changed = lambda: halves.append(system.copy())
    done = repair(FOLDER, Clock()())
    assert (done.kept, done.salvaged) == (broken - 1, 6 - broken)
    count = 0
    story = Story(mount)
    story.moments = [Moment(half, (), 0) for half in halves]
    for half in halves:
        for cut in cuts(half, every=1 if long else 5):
            left = cut.system()
            mount.system = left
            whole = [content(left, name) for name in names(left) if name != NAME]
            journal = Journal(FOLDER)
            assert journal.read() == events[: broken - 1]
            # Until the damage is cut away it is there; after that a copy of all of it is.
            assert [d.line for d in journal.damage] == [broken] or before in whole
            repair(FOLDER, Clock()())
            recover(mount, left, Moment(left, (tuple(events[: broken - 1]),), 0))
            count += 1
    tally("disks checked", count)
    assert count > 20


# -- the checker itself: what is broken on purpose must be found ---------------------------------


class Early(Journal):
    def sync(self, end=None):
        """Says that it is done, and leaves it to the system."""


def forget_names(self):
    """The file is synced, its name is not."""


def only_the_folder(self):
    self.sync_folder()


def put_unsynced(self, path, data):
    fd = storage.os.open(str(path), os.O_WRONLY | os.O_CREAT)
    storage.os.write(fd, data)
    storage.os.close(fd)


def append_without_lock_or_look(self):
    """Writes behind a torn tail."""


BROKEN = {
    "acknowledges before the sync": (Journal, "sync", Early.sync, two),
    "skips the folder's sync": (Storage, "_sync_names", forget_names, one),
    "skips the sync of the folders above": (Storage, "_sync_names", only_the_folder, one),
    "skips the sync of a rename": (Storage, "sync_folder", forget_names, over),
    "writes behind a torn tail": (Journal, "_cut_torn_tail", append_without_lock_or_look, two),
    "cuts and does not sync the cut": (
        Journal,
        "_cut",
        lambda self: self._storage.truncate(self._size),
        refused,
    ),
    "believes the cache after a failed sync": (Journal, "_give_up", lambda self: None, unsynced),
}


@pytest.mark.parametrize("flaw", BROKEN)
def test_the_check_finds_what_is_broken_on_purpose(flaw, mount, monkeypatch):
    owner, name, broken, tell = BROKEN[flaw]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, broken)
        with pytest.raises((Lost, Refused)):
            story = Story(mount).begin()
            tell(story)
            check(mount, story, every=1)
            check(mount, story, every=23, deeper=31)


def test_a_name_that_a_killed_process_left_unsynced_is_synced_by_the_next(mount, tally):
    """Killed between the making of the file and the sync of its name, power cut after the next."""
    story = Story(mount).begin()
    one(story)
    made = next(m for m in story.moments if NAME in names(m.system))
    tally("disks checked", check(mount, _told(mount, made), deeper=5))


def _told(mount, moment):
    story = Story(mount)
    story.moments = [moment]
    return story


def test_the_disk_in_memory_is_a_disk(mount):
    """Else the checks above would prove nothing: the same calls give the same bytes."""
    assert isinstance(mount.system, System)
    story = Story(mount).begin()
    four(story)
    over(story)
    lines = content(story.system, NAME).split(b"\n")
    assert len(lines) == len(story.kept[-1]) + 1
    assert len([n for n in names(story.system) if n.startswith("journal-")]) == 2
