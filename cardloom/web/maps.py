"""A map in a window of its own, at the address of its folder; within a card it has less room."""

from fasthtml.core import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from cardloom.errors import NotFound
from cardloom.ui.tags import H1, A, Div, Figure
from cardloom.web.context import MAP, below, context_of, file_address, run_address, show

routes = APIRouter()


@routes("/runs/{workflow}/{name}/files/{folder:path}/", methods=["GET"])
async def map_window(request: Request, workflow: str, name: str, folder: str) -> Response:
    """The map in this folder of the run's files."""
    run = context_of(request).store.find(workflow, name)
    manifest = f"{folder}/graph.json"
    if below(run.files.root, manifest) is None:
        raise NotFound(f"There is no map in {folder[:80]!r} of this run.")
    run.files.find(manifest)  # refuses what is not published yet
    source, state = file_address(run, folder + "/"), run.state()
    key = state.key or run.folder.name
    return show(
        f"Map of {key}",
        Div(H1(f"Map of {key}"), A("Back to the run", href=run_address(run)), cls="graph-head"),
        Figure(cls="graph-map", data_graph=source, data_full=True, aria_label=f"Map of {key}"),
        modules=MAP,
    )
