"""The page of a run: rendered whole from the journal in one request. There is no other way."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cardloom.engine import MISSING, State, Step, View, next_card, views_of
from cardloom.engine.plan import dependents, plan_change
from cardloom.engine.status import STOPPED, CardStatus, RunStatus
from cardloom.errors import NotFound
from cardloom.reports.plan import plan_line
from cardloom.runs import Run, read_about, shown_question
from cardloom.ui import card as ui_card
from cardloom.ui.labels import labels
from cardloom.ui.press import press
from cardloom.ui.seal import seal
from cardloom.ui.tags import (
    H1,
    A,
    Button,
    Details,
    Div,
    Form,
    NotStr,
    P,
    Part,
    Section,
    Small,
    Span,
    Strong,
    Summary,
    html,
)
from cardloom.ui.values import FileLinks
from cardloom.ui.why import reason
from cardloom.web import export, imports
from cardloom.web.compare import composed_refusal
from cardloom.web.context import (
    MAP,
    AppContext,
    context_of,
    file_address,
    moment_address,
    moment_of,
    row_address,
    run_address,
    show,
)
from cardloom.web.seam.drawing import CardAdded, added_to, sections
from cardloom.web.shown import is_drawn, shown
from cardloom.web.timeline import family, timeline
from cardloom.workspace import status

routes = APIRouter()

STATUS_WORDS: dict[str, str] = {
    RunStatus.DONE: "finished",
    RunStatus.WAITING: "waiting for you",
    RunStatus.WORKING: "working",
    RunStatus.STOPPED: "stopped",
    RunStatus.LOCKED: "finalized",
    RunStatus.DAMAGED: "damaged, read-only",
    RunStatus.ORPHANED: "its workflow is missing",
    RunStatus.COMPOSED: "a record of other runs",
    "past": "as it was",
}


@routes("/runs/{workflow}/{name}", methods=["GET"])
async def run_page(request: Request, workflow: str, name: str) -> Response:
    """The run as it is; `?change=card` with that card's form open; `?at=n` as it was at event n."""
    context = context_of(request)
    run = context.store.find(workflow, name)
    if run.folder.name != name:
        return RedirectResponse(run_address(run), 303)
    if (at := moment_of(request, run)) is not None:
        return _past(context, run, at)
    return render(context, run, changing=request.query_params.get("change", ""))


def _past(context: AppContext, run: Run, at: int) -> Response:
    state = run.state_at(at)
    views = views_of(run.workflow, state)
    return show(
        f"{state.key or run.folder.name} at event {at}",
        head(run, state, views, past=True),
        family(context.lineage.family(run)),
        ui_card.section(*past_cards(context, run, state, views)),
        Div(id="live"),
        switch=switcher(context, run),
        modules=MAP if _has_map(run) else [],
    )


def past_cards(context: AppContext, run: Run, state: State, views: list[View]) -> list[Part]:
    """The cards as they were, with nothing to press."""
    return [picture(context, run, state, view, past=True) for view in views]


@routes("/runs/{workflow}/{name}/card/{index}", methods=["GET"])
async def run_card(request: Request, workflow: str, name: str, index: str) -> Response:
    """Jump to the card of this number, from 1."""
    run = context_of(request).store.find(workflow, name)
    views = views_of(run.workflow, run.state())
    by_number = {str(view.index): view.name for view in views}
    if index not in by_number:
        raise NotFound(f"{run.name} has {len(views)} cards; there is no card {index[:20]}.")
    return RedirectResponse(f"{run_address(run)}#card-{by_number[index]}", 303)


def render(
    context: AppContext,
    run: Run,
    *,
    changing: str = "",
    notice: str = "",
    status_code: int = 200,
    **wrong: Any,
) -> HTMLResponse:
    """The whole page. `wrong` goes to the picture of the card that was answered wrongly."""
    state = run.state()
    views = views_of(run.workflow, state)
    cards = [
        drawn(
            context,
            run,
            state,
            view,
            changing=view.name == changing,
            **(wrong if view.name == wrong.get("card") or view.name == changing else {}),
        )
        for view in views
    ]
    live = Div(
        id="live",
        data_stream=f"/live/{run.name}?after={state.n}&born={quote(state.created_at)}"
        f"&look={look_of(run, state, views)}",
        hx_swap="none",
        hx_config='{"sse":{"reconnectDelay":300,"reconnectMaxDelay":2000}}',
    )
    title = f"{state.key or run.folder.name} · {state.title}"
    return show(
        title,
        P(notice, cls="notice", role="alert") if notice else "",
        head(run, state, views),
        family(context.lineage.family(run)),
        ui_card.section(*cards),
        panels(context, run, state),
        live,
        switch=switcher(context, run),
        modules=MAP if _has_map(run) else [],
        refresh=status(run) == "working",
        status=status_code,
    )


def panels(context: AppContext, run: Run, state: State) -> Part:
    """What apps show beside the run."""
    return Div(*sections(context.seam, "run_panel", run=run, state=state), id="run-panels")


def _has_map(run: Run) -> bool:
    # The map's module is loaded where some card draws with `show`: its value may be a map.
    return run.workflow is not None and any(card.show for card in run.workflow.cards)


def head(
    run: Run, state: State, views: list[View], *, past: bool = False, playing: bool = False
) -> Part:
    """Title and key, what the run is at, its timeline, and what can be done with the whole of it."""
    return Section(
        P(A(state.title or run.folder.parent.name, href=f"/#{run.folder.parent.name}"), cls="over"),
        H1(state.key or run.folder.name),
        labels(read_about(run.folder)),
        progress(run, state, views, past=past),
        *_notices(run),
        *([] if past else imports.notice(run)),
        export.alone(run, state.n) if past else _acts(run, state, status(run)),
        timeline(run, state, past=past, playing=playing),
        id="run-head",
    )


def progress(run: Run, state: State, views: list[View], *, past: bool = False) -> Part:
    """The status in words and one hole for each card: what moves with every answer."""
    now = "past" if past else status(run)
    strip = Div(
        *(
            A(
                href=f"#card-{view.name}",
                cls="hole",
                data_state=view.status,
                aria_label=f"{view.label}: {ui_card.WORDS.get(view.status, view.status)}",
                title=f"{view.label}: {ui_card.WORDS.get(view.status, view.status)}",
            )
            for view in views
        ),
        cls="strip",
    )
    settled = sum(1 for view in views if view.state.settled and view.status != CardStatus.STALE)
    return Div(
        P(
            Span(STATUS_WORDS.get(now, now), cls="status", data_status=now),
            Span(f"{settled} of {len(views)} cards"),
            A("Graph", href=moment_address(run, state.n if past else None, "graph")),
            sealed(run, state),
            cls="facts-line",
        ),
        strip,
        id="run-progress",
    )


def sealed(run: Run, state: State) -> Part:
    """Up to which event the journal holds; it moves with every event, as the timeline does."""
    return seal(run.journal.events, state.n, run.damage, "/help/provenance")


def _notices(run: Run) -> list[Part]:
    notices = []
    for damage in run.damage[:3]:
        notices.append(
            P(
                Strong(str(damage)),
                " The run is open for reading only. ",
                f"cardloom repair {run.name} keeps what is good and saves the rest beside it."
                if run.mendable
                else "You can delete it under All runs.",
                cls="notice",
                role="alert",
            )
        )
    if run.is_record:
        notices.append(composed_refusal(run))
    elif run.workflow is None:
        notices.append(P(run.only_read, cls="notice"))
    if run.trouble:
        again = Form(
            Button("Read it again", cls="small"),
            method="post",
            cls="inline",
            action=run_address(run, "reopen"),
            hx_post=run_address(run, "reopen"),
            hx_swap="none",
        )
        notices.append(Div(P(run.trouble), again, cls="notice", role="alert"))
    return notices


def _acts(run: Run, state: State, now: str) -> Part:
    if now in ("damaged", "orphaned", "composed"):
        return export.alone(run)
    lock = "unfinalize" if state.finalized else "finalize"
    label = "Unfinalize" if state.finalized else "Finalize"
    over = Details(
        Summary("Start over", role="button", cls="secondary small"),
        Div(
            P("A new journal begins. The present one stays beside it, under its time."),
            press(f"Start {state.key[:40]} over", run_address(run, "restart"), reason()),
            cls="popover",
        ),
        cls="pop",
    )
    return Div(
        press(label, run_address(run, lock), reason()),
        "" if state.finalized else over,
        export.menu(run),
        id="run-acts",
        cls="buttons",
    )


def switcher(context: AppContext, here: Run) -> list[Part]:
    """The other recent runs, one click away."""
    others = [row for row in context.store.recent(9) if row.name != here.name][:8]
    links = [
        A(Span(row.title or row.key, cls="key"), Small(row.flow), href=row_address(row.name))
        for row in others
    ]
    every = A("All runs", href="/runs", cls="all")
    return [Details(Summary("Runs"), Div(*links, every, cls="popover"), cls="pop")]


# What was drawn last of each settled card: a long run is mostly cards that do not change.
_drawn: WeakKeyDictionary[Run, dict[str, tuple[Any, Part]]] = WeakKeyDictionary()


def cache_key(context: AppContext, run: Run, state: State, view: View) -> Any:
    """What the picture of a card is drawn from, streamed text and progress apart.

    The one rule for whether a picture has changed: equal keys mean an equal picture.
    """
    return (
        view.key,
        view.state.at,
        view.index,
        state.finalized,
        bool(run.damage),
        run.workflow,
        is_drawn(run, view),
        added_to(context.seam, run, state, view).key,
    )


def look_of(run: Run, state: State, views: list[View]) -> str:
    """What a page shows that no event tells: a fault, the workflow's version, drawings on their way.

    Any of them may change between a page and the beginning of its stream, which then sends it whole.
    """
    drawings = tuple(is_drawn(run, view) for view in views)
    facts = (state.finalized, run.trouble, len(run.damage), id(run.workflow), drawings)
    return f"{hash(facts) & 0xFFFFFFFF:x}"


def drawn(
    context: AppContext,
    run: Run,
    state: State,
    view: View,
    *,
    changing: bool = False,
    **wrong: Any,
) -> Part:
    """The picture of a card, taken from the last time where nothing about it has changed."""
    if changing or wrong or view.current or not view.state.settled:
        return picture(context, run, state, view, changing=changing, **wrong)
    known = _drawn.setdefault(run, {})
    key = cache_key(context, run, state, view)
    if view.name not in known or known[view.name][0] != key:
        made = NotStr(html(picture(context, run, state, view)))
        # Drawing the card may have begun what it is drawn from, its own `show`.
        known[view.name] = (cache_key(context, run, state, view), made)
    return known[view.name][1]


def picture(
    context: AppContext,
    run: Run,
    state: State,
    view: View,
    *,
    changing: bool = False,
    past: bool = False,
    **wrong: Any,
) -> Part:
    """One card of the run as `state` has it; of the `past`, with nothing to press."""

    def to(act: str) -> str:
        return run_address(run, act, view.name)

    wrong.pop("card", None)
    locked = past or state.finalized or bool(run.damage) or run.workflow is None
    asking = view.status == CardStatus.ASKING and not locked
    question = shown_question(view.card, state) if view.card and view.asks else None
    usual = (
        context.store.habits.usual(run, view.name, question)
        if asking and question and not view.state.value_n
        else None
    )
    changing = changing and view.asks and view.state.settled and not locked
    added = CardAdded(context.seam) if past else added_to(context.seam, run, state, view)
    look = ui_card.Look(
        to=to,
        link=FileLinks(lambda shown: file_address(run, shown), added.beside),
        locked=locked,
        question=question,
        typed=wrong.pop("typed", None) or (run.draft(view.name) if asking else None) or None,
        value=_value(run, view)
        if view.asks and view.state.value_n
        else usual.value
        if usual
        else MISSING,
        usual=usual.said if usual else "",
        changing=changing,
        plan=_plan(run, state, view) if changing else "",
        shown=shown(run, view, added),
        below=added.below(),
        actions=added.buttons(),
        origin=moment_address(run, state.n if past else None, "origin", view.name),
        changes={} if past else _changes(run, state, view),
        **wrong,
    )
    return ui_card.card(view, look)


def _value(run: Run, view: View) -> Any:
    try:
        return run.decoded(view.state.value)
    except Exception:  # a value of an older file's dataclass: the form then starts empty
        return MISSING


def _plan(run: Run, state: State, view: View) -> str:
    return plan_line(plan_change(run.workflow, state, view.name)) if run.workflow else ""


def _changes(run: Run, state: State, view: View) -> dict[str, str]:
    """The questions that a stopped card depends on: what can be changed to get it going."""
    if run.workflow is None or view.status not in STOPPED:
        return {}
    return {
        card.label: run_address(run, "change", card.name)
        for card in run.workflow.cards
        if card.asks
        and state.card(card.name).settled
        and view.name in {d.name for d in dependents(run.workflow, card.name)}
    }


def takes_answer(run: Run, card: str, changing: bool) -> bool:
    """Whether the page shows a form for this card now: it asks, or it is being changed."""
    state = run.state()
    if run.workflow is None or state.finalized or run.damage:
        return False
    if changing:
        return state.card(card).settled
    upcoming = next_card(run.workflow, state)
    return upcoming is not None and upcoming.step is Step.WAIT and upcoming.card.name == card


def ago(at: str) -> str:
    """A time for people: 'just now', '5 minutes ago', then the date."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return ""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    for limit, unit, size in ((90, "", 1), (5400, "minute", 60), (129600, "hour", 3600)):
        if seconds < limit:
            count = round(seconds / size)
            return "just now" if not unit else f"{count} {unit}{'s' if count != 1 else ''} ago"
    return at[:10]
