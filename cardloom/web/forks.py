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
    fork,
    moves,
    same,
)
from cardloom.errors import CardloomError
from cardloom.reports.plan import plan_line
from cardloom.runs import Run, shown_question
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
from cardloom.web.context import AppContext, context_of, event_of, run_address, show
from cardloom.web.live import partial
from cardloom.workspace import fork_run, free_key

routes = APIRouter()


@routes("/runs/{workflow}/{name}/fork", methods=["GET"])
async def fork_form(request: Request, workflow: str, name: str) -> Response:
    """The form of a fork from event `at`, from the last without it, from none with `at=0`."""
    context, run = _found(request, workflow, name)
    at = _at(run, request.query_params.get("at"))
    return _page(run, at, _plan(run, at, {}), key=free_key(context.store, run))


@routes("/runs/{workflow}/{name}/fork", methods=["POST"])
async def begin_fork(request: Request, workflow: str, name: str) -> Response:
    """Make the fork and go there."""
    context, run = _found(request, workflow, name)
    form = await request.form(max_part_size=4_000_000)
    at = _at(run, form.get("at"))
    key, why = str(form.get("key", "")), why_of(form)
    try:
        given = await _changes(context, run, at, form)
        made = fork_run(context.store, run, key, at=at, by="person", why=why, **given)
    except CardloomError as error:
        plan = _plan(run, at, {})
        return _page(run, at, plan, key=key, why=why, form=form, error=error)
    return RedirectResponse(run_address(made), 303)


@routes("/runs/{workflow}/{name}/fork/plan", methods=["POST"])
async def fork_plan(request: Request, workflow: str, name: str) -> Response:
    """What the fork would set in motion, as the form stands. Writes nothing."""
    context, run = _found(request, workflow, name)
    form = await request.form(max_part_size=4_000_000)
    at = _at(run, form.get("at"))
    try:
        said = _plan(run, at, **await _changes(context, run, at, form))
    except CardloomError as error:
        said = str(error)
    return HTMLResponse(partial("#fork-plan", "innerHTML", said))


def _found(request: Request, workflow: str, name: str) -> tuple[AppContext, Run]:
    context = context_of(request)
    run = context.store.find(workflow, name)
    run.loaded()  # raises where nothing can go on from this run
    return context, run


def _at(run: Run, given: Any) -> int:
    return run.state().n if given is None else event_of(run, str(given), first=0)


def _then(run: Run, at: int) -> State:
    """The state whose answers the form shows: a new beginning takes those of now along."""
    return run.state_at(at) if at else run.state()


def _shown(run: Run, state: State) -> dict[str, Question]:
    """The questions that were answered by then, and can be asked on a form again."""
    cards = [c for c in run.loaded().cards if c.asks and state.card(c.name).status == "done"]
    shown = {card.name: shown_question(card, state) for card in cards}
    return {name: q for name, q in shown.items() if q and (q.parts or not q.uploads)}


def _fields(question: Question, card: str) -> dict[str, Question]:
    """The form's fields of one card, by a name that no other card has."""
    named = question.parts or {fields.ONE: question}
    return {f"{card}.{name}": part for name, part in named.items() if not part.uploads}


def _together(flat: dict[str, Any]) -> Form:
    """One form of the fields of a card; their names have dots, so none is taken for an option."""
    return Form("", **flat)


def _value(run: Run, state: State, card: str) -> Any:
    try:
        now = state.card(card)
        return run.decoded(now.value if now.typed is None else now.typed)
    except Exception:  # a value of an older file's dataclass: its field starts empty
        return MISSING


async def _changes(context: AppContext, run: Run, at: int, form: FormData) -> dict[str, Any]:
    """The answers on the form that are not what they were, and their questions: `fork` takes both."""
    state = _then(run, at)
    ticked = [name for name in _shown(run, state) if f"change.{name}" in form]
    intake = context.jobs.driver(run).intake
    questions = await intake.questions(ticked, state)
    given = {name: _read(run, state, name, asked, form) for name, asked in questions.items()}
    for name, raw in given.items():
        await intake.try_parse(name, questions[name], raw)
    values = {n: moves.check(run.loaded().card(n), questions[n], raw) for n, raw in given.items()}
    changes = {n: raw for n, raw in given.items() if not same(values[n], state.card(n).value)}
    return {"changes": changes, "questions": questions}


def _read(run: Run, state: State, card: str, question: Question, form: FormData) -> Any:
    """What the form says for the card; the file of an upload stays what it was."""
    given = fields.read(_together(_fields(question, card)), form)
    if not question.parts:
        return given[f"{card}.{fields.ONE}"]
    kept = _value(run, state, card)
    raw = dict(kept) if isinstance(kept, Mapping) else {}
    return raw | {name.partition(".")[2]: value for name, value in given.items()}


def _plan(
    run: Run,
    at: int,
    changes: Mapping[str, Any],
    questions: Mapping[str, Question] | None = None,
) -> str:
    made = fork(
        run.loaded(),
        run.journal.events,
        at,
        origin=run.name,
        key="-",
        by="person",
        changes=changes,
        questions=questions,
    )
    if at == 0:
        return "A new run with the answers of this one. Everything is worked out anew."
    if not changes:
        return "Everything until then is kept, and nothing runs again."
    return plan_line(made.plan)


def _page(
    run: Run,
    at: int,
    plan: str,
    *,
    key: str,
    why: str = "",
    form: FormData | None = None,
    error: CardloomError | None = None,
) -> Response:
    state = _then(run, at)
    place = run_address(run, "fork")
    last = run.state().n
    wrong = error.card if isinstance(error, BadAnswer) else ""
    questions = [
        _question(run, state, card, question, form, str(error) if card == wrong else "")
        for card, question in _shown(run, state).items()
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
        P(plan, id="fork-plan", cls="plan", aria_live="polite"),
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


def _question(
    run: Run, state: State, card: str, question: Question, form: FormData | None, error: str
) -> Part:
    flat = _fields(question, card)
    value = _value(run, state, card)
    if question.parts:
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
            Span(run.loaded().card(card).label),
            Small(brief(state.card(card).value)),
            cls="option-text",
        ),
        cls="option",
        fr=f"change-{card}",
    )
    parts = fields.fields(together, f"fork-{card}", typed=typed, value=shown)
    return Fieldset(
        Legend(run.loaded().card(card).label, cls="listen"),
        head,
        Div(*parts, P(error, cls="error", role="alert") if error else "", cls="fork-answers"),
        cls="fork-card",
    )
