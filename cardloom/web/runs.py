"""All runs: searched, filtered, sorted, fifty a page. The address holds the whole filter."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from cardloom.runs import About
from cardloom.ui.labels import labels
from cardloom.ui.tags import (
    H1,
    A,
    Button,
    Div,
    Form,
    Input,
    Label,
    Li,
    Nav,
    Option,
    P,
    Part,
    Section,
    Select,
    Span,
    Ul,
)
from cardloom.web.context import AppContext, by_htmx, context_of, row_address, show
from cardloom.web.live import partial
from cardloom.web.run_page import STATUS_WORDS, ago
from cardloom.workspace import STATUSES, Query, Row

routes = APIRouter()

PAGE = 50
MOST_TYPED = 200  # characters of a field that are looked at
SORTS = {
    "newest": "changed last",
    "oldest": "changed first",
    "begun": "begun last",
    "name": "by name",
    "workflow": "by workflow",
    "status": "by status",
}
PUT_AWAY = {"no": "not archived", "yes": "archived", "all": "all of them"}


@dataclass(frozen=True)
class Filter:
    """What the fields say, as in the address. `since` and `until` are days, the last one included."""

    search: str = ""
    workflow: str = ""
    status: str = ""
    tag: str = ""
    since: str = ""
    until: str = ""
    archived: str = "no"
    sort: str = "newest"
    page: int = 1

    def address(self, **changed: Any) -> str:
        """The address of this list, or of one that differs in `changed`."""
        wanted = replace(self, **{"page": 1, **changed})
        told = {k: v for k, v in vars(wanted).items() if v != getattr(Filter, k)}
        return f"/runs?{urlencode(told)}" if told else "/runs"

    def query(self) -> Query:
        told = {k: v for k, v in vars(self).items() if k != "page"}
        return Query(**{**told, "since": _begins(self.since), "until": _begins(self.until, 1)})


def read_filter(request: Request) -> tuple[Filter, str]:
    """The filter in the address, and a sentence about what in it means nothing."""
    asked = {k: request.query_params.get(k, "").strip()[:MOST_TYPED] for k in vars(Filter())}
    given = {k: text for k, text in asked.items() if text}
    wrong = [given.pop(k) for k in list(given) if not _is_allowed(k, given[k])]
    page = int(given.pop("page", "1"))
    sentence = f"Left out, as it means nothing here: {', '.join(wrong)}." if wrong else ""
    told: dict[str, Any] = {**given, "page": page}
    return Filter(**told), sentence


def _is_allowed(name: str, text: str) -> bool:
    match name:
        case "status":
            return text in STATUSES
        case "archived":
            return text in PUT_AWAY
        case "sort":
            return text in SORTS
        case "since" | "until":
            return bool(_begins(text))
        case "page":
            return text.isascii() and text.isdigit() and len(text) < 7 and int(text) > 0
    return True


def _begins(day: str, days: int = 0) -> str:
    """When that day of this machine begins (`days` later), in UTC as journaled; '' for no day."""
    try:
        moment = datetime.strptime(day, "%Y-%m-%d") + timedelta(days=days)
        return moment.astimezone(UTC).isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"
    except (ValueError, OverflowError, OSError):
        return ""


@routes("/runs", methods=["GET"])
async def runs(request: Request) -> Response:
    """The list; as a fragment, which carries the address of what it shows, where htmx asks."""
    context = context_of(request)
    filter_, sentence = read_filter(request)
    part = found(context, filter_, sentence)
    if by_htmx(request):
        return HTMLResponse(partial("#found", "outerMorph", part))
    return show("Runs", Section(H1("Runs"), _fields(context, filter_), part, cls="wide"))


def found(context: AppContext, wanted: Filter, sentence: str = "") -> Part:
    """The rows of one page, how many there are in all, and the way to the other pages."""
    index, query = context.store.index, wanted.query()
    rows = index.find(query, most=PAGE, skip=(wanted.page - 1) * PAGE)
    total = index.count(query)
    pages = max(1, -(-total // PAGE))
    said = f"{total:,} {'run' if total == 1 else 'runs'}"
    if index.waiting:
        said += f"; {index.waiting:,} more are still being read"
    return Section(
        P(sentence, cls="notice", role="alert") if sentence else "",
        P(said + ".", *_ways(context, wanted), cls="found-line", role="status"),
        Ul(*(row_part(row, wanted) for row in rows), cls="runs all-runs")
        if rows
        else _nothing(wanted),
        _pager(wanted, pages) if pages > 1 else "",
        id="found",
        data_address=wanted.address(page=wanted.page),
        aria_label="The runs found",
    )


def _ways(context: AppContext, wanted: Filter) -> list[Part]:
    ways = [A("Trash", href="/trash")]
    if wanted.workflow in context.catalog.entries():
        title = context.catalog.entry(wanted.workflow).title
        ways.insert(0, A(f"Insights of {title}", href=f"/workflows/{wanted.workflow}/insights"))
    return [part for way in ways for part in (" ", way)]


def _nothing(wanted: Filter) -> Part:
    if wanted == Filter():
        return P("There are no runs yet. ", A("Begin one", href="/"), ".", cls="lead")
    return P("No run is so. ", A("Show all runs", href="/runs"), ".", cls="lead")


def _pager(wanted: Filter, pages: int) -> Part:
    here = wanted.page
    before = A("Previous", href=wanted.address(page=here - 1), rel="prev") if here > 1 else ""
    after = A("Next", href=wanted.address(page=here + 1), rel="next") if here < pages else ""
    return Nav(before, Span(f"Page {here} of {pages}"), after, cls="pager", aria_label="Pages")


# -- the filter ----------------------------------------------------------------------------------


def _fields(context: AppContext, wanted: Filter) -> Part:
    index, entries = context.store.index, context.catalog.entries()
    names = {n: entries[n].title if n in entries else n for n in index.workflows()}
    statuses: dict[str, str] = {status: STATUS_WORDS[status] for status in STATUSES}
    tags = {tag: tag for tag in index.tags()}
    search = Input(
        type="search",
        name="search",
        id="search",
        value=wanted.search,
        placeholder="Words of a key, title, tag or workflow",
        autocomplete="off",
    )
    return Form(
        Div(Label("Search", fr="search"), search, cls="search"),
        _select("Workflow", "workflow", {"": "any", **names}, wanted.workflow),
        _select("Status", "status", {"": "any", **statuses}, wanted.status),
        _select("Tag", "tag", {"": "any", **tags}, wanted.tag) if tags else "",
        _day("Changed from", "since", wanted.since),
        _day("to", "until", wanted.until),
        _select("Archived", "archived", PUT_AWAY, wanted.archived),
        _select("Order", "sort", SORTS, wanted.sort),
        Div(Button("Show", cls="small secondary"), A("Clear", href="/runs", cls="quiet"), cls="go"),
        method="get",
        action="/runs",
        cls="filter",
        aria_label="Search and filter",
        hx_get="/runs",
        hx_trigger="submit, input delay:120ms",
        hx_swap="none",
        hx_sync="this:replace",
    )


def _select(label: str, name: str, options: dict[str, str], chosen: str) -> Part:
    made = [Option(text, value=value, selected=value == chosen) for value, text in options.items()]
    return Div(Label(label, fr=f"filter-{name}"), Select(*made, name=name, id=f"filter-{name}"))


def _day(label: str, name: str, value: str) -> Part:
    ident = f"filter-{name}"
    return Div(Label(label, fr=ident), Input(type="date", name=name, id=ident, value=value))


# -- a row ---------------------------------------------------------------------------------------


def row_id(name: str) -> str:
    """The id of a run's row: its name may hold what a selector would take for its own."""
    return f"row-{hashlib.blake2b(name.encode(), digest_size=6).hexdigest()}"


def row_part(row: Row, wanted: Filter | None = None, *below: Part) -> Part:
    """One run of the list; `below` is what is opened in it."""
    wanted = wanted or Filter()
    edit = row_address(row.name, "labels")
    line = A(
        Span(row.key if len(row.key) < 90 else row.key[:89] + "…", cls="key"),
        Span(row.flow, cls="of"),
        Span(STATUS_WORDS.get(row.status, row.status), cls="status", data_status=row.status),
        Span(f"{row.settled}/{row.cards}", cls="count"),
        Span(ago(row.changed), cls="when"),
        href=row_address(row.name),
    )
    about = About(row.title, row.tags, row.archived, row.trouble)
    return Li(
        line,
        A(
            "Edit",
            Span(f" {row.key[:60]}", cls="listen"),
            href=edit,
            hx_get=edit,
            hx_swap="none",
            cls="quiet edit",
        ),
        labels(about, lambda tag: wanted.address(tag=tag)),
        *below,
        id=row_id(row.name),
    )
