"""Where the value of a card came from: a fragment that opens in the card, or a page of its own.

It is worked out when someone asks, from the journal, and costs no other page anything.
"""

from urllib.parse import quote

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cardloom.engine.provenance import trace
from cardloom.reports.provenance import explain
from cardloom.ui import provenance as ui_provenance
from cardloom.ui.tags import H1, A, P
from cardloom.web.context import by_htmx, context_of, moment_address, moment_of, run_address, show
from cardloom.web.live import partial

routes = APIRouter()


@routes("/runs/{workflow}/{name}/origin/{card}", methods=["GET"])
async def origin(request: Request, workflow: str, name: str, card: str) -> Response:
    """Where the value of `card` came from; `?at=n` as it stood at event n."""
    run = context_of(request).store.find(workflow, name)
    at = moment_of(request, run)
    if run.folder.name != name:
        return RedirectResponse(moment_address(run, at, "origin", card), 303)
    found = trace(run.workflow, run.journal.read(), card, at)
    said = explain(found)

    def to(other: str, event: int) -> str:
        place = "/runs/" + quote(other, safe="/~") if other else run_address(run)
        return f"{place}?at={event}" if event else place

    if by_htmx(request):
        return HTMLResponse(
            partial(f"#from-{card}", "outerHTML", ui_provenance.opened(card, said, to))
        )
    back = f"{moment_address(run, at)}#card-{card}"
    key = found.key or run.folder.name
    return show(
        f"{found.view.label} · {key}",
        P(A(f"← {key}", href=back), cls="over"),
        H1(found.view.label or card),
        P("Where it came from" if at is None else f"Where it came from, at event {at}", cls="note"),
        ui_provenance.whole(said, to),
    )
