"""The page of a run's graph, as it is or as it was at an event.

Mermaid writes styles into its picture, so this one page opens the policy for them, and for nothing
else: see docs/decisions/mermaid-and-the-content-policy.md. The page has no form of its own.
"""

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cardloom.reports.diagram import draw
from cardloom.ui import diagram as ui_diagram
from cardloom.ui.tags import H1, A, P
from cardloom.web.context import context_of, moment_address, moment_of, show
from cardloom.web.guard import HEADERS

routes = APIRouter()

# The one style element that Mermaid writes: a picture without colours of its own has always this one.
# Where it is another, in another browser say, it is refused, and diagram.css still gives the looks.
MERMAID_STYLE = "sha256-CpBr1UA0H405xD+vcdNRjWE7NOk9AtEPDul5PrF4T8w="
POLICY = (
    f"{HEADERS['content-security-policy']}; script-src 'self'; style-src 'self'; "
    f"style-src-elem 'self' '{MERMAID_STYLE}'; style-src-attr 'unsafe-inline'"
)


@routes("/runs/{workflow}/{name}/graph", methods=["GET"])
async def graph(request: Request, workflow: str, name: str) -> Response:
    """The cards as nodes, their parameters as edges; `?at=n` as it was at event n."""
    run = context_of(request).store.find(workflow, name)
    at = moment_of(request, run)
    if run.folder.name != name:
        return RedirectResponse(moment_address(run, at, "graph"), 303)
    state = run.state() if at is None else run.state_at(at)
    nodes = draw(run.workflow, state)
    back = moment_address(run, at)
    key = state.key or run.folder.name

    def to(card: str) -> str:
        return f"{back}#card-{card}"

    page = show(
        f"Graph of {key}",
        P(A(f"← {key}", href=back), cls="over"),
        H1("Graph of the run"),
        P("As it is now." if at is None else f"As it was at event {at}.", cls="note"),
        ui_diagram.picture(nodes, to),
        ui_diagram.table(nodes, to),
        ui_diagram.text(nodes),
        more_styles=["diagram.css"],
        more_scripts=["vendor/mermaid.tiny.js", "diagram.js"],
    )
    page.headers["content-security-policy"] = POLICY
    return page
