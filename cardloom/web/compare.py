"""`/compare`: runs side by side, and the form to choose them with. Nothing here writes."""

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from cardloom.engine import Comparison, FileRow, Row
from cardloom.engine import compare as compare_sides
from cardloom.errors import CardloomError
from cardloom.runs import Moment, Run, sides_of
from cardloom.runs.compare import MOST, FileRows, is_table, rows_of
from cardloom.ui import compare as ui
from cardloom.ui import rows as ui_rows
from cardloom.ui.tags import (
    H1,
    H2,
    A,
    Button,
    Code,
    Details,
    Div,
    Form,
    Input,
    Label,
    Li,
    P,
    Part,
    Section,
    Small,
    Span,
    Strong,
    Summary,
    Ul,
)
from cardloom.web.choice import called, run_boxes
from cardloom.web.context import (
    AppContext,
    compare_address,
    compose_address,
    context_of,
    file_address,
    run_address,
    show,
)
from cardloom.workspace import Kin

routes = APIRouter()

LARGE = 20_000_000  # bytes of a file and of its other; beyond, its rows are compared when asked for


@routes("/compare", methods=["GET"])
async def compare(request: Request) -> Response:
    """The runs named by `run=workflow/key` or `run=workflow/key@n`, each against the first."""
    context = context_of(request)
    names = [name.strip() for name in request.query_params.getlist("run") if name.strip()]
    names = list(dict.fromkeys(names))
    try:
        moments = [context.store.moment(name) for name in names[: MOST + 1]]
        sides = sides_of(moments) if len(moments) > 1 else []
    except CardloomError as error:
        return _chooser(context, names, str(error), error.status)
    if not sides:
        return _chooser(context, names)
    comparison = await asyncio.to_thread(compare_sides, sides)
    every = request.query_params.get("rows") == "all"
    tables = await asyncio.to_thread(_tables, moments, comparison, every)
    return _page(context, moments, comparison, tables)


Tables = dict[tuple[str, str], list[FileRows | None] | None]


def _tables(moments: Sequence[Moment], comparison: Comparison, every: bool) -> Tables:
    """The rows of each CSV file that differs; None for one that is large, unless `every` is wanted."""
    return {
        (row.name, file.name): rows_of(moments, file) if every or _size(file) <= LARGE else None
        for row in comparison.rows
        for file in row.files
        if is_table(file)
    }


def _size(row: FileRow) -> int:
    return sum(file.size for file in row.files if file is not None)


def _page(
    context: AppContext, moments: Sequence[Moment], comparison: Comparison, tables: Tables
) -> Response:
    names = [moment.name for moment in moments]

    def link(number: int, shown: str) -> str:
        return file_address(moments[number].run, shown)

    titles = [called(moment) for moment in moments]
    large = any(found is None for found in tables.values())
    differing, equal = comparison.differing, comparison.equal
    return show(
        f"Compare {' and '.join(titles)}",
        Section(
            H1("Side by side"),
            P(_said(len(differing), len(equal)), cls="lead"),
            ui.columns([(called(m), _moment_address(m)) for m in moments]),
            *_families(context, moments),
            _large(names) if large else "",
            _composing(moments),
            id="compared",
        ),
        Section(
            H2("What differs", cls="listen"),
            *(ui.card(row, titles, link, _rows_of(row, tables)) for row in differing),
            ui.equal_cards(equal, titles, link) if equal else "",
            id="cards",
        ),
        Details(Summary("Choose other runs"), _form(context, names, [m.run for m in moments])),
    )


def _said(differing: int, equal: int) -> str:
    if not differing and not equal:
        return "There are no cards in these runs."
    if not differing:
        return "Nothing differs: every card has the same value and status in each run."
    noun = "card differs" if differing == 1 else "cards differ"
    return f"{differing} {noun}, {equal} {'is' if equal == 1 else 'are'} equal."


def _rows_of(row: Row, tables: Tables) -> list[Part]:
    parts = []
    for file in row.files:
        for number, found in enumerate(tables.get((row.name, file.name)) or []):
            if found is not None and found.rows is not None:
                parts.append(ui_rows.rows(file.name, file.base, number, found.rows))
            elif found is not None:
                parts.append(ui_rows.trouble(file.name, found.trouble))
    return parts


def _large(names: Sequence[str]) -> Part:
    return P(
        "Some tables are large, and only their hashes were compared. ",
        A("Compare their rows too", href=f"{compare_address(*names)}&rows=all"),
        ", which may take a minute.",
        cls="note",
    )


def _composing(moments: Sequence[Moment]) -> Part:
    """The way to make one run of them; a run and its own past can't be told as one."""
    if len({moment.run.name for moment in moments}) < len(moments):
        return ""
    place = compose_address(*(moment.name for moment in moments))
    return P(A("Tell them as one run", href=place), cls="note")


def _moment_address(moment: Moment) -> str:
    place = run_address(moment.run)
    return place if moment.at is None else f"{place}?at={moment.at}"


# -- who was forked from whom ------------------------------------------------------------------


def _families(context: AppContext, moments: Sequence[Moment]) -> list[Part]:
    """The family trees of the runs, each once, with the letters of those compared."""
    letters: dict[str, list[str]] = {}
    for number, moment in enumerate(moments):
        letters.setdefault(moment.run.name, []).append(ui.letter(number))
    trees: dict[str, Kin] = {}
    for moment in moments:
        if kin := context.lineage.family(moment.run):
            trees.setdefault(kin.name, kin)
    return [Ul(_tree(kin, letters), cls="lineage") for kin in trees.values()]


def _tree(kin: Kin, letters: dict[str, list[str]]) -> Part:
    mine = letters.get(kin.name, [])
    shown: Part = Strong(kin.key) if mine else A(kin.key, href=f"/runs/{kin.name}")
    said = f" from event {kin.at}" if kin.at else ""
    signs = Span(f"{', '.join(mine)} ", cls="sign") if mine else ""
    below = Ul(*(_tree(child, letters) for child in kin.forks)) if kin.forks else ""
    return Li(signs, shown, Small(said), below)


# -- choosing ----------------------------------------------------------------------------------


def _chooser(
    context: AppContext, names: Sequence[str], error: str = "", status: int = 200
) -> Response:
    known = []
    for name in names:
        try:
            known.append(context.store.moment(name).run)
        except CardloomError:
            continue
    return show(
        "Compare runs",
        H1("Compare runs"),
        P(error, cls="notice", role="alert") if error else "",
        P("Choose two or more: each is compared with the first.", cls="lead"),
        _form(context, names, known),
        status=status,
    )


def _form(context: AppContext, chosen: Sequence[str], runs: Sequence[Run]) -> Part:
    """A plain GET: it works without JavaScript, and its address can be kept."""
    return Form(
        run_boxes(context, chosen, runs),
        Label("Another run, or one as it was at an event", fr="another"),
        Input(id="another", name="run", placeholder="workflow/run@9", autocomplete="off"),
        P("A run is called workflow/key; ", Code("@9"), " means at its event 9.", cls="note"),
        Div(Button("Compare"), cls="buttons"),
        method="get",
        action="/compare",
        cls="choose",
    )


# -- a composed run, on its own page -----------------------------------------------------------


def composed_refusal(run: Run) -> Part:
    """What a composed run is, and what can be done with it."""
    runs = run.state().runs
    links = [A(name, href=f"/runs/{quote(name, safe='/~')}") for name in runs]
    listed = [part for link in links for part in (", ", link)][1:]
    return P(
        "A composed run: the journals of ",
        *listed,
        " told as one, in the order in which things happened. It is a record. Read it, replay it, "
        "export it, or ",
        A("compare those runs", href=compare_address(*runs[:MOST])),
        "; nothing in it is asked or runs again.",
        cls="notice",
    )
