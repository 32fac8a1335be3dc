"""What happened lately, read from the journals; and what belongs to no run."""

from cardloom.workspace.notices import MOST, Notices

ADA = ("run", "bridge", "ada", "name=Ada", "quest=Grail", "color=blue")


def test_the_newest_events_of_all_runs_stand_in_the_order_of_their_time(cardloom):
    assert cardloom("activity").stdout == "Nothing has happened here yet.\n"
    cardloom(*ADA)
    cardloom("run", "bridge", "bob", "name=Bob", "quest=Grail", "color=red")
    cardloom("answer", "bridge/ada", "quest=Seek")
    lines = [
        line.split("  ", 2)[1:] for line in cardloom("activity", "-n", "4").stdout.splitlines()
    ]
    assert lines == [
        ["bridge/bob", "verdict began"],
        ["bridge/bob", "verdict finished: Red? Bob is cast into the gorge."],
        ["bridge/ada", "quest was opened again from a terminal"],
        ["bridge/ada", "quest answered: Seek from a terminal"],
    ]
    assert cardloom("activity", "-n", "0").stdout == "Nothing has happened here yet.\n"


def test_the_command_follows(cardloom, start):
    cardloom(*ADA)
    following = start("activity", "--follow", "-n", "1")
    assert "bridge/ada  verdict finished" in following.stdout.readline()
    cardloom("run", "bridge", "bob", "name=Bob", "quest=Grail", "color=blue")
    assert "bridge/bob  the run began" in following.stdout.readline()


def test_notices_are_bounded_and_taken_back():
    notices = Notices()
    for number in range(MOST + 5):
        notices.say(str(number), f"sentence {number}")
    notices.say("10", "again")
    assert notices.sentences()[0] == "again"
    assert len(notices.sentences()) == MOST
    notices.take_back("10")
    assert "again" not in notices.sentences()
