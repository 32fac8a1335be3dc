"""The demo: Web Angiogram on this server's own help pages, with its questions answered.

No person and no network: what a newcomer sees within seconds, and what `make demo` runs.
"""

from cardloom.engine import moves
from cardloom.runs import Run
from cardloom.web.house import House

WORKFLOW = "web_angiogram"
LIMITS = {"pages": "200", "depth": "10", "rate": "0", "robots": "yes", "scope": "host"}


def begin_demo(house: House, port: int) -> Run:
    """Open the demo's run and answer what it asks; the server does the rest."""
    flow = house.catalog.workflow(WORKFLOW)
    run = house.shelf.open(flow, f"http://127.0.0.1:{port}/help", by="person")
    for card in flow.cards:
        if card.static and not run.state().card(card.name).settled:
            run.move(lambda s, name=card.name: moves.answer(flow, s, name, LIMITS, by="default"))
    return run
