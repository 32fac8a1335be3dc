"""What the runs of a workflow tell together, in bars and tables; and whether answers are suggested."""

import asyncio

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cardloom.brief import brief
from cardloom.engine import Workflow
from cardloom.reports.insights import CardInsight, Insights, Stop, gather
from cardloom.ui.bars import Bar, bars
from cardloom.ui.tags import (
    H1,
    H2,
    H3,
    A,
    Button,
    Dd,
    Div,
    Dl,
    Dt,
    Form,
    Input,
    Li,
    P,
    Part,
    Section,
    Strong,
    Ul,
)
from cardloom.web.context import context_of, show
from cardloom.web.run_page import ago

routes = APIRouter()


@routes("/workflows/{workflow}/insights", methods=["GET"])
async def insights(request: Request, workflow: str) -> Response:
    """All of it, worked out beside the loop: only journals that have moved are read."""
    context = context_of(request)
    flow = context.catalog.workflow(workflow)
    habits = context.store.habits
    told = await asyncio.to_thread(habits.told, flow, habits.fingerprints(flow))
    found = gather(flow, told)
    parts = [part for part in (_times(found), _trouble(found), _again(found)) if part]
    parts += [
        _stops(found.stops, flow.name, found.runs),
        _path(found),
        *_kept(found),
        _answers(found),
    ]
    return show(
        f"Insights of {flow.title}",
        Section(
            P(A(flow.title, href=f"/runs?workflow={flow.name}"), cls="over"),
            H1("Insights"),
            _figures(found),
        ),
        *(parts if found.runs else [_empty(flow)]),
        _suggestions(flow, habits.suggests(flow.name)),
    )


@routes("/workflows/{workflow}/suggest", methods=["POST"])
async def suggest(request: Request, workflow: str) -> Response:
    """Turn suggested answers on or off for the workflow."""
    context = context_of(request)
    flow = context.catalog.workflow(workflow)
    form = await request.form()
    context.store.habits.suggest(flow.name, form.get("wanted") == "yes")
    return RedirectResponse(f"/workflows/{flow.name}/insights#suggestions", 303)


def _empty(flow: Workflow) -> Part:
    said = "Nothing to tell yet: this workflow has no runs. "
    return Section(P(said, A("Begin one", href=f"/#{flow.name}"), ".", cls="lead"))


def _figures(found: Insights) -> Part:
    told = {
        "runs": f"{found.runs:,}",
        "finished": f"{found.finished:,}",
        "waiting or stopped": f"{sum(stop.runs for stop in found.stops):,}",
        "slowest path": _seconds(found.seconds) if found.path else "none yet",
    }
    return Dl(*(Div(Dt(name), Dd(value)) for name, value in told.items()), cls="figures")


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 0.001:
        return "< 1 ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.3g} s" if seconds < 120 else f"{seconds / 60:.3g} min"


def _share(count: int, of: int) -> str:
    return f"{count / of:.0%}" if of else ""


# -- time ----------------------------------------------------------------------------------------


def _times(found: Insights) -> Part:
    timed = [card for card in found.cards if card.median is not None]
    if not timed:
        said = "No card of Python has finished yet."
        return Section(H2("How long cards take"), P(said, cls="note"))
    rows = [
        Bar(
            card.label,
            card.median or 0.0,
            (_seconds(card.median), _seconds(card.p95), f"{card.runs:,}", f"{card.times:,}"),
            card.p95 or 0.0,
        )
        for card in timed
    ]
    columns = ("Card", "median, and to p95", "median", "p95", "runs", "times")
    return Section(H2("How long cards take"), bars(columns, rows), id="times")


def _path(found: Insights) -> Part:
    if not found.path:
        return ""
    labels = {card.name: card.label for card in found.cards}
    chain = " → ".join(labels[name] for name in found.path)
    return Section(
        H2("The slowest path"),
        P(Strong(chain), f", {_seconds(found.seconds)} by their medians."),
        P("Cards on it wait for each other; to make a run quicker, begin here.", cls="note"),
        id="path",
    )


# -- what went otherwise ---------------------------------------------------------------------------


def _trouble(found: Insights) -> Part:
    rows = [card for card in found.cards if card.failed or card.cancelled or card.retried]
    if not rows:
        said = "No card has failed, been cancelled or tried again."
        return Section(H2("What went wrong"), P(said, cls="note"), id="trouble")
    made = [
        Bar(card.label, card.failed / max(card.starts, 1), _rates(card), 0.0)
        for card in sorted(rows, key=lambda card: -card.failed / max(card.starts, 1))
    ]
    columns = ("Card", "of its starts", "failed", "cancelled", "retried", "starts")
    return Section(H2("What went wrong"), bars(columns, made, whole=1), id="trouble")


def _rates(card: CardInsight) -> tuple[str, ...]:
    counts = (card.failed, card.cancelled, card.retried)
    return (
        *(f"{_share(n, card.starts)} ({n:,})" if n else "0" for n in counts),
        f"{card.starts:,}",
    )


def _again(found: Insights) -> Part:
    rows = [
        Bar(f"{card.label}, for {why}", count, (f"{count:,}",))
        for card in found.cards
        for why, count in card.again[:5]
    ]
    if not rows:
        return Section(
            H2("What was done again"), P("Nothing ran a second time.", cls="note"), id="again"
        )
    columns = ("Card, and why", "", "times")
    return Section(H2("What was done again"), bars(columns, rows), id="again")


def _stops(stops: tuple[Stop, ...], workflow: str, total: int) -> Part:
    if not stops:
        said = "No run waits for you: each is finished, locked or at work."
        return Section(H2("Where runs stop"), P(said, cls="note"), id="stops")
    rows = [
        Bar(stop.label, stop.runs, (f"{stop.runs:,}", ago(stop.newest), ago(stop.oldest)))
        for stop in stops
    ]
    columns = ("Card", "of all runs", "runs", "newest", "oldest")
    ways = P(A("The runs that wait", href=f"/runs?workflow={workflow}&status=waiting"), cls="note")
    return Section(H2("Where runs stop"), bars(columns, rows, whole=total), ways, id="stops")


def _kept(found: Insights) -> list[Part]:
    said = [
        Li(
            Strong(card.label),
            f": its inputs never changed in {card.runs:,} runs, and neither did its value. "
            "It could be kept."
            if card.same
            else f": its inputs never changed in {card.runs:,} runs, but its value did. It looks at "
            "something that is no card.",
        )
        for card in found.cards
        if card.same or card.outside
    ]
    return [Section(H2("What never changed"), Ul(*said), id="kept")] if said else []


# -- answers -----------------------------------------------------------------------------------------


def _answers(found: Insights) -> Part:
    parts = [part for card in found.cards if card.asks for part in _of_question(card)]
    if not parts:
        parts = [P("No question has been answered yet.", cls="note")]
    return Section(H2("What is answered"), *parts, id="answers")


def _of_question(card: CardInsight) -> list[Part]:
    parts: list[Part] = []
    for field, answers in card.answers.items():
        total = card.answered[field]
        rows = [
            Bar(brief(answer), count, (f"{count:,}", _share(count, total)))
            for answer, count in answers
        ]
        shown = sum(count for _, count in answers)
        rest = P(f"and {total - shown:,} other answers", cls="note") if shown < total else ""
        title = f"{card.label}: {field}" if field else card.label
        parts += [
            H3(title),
            bars(("Answer", "of the answers", "runs", "share"), rows, whole=total),
            rest,
        ]
    return parts


def _suggestions(flow: Workflow, wanted: bool) -> Part:
    now = (
        "A question without a default of its own shows the most frequent earlier answer, and says so. "
        "You still press the button."
        if wanted
        else "Off. When on, a question without a default of its own shows the most frequent earlier "
        "answer, and says so."
    )
    return Section(
        H2("Suggested answers"),
        P(now),
        Form(
            Input(type="hidden", name="wanted", value="no" if wanted else "yes"),
            Button(
                "Stop suggesting answers" if wanted else "Suggest answers from earlier runs",
                cls="secondary small",
            ),
            method="post",
            action=f"/workflows/{flow.name}/suggest",
        ),
        id="suggestions",
    )
