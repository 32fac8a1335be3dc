"""Forking a run: the form, with what it would set in motion, and the fork itself.

Each question that was answered by then stands in the form as it was answered; what is left as it
was is kept, what is changed is changed in the fork alone. The other run is only read.
"""

from collections.abc import Mapping
from typing import Any

from fasthtml.core import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cardloom.brief import brief
from cardloom.engine import (
    MISSING,
    BadAnswer,
    Form,
    Question,
    State,
    Upload,
    Workflow,
    Wrong,
    encode,
    fork,
    moves,
    same,
)
from cardloom.engine.status import CardStatus
from cardloom.errors import CardloomError, Missing
from cardloom.reports.plan import plan_line
from cardloom.runs import Run
from cardloom.ui import fields
from cardloom.ui.tags import (
    H1,
    H2,
    A,
    Button,
    Div,
    Fieldset,
    Input,
    Label,
    Legend,
    P,
    Part,
    Section,
    Small,
    Span,
)
from cardloom.ui.tags import Form as HtmlForm
from cardloom.ui.why import field as why_field
from cardloom.web.cards import why_of
from cardloom.web.context import context_of, number, run_address, show
from cardloom.web.live import partial
from cardloom.workspace import fork_run, free_key

routes = APIRouter()


@routes("/runs/{workflow}/{name}/fork", methods=["GET"])
async def fork_form(request: Request, workflow: str, name: str) -> Response:
    """The form of a fork from event `at`, from the last without it, from none with `at=0`."""
    context = context_of(request)
    run = context.store.workable(f"{workflow}/{name}")
    at = _at(run, request.query_params.get("at", ""))
    return _page(request, run, at, key=free_key(context.store, run))


@routes("/runs/{workflow}/{name}/fork", methods=["POST"])
async def begin_fork(request: Request, workflow: str, name: str) -> Response:
    """Make the fork and go there."""
    context = context_of(request)
    run = context.store.workable(f"{workflow}/{name}")
    form = await request.form(max_part_size=4_000_000)
    at = _at(run, str(form.get("at", "")))
    key, why = str(form.get("key", "")), why_of(form)
    try:
        changes = _changes(run, at, form)
        made = fork_run(context.store, run, key, at=at, changes=changes, by="person", why=why)
    except CardloomError as error:
        return _page(request, run, at, key=key, why=why, form=form, error=error)
    return RedirectResponse(run_address(made), 303)


@routes("/runs/{workflow}/{name}/fork/plan", methods=["POST"])
async def fork_plan(request: Request, workflow: str, name: str) -> Response:
    """What the fork would set in motion, as the form stands. Writes nothing."""
    run = context_of(request).store.workable(f"{workflow}/{name}")
    form = await request.form(max_part_size=4_000_000)
    at = _at(run, str(form.get("at", "")))
    try:
        said = _plan(run, at, _changes(run, at, form))
    except CardloomError as error:
        said = str(error)
    return HTMLResponse(partial("#fork-plan", "innerHTML", said))


def _at(run: Run, given: str) -> int:
    if not given:
        return run.state().n
    at = number(given)
    if at is None:
        raise Missing(f"{given[:20]!r} is not the number of an event.")
    run.state_at(at)  # raises where there is no such event
    return at


def _flow(run: Run) -> Workflow:
    if run.workflow is None:
        raise Missing(f"The workflow of {run.name} is missing or does not load, so it can't go on.")
    return run.workflow


def _asked(run: Run, at: int) -> dict[str, Question]:
    """The questions that were answered by then, and can be asked on a form again."""
    state = run.state_at(at) if at else run.state()
    questions = {}
    for card in _flow(run).cards:
        if card.asks and state.card(card.name).status == CardStatus.DONE:
            try:
                questions[card.name] = moves.question_of(card, state)
            except (CardloomError, ValueError, KeyError, TypeError):
                continue  # a journal from elsewhere
    return {name: q for name, q in questions.items() if not isinstance(q, Upload)}


def _fields(question: Question, card: str) -> dict[str, Question]:
    """The form's fields of one card, by a name that no other card has."""
    if isinstance(question, Form):
        inner = question.questions.items()
        return {f"{card}.{n}": q for n, q in inner if not isinstance(q, Upload)}
    return {f"{card}.{fields.ONE}": question}


def _together(flat: dict[str, Any]) -> Form:
    """One form of the fields of a card; their names have dots, so none is taken for an option."""
    return Form("", **flat)


def _value(run: Run, state: State, card: str) -> Any:
    try:
        now = state.card(card)
        return run.decoded(now.value if now.typed is None else now.typed)
    except Exception:  # a value of an older file's dataclass: its field starts empty
        return MISSING


def _changes(run: Run, at: int, form: FormData) -> dict[str, Any]:
    """The answers on the form that are not what they were."""
    state = run.state_at(at) if at else run.state()
    changes = {}
    for card, question in _asked(run, at).items():
        if f"change.{card}" not in form:
            continue
        flat = _fields(question, card)
        given = fields.read(_together(flat), form)
        if isinstance(question, Form):
            kept = _value(run, state, card)
            raw: Any = dict(kept) if isinstance(kept, Mapping) else {}
            raw |= {name.partition(".")[2]: value for name, value in given.items()}
        else:
            [raw] = given.values()
        try:
            value = encode(question.check(raw))
        except Wrong as wrong:
            raise BadAnswer(str(wrong), card, wrong.field) from wrong
        if not same(value, state.card(card).value):
            changes[card] = raw
    return changes


def _plan(run: Run, at: int, changes: Mapping[str, Any]) -> str:
    made = fork(
        _flow(run), run.journal.events, at, origin=run.name, key="-", by="person", changes=changes
    )
    if at == 0:
        return "A new run with the answers of this one. Everything is worked out anew."
    if not changes:
        return "Everything until then is kept, and nothing runs again."
    return plan_line(made.plan)


def _page(
    request: Request,
    run: Run,
    at: int,
    *,
    key: str,
    why: str = "",
    form: FormData | None = None,
    error: CardloomError | None = None,
) -> Response:
    state = run.state_at(at) if at else run.state()
    place = run_address(run, "fork")
    last = run.state().n
    wrong = error.card if isinstance(error, BadAnswer) else ""
    questions = [
        _question(run, state, card, question, form, str(error) if card == wrong else "")
        for card, question in _asked(run, at).items()
    ]
    where = (
        "A new beginning with the same answers"
        if at == 0
        else f"From event {at:,} of {last:,}" + (", the last" if at == last else "")
    )
    other = (
        A("Take its results along", href=place, cls="quiet")
        if at == 0
        else A("Begin anew with its answers alone", href=f"{place}?at=0", cls="quiet")
    )
    body = HtmlForm(
        Input(type="hidden", name="at", value=str(at)),
        Label("Name of the new run", fr="fork-key"),
        Input(
            id="fork-key",
            name="key",
            value=key,
            required=True,
            maxlength="8000",
            autocomplete="off",
            aria_invalid="true" if error and not wrong else None,
        ),
        P(str(error), cls="error", role="alert") if error and not wrong else "",
        Section(
            H2("Change an answer on the way?"),
            P("What you do not tick stays as it is.", cls="note"),
            *questions,
        )
        if questions
        else "",
        P(
            _said(run, at, form, error),
            id="fork-plan",
            cls="plan",
            aria_live="polite",
        ),
        why_field(why),
        Div(Button("Fork"), A("Leave it", href=run_address(run), cls="quiet"), cls="buttons"),
        method="post",
        action=place,
        cls="fork",
        hx_post=f"{place}/plan",
        hx_trigger="input delay:150ms, change delay:50ms",
        hx_swap="none",
    )
    page = [
        P(A(state.title or run.folder.parent.name, href=run_address(run)), cls="over"),
        H1(f"Fork {state.key or run.folder.name}"),
        P(Span(where), " · ", other, cls="facts-line"),
        P(
            "The new run repeats what was done until then and goes on by itself. "
            "This run stays as it is, byte for byte.",
            cls="lead",
        ),
        body,
    ]
    return show(f"Fork {state.key}", *page, status=error.status if error else 200)


def _said(run: Run, at: int, form: FormData | None, error: CardloomError | None) -> str:
    if error is not None or form is None:
        return _plan(run, at, {})
    return _plan(run, at, _changes(run, at, form))


def _question(
    run: Run, state: State, card: str, question: Question, form: FormData | None, error: str
) -> Part:
    flat = _fields(question, card)
    value = _value(run, state, card)
    if isinstance(question, Form):
        inner = value if isinstance(value, Mapping) else {}
        shown = {name: inner.get(name.partition(".")[2], MISSING) for name in flat}
    else:
        shown = dict.fromkeys(flat, value)
    together = _together(flat)
    typed = fields.typed_of(together, form) if form is not None else None
    ticked = form is not None and f"change.{card}" in form
    box = Input(
        type="checkbox", name=f"change.{card}", value="yes", id=f"change-{card}", checked=ticked
    )
    head = Label(
        box,
        Span(
            Span(_flow(run).card(card).label),
            Small(brief(state.card(card).value)),
            cls="option-text",
        ),
        cls="option",
        fr=f"change-{card}",
    )
    parts = fields.fields(together, f"fork-{card}", typed=typed, value=shown)
    return Fieldset(
        Legend(_flow(run).card(card).label, cls="listen"),
        head,
        Div(*parts, P(error, cls="error", role="alert") if error else "", cls="fork-answers"),
        cls="fork-card",
    )
