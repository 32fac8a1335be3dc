"""Insights: from journals that can be counted by hand."""

from collections import Counter

import pytest

from cardloom.engine import Choice, Form, Text, Workflow, fold, moves
from cardloom.engine.insights import tell, usual
from cardloom.reports.insights import gather


@pytest.fixture
def flow():
    made = Workflow("Made")
    made.ask(site=Text("Site?"), form=Form("Limits", depth=Choice("Depth", [1, 2, 3])))

    @made.do
    def crawl(site):
        """Crawl it"""

    @made.do
    def fixed():
        """The same each time"""

    @made.do
    def graph(crawl, form):
        """Graph"""

    made.name = "made"
    return made


class Told:
    """One run, told event by event; an event's time is its number."""

    def __init__(self, flow, key="x"):
        self.flow, self.events = flow, []
        self.add(*moves.create(flow, key, "person"))

    def add(self, *drafts):
        for draft in drafts:
            n = len(self.events) + 1
            self.events.append({"n": n, "at": f"2026-01-01T00:{n:02}:00Z", **draft})
        return self

    def state(self):
        return fold(self.events)

    def answer(self, card, value, by="person"):
        change = self.state().card(card).settled
        return self.add(*moves.answer(self.flow, self.state(), card, value, by=by, change=change))

    def start(self, card):
        return self.add(*moves.start(self.flow, self.state(), card))

    def do(self, card, value, seconds):
        self.start(card)
        started = self.state().card(card).started_n
        return self.add(*moves.finish(self.state(), card, started, value, [], seconds))

    def fail(self, card):
        self.start(card)
        now = self.state().card(card)
        self.add({"type": "failed", "card": card, "started": now.started_n, "error": "no"})
        return self.add(*moves.reopen(self.flow, self.state(), card, by="person"))

    def whole(self, site="a", depth=1, seconds=1.0, by="person", graph="g"):
        self.answer("site", site, by).answer("form", {"depth": depth}, by)
        return self.do("crawl", f"c {site}", seconds).do("fixed", 7, 0.5).do("graph", graph, 2.0)


def insights(flow, *runs):
    return gather(flow, [tell(flow, run.events) for run in runs])


def card(found, name):
    return next(card for card in found.cards if card.name == name)


def test_no_runs_tell_nothing_and_fail_nowhere(flow):
    found = gather(flow, [])
    assert (found.runs, found.finished, found.stops, found.path) == (0, 0, (), ())
    assert [(c.name, c.runs, c.median) for c in found.cards][2] == ("crawl", 0, None)


def test_times_are_medians_and_the_95th_of_a_hundred(flow):
    runs = [Told(flow).whole(seconds=n) for n in range(1, 101)]
    crawl = card(insights(flow, *runs), "crawl")
    assert (crawl.runs, crawl.times, crawl.median, crawl.p95) == (100, 100, 50.5, 95)


def test_the_slowest_path_follows_what_depends_on_what(flow):
    found = insights(flow, Told(flow).whole(seconds=10))
    assert (found.path, found.seconds) == (("crawl", "graph"), 12.0)
    assert found.finished == 1


def test_why_a_card_ran_again(flow):
    run = Told(flow).answer("site", "a").answer("form", {"depth": 1})
    run.fail("crawl").do("crawl", "c", 1).do("fixed", 7, 0).do("graph", "g", 1)
    run.answer("site", "b").do("crawl", "c b", 1).do("graph", "g b", 1)
    run.answer("form", {"depth": 2}).do("graph", "g2", 1)
    run.add(*moves.reopen(flow, run.state(), "graph", by="person")).do("graph", "g2", 1)
    found = insights(flow, run)
    crawl, graph = card(found, "crawl"), card(found, "graph")
    assert dict(crawl.again) == {"a failure": 1, "site": 1}
    assert dict(graph.again) == {"crawl": 1, "form": 1, "by hand": 1}
    assert (crawl.starts, crawl.failed, crawl.retried) == (3, 1, 1)


def test_a_second_attempt_is_a_retry(flow):
    run = Told(flow).answer("site", "a").answer("form", {"depth": 1}).start("crawl")
    started = run.state().card("crawl").started_n
    run.add({"type": "failed", "card": "crawl", "started": started, "error": "no"})
    run.add({**run.events[started - 1], "n": len(run.events) + 1, "attempt": 2})
    assert card(insights(flow, run), "crawl").retried == 1


def test_a_cancelled_card_is_counted(flow):
    run = Told(flow).answer("site", "a").answer("form", {"depth": 1}).start("crawl")
    run.add(*moves.cancel(run.state(), "crawl", by="person"))
    found = insights(flow, run)
    assert card(found, "crawl").cancelled == 1
    assert [(s.card, s.runs) for s in found.stops] == [("crawl", 1)]


def test_where_runs_stop_and_since_when(flow):
    early = Told(flow)
    late = Told(flow).answer("site", "a")
    later = Told(flow).answer("site", "a").answer("form", {"depth": 1})
    later.add(*moves.reopen(flow, later.state(), "form", by="person"))
    found = insights(flow, early, late, later)
    assert [(s.card, s.runs, s.oldest[14:16], s.newest[14:16]) for s in found.stops] == [
        ("form", 2, "02", "04"),
        ("site", 1, "01", "01"),
    ]


def test_answers_are_counted_by_run_and_field(flow):
    runs = [Told(flow).whole(site=s, depth=d) for s, d in (("a", 1), ("a", 2), ("b", 2))]
    found = insights(flow, *runs)
    assert card(found, "site").answers == {"": [("a", 2), ("b", 1)]}
    assert card(found, "form").answers == {"depth": [(2, 2), (1, 1)]}
    told = [tell(flow, run.events) for run in runs]
    assert usual(told, "site") == {"": ("a", 2, 3)}
    assert usual(told, "nowhere") == {}


def test_a_default_that_nobody_looked_at_is_no_habit(flow):
    told = [tell(flow, Told(flow).whole(site=s, by=by).events) for s, by in
            (("a", "default"), ("a", "default"), ("b", "person"))]  # fmt: skip
    assert usual(told, "site") == {"": ("b", 1, 1)}


def test_what_a_fork_repeats_is_not_counted_again(flow):
    run = Told(flow).whole()
    copy = Told(flow)
    copy.events = [{**e, "from": f"made/x#{e['n']}"} if "card" in e else e for e in run.events]
    found = insights(flow, run, copy)
    assert card(found, "crawl").times == 1
    assert card(found, "site").answered == {"": 1}


def test_what_never_changed(flow):
    runs = [Told(flow).whole(site="a", graph=f"g{n}") for n in range(3)]
    found = insights(flow, *runs)
    fingerprints = {c.name: (c.same, c.outside) for c in found.cards}
    assert fingerprints["fixed"] == (True, False)
    assert fingerprints["graph"] == (False, True)
    assert fingerprints["site"] == (False, False)
    assert not any(c.same for c in insights(flow, *runs[:2]).cards)


def test_long_answers_and_files_are_no_habit(flow):
    told = tell(flow, Told(flow).answer("site", "x" * 5000).events)
    assert usual([told], "site") == {}


@pytest.mark.parametrize(
    "event",
    [
        {"type": "started", "card": "crawl", "inputs": {"site": "x"}, "attempt": "many"},
        {"type": "started", "card": "crawl", "inputs": {"site": 999}},
        {"type": "strange", "card": "crawl"},
        {"type": "noted", "card": "nobody"},
        {"type": "failed", "card": "crawl"},
    ],
)
def test_events_from_elsewhere_do_no_harm(flow, event):
    run = Told(flow).answer("site", "a").answer("form", {"depth": 1})
    found = insights(flow, run.add(event))
    assert found.runs == 1


def test_the_counts_agree_with_a_plain_count(flow):
    """Fifty runs made by rule; each number counted a second time by other means."""
    runs, fails = [], 0
    for n in range(50):
        run = Told(flow, f"k{n}").answer("site", "abc"[n % 3])
        if n % 4:
            run.answer("form", {"depth": 1 + n % 3})
            if n % 5 == 0:
                run.fail("crawl")
                fails += 1
            run.do("crawl", n, n / 10).do("fixed", 7, 0.1).do("graph", n, 1)
        runs.append(run)
    found = insights(flow, *runs)
    counted = Counter(e["value"] for r in runs for e in r.events if e.get("card") == "site")
    assert dict(card(found, "site").answers[""]) == dict(counted)
    assert card(found, "crawl").failed == fails
    assert found.finished == sum(1 for n in range(50) if n % 4)
    assert found.stops[0].runs == 50 - found.finished
